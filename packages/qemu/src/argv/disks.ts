import type { Disk } from "@tsvirt/model/domain";
import { aliasOf, type Buses } from "./address.ts";
import { type CacheMode, cacheOf } from "./blockdev-nodes.ts";
import type { CommandWriter } from "./command.ts";
import { Blockdev } from "./declarations/backends.ts";
import {
  FloppyController,
  FloppyDevice,
  IdeDevice,
  ScsiDevice,
  UsbStorageDevice,
  VirtioBlkDevice,
} from "./declarations/disk-devices.ts";
import { type GraphOptions, type Image, writeDescriptors, writeImage } from "./disk-graph.ts";
import { writeSdCard } from "./sd-cards.ts";
import { virtioDriver, virtioProps } from "./virtio.ts";

/** A disk with what is decided for all disks together. */
export interface PlannedDisk {
  readonly disk: Disk;
  readonly images: readonly Image[];
  readonly bootindex: number | undefined;
}

/** Writes all disks: their block graphs and devices. The floppy controller's part stands before the first floppy. */
export function writeDisks(
  line: CommandWriter,
  disks: readonly PlannedDisk[],
  buses: Buses,
  separateFdc: boolean,
): void {
  writeFloppyController(line, disks, separateFdc);
  for (const planned of disks) {
    line.because({ value: planned.disk }, () => {
      if (planned.disk.target.bus === "sd") {
        writeSdCard(line, planned.disk, cacheModeOf(planned.disk));
        return;
      }
      const top = writeGraph(line, planned);
      writeDiskDevice(line, planned, top, buses);
    });
  }
}

function unitOf(disk: Disk): number {
  return disk.address?.type === "drive" ? disk.address.unit : 0;
}

function writeFloppyController(line: CommandWriter, disks: readonly PlannedDisk[], separate: boolean): void {
  const floppies = disks.filter(({ disk }) => disk.target.bus === "fdc");
  if (floppies.length === 0) return;
  const bootOf = (unit: number): number | undefined => floppies.find(({ disk }) => unitOf(disk) === unit)?.bootindex;
  if (separate) {
    line.option(FloppyController, { driver: "isa-fdc", bootindexA: bootOf(0), bootindexB: bootOf(1) });
    return;
  }
  for (const [unit, letter] of ["A", "B"].entries()) {
    const bootindex = bootOf(unit);
    if (bootindex !== undefined) line.add("-global", `isa-fdc.bootindex${letter}=${bootindex}`);
  }
}

/** A disk that other guests write too must not be cached. */
function cacheModeOf(disk: Disk): CacheMode | undefined {
  return disk.shareable === true && disk.readonly !== true ? "none" : disk.driver?.cache;
}

/** Writes the nodes from the bottom of the chain up. Gives the name of the node the device is to use. */
function writeGraph(line: CommandWriter, { disk, images }: PlannedDisk): string | undefined {
  const driver = disk.driver;
  const removable = disk.device === "cdrom" || disk.device === "floppy";
  for (const image of images) writeDescriptors(line, image);
  let top: string | undefined;
  for (let depth = images.length - 1; depth >= 0; depth--) {
    const image = images[depth];
    if (!image) continue;
    const isTop = depth === 0;
    const options: GraphOptions = {
      cache: cacheModeOf(disk),
      io: driver?.io,
      discard: isTop ? driver?.discard : undefined,
      detectZeroes: isTop ? driver?.detectZeroes : undefined,
      readonly: !isTop || disk.readonly === true || disk.device === "cdrom",
      floppy: disk.device === "floppy",
      cdrom: removable,
    };
    top = writeImage(line, image, options, images[depth + 1]);
  }
  if (top === undefined || driver?.copyOnRead !== true) return top;
  const name = `libvirt-CoR-${disk.target.dev}`;
  line.option(Blockdev, { driver: "copy-on-read", "node-name": name, discard: "unmap", rest: { file: top } });
  return name;
}

/** `default` is QEMU's own choice; the rest has QEMU's words. */
function policy(value: "default" | "stop" | "report" | "ignore" | "enospace" | undefined): string | undefined {
  return value === "default" ? undefined : value === "enospace" ? "enospc" : value;
}

