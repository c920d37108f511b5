/** Variables that would change what code this process or its children run (threat-model section 7). */
const dangerous = /^(NODE_|LD_|V8_|UV_|OPENSSL_|SSL_CERT_)/;

/** Takes dangerous variables out of the environment and closes the door that `__proto__` would be. */
export function cleanProcess(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (dangerous.test(name)) delete env[name];
  // What `--disable-proto=delete` does, for when somebody starts us without it.
  Reflect.deleteProperty(Object.prototype, "__proto__");
}
