import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";
import { REMOTE_CPUMAPS_MAX, REMOTE_VCPUINFO_MAX } from "@tsvirt/rpc";

/** A bit for each host CPU that passes, in `length` bytes: what does not fit is left out (`VIR_CPU_MAPLEN`). */
export function cpuMap(online: readonly boolean[], length: number, allowed?: ReadonlySet<number>): Uint8Array {
  const map = new Uint8Array(length);
  for (const [cpu, isOnline] of online.entries()) {
    const at = cpu >> 3;
    if (isOnline && at < length && allowed?.has(cpu) !== false) map[at] = (map[at] ?? 0) | (1 << (cpu & 7));
  }
  return map;
}

/** The host CPUs of a map: one bit each, the lowest first. */
export function mapBits(map: Uint8Array): number[] {
  return Array.from({ length: map.length * 8 }, (_, cpu) => cpu).filter(
    (cpu) => (((map[cpu >> 3] ?? 0) >> (cpu & 7)) & 1) === 1,
  );
}

/**
 * Refuses numbers of maps and lengths of each that a reply could not carry, before anything is allocated (threat-model W2).
 * `count` is what the protocol calls the number.
 */
export function checkMaps(count: "maxinfo" | "ncpumaps", maps: number, length: number): void {
  const refuse = (code: ErrorCode, detail: string): never => {
    throw virtError(code, detail, { domain: ErrorDomain.rpc });
  };
  if (maps < 0) refuse(ErrorCode.rpc, `${count} must be non-negative`);
  if (length < 0) refuse(ErrorCode.rpc, "maplen must be non-negative");
  if (maps > REMOTE_VCPUINFO_MAX) refuse(ErrorCode.internalError, `${count} > REMOTE_VCPUINFO_MAX`);
  if (maps * length > REMOTE_CPUMAPS_MAX) refuse(ErrorCode.internalError, "maxinfo * maplen > REMOTE_CPUMAPS_MAX");
}
