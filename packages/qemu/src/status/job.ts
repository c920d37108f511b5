import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  type FieldTexts,
  flag,
  oneOf,
  parseInteger,
  type Reader,
  type Scalar,
  text,
  u64,
  type XmlElement,
  yesNo,
} from "@tsvirt/codec/xml";
import { type Domain, StorageSource, storageType } from "@tsvirt/model/domain";

// The job of a running guest, as its status file remembers it.

function internal(invalid: string, missing?: string): FieldTexts {
  const code = ErrorCode.internalError;
  return { invalid, code, missingCode: code, ...(missing !== undefined && { missing }) };
}

/** Flags of a call: hexadecimal, with or without 0x. */
const callFlags: Scalar<number> = {
  expects: "a hexadecimal number",
  domain: { kind: "number", min: 0, max: 0xffff_ffff },
  suffix: " Expected non-negative integer value",
  parse(value) {
    const digits = /^\s*(?:0[xX])?([0-9a-fA-F]{1,8})$/.exec(value)?.[1];
    return digits === undefined ? undefined : Number.parseInt(digits, 16);
  },
  format: (value) => `0x${value.toString(16)}`,
};

/** Where a disk is copied to by a migration. Older versions wrote the source's attributes into this very element. */
export class MigrationSource extends element(
  "migrationSource",
  {
    type: attribute(storageType, undefined, { missing: "missing storage source type" }),
    format: attribute(text, undefined, { missing: "missing storage source format" }),
    source: child.optional(StorageSource),
  },
  {
    check(migration, node, reader) {
      if (migration.source !== undefined) return;
      migration.source = readSource(node, reader);
      delete migration.unknown;
    },
  },
) {}

/** See {@link MigrationSource}. */
class OldMigrationSource extends element("migrationSource", StorageSource.fields) {}

/** The element read as a source, without what is the element's own. */
function readSource(node: XmlElement, reader: Reader): StorageSource {
  const { type: _type, unknown: _unknown, ...source } = OldMigrationSource.parse(node, { state: reader.state });
  return source;
}

/** A disk of a guest that is being migrated. */
export class JobDisk extends element("disk", {
  dev: attribute.optional(text),
  migrating: attribute.withDefault(yesNo, false),
  source: child.optional(MigrationSource),
}) {}

const malformedBitmap = internal("", "malformed <tempBlockDirtyBitmaps> in status XML");
/** A bitmap that a migration made for the time it takes. */
export class TemporaryBitmap extends element("bitmap", {
  name: attribute(text, undefined, malformedBitmap),
  nodename: attribute(text, undefined, malformedBitmap),
}) {}
/** See {@link TemporaryBitmap}. */
export class TemporaryBitmaps extends element(
  "tempBlockDirtyBitmaps",
  { bitmaps: children(TemporaryBitmap) },
  { omitEmpty: true },
) {}

/** Parameters of QEMU's migration, in libvirt's order, and what their values are. */
const migrationParameters: Readonly<Record<string, "number" | "boolean" | "text">> = {
  "compress-level": "number",
  "compress-threads": "number",
  "decompress-threads": "number",
  "cpu-throttle-initial": "number",
  "cpu-throttle-increment": "number",
  "tls-creds": "text",
  "tls-hostname": "text",
  "max-bandwidth": "number",
  "downtime-limit": "number",
  "block-incremental": "boolean",
  "xbzrle-cache-size": "number",
  "max-postcopy-bandwidth": "number",
  "multifd-channels": "number",
};
const parameterOrder = Object.keys(migrationParameters);

/** A parameter of QEMU's migration, to be set back afterwards. */
export class MigrationParameter extends element(
  "param",
  {
    name: attribute(oneOf(...parameterOrder), undefined, {
      ...internal("unknown migration parameter '%s'", "missing migration parameter name"),
    }),
    value: attribute(text, undefined, {
      missingCode: ErrorCode.internalError,
      missing: (node) => `missing value for migration parameter '${node.attribute("name") ?? ""}'`,
    }),
  },
  {
    check({ name, value }, node, reader) {
      const kind = migrationParameters[name];
      if (kind === "number" && parseInteger(value) !== undefined) return;
      if (kind === "text" || (kind === "boolean" && (value === "yes" || value === "no"))) return;
      reader.report(node, `invalid value '${value}' for migration parameter '${name}'`, {
        code: ErrorCode.internalError,
      });
    },
  },
) {}
/** See {@link MigrationParameter}. */
export class MigrationParameters extends element(
  "migParams",
  { params: children(MigrationParameter) },
  {
    expanded: true,
    check(parameters) {
      const last = new Map(parameters.params.map((param) => [param.name, param]));
      parameters.params = [...last.values()].sort(
        (a, b) => parameterOrder.indexOf(a.name) - parameterOrder.indexOf(b.name),
      );
    },
  },
) {}

const jobType = oneOf(
  "none",
  "query",
  "destroy",
  "suspend",
  "modify",
  "abort",
  "migration operation",
  "modify migration safe",
  "async nested",
);

/** The longer jobs, during which others may run. */
const asyncType = oneOf("none", "migration out", "migration in", "save", "dump", "snapshot", "start", "backup");

/** How far a migration is. */
const phases = [
  "none",
  "perform2",
  "begin3",
  "perform3",
  "perform3_done",
  "confirm3_cancelled",
  "confirm3",
  "prepare",
  "finish2",
  "finish3",
  "postcopy_failed",
  "begin_resume",
  "perform_resume",
  "confirm_resume",
  "prepare_resume",
  "finish_resume",
];

/** A change that is under way. */
export class StatusJob extends element(
  "job",
  {
    type: attribute.withDefault(jobType, "none", undefined, internal("Unknown job type %s")),
    agent: attribute.optional(text),
    async: attribute.withDefault(asyncType, "none", undefined, internal("Unknown async job type %s")),
    phase: attribute.optional(oneOf(...phases), undefined, internal("Unknown job phase %s")),
    flags: attribute.optional(callFlags),
    /** Milliseconds since 1970. */
    asyncStarted: attribute.optional(u64, undefined, internal("Invalid async job start")),
    asyncPaused: attribute.optional(yesNo),
    disks: children(JobDisk),
    bitmaps: child.optional(TemporaryBitmaps),
    migrationParameters: child.optional(MigrationParameters),
    snapshotDelete: flag(),
  },
  {
    check(job) {
      // Of the short ones only these are worth to be remembered.
      if (job.type !== "destroy") job.type = "none";
      if (job.phase === "none" || !job.async.startsWith("migration")) delete job.phase;
      if (job.async === "none") {
        delete job.flags;
        delete job.asyncStarted;
        delete job.asyncPaused;
      } else {
        job.flags ??= 0;
        job.asyncStarted ??= 0n;
        if (job.asyncPaused === false) delete job.asyncPaused;
      }
      if (job.async !== "snapshot") delete job.snapshotDelete;
      if (job.async === "migration out") return;
      job.disks = [];
      delete job.bitmaps;
    },
  },
) {}

/** All disks of a guest with what becomes of them in a migration. */
export function completeJob(job: StatusJob, { devices }: Domain): void {
  if (job.async !== "migration out") return;
  const migrating = new Map(job.disks.filter((disk) => disk.migrating).map((disk) => [disk.dev, disk]));
  job.disks = (devices?.disks ?? []).map(({ target }): JobDisk => {
    const disk = migrating.get(target.dev);
    return disk ?? { dev: target.dev, migrating: false };
  });
}
