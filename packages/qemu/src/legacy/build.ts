import { ErrorCode, virtError } from "@tsvirt/base";
import type { Devices, Domain, Hostdev } from "@tsvirt/model/domain";
import type { CommandWriter } from "../argv/command.ts";
import type { BuildContext, CommandLine } from "../argv/context.ts";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { formatChardev } from "./chardev.ts";
import { writeLegacyDisks } from "./disks.ts";
import { writeLegacyGraphics, writeLegacySounds, writeLegacyVideo } from "./displays.ts";
import { writeLegacyInterfaces } from "./interfaces.ts";
import {
  writeLegacyAccelerator,
  writeLegacyBoot,
  writeLegacyClock,
  writeLegacyCpu,
  writeLegacyIdentity,
  writeLegacyResources,
} from "./machine.ts";
import { requireExpressible } from "./validate.ts";

/**
 * The command line for an emulator from before QMP, in the options of its time and in the order in which libvirt gave them.
 * Nothing here needs `-device`: what old emulators and newer ones before 1.2 both take is written. Throws a `VirtError` for
 * what these options cannot say.
 */
export function buildLegacyCommandLine(line: CommandWriter, domain: Domain, devices: Devices): CommandLine {
  const { context, caps } = line;
  const emulator = devices.emulator ?? "";
  requireExpressible(domain, devices, caps);
  const of = <T>(element: string, write: () => T): T => line.because({ value: domain, element }, write);
  if (!context.byHand) line.add("-S");
  const { machine } = domain.os.type;
  if (machine !== undefined) line.because({ value: domain.os, element: "type" }, () => line.add("-M", machine));
  of("cpu", () => writeLegacyCpu(line, domain, emulator));
  writeLegacyAccelerator(line, domain, emulator);
  writeLegacyResources(line, domain);
  writeLegacyIdentity(line, domain, emulator);
  // Before serial ports and monitor: it would put them on the standard streams if they were not named after it.
  if (devices.graphics.length === 0) line.add("-nographic");
  line.add("-monitor", monitorWord(context, caps));
  const clockEnv = of("clock", () => writeLegacyClock(line, domain));
  of("os", () => writeLegacyBoot(line, domain));
  writeLegacyDisks(line, devices.disks, domain.os.boots);
  writeLegacyInterfaces(line, devices.interfaces);
  writePorts(line, devices);
  line.add("-usb");
  line.each(devices.inputs, ({ bus, type }) => {
    if (bus === "usb") line.add("-usbdevice", type);
  });
  const displayEnv = writeLegacyGraphics(line, devices.graphics);
  writeLegacyVideo(line, devices.videos);
  writeLegacySounds(line, devices);
  line.each(devices.watchdogs, ({ model, action }) => {
    // The dump is made by whoever hears that the guest stands still.
    line.add("-watchdog", model, "-watchdog-action", action === "dump" ? "pause" : action);
  });
  line.each(devices.hostdevs, (hostdev) => writeHostdev(line, hostdev));
  if (context.incoming !== undefined) line.add("-incoming", context.incoming);
  const { memballoon } = devices;
  if (memballoon && memballoon.model !== "none" && caps.hasLegacy("balloon")) {
    line.because({ value: memballoon }, () => line.add("-balloon", "virtio"));
  }
  line.each(domain.qemuCommandline?.args ?? [], ({ value }) => line.add(value));
  return {
    emulator,
    args: line.args,
    causes: line.causes,
    env: environment(domain, context, { ...displayEnv, ...clockEnv }),
    fds: line.fds,
  };
}

/** A socket that QEMU makes. Releases before 0.9 have ptys alone, and libvirt showed one when nothing was to be started. */
function monitorWord({ monitor, domainId, byHand }: BuildContext, caps: QemuCapabilities): string {
  const socket = "path" in monitor && (domainId !== -1 || byHand !== undefined) && caps.hasLegacy("monitor.unix");
  return socket ? `unix:${monitor.path},server,nowait` : "pty";
}

function writePorts(line: CommandWriter, { serials, parallels }: Devices): void {
  if (serials.length === 0) line.add("-serial", "none");
  line.each(serials, (serial) => line.add("-serial", formatChardev(withListener(serial))));
  if (parallels.length === 0) line.add("-parallel", "none");
  line.each(parallels, (parallel) => line.add("-parallel", formatChardev(withListener(parallel))));
}

/** A unix socket without a mode is QEMU's to make. */
function withListener<T extends Parameters<typeof formatChardev>[0]>(device: T): Parameters<typeof formatChardev>[0] {
  const [source] = device.sources;
  if (device.type !== "unix" || !source || source.mode !== undefined) return device;
  return { ...device, sources: [{ ...source, mode: "bind" }] };
}

function writeHostdev(line: CommandWriter, { type, source }: Hostdev): void {
  const address = source?.address;
  if (type === "usb") {
    const { vendor, product } = source ?? {};
    if (address !== undefined && "device" in address) line.add("-usbdevice", `host:${address.bus}.${address.device}`);
    else if (vendor !== undefined && product !== undefined) {
      line.add("-usbdevice", `host:${hex(vendor, 4)}:${hex(product, 4)}`);
    } else throw virtError(ErrorCode.internalError, "USB host device is missing bus/device information");
  } else if (type === "pci" && address !== undefined && "slot" in address) {
    line.add("-pcidevice", `host=${hex(address.bus, 2)}:${hex(address.slot, 2)}.${hex(address.function, 1)}`);
  } else throw virtError(ErrorCode.internalError, `host device of type '${type ?? ""}' has no address`);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

/** What libvirt let old emulators have of its own environment, in its order, and what the devices need. */
function environment(
  domain: Domain,
  context: BuildContext,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  const result: Record<string, string> = { ...(context.byHand ? {} : daemonsEnvironment(context)), ...more };
  for (const { name, value } of domain.qemuCommandline?.envs ?? []) result[name] = value ?? "";
  return result;
}

function daemonsEnvironment({ env, privateDir }: BuildContext): Record<string, string> {
  const { USER, LOGNAME } = env;
  return {
    LC_ALL: "C",
    PATH: env.PATH ?? "/usr/bin:/bin",
    HOME: env.HOME ?? privateDir,
    ...(USER !== undefined && { USER }),
    ...(LOGNAME !== undefined && { LOGNAME }),
  };
}
