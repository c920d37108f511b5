import { ErrorCode, InternalError, virtError } from "@tsvirt/base";
import {
  type Devices,
  type Domain,
  everyDevice,
  type Interface,
  placedDevice,
  type ZpciAddress,
} from "@tsvirt/model/domain";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { buildLegacyCommandLine } from "../legacy/build.ts";
import { acceleratorOf } from "./accelerator.ts";
import { Buses } from "./address.ts";
import { type Board, boardOfDomain } from "./board.ts";
import { bootIndexes } from "./boot-order.ts";
import { CommandWriter, type PropertyOverride } from "./command.ts";
import type { BuildContext, CommandLine } from "./context.ts";
import { writeCcidControllers, writeControllers } from "./controllers.ts";
import { writeCpu } from "./cpu.ts";
import { Chardev, IothreadObject, PrManager } from "./declarations/backends.ts";
import { Messages, Monitor } from "./declarations/machine-options.ts";
import { imagesOf } from "./disk-graph.ts";
import { type PlannedDisk, writeDisks } from "./disks.ts";
import { checkDisplays, writeAudio, writeGraphics, writeInput, writeSound, writeVideo } from "./displays.ts";
import { writeHostdev, writeHostNic } from "./hostdevs.ts";
import { writeInterface } from "./interfaces.ts";
import {
  writeBoot,
  writeClock,
  writeFlash,
  writeGenerationId,
  writeHead,
  writeLaunchSecurity,
  writeLoader,
  writeMachine,
  writeSandbox,
  writeSmp,
  writeSysinfo,
  writeVmCoreInfo,
} from "./machine.ts";
import { writeMemory, writeMemoryDevice } from "./memory.ts";
import { writeNuma } from "./numa.ts";
import {
  writeChannel,
  writeConsole,
  writeParallel,
  writeRedirdev,
  writeSerial,
  writeSmartcard,
} from "./serial-ports.ts";
import {
  writeFilesystem,
  writeHub,
  writeIommu,
  writeMemballoon,
  writeNvram,
  writePanic,
  writeRng,
  writeShmem,
  writeTpm,
  writeVsock,
  writeWatchdogs,
} from "./small-devices.ts";

/**
 * The command line of a guest (libvirt 9.0's `qemuBuildCommandLine`). `domain` is complete: `completeDomain` has filled it
 * in and every device has an alias. Throws a `VirtError` for what this QEMU or tsvirt cannot do.
 */
export function buildCommandLine(domain: Domain, caps: QemuCapabilities, context: BuildContext): CommandLine {
  const devices = domain.devices;
  if (!devices) throw new InternalError("the domain has not been completed");
  const line = new CommandWriter(caps, context, acceleratorOf(domain), overridesOf(domain), zpciOf(devices));
  if (caps.legacy) return buildLegacyCommandLine(line, domain, devices);
  const board = boardOfDomain(domain);
  const buses = new Buses(devices.controllers);
  const of = (element: string, write: () => void): void => line.because({ value: domain, element }, write);
  const ofOs = (element: string, write: () => void): void => line.because({ value: domain.os, element }, write);
  checkDisplays(devices.graphics);
  writeHead(line, domain);
  if (devices.disks.some(({ source }) => source?.reservations?.managed === true)) {
    line.option(PrManager, {
      "qom-type": "pr-manager-helper",
      id: "pr-helper0",
      path: `${context.privateDir}/pr-helper0.sock`,
    });
  }
  ofOs("loader", () => writeFlash(line, domain));
  ofOs("type", () => writeMachine(line, domain, board));
  of("cpu", () => writeCpu(line, domain, board));
  ofOs("loader", () => writeLoader(line, domain));
  of("memory", () => writeMemory(line, domain));
  of("vcpu", () => writeSmp(line, domain));
  of(domain.iothreadids === undefined ? "iothreads" : "iothreadids", () => writeIothreads(line, domain));
  line.because({ value: domain.cpu?.numa ?? domain, element: "cell" }, () => writeNuma(line, domain));
  const { uuid } = domain;
  if (uuid !== undefined) of("uuid", () => line.add("-uuid", uuid));
  of("sysinfo", () => writeSysinfo(line, domain));
  of("genid", () => writeGenerationId(line, domain));
  if (devices.graphics.length === 0) line.add("-display", "none");
  line.add("-no-user-config", "-nodefaults");
  writeMonitor(line);
  of("clock", () => writeClock(line, domain));
  of("os", () => writeBoot(line, domain, board));
  line.each(optional(devices.iommu), (iommu) => writeIommu(line, iommu, buses));
  writeControllers(line, devices.controllers, buses, board);
  line.each(devices.memories, (memory) => writeMemoryDevice(line, domain, memory, buses));
  line.each(devices.hubs, (hub) => writeHub(line, hub, buses));
  writeCcidControllers(line, devices.controllers, buses, board);
  writeDevices(line, domain, devices, buses, board);
  of("launchSecurity", () => writeLaunchSecurity(line, domain));
  line.because({ value: domain.features ?? domain, element: "vmcoreinfo" }, () => writeVmCoreInfo(line, domain));
  line.each(domain.qemuCommandline?.args ?? [], ({ value }) => line.add(value));
  writeSandbox(line, domain);
  line.each(devices.panics, (panic) => writePanic(line, panic));
  line.each(devices.shmems, (shmem) => writeShmem(line, shmem, buses));
  line.each(optional(devices.vsock), (vsock) => writeVsock(line, vsock, buses));
  if (line.context.config.log_timestamp !== false) line.option(Messages, { timestamp: true });
  return {
    emulator: devices.emulator ?? "",
    args: line.args,
    causes: line.causes,
    env: environment(domain, context),
    fds: line.fds,
  };
}

