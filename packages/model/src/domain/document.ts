import type { Parsed, Reader } from "@tsvirt/codec/xml";
import { everyDevice, placedDevice } from "./complete/any-device.ts";
import { writtenConsoles } from "./complete/chardevs.ts";
import { inactiveGraphics } from "./complete/graphics.ts";
import { forgetBridge } from "./complete/interfaces.ts";
import { type DomainHooks, postParse } from "./complete/post-parse.ts";
import { completeRead, keepsTargetName, noDevices } from "./complete/read.ts";
import type { Report } from "./complete/report.ts";
import { validateDomain } from "./complete/validate.ts";
import type { Cpu } from "./cpu.ts";
import type { Devices } from "./devices.ts";
import { Domain } from "./domain.ts";
import type { Interface } from "./interface.ts";

/** How a domain document is read. */
export interface ParseDomainOptions {
  /** File name for messages. */
  readonly file?: string;
  /** Leave out what only a running guest has, as libvirt does for persistent definitions. Default false. */
  readonly inactive?: boolean;
  /** The document stands in our own state file. Default false. */
  readonly state?: boolean;
  /**
   * Complete the document with a hypervisor's defaults (an empty object for none) and check it. Without hooks only the
   * parser's own defaults are filled in.
   */
  readonly hooks?: DomainHooks;
  /** Do not check the completed document: what lies on disk must not vanish because a check was added. Default false. */
  readonly skipValidation?: boolean;
  /** The document defines a new guest: newest defaults may be taken. Default false. */
  readonly abiUpdate?: boolean;
  /** Source of UUIDs for documents without one; random unless given. */
  readonly newUuid?: () => string;
  /** Source of MAC addresses for interfaces without one; random in QEMU's range unless given. */
  readonly newMac?: () => string;
}

/** How a domain document is written. */
export interface FormatDomainOptions {
  /** The persistent form: without ids, aliases and what else only a running guest has. Default false. */
  readonly inactive?: boolean;
  /** With passwords (threat-model A2: the caller must have checked the right to see them). Default false. */
  readonly secure?: boolean;
  /** For another host of maybe an older version. Default false. */
  readonly migratable?: boolean;
  /** For our own state files: implies what libvirt adds there. Default false. */
  readonly state?: boolean;
  /** Levels of indentation to start with. */
  readonly indent?: number;
  /** Also what the declarations do not know (for files on disk). Default false. */
  readonly unknown?: boolean;
}

/**
 * Reads a domain document and fills in the defaults of libvirt's parser; with hooks also those that come after. Throws
 * `DocumentError` with all errors found, each with its place.
 */
export function parseDomain(xml: string, options: ParseDomainOptions = {}): Domain {
  return readDomain(xml, options).value;
}

/** {@link parseDomain} that also gives warnings and, for later checks, the place of every value. */
export function readDomain(xml: string, options: ParseDomainOptions = {}): Parsed<Domain> {
  const parsed = Domain.read(xml, {
    file: options.file,
    inactive: options.inactive,
    state: options.state,
    label: "(domain_definition)",
  });
  try {
    completeDocument(parsed.value, options, reportTo(parsed.reader));
  } finally {
    // What was found first is what is wrong, also if it led to a failure later on.
    parsed.reader.throwIfFailed(options.file);
  }
  return { ...parsed, warnings: parsed.reader.warnings };
}

/** What {@link readDomain} does after reading; for documents that have a domain in them. */
export function completeDocument(domain: Domain, options: ParseDomainOptions, report: Report): void {
  completeRead(
    domain,
    {
      inactive: options.inactive ?? false,
      newUuid: options.newUuid ?? (() => crypto.randomUUID()),
      newMac: options.newMac ?? randomMac,
    },
    report,
  );
  if (options.hooks !== undefined) {
    postParse(domain, options.hooks, report, {
      abiUpdate: options.abiUpdate ?? false,
      inactive: options.inactive ?? false,
    });
    if (options.skipValidation !== true) validateDomain(domain, report, options.hooks);
  }
  showWholeZpci(domain);
}

