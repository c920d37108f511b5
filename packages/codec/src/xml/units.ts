import { parseInteger } from "./scalar.ts";

const powers: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4, p: 5, e: 6 };

/**
 * Bytes in one `unit` as libvirt reads unit suffixes (`virScaleInteger`), case-insensitive: `b`, `bytes`, `K`/`KiB`,
 * `KB` (1000), ... up to `E`. Undefined for an unknown unit.
 */
export function bytesPerUnit(unit: string): bigint | undefined {
  const lower = unit.toLowerCase();
  if (lower === "b" || lower === "byte" || lower === "bytes") return 1n;
  const power = powers[lower.charAt(0)];
  if (power === undefined || !Object.hasOwn(powers, lower.charAt(0))) return undefined;
  const tail = lower.slice(1);
  if (tail === "" || tail === "ib") return 1024n ** BigInt(power);
  return tail === "b" ? 1000n ** BigInt(power) : undefined;
}

/**
 * A scaled number as bytes. `unit` undefined or empty takes `fallback`. Undefined when either part is bad or the result
 * passes 2^64 - 1.
 */
export function scaledBytes(value: string, unit: string | undefined, fallback: string): bigint | undefined {
  const number = parseInteger(value);
  const scale = bytesPerUnit(unit === undefined || unit === "" ? fallback : unit);
  if (number === undefined || number < 0n || scale === undefined) return undefined;
  const bytes = number * scale;
  return bytes < 1n << 64n ? bytes : undefined;
}
