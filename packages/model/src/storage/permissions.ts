import type { Reader } from "@tsvirt/codec/xml";
import {
  attribute,
  content,
  element,
  integer,
  leaf,
  refined,
  type Scalar,
  scaledBytes,
  text,
  type XmlElement,
} from "@tsvirt/codec/xml";

const octalMode: Scalar<string> = refined("an octal file mode", ["0755"], (value) =>
  /^[0-7]{1,5}$/.test(value) ? `0${value.replace(/^0+(?=.)/, "")}` : undefined,
);

/** A user or group number; -1 is whoever runs the daemon. */
const owner = integer(-1, 0xffff_ffff);

/** Mode, owner and label of a pool's directory or a volume. */
export class Permissions extends element(
  "permissions",
  {
    mode: leaf.optional(octalMode, undefined, { invalid: "malformed octal mode" }),
    owner: leaf.optional(owner, undefined, { invalid: "malformed owner element" }),
    group: leaf.optional(owner, undefined, { invalid: "malformed group element" }),
    label: leaf.optional(text),
  },
  {
    omitEmpty: true,
    check(permissions) {
      if (permissions.owner === -1) delete permissions.owner;
      if (permissions.group === -1) delete permissions.group;
    },
  },
) {}

const bytes: Scalar<bigint> = {
  expects: "a number",
  domain: { kind: "bigint", min: 0n, max: (1n << 64n) - 1n },
  parse: (value) => (/^\s*\d{1,20}\s*$/.test(value) ? BigInt(value.trim()) : undefined),
  format: (value) => String(value),
};

/** Turns a number with a unit into bytes. */
function toBytes(size: { value: bigint; unit?: string }, node: XmlElement, reader: Reader): void {
  const value = scaledBytes(String(size.value), size.unit, "bytes");
  if (value === undefined) reader.report(node, `unknown suffix '${size.unit ?? ""}'`, { attribute: "unit" });
  else Object.assign(size, { value, unit: "bytes" });
}

const sized = { unit: attribute.optional(text), value: content(bytes) };
/** How much there is; bytes after parsing. */
export class Capacity extends element("capacity", sized, { check: toBytes }) {}
/** How much is used; bytes after parsing. */
export class Allocation extends element("allocation", sized, { check: toBytes }) {}
/** How much is free; bytes after parsing. */
export class Available extends element("available", sized, { check: toBytes }) {}
/** How much a file takes; bytes after parsing. */
export class Physical extends element("physical", sized, { check: toBytes }) {}
/** Size of a cluster of an image; bytes after parsing. */
export class ClusterSize extends element("clusterSize", sized, {
  check(size, node, reader) {
    toBytes(size, node, reader);
    size.unit = "B";
  },
}) {}
