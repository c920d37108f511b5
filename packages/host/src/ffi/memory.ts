import type koffi from "koffi";

/** Byte order of this machine, for `DataView` calls on native structures. */
export const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** A block of native memory that JavaScript sees as bytes; lives until {@link NativeBlock.free}. */
export interface NativeBlock {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  free(): void;
}

/** Allocates `size` zeroed bytes outside the JavaScript heap, at an address that never moves. */
export function nativeBlock(ffi: typeof koffi, size: number): NativeBlock {
  const pointer: unknown = ffi.alloc("uint8_t", size);
  const buffer = ffi.view(pointer, size);
  const bytes = new Uint8Array(buffer);
  bytes.fill(0);
  return { address: ffi.address(pointer), bytes, view: new DataView(buffer), free: () => ffi.free(pointer) };
}
