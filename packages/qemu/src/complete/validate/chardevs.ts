import { ErrorCode } from "@tsvirt/base";
import type { AnyDevice, Serial } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";

const unsupported = ErrorCode.configUnsupported;

/** A device that speaks to a file, a socket or a terminal of the host. */
type CharacterDevice = Extract<AnyDevice, { kind: "serial" | "parallel" | "channel" | "console" | "redirdev" }>;

/** What QEMU cannot do with a character device (`qemuValidateDomainChrDef`). */
export function validateChardev(state: Completing, { kind, device }: CharacterDevice): void {
  const { board, report } = state;
  for (const { reconnect } of device.sources) {
    if (reconnect?.enabled === true && reconnect.timeout === 0) {
      report(device, "chardev reconnect source timeout cannot be '0'", ErrorCode.invalidArg);
    }
  }
  validateBackend(state, device);
  if (kind === "serial") validateSerial(state, device);
  if (kind === "parallel" && (board.isS390 || board.isPseries)) {
    report(device, "parallel ports are not supported", unsupported);
  }
}

function validateBackend({ caps, devices, report }: Completing, device: CharacterDevice["device"]): void {
  switch (device.type) {
    case "qemu-vdagent":
      if (!caps.has("chardev.qemu-vdagent")) {
        report(device, `chardev '${device.type}' not supported in this QEMU binary`, unsupported);
      }
      return;
    case "spicevmc":
    case "spiceport":
      if (!devices.graphics.some(({ type }) => type === "spice")) {
        report(device, `chardev '${device.type}' not supported without spice graphics`, unsupported);
      }
      return;
    default:
  }
}

type Target = NonNullable<Serial["target"]>;

/** The bus that each kind of serial port is on; none for those that are part of the board. */
const buses: Readonly<Record<NonNullable<Target["type"]>, string | undefined>> = {
  none: undefined,
  "isa-serial": "isa",
  "isa-debug": "isa",
  "usb-serial": "usb",
  "pci-serial": "pci",
  "spapr-vio-serial": "spapr-vio",
  "system-serial": undefined,
  "sclp-serial": undefined,
};

/** The kind that each model is of. */
const kinds: Readonly<Record<string, Target["type"]>> = {
  "isa-serial": "isa-serial",
  "usb-serial": "usb-serial",
  "pci-serial": "pci-serial",
  "spapr-vty": "spapr-vio-serial",
  pl011: "system-serial",
  "16550a": "system-serial",
  sclpconsole: "sclp-serial",
  sclplmconsole: "sclp-serial",
  "isa-debugcon": "isa-debug",
};

function validateSerial({ board, report }: Completing, serial: Serial): void {
  const { target, address } = serial;
  const type = target?.type ?? "none";
  const model = target?.model?.name ?? "none";
  const refuse = (message: string): void => report(serial, message, unsupported);
  const bus = buses[type];
  if (address && bus !== undefined && address.type !== bus) {
    refuse(`Target type '${type}' requires address type '${bus}'`);
  } else if (address && (type === "system-serial" || type === "sclp-serial")) {
    refuse(`Target type '${type}' cannot have an associated address`);
  }
  const kind = kinds[model];
  if (kind !== undefined && kind !== type) refuse(`Target model '${model}' requires target type '${kind}'`);
  const fits =
    (model !== "pl011" || board.isArmVirt) &&
    (model !== "16550a" || board.isRiscvVirt) &&
    (board.isPseries || (type !== "spapr-vio-serial" && model !== "spapr-vty")) &&
    (board.isS390 || (type !== "sclp-serial" && kind !== "sclp-serial"));
  if (!fits) {
    refuse(
      `Serial device with target type '${type}' and target model '${model}' not compatible with guest architecture or machine type`,
    );
  }
}

/** Consoles of s390 that this QEMU does not have (`qemuValidateDomainDefConsole`). */
export function validateConsoles({ devices, caps, report }: Completing): void {
  for (const console of devices.consoles) {
    const type = console.target?.type ?? "serial";
    switch (type) {
      case "sclp":
        if (!caps.has("s390-sclp")) report(console, "sclpconsole is not supported in this QEMU binary", unsupported);
        break;
      case "sclplm":
        if (!caps.has("sclplmconsole")) {
          report(console, "sclplmconsole is not supported in this QEMU binary", unsupported);
        }
        break;
      case "serial":
      case "none":
      case "virtio":
        break;
      default:
        report(console, `unsupported console target type ${type}`, unsupported);
    }
  }
}
