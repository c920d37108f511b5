// What the text monitor prints, read. The forms are those of QEMU 0.8 to 1.1; what a release does not print is absent.

/** `info version`: `0.12.3 (qemu-kvm-0.12.3)`. */
export interface HmpVersion {
  readonly major: number;
  readonly minor: number;
  readonly micro: number;
  readonly package: string;
}

/** Reads the answer to `info version`; zeros for what is no version. */
export function readVersion(reply: string): HmpVersion {
  const match = /^(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?[ \t]*(.*)$/m.exec(reply.replaceAll("\r", ""));
  return {
    major: Number(match?.[1] ?? 0),
    minor: Number(match?.[2] ?? 0),
    micro: Number(match?.[3] ?? 0),
    package: match?.[4] ?? "",
  };
}

/** Reads the answer to `info status`: `VM status: paused (io-error)`; `undefined` if it is none. `status` is a `RunState`. */
export function readStatus(reply: string): { readonly running: boolean; readonly status: string } | undefined {
  const match = /VM status: (running|paused)\b(?:[^\n(]*\(([a-z-]+)\))?/.exec(reply);
  if (!match) return undefined;
  const running = match[1] === "running";
  // `(single step mode)` is no reason, and has spaces.
  return { running, status: running ? "running" : (match[2] ?? "paused") };
}

/** Threads by vCPU, as `info cpus` has them: `* CPU #0: pc=0x… thread_id=30019`. Empty where threads are not told. */
export function readCpuThreads(reply: string): ReadonlyMap<number, number> {
  const threads = new Map<number, number>();
  for (const [, cpu, thread] of reply.matchAll(/CPU #(\d{1,4}):[^\n]*thread_id=(\d{1,10})/g)) {
    threads.set(Number(cpu), Number(thread));
  }
  return threads;
}

/** Character devices with what is behind each, as `info chardev` has them: `serial0: filename=pty:/dev/pts/7`. */
export function readChardevs(reply: string): { readonly label: string; readonly filename: string }[] {
  return lines(reply).flatMap((line) => {
    const match = /^([^:\s]+): filename=(.*)$/.exec(line);
    return match ? [{ label: match[1] ?? "", filename: match[2] ?? "" }] : [];
  });
}

/** Figures of a drive by the names that `info blockstats` has for them (`rd_bytes`, `wr_operations`, …). */
export type BlockFigures = ReadonlyMap<string, bigint>;

/** Figures by drive: `ide0-hd0: rd_bytes=512 wr_bytes=0 rd_operations=1 wr_operations=0`. */
export function readBlockStats(reply: string): ReadonlyMap<string, BlockFigures> {
  const drives = new Map<string, BlockFigures>();
  for (const [name, rest] of entries(reply)) {
    const figures = new Map<string, bigint>();
    for (const [, key = "", value = "0"] of rest.matchAll(/([a-z_]+)=(\d{1,20})(?=\s|$)/g))
      figures.set(key, BigInt(value));
    if (figures.size > 0) drives.set(name, figures);
  }
  return drives;
}

/** A drive as `info block` has it. */
export interface BlockInfo {
  readonly device: string;
  readonly removable: boolean;
  readonly locked: boolean;
  readonly trayOpen: boolean | undefined;
  /** Absent: nothing is in the drive. */
  readonly file: string | undefined;
  readonly format: string | undefined;
  readonly readonly: boolean;
  readonly ioStatus: string | undefined;
  /** The device that has it, and the block node: from QEMU 1.5 and 2.0 on. */
  readonly qdev?: string;
  readonly node?: string;
}

/** Drives: `ide0-hd0: removable=0 file=/a.img ro=0 drv=raw encrypted=0`, `floppy0: type=floppy removable=1 locked=0 [not inserted]`. */
export function readBlocks(reply: string): BlockInfo[] {
  if (!/(?:^|\s)removable=/.test(reply)) return readBlockParagraphs(reply);
  return entries(reply).flatMap(([device, rest]): BlockInfo[] => {
    const value = (key: string): string | undefined => new RegExp(`(?:^|\\s)${key}=(\\S*)`).exec(rest)?.[1];
    if (value("removable") === undefined) return [];
    // A path may have spaces: it goes on to the next key.
    const file = /(?:^|\s)file=(.*?)(?= (?:backing_file|ro|drv|encrypted|bps|bps_rd)=|$)/.exec(rest)?.[1];
    const tray = value("tray-open") ?? value("tray_open");
    return [
      {
        device,
        removable: value("removable") === "1",
        locked: value("locked") === "1",
        trayOpen: tray === undefined ? undefined : tray === "1",
        file,
        format: value("drv"),
        readonly: value("ro") === "1",
        ioStatus: value("io-status"),
      },
    ];
  });
}

/** Drives of QEMU 1.5 and later: `ide0-hd0 (#block123): /a.img (raw, read-only)` with lines below that say more of it. */
function readBlockParagraphs(reply: string): BlockInfo[] {
  return reply.split(/\r?\n(?=\S)/).flatMap((paragraph): BlockInfo[] => {
    const [head = "", ...rest] = paragraph.split(/\r?\n/);
    const [, device, node, what = ""] = /^([^\s:]+)(?: \(([^)]*)\))?: (.*)$/.exec(head) ?? [];
    const value = (key: string): string | undefined =>
      rest.map((line) => new RegExp(`^\\s+${key}: +(.*)$`).exec(line)?.[1]).find((found) => found !== undefined);
    const tray = value("Removable device");
    const qdev = value("Attached to");
    if (device === undefined) return [];
    const [, file, format, more = ""] = /^(.*) \(([^(),]+)(, [^()]*)?\)$/.exec(what) ?? [];
    return [
      {
        // A drive without a name is called by its node.
        device: node === undefined && !what.startsWith("[not inserted]") ? "" : device,
        removable: tray !== undefined,
        locked: tray !== undefined && /(?:^|, )locked/.test(tray),
        trayOpen: tray === undefined ? undefined : tray.includes("tray open"),
        file,
        format,
        readonly: more.includes("read-only"),
        ioStatus: undefined,
        ...(qdev !== undefined && { qdev }),
        ...(node !== undefined ? { node } : file !== undefined && { node: device }),
      },
    ];
  });
}

/** Memory statistics of `info balloon` by the names there; `actual` is MiB, the others are as the guest counts them. */
export function readBalloon(reply: string): ReadonlyMap<string, bigint> | undefined {
  const match = /balloon: (actual=.*)/.exec(reply);
  if (!match) return undefined;
  const figures = new Map<string, bigint>();
  for (const part of (match[1] ?? "").trim().split(",")) {
    const [, key, value] = /^([a-z_]+)=(\d{1,20})$/.exec(part) ?? [];
    if (key !== undefined && value !== undefined) figures.set(key, BigInt(value));
  }
  return figures.has("actual") ? figures : undefined;
}

/** How a migration gets on; sizes in bytes. */
export interface HmpMigration {
  /** `active`, `completed`, `failed` or `cancelled`; `none` before the first one. */
  readonly status: string;
  readonly transferred: bigint;
  readonly remaining: bigint;
  readonly total: bigint;
}

/** Reads `info migrate`: `Migration status: active`, `transferred ram: 12 kbytes`, …, and the same of disks. */
export function readMigration(reply: string): HmpMigration {
  const sum = (what: string): bigint => {
    let bytes = 0n;
    for (const [, kib = "0"] of reply.matchAll(new RegExp(`^${what} (?:ram|disk): (\\d{1,19}) kbytes`, "gm"))) {
      bytes += BigInt(kib) * 1024n;
    }
    return bytes;
  };
  return {
    status: /Migration status: ([a-z]+)/.exec(reply)?.[1] ?? "none",
    transferred: sum("transferred"),
    remaining: sum("remaining"),
    total: sum("total"),
  };
}

/** Where a device was put: `OK domain 0, bus 0, slot 4, function 0`. */
export interface PciPlace {
  readonly domain: number;
  readonly bus: number;
  readonly slot: number;
}

/** Reads the answer to `pci_add`; `undefined` when it failed. */
export function readPciPlace(reply: string): PciPlace | undefined {
  const match = /OK (?:domain (\d{1,5}), )?bus (\d{1,3}), slot (\d{1,2})/.exec(reply);
  return match ? { domain: Number(match[1] ?? 0), bus: Number(match[2]), slot: Number(match[3]) } : undefined;
}

/** Reads the answer to `drive_add`: `OK bus 0, unit 1`; `undefined` when it failed. */
export function readDrivePlace(reply: string): { readonly bus: number; readonly unit: number } | undefined {
  const match = /OK (?:bus (\d{1,3}), )?unit (\d{1,3})/.exec(reply);
  return match ? { bus: Number(match[1] ?? 0), unit: Number(match[2]) } : undefined;
}

/** A function on the guest's PCI bus. */
export interface PciFunction {
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
  readonly vendor: number;
  readonly product: number;
}

/** Reads `info pci`: `Bus  0, device   3, function 0:` and, a line on, `Ethernet controller: PCI device 8086:100e`. */
export function readPci(reply: string): PciFunction[] {
  const form =
    /Bus\s+(\d{1,3}), device\s+(\d{1,3}), function\s+(\d):\r?\n[^\n]*PCI device ([0-9a-f]{4}):([0-9a-f]{4})/g;
  return [...reply.matchAll(form)].map(([, bus, slot, part, vendor = "0", product = "0"]) => ({
    bus: Number(bus),
    slot: Number(slot),
    function: Number(part),
    vendor: Number.parseInt(vendor, 16),
    product: Number.parseInt(product, 16),
  }));
}

/** True for the answer to a command that this release does not have: to `info` it is the list of what it has. */
export function isUnknown(command: string, reply: string): boolean {
  return command.startsWith("info ") ? /^info version\b/m.test(reply) : /unknown command:?/.test(reply);
}

function lines(reply: string): string[] {
  return reply.split("\n").map((line) => line.replace(/\r$/, ""));
}

/** `NAME: REST` lines; the `drive-` in front of names given by libvirt is not part of a device's name. */
function entries(reply: string): (readonly [name: string, rest: string])[] {
  return lines(reply).flatMap((line) => {
    const match = /^(?:drive-)?([^:\s]+): (.*)$/.exec(line);
    return match ? [[match[1] ?? "", match[2] ?? ""] as const] : [];
  });
}
