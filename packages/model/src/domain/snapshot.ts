import { attribute, child, element, oneOf, text } from "@tsvirt/codec/xml";
import { StorageSource, storageFormat, storageType } from "./storage-source.ts";

/** Format of the image that a disk's changes go to. */
export class SnapshotDiskDriver extends element("driver", { type: attribute.optional(storageFormat) }) {}

/** What becomes of one disk; `name` is its target or its source. */
export class SnapshotDisk extends element("disk", {
  name: attribute(text, undefined, { missing: "missing name from disk snapshot element" }),
  snapshot: attribute.optional(oneOf("no", "internal", "external", "manual")),
  type: attribute.optional(storageType),
  driver: child.optional(SnapshotDiskDriver),
  source: child.optional(StorageSource),
}) {}

/** Where the guest's memory goes. */
export class SnapshotMemory extends element("memory", {
  snapshot: attribute.optional(oneOf("no", "internal", "external")),
  file: attribute.optional(text),
}) {}
