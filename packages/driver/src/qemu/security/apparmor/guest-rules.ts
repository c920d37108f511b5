import { VirtError } from "@tsvirt/base";
import type { Files } from "@tsvirt/host";
import type { Disk, Domain, Hostdev } from "@tsvirt/model/domain";
import {
  type Access,
  formatRules,
  hostDevices,
  pathsOf,
  profileAccesses,
  systemDirectories,
} from "@tsvirt/qemu/apparmor";
import { readChain } from "../../images/disks.ts";

/** How many symbolic links a path may go through, as in the kernel. */
const LINKS_MAX = 40;

/**
 * The text of a guest's file of rules (without its header): for all that its document names, and for `extra`. Images behind
 * disks are looked up where the document does not say. Throws when a path is one that no guest gets.
 */
export async function guestRules(files: Files, document: Domain, extra: readonly Access[] = []): Promise<string> {
  const domain = await withChains(files, document);
  const hostFiles = await Promise.all(hostDevices(domain).map((device) => filesOf(files, device)));
  const accesses = [
    ...profileAccesses(domain, {
      directories: systemDirectories,
      renderNode: await renderNode(files),
      hostFiles: hostFiles.flat(),
    }),
    ...extra,
  ];
  return rulesOf(files, accesses);
}

/** Rules for accesses alone. */
export async function rulesOf(files: Files, accesses: readonly Access[]): Promise<string> {
  const paths = pathsOf(accesses);
  const real = new Map(await Promise.all(paths.map(async (path) => [path, await realPath(files, path)] as const)));
  return formatRules(accesses, real);
}

/**
 * A path without symbolic links as far as it exists; the rest, which may be made later, as it is. With more links than the
 * kernel follows it does not exist for anybody.
 */
export async function realPath(files: Files, path: string): Promise<string> {
  let rest = path.split("/").filter((part) => part !== "" && part !== ".");
  let at = "";
  let links = 0;
  while (rest.length > 0) {
    const [part = "", ...after] = rest;
    rest = after;
    if (part === "..") {
      at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
      continue;
    }
    const next = `${at}/${part}`;
    const facts = await files.facts(next, { followLinks: false });
    const target = facts?.kind === "link" && ++links <= LINKS_MAX ? await files.readLink(next) : undefined;
    if (target !== undefined) {
      rest = [...target.split("/").filter((each) => each !== "" && each !== "."), ...rest];
      if (target.startsWith("/")) at = "";
      continue;
    }
    if (!facts) {
      // From here on nothing is there: what goes up again would name something else once it is.
      return [next, ...rest].join("/") + (path.endsWith("/") ? "/" : "");
    }
    at = next;
  }
  return at === "" ? "/" : at;
}

/** The document with the images that are behind its disks. A chain that cannot be read is as if it were none. */
async function withChains(files: Files, domain: Domain): Promise<Domain> {
  const { devices } = domain;
  if (!devices) return domain;
  return {
    ...domain,
    devices: { ...devices, disks: await Promise.all(devices.disks.map((disk) => withChain(files, disk))) },
  };
}

async function withChain(files: Files, disk: Disk): Promise<Disk> {
  const path = disk.type === "block" ? disk.source?.dev : disk.type === "file" ? disk.source?.file : undefined;
  if (disk.backingStore || path === undefined || !path.startsWith("/")) return disk;
  try {
    if (!(await files.access(path, "exist"))) return disk;
    return { ...disk, backingStore: await readChain(files, path, disk.driver?.type ?? "raw") };
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    return disk;
  }
}

/** The host's first device for drawing. */
async function renderNode(files: Files): Promise<string | undefined> {
  const names = (await files.list("/dev/dri")).filter((name) => /^renderD\d+$/.test(name));
  const [first] = names.toSorted((a, b) => Number(a.slice(7)) - Number(b.slice(7)));
  return first === undefined ? undefined : `/dev/dri/${first}`;
}

/** What QEMU opens of a PCI device that it drives itself. */
const pciFile = /^(?:config|resource.*|rom|vendor|device|reset)$/;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

/** Files of a host's device that a guest gets; none when there is no such device. */
async function filesOf(files: Files, { mode, type, source }: Hostdev): Promise<string[]> {
  const { address } = source ?? {};
  if (mode !== "subsystem") return [];
  if (type === "pci" && address && "slot" in address) {
    const { domain, bus, slot, function: unit } = address;
    const device = `/sys/bus/pci/devices/${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${unit}`;
    const names = (await files.list(device)).filter((name) => pciFile.test(name));
    return names.toSorted().map((name) => `${device}/${name}`);
  }
  if (type === "usb" && address && "device" in address) {
    const three = (value: number): string => String(value).padStart(3, "0");
    return ifThere(files, `/dev/bus/usb/${three(address.bus)}/${three(address.device)}`);
  }
  if (type === "scsi" && address && "unit" in address) {
    const host = /^scsi_host(\d+)$/.exec(source?.adapter ?? "")?.[1];
    if (host === undefined) return [];
    const unit = `/sys/bus/scsi/devices/${host}:${address.bus}:${address.target}:${address.unit}`;
    return (await files.list(`${unit}/scsi_generic`)).map((name) => `/dev/${name}`);
  }
  return type === "scsi_host" ? ifThere(files, "/dev/vhost-scsi") : [];
}

async function ifThere(files: Files, path: string): Promise<string[]> {
  return (await files.access(path, "exist")) ? [path] : [];
}