function writeDiskDevice(
  line: CommandWriter,
  { disk, bootindex }: PlannedDisk,
  drive: string | undefined,
  buses: Buses,
): void {
  const { target, driver, geometry, blockio, address } = disk;
  const alias = aliasOf(disk);
  const optical = disk.device === "cdrom";
  const raw = disk.device === "lun";
  const cache = cacheOf(cacheModeOf(disk));
  const trans = { none: "none", auto: "auto", lba: "lba" } as const;
  const errors = {
    werror: policy(driver?.errorPolicy),
    // Reading has no "no space"; otherwise one policy stands for both.
    rerror: policy(driver?.rerrorPolicy ?? (driver?.errorPolicy === "enospace" ? undefined : driver?.errorPolicy)),
  };
  const common = {
    "share-rw": disk.shareable === true ? true : undefined,
    drive,
    id: alias,
    bootindex: target.bus === "fdc" ? undefined : bootindex,
    logical_block_size: blockio?.logicalBlockSize,
    physical_block_size: blockio?.physicalBlockSize,
    wwn: disk.wwn === undefined ? undefined : BigInt(`0x${disk.wwn.replace(/^0x/, "")}`),
    rotation_rate: target.rotationRate,
    vendor: disk.vendor,
    product: disk.product,
    removable: target.bus === "usb" ? (target.removable ?? false) : undefined,
    "write-cache": cache && !optical && target.bus !== "fdc" && !raw ? (cache.writeCache ? "on" : "off") : undefined,
    cyls: geometry?.cyls,
    heads: geometry?.heads,
    secs: geometry?.secs,
    "bios-chs-trans": geometry?.trans === undefined ? undefined : trans[geometry.trans],
    serial: disk.serial,
    ...errors,
  };
  switch (target.bus) {
    case "virtio":
      line.option(VirtioBlkDevice, {
        driver: virtioDriver("virtio-blk", address, disk.model),
        iothread: driver?.iothread === undefined ? undefined : `iothread${driver.iothread}`,
        ioeventfd: driver?.ioeventfd,
        event_idx: driver?.eventIdx,
        scsi: raw
          ? true
          : line.has("virtio-blk-pci.scsi") && !line.has("virtio-blk-pci.scsi.default.disabled")
            ? false
            : undefined,
        "num-queues": driver?.queues,
        "queue-size": driver?.queueSize,
        ...virtioProps(driver),
        ...buses.props(disk),
        ...common,
      });
      return;
    case "ide":
    case "sata": {
      const place = address?.type === "drive" ? address : undefined;
      const onIde = target.bus === "ide";
      const controller = buses.alias(target.bus, place?.controller ?? 0);
      line.option(IdeDevice, {
        driver: optical ? "ide-cd" : "ide-hd",
        bus: onIde ? `${controller}.${place?.bus ?? 0}` : `${controller}.${place?.unit ?? 0}`,
        unit: onIde ? (place?.unit ?? 0) : undefined,
        ...common,
      });
      return;
    }
    case "scsi":
      writeScsiDisk(line, disk, common, buses);
      return;
    case "usb": {
      const { bus = "", port = "" } = buses.props(disk);
      line.option(UsbStorageDevice, { driver: "usb-storage", bus, port, ...common });
      return;
    }
    case "fdc":
      line.option(FloppyDevice, { driver: "floppy", unit: unitOf(disk), ...common });
      return;
    default:
  }
}

type CommonKeys = Omit<Partial<ScsiDevice>, "driver"> & { readonly id: string };

function writeScsiDisk(line: CommandWriter, disk: Disk, common: CommonKeys, buses: Buses): void {
  const place = disk.address?.type === "drive" ? disk.address : undefined;
  const controller = place?.controller ?? 0;
  const bus = buses.alias("scsi", controller);
  const driver = disk.device === "cdrom" ? "scsi-cd" : disk.device === "lun" ? "scsi-block" : "scsi-hd";
  // Adapters of the older kind know targets only; virtio and the newer ones also channel and unit.
  const simple = buses.isSimpleScsi(controller);
  const deviceId = disk.serial ?? `drive-${common.id}`;
  line.option(ScsiDevice, {
    driver,
    bus: `${bus}.0`,
    channel: simple ? undefined : (place?.bus ?? 0),
    "scsi-id": simple ? (place?.unit ?? 0) : (place?.target ?? 0),
    lun: simple ? undefined : (place?.unit ?? 0),
    device_id: driver === "scsi-block" ? undefined : deviceId,
    ...common,
  });
}
