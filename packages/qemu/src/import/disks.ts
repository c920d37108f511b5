import type { PartialOption } from "@tsvirt/codec/options";
import { type Address, type Disk, type Hostdev, indexOfTarget } from "@tsvirt/model/domain";
import {
  FloppyController,
  FloppyDevice,
  IdeDevice,
  ScsiDevice,
  UsbStorageDevice,
  VirtioBlkDevice,
} from "../argv/declarations/disk-devices.ts";
import { readGraph } from "./block-graph.ts";
import { takePlace } from "./bus-names.ts";
import { type DeviceArgument, type DeviceReader, deviceReader, NoPlaceError } from "./device-reader.ts";
import type { Draft } from "./draft.ts";
import { cacheModeOf, policyOf, readDriveImage } from "./drive.ts";
import { numberOf, presentOrNone, wordOf } from "./values.ts";
import { takeVirtio } from "./virtio.ts";

/** Where a disk is for the guest. */
interface Placing {
  readonly bus: NonNullable<Disk["target"]["bus"]>;
  /** First letters of the target's name, and its number if the place decides it. */
  readonly prefix: string;
  readonly index?: number | undefined;
  readonly address?: Address | undefined;
  readonly device?: Disk["device"];
  readonly model?: Disk["model"];
}

type DiskKeys = Omit<PartialOption<VirtioBlkDevice>, "driver" | "rest">;
type Image = Pick<Disk, "type"> &
  Partial<Disk> & { readonly readonlyImage: boolean; readonly targetHint?: string | undefined };

/** The image behind a device: nodes, a `-drive`, or nothing. */
function imageOf(
  draft: Draft,
  drive: string | undefined,
  writeCache: string | undefined,
  device: DeviceArgument,
): Image & { from: DeviceArgument["argument"][]; writeCacheTaken: boolean } {
  const none = { type: "file" as const, readonlyImage: false, from: [], writeCacheTaken: writeCache !== "off" };
  if (drive === undefined) return none;
  const graph = readGraph(draft, drive);
  if (graph) {
    const cache = graph.cache && cacheModeOf(graph.cache, writeCache !== "off");
    const driver = {
      name: "qemu",
      type: graph.format,
      ...(cache !== undefined && { cache }),
      ...(graph.io !== undefined && { io: graph.io }),
      ...(graph.discard !== undefined && { discard: graph.discard }),
      ...(graph.detectZeroes !== undefined && { detectZeroes: graph.detectZeroes }),
      ...(graph.copyOnRead && { copyOnRead: true }),
    };
    return {
      type: graph.type,
      source: graph.source,
      driver,
      ...(graph.backingStore && { backingStore: graph.backingStore }),
      readonlyImage: graph.readonly,
      targetHint: graph.target,
      from: graph.definitions.map(({ argument }) => argument),
      writeCacheTaken: cache !== undefined || writeCache === undefined,
    };
  }
  const found = draft.drives.get(drive);
  if (!found) throw new NoPlaceError(`there is no drive '${drive}'`);
  const image = readDriveImage(found.value);
  if (image.left.length > 0) throw new NoPlaceError(`'${image.left[0]}' of its drive has no counterpart`);
  for (const note of image.notes) device.argument.note(note);
  const { type, source, driver, serial, geometry, iotune, readonly, cdrom, transient } = image;
  return {
    type,
    ...(source && { source }),
    ...(driver && { driver }),
    ...(serial !== undefined && { serial }),
    ...(geometry && { geometry }),
    ...(iotune && { iotune }),
    ...(transient && { transient: {} }),
    ...(cdrom && { device: "cdrom" as const }),
    readonlyImage: readonly,
    from: [found.argument],
    writeCacheTaken: writeCache === undefined,
  };
}

