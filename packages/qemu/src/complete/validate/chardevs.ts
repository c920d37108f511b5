import { ErrorCode } from "@tsvirt/base";
import type { Channel, Console, Parallel, Redirdev, Rng, Serial, Smartcard } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";
import { checked, type Refuse } from "./refuse.ts";

type Backend = Pick<Redirdev, "type" | "sources">;

/** What QEMU cannot do with the host's end of a character device (`qemuValidateDomainChrSourceDef`). */
function checkBackend({ caps, devices }: Completing, { type, sources }: Backend, refuse: Refuse): void {
  switch (type) {
    case "tcp":
    case "unix": {
      const reconnect = sources[0]?.reconnect;
      if (reconnect?.enabled === true && (reconnect.timeout ?? 0) === 0) {
        refuse("chardev reconnect source timeout cannot be '0'", ErrorCode.invalidArg);
      }
      return;
    }
    case "qemu-vdagent":
      if (!caps.has("chardev.qemu-vdagent")) refuse(`chardev '${type}' not supported in this QEMU binary`);
      return;
    case "spicevmc":
    case "spiceport":
      if (!devices.graphics.some((each) => each.type === "spice")) {
        refuse(`chardev '${type}' not supported without spice graphics`);
      }
      return;
    default:
  }
}

/** What QEMU cannot do with a parallel port, channel or console (`qemuValidateDomainChrDef`). */
export function validateChardev(state: Completing, device: Parallel | Channel | Console, isParallel: boolean): void {
  checked(state, device, (refuse) => {
    checkBackend(state, device, refuse);
    if (isParallel && (state.board.isS390 || state.board.isPseries)) refuse("parallel ports are not supported");
  });
}

type SerialType = NonNullable<NonNullable<Serial["target"]>["type"]>;

/** The bus that a serial port's type implies; `undefined` for ports that are part of the board. */
const serialAddresses: Readonly<Partial<Record<SerialType, string>>> = {
  "isa-serial": "isa",
  "isa-debug": "isa",
  "usb-serial": "usb",
  "pci-serial": "pci",
  "spapr-vio-serial": "spapr-vio",
};

/** The type that a model of serial port has. */
const typesOfModels: Readonly<Record<string, SerialType>> = {
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

/** What QEMU cannot do with a serial port (`qemuValidateDomainChrDef`). */
export function validateSerial(state: Completing, serial: Serial): void {
  const { board } = state;
  checked(state, serial, (refuse) => {
    checkBackend(state, serial, refuse);
    const { address } = serial;
    const type = serial.target?.type ?? "none";
    const model = serial.target?.model?.name ?? "none";
    const bus = serialAddresses[type];
    if (address && bus !== undefined && address.type !== bus) {
      refuse(`Target type '${type}' requires address type '${bus}'`);
    }
    if (address && (type === "system-serial" || type === "sclp-serial")) {
      refuse(`Target type '${type}' cannot have an associated address`);
    }
    const wanted = typesOfModels[model];
    if (wanted !== undefined && wanted !== type) refuse(`Target model '${model}' requires target type '${wanted}'`);
    const isOnBoard =
      (model !== "pl011" || board.isArmVirt) &&
      (model !== "16550a" || board.isRiscvVirt) &&
      (type !== "spapr-vio-serial" || board.isPseries) &&
      (type !== "sclp-serial" || board.isS390);
    if (!isOnBoard) {
      refuse(
        `Serial device with target type '${type}' and target model '${model}' not compatible with guest architecture or machine type`,
      );
    }
  });
}

/** What QEMU cannot do with a smart card reader (`qemuValidateDomainSmartcardDef`). */
export function validateSmartcard(state: Completing, smartcard: Smartcard): void {
  const { devices, caps } = state;
  checked(state, smartcard, (refuse) => {
    const { address, mode, type } = smartcard;
    const isFirst = address?.type === "ccid" && address.controller === 0 && address.slot === 0;
    if (devices.smartcards.length > 1 || !isFirst) {
      refuse("this QEMU binary lacks multiple smartcard support");
    }
    if (mode === "passthrough") {
      if (!caps.has("ccid-passthru")) refuse("this QEMU binary lacks smartcard passthrough mode support");
      if (type !== undefined) checkBackend(state, { ...smartcard, type }, refuse);
    } else if (!caps.has("ccid-emulated")) refuse("this QEMU binary lacks smartcard host mode support");
  });
}

/** What QEMU cannot do with a random number generator (`qemuValidateDomainRNGDef`). */
export function validateRng(state: Completing, rng: Rng): void {
  const { caps } = state;
  checked(state, rng, (refuse) => {
    const { backend } = rng;
    const flag = ({ random: "rng-random", egd: "rng-egd", builtin: "rng-builtin" } as const)[backend.model];
    if (!caps.has(flag)) refuse(`this qemu doesn't support the ${flag} backend`);
    if (backend.model === "egd" && backend.type !== undefined) {
      checkBackend(state, { ...backend, type: backend.type }, refuse);
    }
    const hasModel = caps.has("virtio-rng") && (rng.model === "virtio" || caps.has("virtio-pci-non-transitional"));
    if (!hasModel) refuse(`domain configuration does not support rng model '${rng.model}'`);
  });
}

/** What QEMU cannot do with a redirected USB device (`qemuValidateDomainRedirdevDef`). */
export function validateRedirdev(state: Completing, redirdev: Redirdev): void {
  const { devices, caps } = state;
  checked(state, redirdev, (refuse) => {
    checkBackend(state, redirdev, refuse);
    if (!caps.has("usb-redir")) refuse("USB redirection is not supported by this version of QEMU");
    if ((devices.redirfilter?.devices.length ?? 0) > 0 && !caps.has("usb-redir.filter")) {
      refuse("USB redirection filter is not supported by this version of QEMU");
    }
  });
}
