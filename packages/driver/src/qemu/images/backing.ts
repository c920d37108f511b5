/** An image's own word on what is behind it. */
export interface BackingReference {
  /** As written in the image: a path, or QEMU's `json:` or `protocol:` form. */
  readonly name: string;
  /** Absent: the image does not say. */
  readonly format: string | undefined;
}

/** How much of an image is looked at (threat-model C1). */
export const HEADER_BYTES = 64 * 1024;

const QCOW_MAGIC = 0x5146_49fb;
const QED_MAGIC = 0x0044_4551;
/** `E2792ACA`: the header extension with the backing file's format. */
const EXTENSION_BACKING_FORMAT = 0xe279_2aca;
/** The longest name that QEMU itself allows. */
const NAME_MAX = 1023;

/**
 * Reads the backing file out of the head of an image (QEMU's docs/interop/qcow2.rst and qed_spec). `undefined` when there
 * is none, or when the bytes are not such an image. Hostile bytes give a name to be checked, never more.
 */
export function readBacking(head: Uint8Array, format: string): BackingReference | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (format === "qcow2" || format === "qcow") return readQcow(view, head);
  if (format === "qed") return readQed(view, head);
  return undefined;
}

function readQcow(view: DataView, head: Uint8Array): BackingReference | undefined {
  if (view.byteLength < 72 || view.getUint32(0) !== QCOW_MAGIC) return undefined;
  const version = view.getUint32(4);
  const name = textAt(head, view.getBigUint64(8), view.getUint32(16));
  if (name === undefined) return undefined;
  return { name, format: version >= 2 ? backingFormat(view, head, version) : undefined };
}

function backingFormat(view: DataView, head: Uint8Array, version: number): string | undefined {
  let at = version >= 3 && view.byteLength >= 104 ? view.getUint32(100) : 72;
  while (at + 8 <= view.byteLength) {
    const type = view.getUint32(at);
    const length = view.getUint32(at + 4);
    if (type === 0) return undefined;
    if (type === EXTENSION_BACKING_FORMAT) return textAt(head, BigInt(at + 8), length);
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return undefined;
}

function readQed(view: DataView, head: Uint8Array): BackingReference | undefined {
  if (view.byteLength < 64 || view.getUint32(0, true) !== QED_MAGIC) return undefined;
  const features = view.getBigUint64(16, true);
  if ((features & 1n) === 0n) return undefined;
  const name = textAt(head, BigInt(view.getUint32(56, true)), view.getUint32(60, true));
  // Bit 2: the backing file is raw and not to be probed.
  return name === undefined ? undefined : { name, format: (features & 4n) === 0n ? undefined : "raw" };
}

function textAt(head: Uint8Array, offset: bigint, length: number): string | undefined {
  if (offset === 0n || length === 0 || length > NAME_MAX || offset + BigInt(length) > BigInt(head.length))
    return undefined;
  const text = new TextDecoder().decode(head.subarray(Number(offset), Number(offset) + length));
  return text.includes("\0") ? undefined : text;
}