function writeDevices(line: CommandWriter, domain: Domain, devices: Devices, buses: Buses, board: Board): void {
  const boot = bootIndexes(domain);
  let nodes = 0;
  const nextNode = (): number => ++nodes;
  const disks = planDisks(line, devices, boot.disks, nextNode);
  if (board.isPseries && devices.disks.some(({ device }) => device === "floppy")) {
    throw virtError(ErrorCode.configUnsupported, "PowerPC pseries machines do not support floppy device");
  }
  // A disk whose image other guests share is plugged in later, with an image of its own above it.
  const own = disks.filter(({ disk }) => disk.transient?.shareBacking !== true);
  writeDisks(line, own, buses, needsSeparateFdc(domain));
  line.each(devices.filesystems, (filesystem) => writeFilesystem(line, filesystem, buses));
  const isHostdev = (nic: Interface): boolean => (nic.actual?.type ?? nic.type) === "hostdev";
  line.each(
    devices.interfaces.filter((nic) => !isHostdev(nic)),
    (nic) => writeInterface(line, nic, buses, boot.interfaces.get(nic), board),
  );
  // QEMU has one reader only.
  line.each(devices.smartcards.slice(0, 1), (smartcard) => writeSmartcard(line, smartcard, buses));
  line.each(devices.serials, (serial) => writeSerial(line, serial, buses, board));
  line.each(devices.parallels, (parallel) => writeParallel(line, parallel));
  line.each(devices.channels, (channel) => writeChannel(line, channel, buses));
  line.each(devices.consoles, (console) => writeConsole(line, console, buses));
  line.each(devices.tpms, (tpm) => writeTpm(line, tpm, buses));
  line.each(devices.inputs, (input) => writeInput(line, input, buses));
  line.each(devices.audios, (audio) => writeAudio(line, audio));
  line.each(devices.graphics, (graphics) => writeGraphics(line, graphics, devices.audios));
  line.each(devices.videos, (video) => writeVideo(line, video, buses));
  line.each(devices.sounds, (sound) => writeSound(line, sound, buses, devices.audios));
  writeWatchdogs(line, devices.watchdogs, buses);
  line.each(devices.redirdevs, (redirdev) => writeRedirdev(line, redirdev, devices.redirfilter, buses));
  line.each(devices.interfaces.filter(isHostdev), (nic) => writeHostNic(line, nic, buses, boot.interfaces.get(nic)));
  line.each(devices.hostdevs, (hostdev) => writeHostdev(line, hostdev, buses, nextNode));
  if (line.context.incoming !== undefined) line.add("-incoming", line.context.incoming);
  line.each(optional(devices.memballoon), (memballoon) => writeMemballoon(line, memballoon, buses));
  line.each(devices.rngs, (rng) => writeRng(line, rng, buses));
  line.each(optional(devices.nvram), (nvram) => writeNvram(line, nvram));
}

function optional<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

/** Properties of devices that the document sets itself, by alias. */
function overridesOf(domain: Domain): ReadonlyMap<string, readonly PropertyOverride[]> {
  const devices = domain.qemuOverride?.devices ?? [];
  return new Map(
    devices.map(({ alias, frontend }) => [
      alias,
      (frontend?.properties ?? []).map(({ name, type, value = "" }) => ({ name, value: overrideValue(type, value) })),
    ]),
  );
}

