import { refined, type Scalar } from "@tsvirt/codec/xml";

/** An IP address as bytes in network order: 4 of them or 16. */
export type IpBytes = readonly number[];

/** Parses dotted IPv4 or RFC 4291 IPv6 text. `undefined` when it is neither. */
export function parseIp(text: string): IpBytes | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): IpBytes | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes: number[] = [];
  for (const part of parts) {
    if (!/^[0-9]{1,3}$/.test(part) || Number(part) > 255) return undefined;
    bytes.push(Number(part));
  }
  return bytes;
}

function parseIpv6(text: string): IpBytes | undefined {
  if (text.length > 45 || !/^[0-9a-fA-F:.]+$/.test(text)) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? "");
  const tail = halves.length === 2 ? groups(halves[1] ?? "") : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function groups(text: string): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const words = text.split(":");
  for (const [index, word] of words.entries()) {
    if (word.includes(".")) {
      const embedded = index === words.length - 1 ? parseIpv4(word) : undefined;
      if (embedded === undefined) return undefined;
      bytes.push(...embedded);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(word)) {
      const value = Number.parseInt(word, 16);
      bytes.push(value >> 8, value & 0xff);
    } else return undefined;
  }
  return bytes;
}

/**
 * {@link parseIp} that takes IPv4 as the system's resolver does (inet_aton(3)): fewer than four parts, octal and
 * hexadecimal ones.
 */
export function parseIpLoosely(text: string): IpBytes | undefined {
  if (text.includes(":")) return parseIpv6(text);
  const parts = text.split(".");
  if (parts.length > 4) return undefined;
  let value = 0;
  for (const [index, part] of parts.entries()) {
    if (!/^(?:0[xX][0-9a-fA-F]{1,8}|0[0-7]{0,11}|[1-9][0-9]{0,9})$/.test(part)) return undefined;
    const number = /^0[0-7]/.test(part) ? Number.parseInt(part, 8) : Number(part);
    // The last part stands for all bytes that are left.
    const bytes = index === parts.length - 1 ? 4 - index : 1;
    if (number >= 256 ** bytes) return undefined;
    value = value * 256 ** bytes + number;
  }
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256);
}

/** Canonical text, as inet_ntop(3) writes it: RFC 5952 for IPv6, with IPv4 inside of it in its own form. */
export function formatIp(bytes: IpBytes): string {
  if (bytes.length === 4) return bytes.join(".");
  const words: number[] = [];
  for (let i = 0; i < 16; i += 2) words.push(((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0));
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && words[end] === 0) end++;
    if (end - i > length) {
      start = i;
      length = end - i;
    }
  }
  const hex = (part: readonly number[]): string => part.map((word) => word.toString(16)).join(":");
  const mapped = length === 5 && words[5] === 0xffff;
  if (start === 0 && (length === 6 || mapped)) return `::${mapped ? "ffff:" : ""}${bytes.slice(12).join(".")}`;
  return start < 0 ? hex(words) : `${hex(words.slice(0, start))}::${hex(words.slice(start + length))}`;
}

/** The mask with `prefix` leading ones, for an address of this many bytes. */
export function maskOf(prefix: number, bytes: 4 | 16): IpBytes {
  return Array.from({ length: bytes }, (_, index) => {
    const ones = Math.max(0, Math.min(8, prefix - 8 * index));
    return (0xff << (8 - ones)) & 0xff;
  });
}

/** The prefix length of a mask; `undefined` when its ones are not contiguous. */
export function prefixOf(mask: IpBytes): number | undefined {
  const bits = mask.map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return /^1*0*$/.test(bits) ? bits.lastIndexOf("1") + 1 : undefined;
}

/** The address with all host bits cleared. */
export function networkOf(address: IpBytes, prefix: number): IpBytes {
  const mask = maskOf(prefix, address.length === 4 ? 4 : 16);
  return address.map((byte, index) => byte & (mask[index] ?? 0));
}

/** The address with all host bits set. */
export function broadcastOf(address: IpBytes, prefix: number): IpBytes {
  const mask = maskOf(prefix, address.length === 4 ? 4 : 16);
  return address.map((byte, index) => byte | (~(mask[index] ?? 0) & 0xff));
}

/** Orders two addresses of one family: below 0 when `a` is lower. */
export function compareIp(a: IpBytes, b: IpBytes): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** An IPv4 or IPv6 address, as the system's resolver takes it; written as inet_ntop(3) does. */
export const ipAddress: Scalar<string> = refined("an IP address", ["192.168.122.1", "fd00::1"], (value) => {
  const bytes = parseIpLoosely(value);
  return bytes === undefined ? undefined : formatIp(bytes);
});