/** Puts a disk into the document: its image, its place, and what all disk devices may have. */
function addDisk(
  draft: Draft,
  keys: DiskKeys & { readonly rest?: unknown },
  place: Placing,
  device: DeviceArgument,
): void {
  const {
    drive,
    id,
    bootindex,
    serial,
    wwn,
    vendor,
    product,
    removable,
    "share-rw": shared,
    "write-cache": writeCache,
    rotation_rate: rotationRate,
    logical_block_size: logical,
    physical_block_size: physical,
    cyls,
    heads,
    secs,
    "bios-chs-trans": trans,
    werror,
    rerror,
    ...left
  } = keys;
  const { from, readonlyImage, writeCacheTaken, targetHint, ...image } = imageOf(draft, drive, writeCache, device);
  const kind = place.device ?? image.device ?? "disk";
  const error = policyOf(werror);
  const readError = policyOf(rerror);
  const driver = {
    ...image.driver,
    ...presentOrNone({
      errorPolicy: error,
      rerrorPolicy: readError === error || readError === "enospace" ? undefined : readError,
      iothread: undefined,
    }),
  };
  const target = draft.target(
    place.prefix,
    (targetHint === undefined ? undefined : indexOfTarget(targetHint)) ?? place.index,
  );
  const disk: Disk = {
    ...image,
    device: kind,
    ...(place.model !== undefined && { model: place.model }),
    ...(Object.keys(driver).length > 0 && { driver: { name: "qemu", ...driver } }),
    target: {
      dev: target,
      bus: place.bus,
      ...(removable === true && { removable }),
      ...(rotationRate !== undefined && { rotationRate: Number(rotationRate) }),
    },
    ...(serial !== undefined && { serial }),
    ...(wwn !== undefined && { wwn: BigInt(wwn).toString(16).padStart(16, "0") }),
    ...(vendor !== undefined && { vendor }),
    ...(product !== undefined && { product }),
    ...(shared === true && { shareable: true }),
    ...((readonlyImage || kind === "cdrom") && { readonly: true }),
    ...((logical !== undefined || physical !== undefined) && {
      blockio: presentOrNone({ logicalBlockSize: numberOf(logical), physicalBlockSize: numberOf(physical) }) ?? {},
    }),
    ...(cyls !== undefined && {
      geometry: {
        cyls: Number(cyls),
        heads: Number(heads ?? 0),
        secs: Number(secs ?? 0),
        ...(wordOf(trans, "none", "auto", "lba") !== undefined && {
          trans: wordOf(trans, "none", "auto", "lba") ?? "auto",
        }),
      },
    }),
    ...(bootindex !== undefined && {
      boot: { order: Number(bootindex) },
    }),
    ...(place.address && { address: place.address }),
  };
  draft.add("disks", disk, device.argument, ...from);
  draft.keep(disk, id, { ...left, ...(writeCacheTaken ? {} : { "write-cache": writeCache }) });
}

function numbered(id: string | undefined, pattern: RegExp): number | undefined {
  const match = pattern.exec(id ?? "");
  return match ? Number(match[1]) : undefined;
}

const virtioBlk = deviceReader(VirtioBlkDevice, (draft, { driver = "", ...keys }, device) => {
  if (driver.startsWith("vhost-user-blk")) throw new NoPlaceError("vhost-user disks are made by libvirt itself");
  const { driver: options, model, address: implied, left: afterVirtio } = takeVirtio(driver, keys);
  const { device: placed, left: afterPlace } = takePlace(afterVirtio, draft.buses);
  const {
    iothread,
    ioeventfd,
    event_idx: eventIdx,
    scsi,
    "num-queues": queues,
    "queue-size": queueSize,
    chardev,
    ...left
  } = afterPlace;
  const address = placed.address ?? implied;
  addDisk(
    draft,
    { ...left, ...(chardev !== undefined && { chardev }) },
    {
      bus: "virtio",
      prefix: "vd",
      index: numbered(keys.id, /^virtio-disk(\d+)$/),
      address,
      ...(scsi === true && { device: "lun" as const }),
      ...(model !== undefined && { model }),
    },
    device,
  );
  const disk = draft.devices.disks.at(-1);
  const more = presentOrNone({
    ioeventfd,
    eventIdx,
    iothread: draft.iothread(iothread),
    queues: numberOf(queues),
    queueSize: numberOf(queueSize),
    ...options,
  });
  if (disk && more) disk.driver = { name: "qemu", ...disk.driver, ...more };
  if (disk && placed.acpi) disk.acpi = placed.acpi;
});

const ide = deviceReader(IdeDevice, (draft, { driver, bus, unit, ...keys }, device) => {
  const owner = draft.buses.find(bus);
  const optical = driver === "ide-cd" ? { device: "cdrom" as const } : {};
  if (bus !== undefined && owner?.type !== "ide" && owner?.type !== "sata")
    throw new NoPlaceError(`there is no bus '${bus}'`);
  const sata = owner ? owner.type === "sata" : draft.board.isQ35;
  const address: Address | undefined = owner && {
    type: "drive",
    controller: owner.index,
    bus: sata ? 0 : (owner.bus ?? 0),
    target: 0,
    unit: sata ? (owner.bus ?? 0) : Number(unit ?? 0),
  };
  const { controller = 0, bus: channel = 0, unit: number = 0 } = address?.type === "drive" ? address : {};
  addDisk(
    draft,
    keys,
    sata
      ? { bus: "sata", prefix: "sd", index: address && controller * 6 + number, address, ...optical }
      : { bus: "ide", prefix: "hd", index: address && controller * 4 + channel * 2 + number, address, ...optical },
    device,
  );
});

const scsiKinds = { "scsi-hd": undefined, "scsi-cd": "cdrom", "scsi-block": "lun", "scsi-generic": "lun" } as const;

