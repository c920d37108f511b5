import type { Devices } from "@tsvirt/model/domain";
import type { Argument } from "./argument.ts";
import { orPass } from "./device-reader.ts";
import type { Draft } from "./draft.ts";
import { addSerial } from "./legacy-chardevs.ts";
import { addVideo } from "./legacy-devices.ts";
import { addDefaultNic } from "./legacy-network.ts";
import { nameDevices, passOn, placesOf } from "./names.ts";
import type { NativeCommand } from "./native-command.ts";
import { readForwardedChannel } from "./network.ts";
import { absolutePaths } from "./paths.ts";
import type { TextNote } from "./shell-text.ts";
import { wordOf } from "./values.ts";

/** What the end of an import needs besides the draft. */
export interface Circumstances {
  readonly command: NativeCommand;
  /** The caller has given a name: the document is to be defined. */
  readonly named: boolean;
  readonly directory: string | undefined;
  readonly notes: TextNote[];
}

/** A UUID that is none: an import without one is no guest yet. */
const NO_UUID = "00000000-0000-0000-0000-000000000000";

/**
 * Fills in what follows from a command line as a whole, and hands on what has no place. Gives a function that tells where an
 * argument stands.
 */
export function finishDocument(
  draft: Draft,
  args: readonly Argument[],
  circumstances: Circumstances,
): (argument: Argument) => string[] {
  const { domain } = draft;
  const { notes, command } = circumstances;
  const note = (text: string): void => {
    notes.push({ text, line: command.program.line, column: command.program.column });
  };
  finishUuid(draft, args);
  finishNuma(draft);
  if (domain.uuid === undefined && !circumstances.named) domain.uuid = NO_UUID;
  if (domain.memory) {
    domain.memory.kib += draft.moduleKib;
    domain.currentMemory = domain.memory.kib;
  }
  const { isX86, arch } = draft.board;
  const { loader } = domain.os;
  const acpi = isX86 || (arch === "aarch64" && loader?.type === "pflash" && loader.readonly === true);
  if (arch === "aarch64" && !acpi && !draft.noAcpi)
    note("libvirt gives ARM guests ACPI with UEFI in read-only flash only");
  if (!draft.noAcpi && acpi && domain.os.type.value === "hvm") draft.features.acpi = true;
  if (draft.cpuCompat !== undefined) {
    const { match: _match, ...cpu } = { features: [], pages: [], ...domain.cpu };
    domain.cpu = { ...cpu, mode: "host-model", model: { fallback: "forbid", name: draft.cpuCompat } };
  }
  if (domain.features && Object.keys(domain.features).length === 0) delete domain.features;
  finishFirmware(draft);
  finishBackends(draft);
  addDefaults(draft, note);
  finishWatchdogs(draft);
  finishDisks(draft);
  finishDisplays(draft, args);
  finishBoot(draft);
  finishPaths(draft, circumstances.directory, note);
  const aliases = nameDevices(draft);
  passOn(draft, args, aliases);
  return placesOf(draft);
}

/** A guest has one UUID: that of its SMBIOS tables if it has no other. */
function finishUuid(draft: Draft, args: readonly Argument[]): void {
  const { domain } = draft;
  const system = domain.sysinfos.find(({ type }) => type === "smbios")?.system;
  const entry = system?.entries.find(({ name }) => name === "uuid");
  if (!system || entry?.value === undefined) return;
  domain.uuid ??= entry.value.toLowerCase();
  if (entry.value.toLowerCase() === domain.uuid) return;
  system.entries = system.entries.filter((each) => each !== entry);
  const argument = args.find(({ option, value }) => option === "smbios" && value.includes(entry.value ?? ""));
  argument?.note("libvirt wants the UUID to be the guest's own: this one is handed on");
  if (argument) draft.passWords(argument, ["-smbios", `type=1,uuid=${entry.value}`]);
}

