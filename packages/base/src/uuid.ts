/** Formats 16 bytes as `8-4-4-4-12` lower-case hex digits. */
export function formatUuid(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += (bytes[i] ?? 0).toString(16).padStart(2, "0");
  }
  return text;
}

/**
 * Parses a UUID as libvirt does: 32 hex digits with dashes and spaces anywhere between them.
 * `undefined` when it is not one.
 */
export function parseUuid(text: string): Uint8Array | undefined {
  const digits = text.trim().replaceAll("-", "").replaceAll(" ", "");
  if (!/^[0-9a-fA-F]{32}$/.test(digits)) return undefined;
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 16; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