const scsi = deviceReader(
  ScsiDevice,
  (draft, { driver = "scsi-hd", bus, channel, "scsi-id": target, lun, device_id: deviceId, ...keys }, device) => {
    const owner = draft.buses.find(bus);
    if (bus !== undefined && owner?.type !== "scsi") throw new NoPlaceError(`there is no bus '${bus}'`);
    const controller = draft.devices.controllers.find(
      (each) => each.type === "scsi" && (each.index ?? 0) === (owner?.index ?? 0),
    );
    // Adapters of the older kind know targets only; their unit is the target.
    const simple = controller?.model === "lsilogic" || ["am53c974", "dc390"].includes(controller?.model ?? "");
    const placed = bus !== undefined || target !== undefined || lun !== undefined;
    const address: Address | undefined = placed
      ? {
          type: "drive",
          controller: owner?.index ?? 0,
          bus: Number(channel ?? 0),
          target: simple ? 0 : Number(target ?? 0),
          unit: simple ? Number(target ?? 0) : Number(lun ?? 0),
        }
      : undefined;
    if (driver === "scsi-generic") {
      addScsiHostdev(draft, keys, address, device);
      return;
    }
    const expected = keys.serial ?? `drive-${keys.id}`;
    const left = deviceId === undefined || deviceId === expected ? {} : { device_id: deviceId };
    const kind = scsiKinds[driver];
    const { controller: adapter = 0, target: id = 0, unit = 0 } = address?.type === "drive" ? address : {};
    // The name that libvirt would put there by itself.
    const index = simple ? adapter * 7 + unit : id === 0 && adapter === 0 ? unit : undefined;
    addDisk(
      draft,
      { ...keys, ...left },
      { bus: "scsi", prefix: "sd", index: placed ? index : undefined, address, ...(kind && { device: kind }) },
      device,
    );
  },
);

/** A SCSI device of the host: over iSCSI, or by its `/dev/sgN`, whose place only the host can tell. */
function addScsiHostdev(
  draft: Draft,
  { drive, id, bootindex, "share-rw": shared, ...left }: DiskKeys & { readonly rest?: unknown },
  address: Address | undefined,
  device: DeviceArgument,
): void {
  const graph = drive === undefined ? undefined : readGraph(draft, drive);
  if (!graph) throw new NoPlaceError(`there is no node '${drive ?? ""}'`);
  const { source } = graph;
  const common: Hostdev = {
    mode: "subsystem" as const,
    type: "scsi" as const,
    ips: [],
    routes: [],
    ...(graph.readonly && { readonly: true }),
    ...(shared === true && { shareable: true }),
    ...(bootindex !== undefined && { boot: { order: Number(bootindex) } }),
    ...(address && { address }),
  };
  const from = [device.argument, ...graph.definitions.map(({ argument }) => argument)];
  if (source.protocol === "iscsi") {
    const [host] = source.hosts;
    const hostdev = {
      ...common,
      source: {
        protocol: "iscsi",
        ...(source.name !== undefined && { name: source.name }),
        ...(host && { host }),
        ...(source.auth && { auth: source.auth }),
        ...(source.initiator && { initiator: source.initiator }),
      },
    };
    draft.add("hostdevs", hostdev, ...from);
    draft.keep(hostdev, id, left);
    return;
  }
  const place = source.dev === undefined ? undefined : draft.host.scsiAddress?.(source.dev);
  if (!place) throw new NoPlaceError(`the place of '${source.dev ?? ""}' on the host's SCSI buses is not known`);
  const hostdev = {
    ...common,
    source: {
      adapter: `scsi_host${place.host}`,
      address: { bus: place.bus, target: place.target, unit: BigInt(place.unit) },
    },
  };
  draft.add("hostdevs", hostdev, ...from);
  draft.keep(hostdev, id, left);
}

const usb = deviceReader(UsbStorageDevice, (draft, { driver: _driver, ...keys }, device) => {
  const { device: placed, left } = takePlace(keys, draft.buses);
  addDisk(
    draft,
    left as DiskKeys,
    { bus: "usb", prefix: "sd", index: numbered(keys.id, /^usb-disk(\d+)$/), address: placed.address },
    device,
  );
});

const floppy = deviceReader(FloppyDevice, (draft, { driver: _driver, unit, ...keys }, device) => {
  const number = Number(unit ?? 0);
  const address: Address = { type: "drive", controller: 0, bus: 0, target: 0, unit: number };
  addDisk(
    draft,
    keys,
    { bus: "fdc", prefix: "fd", index: number, device: "floppy", ...(unit !== undefined && { address }) },
    device,
  );
});

/** The controller of machines without one: what it says is of its drives. */
const floppyController = deviceReader(
  FloppyController,
  (draft, { driver: _driver, driveA, driveB, bootindexA, bootindexB, rest }, device) => {
    if (driveA !== undefined || driveB !== undefined || rest !== undefined)
      throw new NoPlaceError("its drives are in its own keys");
    if (!draft.board.isQ35) throw new NoPlaceError("this machine has a floppy controller");
    device.argument.imply("libvirt adds the controller with the first floppy drive");
    draft.floppyBoot = [numberOf(bootindexA), numberOf(bootindexB)];
  },
  { when: "first" },
);

/** Devices that are disks or drives. */
export const diskReaders: readonly DeviceReader[] = [virtioBlk, ide, scsi, usb, floppy, floppyController];
