import { type CompareRules, Comparison, type Difference, type Found } from "../../compare/comparison.ts";
import type { Channel } from "../chardev.ts";
import { busOfTarget } from "../complete/disks.ts";
import type { Controller } from "../controller.ts";
import { parseDomain, writtenDomain } from "../document.ts";
import { Domain } from "../domain.ts";
import type { Interface } from "../interface.ts";
import { isFilledIn } from "./filled-in.ts";
import { identityOf, isOrderedList } from "./identities.ts";

/** How two domain documents are compared. */
export interface CompareDomainsOptions {
  /**
   * Which documents say everything, as a daemon's do: what such a one lacks is not there, while in another it may be a default
   * or still to be made. Neither unless said otherwise.
   */
  readonly complete?: "first" | "second" | "both";
  /** File name of each document for messages. */
  readonly files?: readonly [string | undefined, string | undefined];
}

/** Whether two documents are of the same guest, and if not, in what they differ. */
export interface DomainComparison {
  readonly same: boolean;
  readonly differences: readonly Difference[];
}

/**
 * Compares what two domain documents mean. Order (but of boot devices and arguments), layout, units, what only a running guest has,
 * and spellings do not count, nor does what one document leaves to the driver: defaults, UUID, MAC addresses, device addresses,
 * aliases, controllers that come by themselves. Throws `DocumentError` if one is none.
 */
export function sameDomain(
  first: string | Domain,
  second: string | Domain,
  options: CompareDomainsOptions = {},
): DomainComparison {
  const differences = compareDomains(first, second, options).map(({ difference }) => difference);
  return { same: differences.length === 0, differences };
}

/** {@link sameDomain} with what rules about differences need. */
export function compareDomains(
  first: string | Domain,
  second: string | Domain,
  options: CompareDomainsOptions,
): readonly Found[] {
  const { complete } = options;
  const isComplete = {
    before: complete === "first" || complete === "both",
    after: complete === "second" || complete === "both",
  };
  const rules: CompareRules = {
    identity: identityOf,
    isOrdered: isOrderedList,
    isAlike,
    isUncounted: (place, present, side) =>
      !isComplete[side === "before" ? "after" : "before"] && isFilledIn(place, present, side),
  };
  const comparison = new Comparison(rules);
  comparison.documents(Domain, read(first, options.files?.[0]), read(second, options.files?.[1]));
  return comparison.found;
}

/** The persistent form, with nothing made up: what is to be generated stays absent. */
function read(document: string | Domain, file: string | undefined): Domain {
  const domain =
    typeof document === "string"
      ? parseDomain(document, {
          inactive: true,
          newUuid: () => "",
          newMac: () => "",
          ...(file !== undefined && { file }),
        })
      : document;
  const copy = writtenDomain(domain, false, false);
  if (copy.uuid === "") delete copy.uuid;
  if (copy.genid === "") delete copy.genid;
  const cells = copy.cpu?.numa?.cells ?? [];
  const kib = copy.memory?.kib ?? (cells.reduce((sum, cell) => sum + (cell.memory ?? 0), 0) || undefined);
  if (kib !== undefined) {
    // Without a size of its own the balloon holds all memory.
    copy.currentMemory = copy.currentMemory || kib;
    copy.memory ??= { unit: "KiB", kib };
  }
  const { devices } = copy;
  if (devices === undefined) return copy;
  devices.interfaces = devices.interfaces.map(withoutInventedMac);
  devices.controllers = numbered(devices.controllers);
  devices.channels = devices.channels.map(withoutInventedPath);
  devices.disks = devices.disks.map((disk) => {
    const bus = disk.target.bus ?? busOfTarget(disk.target.dev, disk.device);
    return { ...disk, driver: { name: "qemu", type: "raw", ...disk.driver }, target: { ...disk.target, bus } };
  });
  return copy;
}

function withoutInventedMac(device: Interface): Interface {
  if (device.mac?.address !== "") return device;
  const copy = { ...device };
  delete copy.mac;
  return copy;
}

/** libvirt forgets the paths that it made up for channels of running guests (`qemuDomainChrDefDropDefaultPath`). */
function withoutInventedPath(channel: Channel): Channel {
  const [source] = channel.sources;
  if (channel.type !== "unix" || source?.path === undefined) return channel;
  const isInvented = source.path.includes("/channel/") && source.path.endsWith(`/${channel.target.name ?? ""}`);
  return isInvented ? { ...channel, sources: [] } : channel;
}

/** Controllers get the first free index of their type where they have none. */
function numbered(controllers: readonly Controller[]): Controller[] {
  const taken = new Set(controllers.map(({ type, index }) => `${type}:${index}`));
  return controllers.map((controller) => {
    if (controller.index !== undefined) return controller;
    let index = 0;
    while (taken.has(`${controller.type}:${index}`)) index++;
    taken.add(`${controller.type}:${index}`);
    return { ...controller, index };
  });
}

/** Names of machine types that stand for the newest of a family. */
const families: Readonly<Record<string, string>> = { pc: "pc-i440fx", q35: "pc-q35" };

function isAlike(pattern: string, before: string, after: string): boolean {
  switch (pattern) {
    case "/domain/os/type/@machine":
      return isVersionOf(before, after) || isVersionOf(after, before);
    case "/domain/devices/video/model/@type":
      return before === "default" || after === "default";
    case "/domain/devices/channel/address/@port":
    case "/domain/devices/console/address/@port":
      return before === "0" || after === "0";
    default:
      return /\/zpci\/@[fu]id$/.test(pattern) && (Number(before) === 0 || Number(after) === 0);
  }
}

/** Whether `machine` is a version of the machine that `alias` names: `pc-q35-7.2` of `q35`. */
function isVersionOf(machine: string, alias: string): boolean {
  const family = Object.hasOwn(families, alias) ? families[alias] : alias;
  return machine.startsWith(`${family}-`) && /^-\d+\.\d+$/.test(machine.slice(family?.length ?? 0));
}
