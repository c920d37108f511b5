import { AddFd, Blockdev, Chardev, Fsdev, IothreadObject, TpmDev } from "../argv/declarations/backends.ts";
import type { Argument } from "./argument.ts";
import { readCpu } from "./cpu.ts";
import { NoPlaceError } from "./device-reader.ts";
import { readDevice } from "./devices.ts";
import { readDisplay, readInputLinux, readSpice, readVnc } from "./displays.ts";
import type { Draft } from "./draft.ts";
import { readGlobal } from "./globals.ts";
import { readPciDevice } from "./hostdevs.ts";
import { readDebugcon, readParallel, readSerial } from "./legacy-chardevs.ts";
import { readBalloon, readSoundhw, readUsbDevice, readVga, readVirtfs, readWatchdog } from "./legacy-devices.ts";
import { defineDrive, namedDrives, readDrive, readImage, readNamedDrive } from "./legacy-drives.ts";
import { readNic } from "./legacy-network.ts";
import {
  readAccel,
  readAction,
  readBoot,
  readCompat,
  readMachine,
  readName,
  readOvercommit,
  readRtc,
  readSmp,
  setClock,
} from "./machine.ts";
import { readMemorySize } from "./memory.ts";
import { readMonitor, readMonitorWord } from "./monitors.ts";
import { readAudiodev } from "./sounds.ts";
import { readAcpiTable, readFwCfg, readSmbios } from "./tables.ts";
import { nested } from "./tree.ts";
import { bigOf, numberOf } from "./values.ts";

/**
 * When an option is read: what others refer to first, then the board, then devices that make buses, all others in their order,
 * and what is about other devices. `net`, and `numa` with
 * what else needs the machine, are read all together.
 */
export type Phase = "define" | "board" | "controller" | "device" | "last" | "net" | "numa";

/** How an option is read into a document. */
export interface OptionReader {
  readonly phase: Phase;
  read(draft: Draft, argument: Argument): void;
}

function typeOf(text: string, key: string): string {
  if (text.startsWith("{")) return new RegExp(`"${key}"\\s*:\\s*"([^"]*)"`).exec(text)?.[1] ?? "";
  return new RegExp(`(?:^|,)${key}=([^,]*)`).exec(text)?.[1] ?? text.split(",", 1)[0] ?? "";
}

function idOf(text: string, key = "id"): string | undefined {
  if (text.startsWith("{")) return new RegExp(`"${key}"\\s*:\\s*"([^"]*)"`).exec(text)?.[1];
  return new RegExp(`(?:^|,)${key}=((?:[^,]|,,)*)`).exec(text)?.[1]?.replaceAll(",,", ",");
}

const board = (read: OptionReader["read"]): OptionReader => ({ phase: "board", read });
const device = (read: OptionReader["read"]): OptionReader => ({ phase: "device", read });
const define = (read: OptionReader["read"]): OptionReader => ({ phase: "define", read });
const implied = (reason?: string): OptionReader => board((_draft, argument) => argument.imply(reason));
const omitted = (reason: string): OptionReader => board((_draft, argument) => argument.omit(reason));
const passed = (reason: string): OptionReader => board((_draft, argument) => argument.pass(reason));
/** The option says something at one place of the document. */
const at = (place: string, set: (draft: Draft, value: string) => void): OptionReader =>
  board((draft, argument) => {
    set(draft, argument.value);
    argument.place(place);
  });

function readObject(draft: Draft, argument: Argument): void {
  const type = typeOf(argument.value, "qom-type");
  const id = idOf(argument.value) ?? "";
  draft.objects.add(id, argument, { type, text: argument.value });
  if (type === "secret" && id === "masterKey0") argument.imply("libvirt makes a master key for every start");
  else if (type === "input-linux") readInputLinux(draft, argument);
  else if (type === "iothread") readIothread(draft, argument);
}

function readIothread(draft: Draft, argument: Argument): void {
  const {
    id = "",
    "thread-pool-min": threadPoolMin,
    "thread-pool-max": threadPoolMax,
    rest,
  } = IothreadObject.parsePartial(argument.value);
  const max = bigOf(rest?.["poll-max-ns"]);
  const grow = bigOf(rest?.["poll-grow"]);
  const shrink = bigOf(rest?.["poll-shrink"]);
  const read = { "poll-max-ns": max, "poll-grow": grow, "poll-shrink": shrink };
  const left = Object.keys(rest ?? {}).find((name) => read[name as keyof typeof read] === undefined);
  if (left !== undefined) argument.note(`'${left}' has no counterpart`);
  draft.domain.iothreadids ??= { iothreads: [] };
  const { iothreads } = draft.domain.iothreadids;
  const named = numberOf(/^iothread(\d+)$/.exec(id)?.[1]);
  const used = new Set(iothreads.map((each) => each.id));
  let number = named !== undefined && named > 0 && !used.has(named) ? named : 1;
  while (used.has(number)) number++;
  draft.iothreads.set(id, number);
  const poll = {
    ...(max !== undefined && { max }),
    ...(grow !== undefined && { grow }),
    ...(shrink !== undefined && { shrink }),
  };
  iothreads.push({
    id: number,
    ...(threadPoolMin !== undefined && { threadPoolMin: Number(threadPoolMin) }),
    ...(threadPoolMax !== undefined && { threadPoolMax: Number(threadPoolMax) }),
    ...(Object.keys(poll).length > 0 && { poll }),
  });
  draft.domain.iothreads = iothreads.length;
  argument.place("/domain/iothreadids");
}

