import { ErrorCode } from "@tsvirt/base";
import { attribute, child, children, element, leaf, oneOf, text, u53 } from "@tsvirt/codec/xml";
import { reportTo } from "../domain/index.ts";
import { nestedDomain } from "./nested-domain.ts";
import { MomentParent } from "./snapshot.ts";

/** Which bitmap records the changes of one disk. */
export class CheckpointDisk extends element("disk", {
  name: attribute(text, undefined, { missing: "missing name from disk checkpoint element" }),
  checkpoint: attribute.optional(oneOf("no", "bitmap"), undefined, { invalid: "unknown disk checkpoint setting '%s'" }),
  bitmap: attribute.optional(text),
  /** Bytes changed since. */
  size: attribute.optional(u53),
}) {}

/** For which disks changes are recorded; without it, all. */
export class CheckpointDisks extends element("disks", { disks: children(CheckpointDisk) }, { omitEmpty: true }) {}

/** A point in time since which changes are recorded. https://libvirt.org/formatcheckpoint.html */
export class Checkpoint extends element("domaincheckpoint", {
  name: leaf.optional(text),
  description: leaf.optional(text),
  parent: child.optional(MomentParent),
  /** Seconds since 1970. */
  creationTime: leaf.optional(u53),
  disks: child.optional(CheckpointDisks),
  domain: child.optional(nestedDomain),
}) {}

/** How a checkpoint document is read. */
export interface ParseCheckpointOptions {
  /** File name for messages. */
  readonly file?: string;
  /** The document says everything about a checkpoint that exists. */
  readonly redefine?: boolean;
  /** Seconds since 1970: time, and name if it has none, of a new checkpoint. */
  readonly now?: number;
}

/** Reads a checkpoint document. Throws `DocumentError`. */
export function parseCheckpoint(xml: string, options: ParseCheckpointOptions = {}): Checkpoint {
  const { value: checkpoint, reader } = Checkpoint.read(xml, { file: options.file, label: "(domain_checkpoint)" });
  const report = reportTo(reader);
  if (options.redefine === true) {
    if (checkpoint.name === undefined) report(checkpoint, "a redefined checkpoint must have a name");
    if (checkpoint.creationTime === undefined) {
      report(checkpoint, "missing creationTime from existing checkpoint", ErrorCode.internalError);
    }
  } else {
    delete checkpoint.parent;
    delete checkpoint.domain;
    if (options.now !== undefined) {
      checkpoint.creationTime = options.now;
      checkpoint.name ??= String(options.now);
    }
  }
  for (const disk of checkpoint.disks?.disks ?? []) {
    disk.checkpoint ??= "bitmap";
    if (disk.checkpoint === "bitmap" && checkpoint.name !== undefined) disk.bitmap ??= checkpoint.name;
    else if (disk.bitmap !== undefined && disk.checkpoint === "no") {
      report(disk, `disk checkpoint bitmap '${disk.bitmap}' requires type='bitmap'`);
    }
  }
  reader.throwIfFailed(options.file);
  return checkpoint;
}