/** Memory that can be added to belongs to a cell: QEMU makes one, libvirt wants it said. */
function finishNuma({ domain, moduleKib }: Draft): void {
  if (domain.maxMemory === undefined && moduleKib === 0) return;
  if ((domain.cpu?.numa?.cells.length ?? 0) > 0) return;
  const last = (domain.vcpu?.count ?? 1) - 1;
  const cell = {
    id: 0,
    cpus: last === 0 ? "0" : `0-${last}`,
    memory: domain.memory?.kib ?? 0,
    unit: "KiB",
    caches: [],
  };
  domain.cpu = { features: [], pages: [], ...domain.cpu, numa: { ...domain.cpu?.numa, cells: [cell] } };
}

/** Flash that cannot be written and has no variables beside it keeps none. */
function finishFirmware({ domain }: Draft): void {
  const { loader, nvram } = domain.os;
  if (loader?.type === "pflash" && loader.readonly === true && nvram === undefined) loader.stateless = true;
}

/** Definitions that only monitors use are theirs; master keys do not outlive a start. */
function finishBackends(draft: Draft): void {
  for (const { id, argument } of draft.chardevs.values()) {
    if (argument.fate === undefined && draft.monitorBackends.has(id)) argument.omit("it belongs to a monitor");
  }
  for (const definition of draft.netdevs.values()) {
    if (definition.argument.fate === undefined)
      orPass(definition.argument, () => readForwardedChannel(draft, definition));
  }
  for (const { argument } of draft.fdsets) {
    if (argument.fate === undefined) argument.omit("the descriptor is one of a process that is gone");
  }
  for (const { argument } of draft.objects.values()) {
    if (argument.fate === undefined && argument.value.includes("masterKey0"))
      argument.omit("it is encrypted with a key that is gone");
  }
}

/** What QEMU adds to a machine unless it is told not to, as far as it matters. */
function addDefaults(draft: Draft, note: (text: string) => void): void {
  const { devices, board, said } = draft;
  if (draft.nographic && !said.has("serial") && !draft.bare) {
    draft.nographic.place("/domain/devices/serial");
    draft.nographic.note("a daemon's guest has no terminal: its serial port is a pty (virsh console)");
    addSerial(draft, { type: "pty", sources: [] });
  }
  if (draft.old) return;
  if (!draft.bare) {
    const pc = board.isI440fx || board.isQ35 || board.isIsapc;
    if (pc && !said.has("video") && devices.videos.length === 0) {
      addVideo(draft, "vga");
      note("QEMU's own video card (VGA) is in the document");
    }
    if (pc && !said.has("network")) {
      addDefaultNic(draft);
      note("QEMU's own network card, on the user network, is in the document");
    }
    if (!said.has("display")) note("QEMU would open a window: the document has no display");
  }
  devices.memballoon ??= { model: "none" };
  const usb = devices.controllers.some(({ type }) => type === "usb");
  if (!usb && said.has("usb")) addUsb(draft);
  else if (!usb && !board.isMicrovm && !board.isS390 && !usesUsb(devices)) {
    devices.controllers.push({ type: "usb", index: 0, model: "none" });
  }
  if (devices.graphics.length > 0 && devices.videos.length === 0) devices.videos.push({ model: { type: "none" } });
}

/** `-usb`: the controllers that the board has on it. */
function addUsb({ devices, board }: Draft): void {
  if (!board.isQ35) {
    devices.controllers.push({ type: "usb", index: 0, ...(board.isI440fx && { model: "piix3-uhci" }) });
    return;
  }
  const at = (fn: number) => ({ type: "pci" as const, domain: 0, bus: 0, slot: 0x1d, function: fn });
  devices.controllers.push({ type: "usb", index: 0, model: "ich9-ehci1", address: at(7) });
  for (const [index, startport] of [0, 2, 4].entries()) {
    const address = index === 0 ? { ...at(0), multifunction: true } : at(index);
    devices.controllers.push({ type: "usb", index: 0, model: `ich9-uhci${index + 1}`, master: { startport }, address });
  }
}