/** Where nobody has given a device the other of its two numbers, libvirt shows 0. */
function showWholeZpci({ devices }: Domain): void {
  if (devices === undefined) return;
  for (const each of everyDevice(devices)) {
    const address = placedDevice(each)?.address;
    if (address?.type !== "pci" || address.zpci === undefined) continue;
    address.zpci = { uid: address.zpci.uid ?? 0, fid: address.zpci.fid ?? 0 };
  }
}

/** A {@link Report} that notes errors with the places a reader remembers. */
export function reportTo(reader: Reader): Report {
  return (place, message, code) => reader.reportValue(place, message, code === undefined ? {} : { code });
}

/** QEMU's range of MAC addresses. */
export function randomMac(): string {
  const tail = crypto.getRandomValues(new Uint8Array(3));
  return ["52", "54", "00", ...[...tail].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}

/** The document as `virsh dumpxml` prints it, without the last line break of virsh itself. */
export function formatDomain(domain: Domain, options: FormatDomainOptions = {}): string {
  const live = domain.id !== undefined && options.inactive !== true;
  return Domain.format(writtenDomain(domain, live, options.migratable ?? false), {
    live,
    secrets: options.secure ?? false,
    migratable: options.migratable ?? false,
    state: options.state ?? false,
    indent: options.indent ?? 0,
    unknown: options.unknown ?? false,
  });
}

/**
 * A shallow copy with everything that libvirt writes differently from how it is kept: for writers of documents that have a
 * domain in them. {@link formatDomain} does it by itself.
 */
export function writtenDomain(domain: Domain, live: boolean, migratable: boolean): Domain {
  const devices = domain.devices ?? noDevices();
  const { cpu, ...others } = domain;
  const copy: Domain & { devices: Devices } = {
    ...others,
    ...(cpu === undefined || isEmptyCpu(cpu) ? {} : { cpu: writtenCpu(cpu) }),
    devices: {
      ...devices,
      consoles: [...writtenConsoles(domain)],
      disks: devices.disks.map((disk) => {
        // That a read-only disk takes no part in snapshots goes without saying.
        if (disk.snapshot !== "no" || disk.readonly !== true) return disk;
        const { snapshot: _snapshot, ...rest } = disk;
        return rest;
      }),
      inputs: migratable
        ? devices.inputs.filter((input) => !(input.type === "keyboard" && (input.bus === "ps2" || input.bus === "xen")))
        : devices.inputs,
    },
  };
  if (live) return copy;
  copy.devices.graphics = devices.graphics.map(inactiveGraphics);
  copy.devices.interfaces = devices.interfaces.map(inactiveInterface);
  for (const kind of ["serials", "parallels", "consoles", "channels"] as const) {
    Object.assign(copy.devices, { [kind]: copy.devices[kind].map(withoutTerminal) });
  }
  return copy;
}

/** A custom CPU without a model has nothing to say but its topology, features and NUMA cells. */
function isEmptyCpu(cpu: Cpu): boolean {
  const { mode, model, topology, features, numa, cache, maxphysaddr, vendor } = cpu;
  return (
    mode === "custom" &&
    [model, topology, numa, cache, maxphysaddr, vendor].every((part) => part === undefined) &&
    features.length === 0
  );
}

function writtenCpu(cpu: Cpu): Cpu {
  if (cpu.mode !== "custom" || cpu.model !== undefined) return cpu;
  const { mode: _mode, check: _check, ...rest } = cpu;
  return rest;
}

function inactiveInterface(device: Interface): Interface {
  const copy = { ...device };
  if (device.source !== undefined) copy.source = { ...device.source };
  if (device.target !== undefined) copy.target = { ...device.target };
  forgetBridge(copy);
  if (copy.target !== undefined && !keepsTargetName(device)) delete copy.target.dev;
  return copy;
}

function withoutTerminal<T extends { type: string; sources: { path?: string }[] }>(device: T): T {
  if (device.type !== "pty") return device;
  return { ...device, sources: device.sources.map(({ path: _path, ...rest }) => rest) };
}