/** The zPCI numbers of devices that have them, by alias; memory and the host's virtual devices go without. */
function zpciOf(devices: Devices): ReadonlyMap<string, ZpciAddress> {
  const found = new Map<string, ZpciAddress>();
  for (const each of everyDevice(devices)) {
    if (each.kind === "memory" || (each.kind === "hostdev" && each.device.type !== "pci")) continue;
    const { address, alias } = placedDevice(each) ?? {};
    if (address?.type === "pci" && address.zpci && alias !== undefined) found.set(alias, address.zpci);
  }
  return found;
}

function overrideValue(
  type: "remove" | "bool" | "string" | "signed" | "unsigned",
  value: string,
): PropertyOverride["value"] {
  switch (type) {
    case "remove":
      return undefined;
    case "bool":
      return value === "true";
    case "string":
      return value;
    case "signed":
    case "unsigned":
      return Number.isSafeInteger(Number(value)) ? Number(value) : BigInt(value);
  }
}

/** The last disk's nodes have the lowest numbers, as libvirt counts them. */
function planDisks(
  line: CommandWriter,
  devices: Devices,
  boot: ReadonlyMap<object, number>,
  next: () => number,
): PlannedDisk[] {
  const planned = [...devices.disks].reverse().map((disk) => ({
    disk,
    // SD cards have no block nodes.
    images: disk.target.bus === "sd" ? [] : imagesOf(disk, next, line),
    bootindex: boot.get(disk),
  }));
  return planned.reverse();
}

/** Machines since q35 2.4 have no floppy controller of their own. */
function needsSeparateFdc(domain: Domain): boolean {
  const machine = domain.os.type.machine ?? "";
  const match = /^pc-q35-(\d+)\.(\d+)/.exec(machine);
  if (match) return Number(match[1]) > 2 || Number(match[2]) >= 4;
  return machine === "q35";
}

function writeIothreads(line: CommandWriter, domain: Domain): void {
  const listed = domain.iothreadids?.iothreads ?? [];
  // Only a count: the ids are 1, 2, 3, …
  const threads: typeof listed =
    listed.length > 0 ? listed : Array.from({ length: domain.iothreads ?? 0 }, (_, i) => ({ id: i + 1 }));
  for (const thread of threads) {
    line.option(IothreadObject, {
      "qom-type": "iothread",
      id: `iothread${thread.id}`,
      "thread-pool-min": thread.threadPoolMin,
      "thread-pool-max": thread.threadPoolMax,
    });
  }
}

function writeMonitor(line: CommandWriter): void {
  const { monitor } = line.context;
  line.option(Chardev, {
    backend: "socket",
    id: "charmonitor",
    ...("fd" in monitor ? { fd: line.fd(monitor.fd) } : { path: monitor.path }),
    server: true,
    wait: false,
  });
  line.option(Monitor, { chardev: "charmonitor", id: "monitor", mode: "control" });
}

/** Nothing of the daemon's own but what is named. */
function daemonsEnvironment({ privateDir: home, env }: BuildContext): Record<string, string> {
  return {
    LC_ALL: "C",
    PATH: env.PATH ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: home,
    XDG_DATA_HOME: `${home}/.local/share`,
    XDG_CACHE_HOME: `${home}/.cache`,
    XDG_CONFIG_HOME: `${home}/.config`,
  };
}

/** The whole environment, or for a person's shell what is to be added to it. */
function environment(domain: Domain, context: BuildContext): Record<string, string> {
  const env = context.byHand ? {} : daemonsEnvironment(context);
  const { config } = context;
  const hasVnc = domain.devices?.graphics.some(({ type }) => type === "vnc") === true;
  if (hasVnc && config.vnc_sasl === true && config.vnc_sasl_dir !== undefined) env.SASL_CONF_PATH = config.vnc_sasl_dir;
  const hasSpice = domain.devices?.graphics.some(({ type }) => type === "spice") === true;
  if (hasSpice && config.spice_sasl === true && config.spice_sasl_dir !== undefined) {
    env.SASL_CONF_PATH = config.spice_sasl_dir;
  }
  const sdl = domain.devices?.graphics.find((each) => each.type === "sdl");
  if (sdl?.type === "sdl") {
    if (sdl.xauth !== undefined) env.XAUTHORITY = sdl.xauth;
    if (sdl.display !== undefined) env.DISPLAY = sdl.display;
  }
  const { clock } = domain;
  if (clock?.offset === "timezone" && clock.timezone !== undefined) env.TZ = clock.timezone;
  for (const { name, value } of domain.qemuCommandline?.envs ?? []) env[name] = value ?? "";
  return env;
}