function usesUsb(devices: Devices): boolean {
  return (
    devices.inputs.some(({ bus }) => bus === "usb") ||
    devices.disks.some(({ target }) => target.bus === "usb") ||
    devices.hostdevs.some(({ type }) => type === "usb") ||
    devices.sounds.some(({ model }) => model === "usb") ||
    devices.redirdevs.length > 0 ||
    devices.hubs.length > 0 ||
    devices.smartcards.length > 0 ||
    devices.serials.some(({ target }) => target?.type === "usb-serial") ||
    devices.interfaces.some(({ model }) => model === "usb-net")
  );
}

function finishWatchdogs({ devices, watchdogAction }: Draft): void {
  if (watchdogAction === undefined) return;
  const action = wordOf(watchdogAction, "reset", "shutdown", "poweroff", "pause", "none", "inject-nmi") ?? "reset";
  for (const watchdog of devices.watchdogs) watchdog.action = action;
}

function finishDisks(draft: Draft): void {
  const { devices, transient } = draft;
  for (const [unit, order] of draft.floppyBoot.entries()) {
    const floppy = devices.disks.find(
      ({ target }) => target.bus === "fdc" && target.dev === (unit === 0 ? "fda" : "fdb"),
    );
    if (floppy && order !== undefined) floppy.boot = { order };
  }
  if (!transient) return;
  for (const disk of devices.disks) {
    if (disk.readonly !== true && disk.source) {
      disk.transient = {};
      transient.place(disk);
    }
  }
  if (transient.fate === undefined) transient.imply("there is no disk that could be written");
}

function finishDisplays({ devices, keymap }: Draft, args: readonly Argument[]): void {
  const full = args.find(({ option }) => option === "full-screen");
  if (full) {
    const sdl = devices.graphics.find((each) => each.type === "sdl");
    if (sdl?.type === "sdl") {
      sdl.fullscreen = true;
      full.place(sdl);
    } else full.omit("a daemon's guest is on no desktop");
  }
  if (!keymap) return;
  const server = devices.graphics.find((each) => each.type === "vnc" || each.type === "spice");
  if (server?.type === "vnc" || server?.type === "spice") {
    server.keymap = keymap.value;
    keymap.place(server);
  } else keymap.omit("a keyboard layout belongs to VNC or SPICE");
}

interface Bootable {
  boot?: { order: number; loadparm?: string };
}

/** Documents count boot orders from 1, and have them for devices or for kinds of devices. */
function finishBoot(draft: Draft): void {
  const { domain, devices, old } = draft;
  const bootable: Bootable[] = [
    ...devices.disks,
    ...devices.interfaces,
    ...devices.hostdevs,
    ...devices.redirdevs,
    ...devices.filesystems,
  ];
  const ordered = bootable.filter(({ boot }) => boot !== undefined);
  if (ordered.some(({ boot }) => boot?.order === 0)) for (const { boot } of ordered) if (boot) boot.order++;
  if (ordered.length > 0) {
    const first = ordered.reduce((best, each) => ((each.boot?.order ?? 0) < (best.boot?.order ?? 0) ? each : best));
    if (first.boot && draft.loadparm !== undefined) first.boot.loadparm = draft.loadparm;
    domain.os.boots = [];
    return;
  }
  if (domain.os.boots.length > 0) return;
  if (!draft.strictBoot) {
    if (!old && domain.os.kernel === undefined) domain.os.boots = ["hd"];
    return;
  }
  // Nothing is to be started from: a kind that the guest has no device of.
  const has = {
    network: devices.interfaces.length > 0,
    fd: devices.disks.some(({ device }) => device === "floppy"),
    cdrom: devices.disks.some(({ device }) => device === "cdrom"),
    hd: devices.disks.some(({ device = "disk" }) => device === "disk" || device === "lun"),
  };
  const absent = (["hd", "network", "cdrom", "fd"] as const).find((kind) => !has[kind]);
  if (absent !== undefined) domain.os.boots = [absent];
}

function finishPaths(draft: Draft, directory: string | undefined, note: (text: string) => void): void {
  const { devices } = draft;
  if (devices.emulator?.includes("/") === false) devices.emulator = `/usr/bin/${devices.emulator}`;
  const relative = absolutePaths(draft, directory);
  if (relative.length > 0) note(`libvirt wants absolute paths; relative are ${[...new Set(relative)].join(", ")}`);
}
