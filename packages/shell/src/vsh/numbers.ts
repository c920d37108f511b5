const suffixes = "kmgtpe";

/**
 * Bytes of a size written with a unit, as libvirt scales: `K`, `KiB` are 1024, `KB` is 1000, and so on to `E`; `b` and
 * `bytes` are bytes; without a unit it counts `scale` bytes. A text says what is wrong with the unit; `undefined` means that
 * there is no number or that it is too large.
 */
export function parseSize(text: string, scale: number): bigint | { readonly wrong: string } | undefined {
  const match = /^\s*\+?(\d+)(.*)$/s.exec(text);
  if (!match) return undefined;
  const [, digits = "", unit = ""] = match;
  const factor = unit === "" ? BigInt(scale) : unitFactor(unit);
  if (factor === undefined) return { wrong: `invalid argument: unknown suffix '${unit}'` };
  const bytes = BigInt(digits) * factor;
  return bytes > 0xffff_ffff_ffff_ffffn ? undefined : bytes;
}

function unitFactor(unit: string): bigint | undefined {
  const lower = unit.toLowerCase();
  if (lower === "b" || lower === "byte" || lower === "bytes") return 1n;
  const power = suffixes.indexOf(lower.charAt(0)) + 1;
  if (power === 0) return undefined;
  const tail = lower.slice(1);
  if (tail === "" || tail === "ib") return 1024n ** BigInt(power);
  return tail === "b" ? 1000n ** BigInt(power) : undefined;
}

const bounds = {
  int: [-0x8000_0000n, 0x7fff_ffffn],
  uint: [0n, 0xffff_ffffn],
  long: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn],
  ulong: [0n, 0xffff_ffff_ffff_ffffn],
} as const;

/** A whole decimal number within the bounds of its C type; `undefined` if it is none. */
export function parseInteger(text: string, form: keyof typeof bounds): bigint | undefined {
  const match = /^\s*([+-]?)(\d+)$/.exec(text);
  if (!match) return undefined;
  const value = BigInt(match[2] ?? "0") * (match[1] === "-" ? -1n : 1n);
  const [low, high] = bounds[form];
  return value < low || value > high ? undefined : value;
}
