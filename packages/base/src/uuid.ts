/** Two digits for each byte. */
const pairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Formats 16 bytes as `8-4-4-4-12` lower-case hex digits. */
export function formatUuid(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += pairs[bytes[i] ?? 0];
  }
  return text;
}

const DASH = 0x2d;
const SPACE = 0x20;

/**
 * Parses a UUID as libvirt does: 32 hex digits with dashes and spaces anywhere between them.
 * `undefined` when it is not one.
 */
export function parseUuid(text: string): Uint8Array | undefined {
  const digits = text.trim();
  const bytes = new Uint8Array(16);
  let count = 0;
  for (let i = 0; i < digits.length; i++) {
    const code = digits.charCodeAt(i);
    if (code === DASH || code === SPACE) continue;
    const digit = hexDigit(code);
    if (digit === undefined || count === 32) return undefined;
    const at = count++ >> 1;
    bytes[at] = ((bytes[at] ?? 0) << 4) | digit;
  }
  return count === 32 ? bytes : undefined;
}

/** The value of `0` to `9`, `a` to `f`, `A` to `F`. */
function hexDigit(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}