function readBlockdev(draft: Draft, argument: Argument): void {
  const keys = Blockdev.parsePartial(argument.value);
  const name = keys["node-name"];
  if (name === undefined) throw new NoPlaceError("a node without a name has no counterpart");
  draft.blockdevs.add(name, argument, { ...keys, ...(keys.rest && { rest: nested(keys.rest) }) });
}

const desktop = omitted("a daemon's guest is on no desktop: a document has VNC, SPICE or SDL");
const gone = omitted("QEMU no longer has this option");
const query = omitted("it only shows something and starts no guest");
const process = omitted("libvirt starts and watches the process itself");

/** Every option that is read, by its name without dashes; the empty name is an image that stands alone. */
export const optionReaders: Readonly<Record<string, OptionReader>> = {
  "": device(readImage),

  object: define(readObject),
  blockdev: define(readBlockdev),
  chardev: define((draft, argument) =>
    draft.chardevs.add(idOf(argument.value) ?? "", argument, Chardev.parsePartial(argument.value)),
  ),
  netdev: define((draft, argument) => {
    draft.said.add("network");
    draft.netdevs.add(idOf(argument.value) ?? "", argument, {
      type: typeOf(argument.value, "type"),
      text: argument.value,
    });
  }),
  fsdev: define((draft, argument) =>
    draft.fsdevs.add(idOf(argument.value) ?? "", argument, Fsdev.parsePartial(argument.value)),
  ),
  tpmdev: define((draft, argument) =>
    draft.tpmdevs.add(idOf(argument.value) ?? "", argument, TpmDev.parsePartial(argument.value)),
  ),
  audiodev: define(readAudiodev),
  "add-fd": define((draft, argument) => {
    const { set, fd } = AddFd.parsePartial(argument.value);
    draft.fdsets.push({ set: Number(set ?? 0), fd: Number(fd ?? -1), argument });
  }),

  machine: board(readMachine),
  accel: board(readAccel),
  "enable-kvm": at("/domain/@type", ({ domain }) => {
    domain.type = "kvm";
  }),
  "no-kvm": at("/domain/@type", ({ domain }) => {
    domain.type = "qemu";
  }),
  cpu: board(readCpu),
  // The machine decides what is made of CPUs that nobody has said more of.
  smp: { phase: "numa", read: readSmp },
  m: board(readMemorySize),
  name: board(readName),
  uuid: at("/domain/uuid", ({ domain }, value) => {
    domain.uuid = value.toLowerCase();
  }),
  overcommit: board(readOvercommit),
  realtime: board((draft, argument) => {
    if (/mlock=(?:off|no|false)/.test(argument.value)) {
      argument.imply();
      return;
    }
    draft.domain.memoryBacking = { ...draft.domain.memoryBacking, locked: true };
    argument.place("/domain/memoryBacking/locked");
  }),
  "mem-path": at("/domain/memoryBacking", ({ domain }, value) => {
    const backing = domain.memoryBacking;
    domain.memoryBacking = /huge/i.test(value)
      ? { ...backing, hugepages: { pages: [] } }
      : { ...backing, source: "file" };
  }),
  "mem-prealloc": at("/domain/memoryBacking/allocation", ({ domain }) => {
    if (domain.memoryBacking?.hugepages) return;
    domain.memoryBacking = { ...domain.memoryBacking, allocation: { mode: "immediate" } };
  }),
  "tb-size": at("/domain/features/tcg", ({ features }, value) => {
    features.tcg = { tbCache: Number(value) * 1024 };
  }),
  numa: { phase: "numa", read: () => undefined },
  rtc: board(readRtc),
  localtime: at("/domain/clock", (draft) => setClock(draft, "localtime")),
  startdate: at("/domain/clock", (draft, value) => setClock(draft, value === "now" ? "utc" : value)),
  boot: board(readBoot),
  kernel: at("/domain/os/kernel", ({ domain }, value) => {
    domain.os.kernel = value;
  }),
  initrd: at("/domain/os/initrd", ({ domain }, value) => {
    domain.os.initrd = value;
  }),
  append: at("/domain/os/cmdline", ({ domain }, value) => {
    domain.os.cmdline = value;
  }),
  dtb: at("/domain/os/dtb", ({ domain }, value) => {
    domain.os.dtb = value;
  }),
  bios: at("/domain/os/loader", ({ domain }, value) => {
    domain.os.loader = { ...domain.os.loader, path: value };
  }),
  smbios: board(readSmbios),
  fw_cfg: board(readFwCfg),
  acpitable: board(readAcpiTable),
  "no-acpi": board((draft, argument) => {
    draft.noAcpi = true;
    argument.imply("a document without <acpi/> has none");
  }),
  "no-hpet": at("/domain/clock/timer", (draft) => {
    draft.timers.push({ name: "hpet", present: false });
  }),
  "no-reboot": at("/domain/on_reboot", ({ domain }) => {
    domain.onReboot = "destroy";
  }),
  "no-shutdown": implied(),
  action: board(readAction),
  "watchdog-action": board((draft, argument) => {
    draft.watchdogAction = argument.value;
    argument.place("/domain/devices/watchdog/@action");
  }),
  compat: board(readCompat),
  global: board(readGlobal),
  S: implied("libvirt starts a guest paused and lets it go"),
  nodefaults: board((draft, argument) => {
    draft.bare = true;
    argument.imply();
  }),
  "no-user-config": implied(),
  nodefconfig: implied(),
  msg: implied(),
  sandbox: implied("qemu.conf says what the guest's process may do (seccomp_sandbox)"),
  "enable-fips": implied(),
  "no-fd-bootchk": passed("has no counterpart"),

  device: { phase: "device", read: readDevice },
  drive: device(readDrive),
  ...Object.fromEntries(namedDrives.map((name) => [name, device(readNamedDrive)])),
  snapshot: board((draft, argument) => {
    draft.transient = argument;
  }),
  net: { phase: "net", read: () => undefined },
  nic: device((draft, argument) => {
    draft.said.add("network");
    readNic(draft, argument);
  }),
  serial: device(readSerial),
  parallel: device(readParallel),
  debugcon: device(readDebugcon),
  usb: board((draft, argument) => {
    draft.said.add("usb");
    argument.imply("a USB controller");
  }),
  pcidevice: device(readPciDevice),
  usbdevice: device(readUsbDevice),
  vga: device(readVga),
  "std-vga": device((draft, argument) => {
    readVga(draft, Object.assign(argument, { value: "std" }));
  }),
  vmwarevga: device((draft, argument) => {
    readVga(draft, Object.assign(argument, { value: "vmware" }));
  }),
  soundhw: device(readSoundhw),
  watchdog: device(readWatchdog),
  virtfs: device(readVirtfs),
  balloon: device(readBalloon),
  vnc: device((draft, argument) => {
    draft.said.add("display");
    readVnc(draft, argument);
  }),
  spice: device((draft, argument) => {
    draft.said.add("display");
    readSpice(draft, argument);
  }),
  display: device((draft, argument) => {
    draft.said.add("display");
    if (/^(?:type=)?(?:gtk|curses|cocoa|default|spice-app)(?:,|$)/.test(argument.value))
      argument.omit("a daemon's guest is on no desktop: a document has VNC, SPICE or SDL");
    else if (argument.value.startsWith("vnc=")) readVnc(draft, argument, argument.value.slice("vnc=".length));
    else readDisplay(draft, argument);
  }),
  nographic: board((draft, argument) => {
    draft.said.add("display");
    draft.nographic = argument;
    argument.imply("no display goes without saying");
  }),
  sdl: device((draft, argument) => {
    draft.said.add("display");
    draft.add("graphics", { type: "sdl" }, argument);
  }),
  "full-screen": { phase: "net", read: () => undefined },
  k: board((draft, argument) => {
    draft.keymap = argument;
  }),
  curses: desktop,
  "no-frame": gone,
  "alt-grab": desktop,
  "ctrl-grab": desktop,
  "no-quit": desktop,
  "show-cursor": desktop,
  portrait: gone,
  rotate: gone,

  monitor: board(readMonitorWord("hmp")),
  qmp: board(readMonitorWord("qmp")),
  "qmp-pretty": board(readMonitorWord("qmp")),
  mon: board(readMonitor),
  daemonize: process,
  pidfile: process,
  runas: omitted("qemu.conf says whose process it is (user, group)"),
  chroot: omitted("a guest of libvirt's runs in the daemon's file system"),
  incoming: omitted("a guest that waits for another one is made by migrating or restoring it"),
  help: query,
  h: query,
  version: query,
  "dump-vmstate": query,
  "dump-vmstate-help": query,
  writeconfig: query,
  "no-kqemu": gone,
  "kernel-kqemu": gone,
  "enable-kqemu": gone,
  "win2k-hack": gone,
  "rtc-td-hack": gone,
  tdf: gone,
  "no-tdf": gone,
  "no-kvm-irqchip": gone,
  "no-kvm-pit": gone,
  "no-kvm-pit-reinjection": gone,
  "enable-nesting": gone,
  bootloader: at("/domain/bootloader", ({ domain }, value) => {
    domain.bootloader = value;
  }),
  domid: omitted("libvirt numbers its guests itself"),
};

/** Whether a `-drive` is a definition; others are disks. */
export function isDefinition(draft: Draft, argument: Argument): boolean {
  return argument.option === "drive" && defineDrive(draft, argument);
}
