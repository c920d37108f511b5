import { type AnyProcedure, unsupported as notSupported } from "@tsvirt/rpc";

/**
 * Handlers for the named procedures that answer as libvirt does for what a driver lacks:
 * "this function is not supported by the connection driver: virDomainX".
 */
export function unsupported<P extends { readonly [N in keyof P]: AnyProcedure }, const K extends keyof P & string>(
  procedures: P,
  names: readonly K[],
): Readonly<Record<K, () => never>> {
  const refuse = (name: K) => (): never => {
    throw notSupported(procedures[name]);
  };
  const entries = names.map((name) => [name, refuse(name)] as const);
  // The keys are exactly K.
  return Object.fromEntries(entries) as Record<K, () => never>;
}
