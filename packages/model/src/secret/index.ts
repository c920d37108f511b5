/** The secret document: what a secret is for, never its value. */
export { formatSecret, parseSecret, Secret, SecretUsage } from "./secret.ts";
