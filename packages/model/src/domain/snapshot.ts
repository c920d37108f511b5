import { ErrorCode } from "@tsvirt/base";
import { attribute, child, element, flag, oneOf, text } from "@tsvirt/codec/xml";
import { MetadataCache, StorageSource, storageFormat, storageType } from "./storage-source.ts";

/** Format of the image that a disk's changes go to. */
export class SnapshotDiskDriver extends element("driver", {
  type: attribute.optional(storageFormat, undefined, {
    invalid: "unknown disk snapshot driver '%s'",
    code: ErrorCode.configUnsupported,
  }),
  metadataCache: child.optional(MetadataCache),
}) {}

/** What becomes of one disk; `name` is its target or its source. */
export class SnapshotDisk extends element("disk", {
  name: attribute(text, undefined, {
    missing: "missing name from disk snapshot element",
    missingCode: ErrorCode.internalError,
  }),
  snapshot: attribute.optional(oneOf("no", "internal", "external", "manual")),
  type: attribute.optional(storageType),
  /** An image that is being merged away. */
  snapshotDeleteInProgress: flag(),
  driver: child.optional(SnapshotDiskDriver),
  source: child.optional(StorageSource),
}) {}

/** Where the guest's memory goes. */
export class SnapshotMemory extends element("memory", {
  snapshot: attribute.optional(oneOf("no", "internal", "external", "manual")),
  file: attribute.optional(text),
}) {}
