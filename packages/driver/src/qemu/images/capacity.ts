import type { Host } from "@tsvirt/host";
import { HEADER_BYTES } from "./backing.ts";

/** Sizes of an image in bytes. */
export interface ImageSizes {
  /** What the guest sees. */
  readonly capacity: bigint;
  /** What the image takes of the disk. */
  readonly allocation: bigint;
  /** Where the file ends. */
  readonly physical: bigint;
}

/** Sizes of an image that no QEMU has open, by its stated format; `undefined` when there is no such file. */
export async function imageSizes(host: Host, path: string, format: string): Promise<ImageSizes | undefined> {
  const facts = await host.files.facts(path);
  if (!facts) return undefined;
  const { size: physical, allocated: allocation } = facts;
  if (format === "raw") return { capacity: physical, allocation, physical };
  const head = await host.files.readPart(path, 0, HEADER_BYTES);
  return { capacity: capacityInHeader(head, format) ?? physical, allocation, physical };
}

const QCOW_MAGIC = 0x5146_49fb;

/** The capacity that a qcow2 header states (QEMU's docs/interop/qcow2.rst, offset 24). */
export function capacityInHeader(head: Uint8Array, format: string): bigint | undefined {
  if (format !== "qcow2" && format !== "qcow") return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return view.byteLength >= 32 && view.getUint32(0) === QCOW_MAGIC ? view.getBigUint64(24) : undefined;
}
