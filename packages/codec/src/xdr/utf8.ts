/**
 * Text on the wire is bytes without a stated encoding, UTF-8 in practice. Bytes that are not UTF-8 become the lone
 * surrogates U+DC80 to U+DCFF (as Python's `surrogateescape` has it) and go out again as the same bytes, so that
 * nothing a daemon says is lost or refused; whoever needs real text (the XML parser) sees that it is none.
 */

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Strings up to this many bytes are decoded here; a `TextDecoder` call costs more than the loop. */
const SHORT = 24;

/** Decodes `bytes[start..end)`. */
export function decodeText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT) {
    let text = "";
    let at = start;
    for (; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    if (at === end) return text;
  }
  const part = bytes.subarray(start, end);
  try {
    return strictDecoder.decode(part);
  } catch (error) {
    if (error instanceof TypeError) return decodeEscaping(part);
    throw error;
  }
}

function decodeEscaping(bytes: Uint8Array): string {
  let text = "";
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      text += String.fromCharCode(0xdc00 | (bytes[at] as number));
      at++;
    } else {
      let run = at;
      for (let next = length; next > 0 && run < bytes.length; next = sequenceLength(bytes, run)) run += next;
      text += strictDecoder.decode(bytes.subarray(at, run));
      at = run;
    }
  }
  return text;
}

/** Length of the UTF-8 sequence at `at` as RFC 3629 allows it; 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0xff;
  if (first < 0x80) return 1;
  const second = bytes[at + 1] ?? 0;
  if (first < 0xc2 || (second & 0xc0) !== 0x80) return 0;
  if (first < 0xe0) return 2;
  if (((bytes[at + 2] ?? 0) & 0xc0) !== 0x80) return 0;
  if (first < 0xf0) {
    if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 0;
    return 3;
  }
  if (((bytes[at + 3] ?? 0) & 0xc0) !== 0x80) return 0;
  if (first > 0xf4 || (first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f)) return 0;
  return 4;
}

const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** Encodes `text` as a fresh array; the inverse of {@link decodeText}. Other lone surrogates become U+FFFD. */
export function encodeText(text: string): Uint8Array {
  if (!loneSurrogate.test(text)) return encoder.encode(text);
  const out: number[] = [];
  for (const point of text) {
    const code = point.codePointAt(0) as number;
    if (code >= 0xdc80 && code <= 0xdcff) out.push(code & 0xff);
    else for (const byte of encoder.encode(point)) out.push(byte);
  }
  return Uint8Array.from(out);
}

/** Encodes plain text straight into `target`; -1 when it does not fit or has lone surrogates. */
export function encodeTextInto(text: string, target: Uint8Array): number {
  if (loneSurrogate.test(text)) return -1;
  const { read, written } = encoder.encodeInto(text, target);
  return read === text.length ? written : -1;
}
