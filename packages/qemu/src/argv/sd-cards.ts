import { type Disk, indexOfTarget } from "@tsvirt/model/domain";
import { aliasOf } from "./address.ts";
import type { CacheMode } from "./blockdev-nodes.ts";
import { sourceOptions } from "./blockdev-source.ts";
import type { CommandWriter } from "./command.ts";
import { BoardDrive } from "./declarations/disk-devices.ts";
import { detectZeroes, writeObjects } from "./disk-graph.ts";

/**
 * Writes an SD card. Its slot is part of the board: there is no device to plug in, and so no block node that a device could
 * refer to (`qemuBuildDriveStr`).
 */
export function writeSdCard(line: CommandWriter, disk: Disk, cache: CacheMode | undefined): void {
  const { driver, type } = disk;
  const alias = aliasOf(disk);
  const source = {
    hosts: [],
    seclabels: [],
    ...disk.source,
    ...(disk.auth && { auth: disk.auth }),
    ...(disk.encryption && { encryption: disk.encryption }),
  };
  const objects = writeObjects(line, { type, source }, { storage: alias, format: alias });
  const secret = objects.encryptionSecret;
  const format = driver?.type ?? "raw";
  const isEmpty = disk.source === undefined;
  const path = source.file ?? source.dev ?? source.dir ?? "";
  line.option(BoardDrive, {
    file: type === "network" ? undefined : type === "dir" ? `fat:${path}` : path,
    ...(type === "network" && {
      rest: {
        file: sourceOptions(source, { type, format, readonly: false, floppy: false, hostCdrom: false, ...objects }),
      },
    }),
    "key-secret": format === "raw" ? secret : undefined,
    "encrypt.format": secret !== undefined && format === "qcow2" ? "luks" : undefined,
    "encrypt.key-secret": format === "qcow2" ? secret : undefined,
    format: type === "dir" ? undefined : format === "raw" && secret !== undefined ? "luks" : format,
    if: "sd",
    index: indexOfTarget(disk.target.dev) ?? 0,
    readonly: disk.readonly === true ? true : undefined,
    // The rest are settings of an image.
    ...(!isEmpty && {
      cache: cache === "default" ? undefined : cache,
      "copy-on-read": driver?.copyOnRead,
      discard: driver?.discard,
      "detect-zeroes": detectZeroes({ detectZeroes: driver?.detectZeroes, discard: driver?.discard }),
      aio: driver?.io,
    }),
  });
}
