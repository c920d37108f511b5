import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  bytesPerUnit,
  content,
  element,
  type FieldTexts,
  type Reader,
  type Scalar,
  text,
  u64,
  type XmlElement,
} from "@tsvirt/codec/xml";

/** A size is at most what a file's offset can be. */
const MAX_SIZE = (1n << 63n) - 1n;

/** Turns a number with a unit into bytes (`virScaleInteger`). */
function toBytes(size: { value: bigint; unit?: string }, node: XmlElement, reader: Reader, limit: bigint): void {
  const { unit } = size;
  const scale = unit === undefined || unit === "" ? 1n : bytesPerUnit(unit);
  if (scale === undefined) {
    reader.report(node, `unknown suffix '${unit}'`, { attribute: "unit", code: ErrorCode.invalidArg });
  } else if (size.value * scale > limit) {
    reader.report(node, `value too large: ${size.value}${unit ?? ""}`, { code: ErrorCode.overflow });
  } else Object.assign(size, { value: size.value * scale, unit: "bytes" });
}

function sized(texts: FieldTexts) {
  // Not even a sign or white space is odd to C's strtoull, but a minus is.
  const bytes: Scalar<bigint> = { ...u64, expects: "a number" };
  return { unit: attribute.optional(text), value: content(bytes, texts) };
}

const capacity = sized({ invalid: "malformed capacity element", missing: "missing capacity element" });

function checkSize(size: { value: bigint; unit?: string }, node: XmlElement, reader: Reader): void {
  toBytes(size, node, reader, MAX_SIZE);
}

/** How much there is; bytes after parsing. */
export class Capacity extends element("capacity", capacity, { check: checkSize }) {}
/** How much is used; bytes after parsing. */
export class Allocation extends element("allocation", capacity, { check: checkSize }) {}
/** How much is free; bytes after parsing. */
export class Available extends element("available", capacity, { check: checkSize }) {}
/** How much a file takes; bytes after parsing. */
export class Physical extends element("physical", capacity, { check: checkSize }) {}
/** Size of a cluster of an image; bytes after parsing. */
export class ClusterSize extends element(
  "clusterSize",
  sized({ invalid: "Invalid value '%s' for element or attribute './target/clusterSize'" }),
  {
    check(size, node, reader) {
      toBytes(size, node, reader, (1n << 64n) - 1n);
      size.unit = "B";
    },
  },
) {}
