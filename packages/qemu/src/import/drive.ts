import type { PartialOption } from "@tsvirt/codec/options";
import type { Disk, DiskIoTune } from "@tsvirt/model/domain";
import type { CacheMode } from "../argv/blockdev-nodes.ts";
import type { Drive } from "../legacy/options.ts";
import { formatOf, type Graph } from "./block-graph.ts";
import { readFilename } from "./block-source.ts";
import { presentOrNone, wordOf } from "./values.ts";

type DiskDriver = NonNullable<Disk["driver"]>;

/** What `-drive` says of the image, as far as documents have it; what is left is in `left`. */
export interface DriveImage {
  readonly type: Disk["type"];
  readonly source: NonNullable<Disk["source"]> | undefined;
  readonly driver: DiskDriver | undefined;
  readonly readonly: boolean;
  readonly cdrom: boolean;
  readonly transient: boolean;
  readonly serial: string | undefined;
  readonly geometry: Disk["geometry"];
  readonly iotune: DiskIoTune | undefined;
  readonly left: readonly string[];
  readonly notes: readonly string[];
}

/** Formats by the ends of file names: QEMU looks into images whose format nobody names, libvirt never does. */
const endings: Readonly<Record<string, NonNullable<DiskDriver["type"]>>> = {
  qcow2: "qcow2",
  qcow: "qcow",
  vmdk: "vmdk",
  vdi: "vdi",
  vhdx: "vhd",
  vpc: "vpc",
  vhd: "vpc",
  qed: "qed",
  dmg: "dmg",
};

/** The format an image seems to have by its name. */
export function guessFormat(path: string): NonNullable<DiskDriver["type"]> | undefined {
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(endings, ending) ? endings[ending] : undefined;
}

const cacheModes: Readonly<Record<string, CacheMode>> = { off: "none" };

/** The cache mode that two settings of nodes and one of the device add up to. */
export function cacheModeOf(cache: NonNullable<Graph["cache"]>, writeCache: boolean): CacheMode {
  if (cache.noFlush) return "unsafe";
  if (cache.direct) return writeCache ? "none" : "directsync";
  return writeCache ? "writeback" : "writethrough";
}

function driveCache(drive: PartialOption<Drive>): CacheMode | undefined {
  if (drive.cache !== undefined) {
    const known = wordOf(drive.cache, "none", "writethrough", "writeback", "directsync", "unsafe");
    return known ?? (Object.hasOwn(cacheModes, drive.cache) ? cacheModes[drive.cache] : undefined);
  }
  const { "cache.direct": direct, "cache.no-flush": noFlush, "cache.writeback": writeback } = drive;
  if (direct === undefined && noFlush === undefined && writeback === undefined) return undefined;
  return cacheModeOf({ direct: direct ?? false, noFlush: noFlush ?? false }, writeback ?? true);
}

/** Reads the image's side of `-drive`. */
export function readDriveImage(drive: PartialOption<Drive>): DriveImage {
  const notes: string[] = [];
  const left: string[] = Object.keys(drive.rest ?? {});
  const found = drive.file === undefined || drive.file === "" ? undefined : readFilename(drive.file);
  if (drive.file !== undefined && drive.file !== "" && !found) left.push("file");
  const named = drive.format ?? drive.driver;
  let format = named === undefined ? undefined : formatOf(named);
  if (named !== undefined && format === undefined && !["host_device", "file", "host_cdrom"].includes(named))
    left.push("format");
  if (found?.format === "fat") format = "fat";
  if (format === undefined && named === undefined && drive.file !== undefined && found?.type !== "block") {
    format = guessFormat(drive.file);
    if (format !== undefined) notes.push(`format '${format}' is taken from the name; QEMU would look into the file`);
  }
  const driver = presentOrNone({
    name: format === undefined ? undefined : "qemu",
    type: format,
    cache: driveCache(drive),
    errorPolicy: policyOf(drive.werror),
    rerrorPolicy: policyOf(drive.rerror) === policyOf(drive.werror) ? undefined : readPolicyOf(drive.rerror),
    io: wordOf(drive.aio, "native", "threads", "io_uring"),
    discard:
      drive.discard === "on" ? "unmap" : drive.discard === "off" ? "ignore" : wordOf(drive.discard, "unmap", "ignore"),
    detectZeroes: wordOf(drive["detect-zeroes"], "off", "on", "unmap"),
    copyOnRead: drive["copy-on-read"] === true ? true : undefined,
  } as const);
  const cdrom = drive.media === "cdrom";
  if (drive.cyls !== undefined && drive.trans !== undefined && !["none", "auto", "lba"].includes(drive.trans))
    left.push("trans");
  return {
    type: found?.type ?? "file",
    source: found?.source,
    driver: driver === undefined ? undefined : { name: "qemu", ...driver },
    // A directory is a disk to be read only.
    readonly: drive.readonly ?? drive["read-only"] ?? found?.format === "fat",
    cdrom,
    transient: drive.snapshot === true,
    serial: drive.serial,
    geometry:
      drive.cyls === undefined
        ? undefined
        : {
            cyls: Number(drive.cyls),
            heads: Number(drive.heads ?? 0),
            secs: Number(drive.secs ?? 0),
            ...(wordOf(drive.trans, "none", "auto", "lba") !== undefined && {
              trans: wordOf(drive.trans, "none", "auto", "lba") ?? "auto",
            }),
          },
    iotune: iotuneOf(drive),
    left,
    notes,
  };
}

/** What happens on an error, in the document's words. */
export function policyOf(value: string | undefined): "stop" | "report" | "ignore" | "enospace" | undefined {
  return value === "enospc" ? "enospace" : wordOf(value, "stop", "report", "ignore");
}

function readPolicyOf(value: string | undefined): "stop" | "report" | "ignore" | undefined {
  return wordOf(value, "stop", "report", "ignore");
}

function iotuneOf(drive: PartialOption<Drive>): DiskIoTune | undefined {
  const limit = (...values: readonly (number | bigint | undefined)[]): bigint | undefined => {
    const value = values.find((each) => each !== undefined);
    return value === undefined ? undefined : BigInt(value);
  };
  return presentOrNone({
    totalBytesSec: limit(drive.bps, drive["throttling.bps-total"]),
    readBytesSec: limit(drive.bps_rd, drive["throttling.bps-read"]),
    writeBytesSec: limit(drive.bps_wr, drive["throttling.bps-write"]),
    totalIopsSec: limit(drive.iops, drive["throttling.iops-total"]),
    readIopsSec: limit(drive.iops_rd, drive["throttling.iops-read"]),
    writeIopsSec: limit(drive.iops_wr, drive["throttling.iops-write"]),
    totalBytesSecMax: limit(drive.bps_max),
    readBytesSecMax: limit(drive.bps_rd_max),
    writeBytesSecMax: limit(drive.bps_wr_max),
    totalIopsSecMax: limit(drive.iops_max),
    readIopsSecMax: limit(drive.iops_rd_max),
    writeIopsSecMax: limit(drive.iops_wr_max),
    sizeIopsSec: limit(drive.iops_size),
    groupName: drive["throttling.group"],
  });
}
