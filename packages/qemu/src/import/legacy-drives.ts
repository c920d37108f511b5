import type { PartialOption } from "@tsvirt/codec/options";
import type { Disk } from "@tsvirt/model/domain";
import { Drive } from "../legacy/options.ts";
import type { Argument } from "./argument.ts";
import { NoPlaceError } from "./device-reader.ts";
import type { Draft } from "./draft.ts";
import { readDriveImage } from "./drive.ts";
import { setLoader } from "./machine.ts";
import { numberOf } from "./values.ts";

type DriveKeys = PartialOption<Drive>;
type Interface = NonNullable<Drive["if"]>;

/** Where a drive of no stated kind goes on this board. */
function defaultInterface({ board }: Draft): Interface {
  if (board.isVirt || board.isS390) return "virtio";
  return board.isPseries ? "scsi" : "ide";
}

/** Buses of the kinds of drives, the first letters of their names and how many sit on one of their buses. */
const kinds: Readonly<
  Partial<
    Record<
      Interface,
      { readonly bus: NonNullable<Disk["target"]["bus"]>; readonly prefix: string; readonly units: number }
    >
  >
> = {
  ide: { bus: "ide", prefix: "hd", units: 2 },
  scsi: { bus: "scsi", prefix: "sd", units: 7 },
  virtio: { bus: "virtio", prefix: "vd", units: 1 },
  floppy: { bus: "fdc", prefix: "fd", units: 2 },
  sd: { bus: "sd", prefix: "sd", units: 1 },
  xen: { bus: "xen", prefix: "xvd", units: 1 },
};

/** `-drive`: a definition for a device, firmware, or a disk with its device. */
export function readDrive(draft: Draft, argument: Argument): void {
  addDrive(draft, argument, Drive.parsePartial(argument.value));
}

/** Notes a drive that a `-device` refers to. True if it is one. */
export function defineDrive(draft: Draft, argument: Argument): boolean {
  const keys = Drive.parsePartial(argument.value);
  if (keys.if !== "none" || keys.id === undefined) return false;
  draft.drives.add(keys.id, argument, keys);
  return true;
}

/** Puts a drive into the document. */
export function addDrive(draft: Draft, argument: Argument, keys: DriveKeys): void {
  const kind = keys.if ?? defaultInterface(draft);
  if (kind === "none") throw new NoPlaceError("a drive that no device uses has no counterpart");
  if (kind === "pflash") {
    readFlashDrive(draft, argument, keys);
    return;
  }
  const found = kinds[kind];
  if (!found) throw new NoPlaceError(`a drive of kind '${kind}' has no counterpart`);
  const image = readDriveImage(keys);
  if (image.left.length > 0) throw new NoPlaceError(`'${image.left[0]}' of the drive has no counterpart`);
  // On q35 the drives of IDE sit on SATA, one on each bus.
  const sata = kind === "ide" && draft.board.isQ35;
  const { bus, prefix, units } = sata ? { bus: "sata" as const, prefix: "sd", units: 1 } : found;
  const index =
    numberOf(keys.index) ??
    (keys.bus === undefined && keys.unit === undefined
      ? undefined
      : Number(keys.bus ?? 0) * units + Number(keys.unit ?? 0));
  const device = image.cdrom ? "cdrom" : kind === "floppy" ? "floppy" : "disk";
  const { type, source, driver, serial, geometry, iotune } = image;
  const disk: Disk = {
    type,
    device,
    ...(driver && { driver }),
    ...(source && { source }),
    ...(geometry && { geometry }),
    target: { dev: draft.target(prefix, index ?? 0), bus },
    ...(iotune && { iotune }),
    ...((image.readonly || device === "cdrom") && { readonly: true }),
    ...(image.transient && { transient: {} }),
    ...(serial !== undefined && { serial }),
    ...(keys.bootindex !== undefined && { boot: { order: Number(keys.bootindex) } }),
  };
  if (keys.addr !== undefined) {
    const address = draft.buses.pci({ addr: keys.addr });
    if (!address) throw new NoPlaceError(`'${keys.addr}' is no PCI address`);
    disk.address = address;
  }
  for (const note of image.notes) argument.note(note);
  draft.add("disks", disk, argument);
  draft.keep(disk, keys.id);
}

/** Firmware, and its variables in the second one. */
function readFlashDrive(draft: Draft, argument: Argument, keys: DriveKeys): void {
  const image = readDriveImage(keys);
  const path = image.source?.file ?? image.source?.dev;
  if (path === undefined || image.left.length > 0)
    throw new NoPlaceError("firmware that is not in a file has no counterpart");
  const { os } = draft.domain;
  const unit = numberOf(keys.unit) ?? numberOf(keys.index) ?? (os.loader?.path === undefined ? 0 : 1);
  const format = image.driver?.type;
  const named = format !== undefined && format !== "raw" ? { format } : {};
  if (unit === 0) {
    setLoader(draft, path, { readonly: image.readonly, ...named });
    argument.place("/domain/os/loader");
  } else {
    os.nvram = { ...named, path };
    argument.place("/domain/os/nvram");
    if (image.readonly) argument.note("variables of firmware are always writable in a document");
  }
}

/** Options that name an image alone: kind, number and medium. */
const named: Readonly<Record<string, DriveKeys>> = {
  hda: { index: 0, media: "disk" },
  hdb: { index: 1, media: "disk" },
  hdc: { index: 2, media: "disk" },
  hdd: { index: 3, media: "disk" },
  cdrom: { index: 2, media: "cdrom" },
  fda: { if: "floppy", index: 0 },
  fdb: { if: "floppy", index: 1 },
  sd: { if: "sd" },
  mtdblock: { if: "mtd" },
  pflash: { if: "pflash" },
};

/** The options of {@link readNamedDrive}. */
export const namedDrives: readonly string[] = Object.keys(named);

/** `-hda FILE` and the like. */
export function readNamedDrive(draft: Draft, argument: Argument): void {
  const keys = named[argument.option] ?? {};
  const { board } = draft;
  // Boards without IDE number their drives otherwise.
  const cdromOnScsi = argument.option === "cdrom" && !board.isX86 ? { if: "scsi" as const } : {};
  addDrive(draft, argument, { ...keys, ...cdromOnScsi, file: argument.value });
}

/** An image that stands alone is the first disk. */
export function readImage(draft: Draft, argument: Argument): void {
  addDrive(draft, argument, { index: 0, media: "disk", file: argument.value });
}
