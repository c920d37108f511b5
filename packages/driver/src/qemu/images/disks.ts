import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";
import { type Files, hasErrno, SystemError } from "@tsvirt/host";
import type { BackingStore, Disk, Domain, SourcePrivateData, StorageSource } from "@tsvirt/model/domain";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { HEADER_BYTES, readBacking } from "./backing.ts";

const ENOENT = 2;
/** How long a chain of images may be (threat-model C1). */
const CHAIN_MAX = 200;

/**
 * Makes a guest's disks ready to be named to QEMU: every source is there, what is behind each image is known, and every
 * image has the number that its nodes are named after. Numbers go from the last disk to the first, as libvirt's do.
 */
export async function prepareDisks(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<void> {
  const disks = live.domain.devices?.disks ?? [];
  // The chains are read together; numbering needs the order.
  const prepared = await Promise.all(disks.map((disk) => findSource(driver, guest, live.domain, disk)));
  for (const disk of prepared.toReversed()) numberDisk(live, disk);
  if (live.domain.devices) live.domain = { ...live.domain, devices: { ...live.domain.devices, disks: prepared } };
}

/** As {@link prepareDisks} for one disk that a running guest gets. */
export async function prepareDisk(driver: QemuDriver, guest: Guest, live: LiveGuest, disk: Disk): Promise<Disk> {
  const path = pathOf(disk.type, disk.source);
  if (path !== undefined && !(await driver.host.files.facts(path))) {
    // Nobody was asked to run QEMU yet, so libvirt names no user here.
    throw new SystemError(ENOENT, `Cannot access storage file '${path}'`);
  }
  const prepared = await findSource(driver, guest, live.domain, disk);
  numberDisk(live, prepared);
  return prepared;
}

async function findSource(driver: QemuDriver, guest: Guest, domain: Domain, disk: Disk): Promise<Disk> {
  if (disk.transient) {
    // Without an image above it that takes the guest's writes, they would stay in its own.
    throw virtError(ErrorCode.configUnsupported, `transient disk '${disk.target.dev}' is not supported yet`);
  }
  const path = pathOf(disk.type, disk.source);
  if (path === undefined) return { ...disk };
  const facts = await driver.host.files.facts(path);
  if (!facts) {
    const policy = disk.source?.startupPolicy ?? "mandatory";
    if (policy === "mandatory" || (policy === "requisite" && guest.live === undefined)) throw missing(driver, path);
    driver.events.emit(guest.ref, {
      kind: "diskChange",
      oldPath: path,
      newPath: undefined,
      alias: disk.alias ?? "",
      reason: disk.device === "cdrom" || disk.device === "floppy" ? "changedMissingOnStart" : "droppedMissingOnStart",
    });
    const { source: _, ...without } = disk;
    return without;
  }
  if (disk.backingStore) return { ...disk, ...(disk.source && { source: { ...disk.source } }) };
  const format = disk.driver?.type ?? "raw";
  const chain = { domain: domain.name, missing: (name: string) => missing(driver, name) };
  const backingStore = await readChain(driver.host.files, path, format, chain);
  return { ...disk, ...(disk.source && { source: { ...disk.source } }), backingStore };
}

/** The error libvirt gives, which names who it was that could not get at the file. */
function missing(driver: QemuDriver, path: string): Error {
  const { uid, gid } = driver.user ?? driver.host.users.self;
  return new SystemError(ENOENT, `Cannot access storage file '${path}' (as uid:${uid}, gid:${gid})`);
}

/** For whom {@link readChain} reads. */
export interface ChainOptions {
  /** Name of the guest, for messages. */
  readonly domain?: string;
  /** The error for an image that is not there. */
  readonly missing?: (path: string) => Error;
}

/**
 * What is behind an image, by its own word; formats that are not stated are raw (threat-model C1). Throws when it cannot be
 * told.
 */
export async function readChain(
  files: Files,
  path: string,
  format: string,
  options: ChainOptions = {},
  depth = 1,
): Promise<BackingStore> {
  if (depth > CHAIN_MAX) {
    throw virtError(
      ErrorCode.internalError,
      `backing chain of '${path}' of domain '${options.domain ?? ""}' is too deep`,
    );
  }
  const head = await readHead(files, path, format);
  const reference = head && readBacking(head, format);
  if (!reference) return {};
  const name = resolve(path, reference.name);
  if (name === undefined) {
    throw virtError(ErrorCode.internalError, `backing file '${reference.name}' of '${path}' is of an unknown kind`, {
      domain: ErrorDomain.storage,
    });
  }
  if (reference.format === undefined) {
    throw virtError(
      ErrorCode.operationInvalid,
      `format of backing image '${name}' of image '${path}' was not specified in the image metadata (See https://libvirt.org/kbase/backing_chains.html for troubleshooting)`,
      { domain: ErrorDomain.storage },
    );
  }
  const facts = await files.facts(name);
  if (!facts) throw options.missing?.(name) ?? new SystemError(ENOENT, `Cannot access storage file '${name}'`);
  const type = facts.kind === "block" ? "block" : "file";
  const stored = storedFormat(reference.format);
  return {
    type,
    format: { type: stored },
    source: type === "block" ? { ...emptySource, dev: name } : { ...emptySource, file: name },
    backingStore: await readChain(files, name, stored, options, depth + 1),
  };
}

const emptySource: StorageSource = { hosts: [], seclabels: [] };

const known = ["raw", "qcow", "qcow2", "qed", "vmdk", "vpc", "vdi", "bochs", "cloop", "dmg", "iso"] as const;

function storedFormat(format: string): (typeof known)[number] {
  return known.find((each) => each === format) ?? "raw";
}

async function readHead(files: Files, path: string, format: string): Promise<Uint8Array | undefined> {
  if (format !== "qcow2" && format !== "qcow" && format !== "qed") return undefined;
  try {
    return await files.readPart(path, 0, HEADER_BYTES);
  } catch (error) {
    // QEMU's user may read what we may not (a root-squashed share): QEMU will say what is wrong, if anything is.
    if (hasErrno(error, "EACCES", "EPERM")) return undefined;
    throw error;
  }
}

/** A backing name as a path; names of protocols and `json:` forms are not followed. */
function resolve(image: string, name: string): string | undefined {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(name)) {
    return name.startsWith("file:") && !name.startsWith("file://") ? resolve(image, name.slice(5)) : undefined;
  }
  return name.startsWith("/") ? name : `${image.slice(0, image.lastIndexOf("/") + 1)}${name}`;
}

function pathOf(type: string, source: StorageSource | undefined): string | undefined {
  return type === "file" ? source?.file : type === "block" ? source?.dev : undefined;
}

/** Numbers the images of a disk from the top; the names of their nodes are kept for whoever takes the guest over. */
function numberDisk(live: LiveGuest, disk: Disk): void {
  // libvirt asks for figures of a virtio disk by the object behind the device, of others by the device.
  const path = disk.target.bus === "virtio" ? `/machine/peripheral/${disk.alias}/virtio-backend` : disk.alias;
  if (path !== undefined) disk.privateData = { qom: path };
  if (!disk.source) return;
  disk.source.index ??= ++live.lastNode;
  disk.source.privateData = { ...disk.source.privateData, ...nodesOf(disk.source.index) };
  for (let at = disk.backingStore; at?.source; at = at.backingStore) {
    at.index ??= ++live.lastNode;
    at.source.privateData = { ...at.source.privateData, ...nodesOf(at.index) };
  }
}

function nodesOf(index: number): Pick<SourcePrivateData, "nodenames"> {
  return {
    nodenames: {
      nodenames: [
        { type: "storage", name: `libvirt-${index}-storage` },
        { type: "format", name: `libvirt-${index}-format` },
      ],
    },
  };
}
