import { ErrorCode, virtError } from "@tsvirt/base";
import type { Domain } from "@tsvirt/model/domain";
import { boardOf } from "../argv/board.ts";
import type { HostFacts } from "../argv/context.ts";
import type { Accelerator, QemuCapabilities } from "../capabilities/capabilities.ts";
import { fillCommonDefaults } from "./common-defaults.ts";
import { fillCpuDefaults } from "./cpu-defaults.ts";
import { checkDiskTargets, fillDeviceDefaults, fillVideos } from "./device-defaults.ts";
import { assignDriveAddresses } from "./drive-addresses.ts";
import { fillFirmware } from "./firmware-defaults.ts";
import { addBoardDevices, addControllers, addFollowingDevices } from "./implicit-devices.ts";
import { assignCcid, assignMemorySlots, assignUsb, assignVirtioSerial } from "./other-addresses.ts";
import { assignPciAddresses } from "./pci-addresses.ts";
import { type Completing, devicesOf } from "./state.ts";

/** How a definition is completed. */
export interface CompleteOptions {
  /** A new definition: newest defaults (`VIR_DOMAIN_DEF_PARSE_ABI_UPDATE`). */
  readonly abiUpdate?: boolean;
}

/** Architecture and emulator of a definition, filled in where the document leaves them out. */
export interface EmulatorChoice {
  readonly arch: string;
  /** Path of the program. */
  readonly emulator: string;
}

/** Finds the emulator whose capabilities are needed to complete a definition. Throws if there is none. */
export function chooseEmulator(domain: Domain, facts: HostFacts): EmulatorChoice {
  const arch = domain.os.type.arch ?? facts.arch;
  const emulator = domain.devices?.emulator ?? facts.emulatorFor(arch);
  if (emulator === undefined) {
    throw virtError(ErrorCode.configUnsupported, `No emulator found for arch '${arch}'`);
  }
  return { arch, emulator };
}

/** How a domain type runs its guest. Throws for types that are no QEMU. */
export function acceleratorOf(domain: Domain): Accelerator {
  switch (domain.type) {
    case "kvm":
      return "kvm";
    case "qemu":
      return "tcg";
    default:
      throw virtError(
        ErrorCode.configUnsupported,
        `Emulator '${domain.devices?.emulator ?? ""}' does not support virt type '${domain.type}'`,
      );
  }
}

/**
 * Fills in all that libvirt 9.0 fills in when a definition is parsed for QEMU: defaults, devices that the machine has
 * anyway, addresses. Gives a new object. Idempotent. Throws a `VirtError` with libvirt's words for what cannot be.
 */
export function completeDomain(
  source: Domain,
  caps: QemuCapabilities,
  facts: HostFacts,
  options: CompleteOptions = {},
): Domain {
  const domain = structuredClone(source);
  const devices = devicesOf(domain);
  const { arch, emulator } = chooseEmulator(domain, facts);
  devices.emulator = emulator;
  domain.os.type.arch = arch;
  const accelerator = acceleratorOf(domain);
  fillCommonDefaults(domain, facts);
  fillMachine(domain, caps, accelerator);
  const state: Completing = {
    domain,
    devices,
    caps,
    facts,
    board: boardOf(arch, domain.os.type.machine ?? ""),
    accelerator,
    abiUpdate: options.abiUpdate ?? false,
  };
  fillFirmware(state);
  addBoardDevices(state);
  fillCpuDefaults(state);
  fillDeviceDefaults(state);
  assignDriveAddresses(state);
  checkDiskTargets(state);
  addFollowingDevices(state);
  fillDeviceDefaults(state);
  fillVideos(state);
  fillBoot(domain);
  assignVirtioSerial(state);
  assignCcid(state);
  addControllers(state);
  fillDeviceDefaults(state);
  assignPciAddresses(state);
  assignUsb(state);
  assignMemorySlots(state);
  return domain;
}

/** Versioned name of the machine type; the emulator's default if none is named. */
function fillMachine(domain: Domain, caps: QemuCapabilities, accelerator: Accelerator): void {
  const { type } = domain.os;
  if (type.machine === undefined) {
    const machine = caps.defaultMachine(accelerator)?.name ?? caps.machines(accelerator)[0]?.name;
    if (machine === undefined)
      throw virtError(
        ErrorCode.configUnsupported,
        `could not get preferred machine for ${domain.devices?.emulator ?? ""} type=${domain.type}`,
      );
    type.machine = machine;
  }
  type.machine = caps.canonicalMachine(accelerator, type.machine);
}

/** A guest boots from its disk unless something else is said. */
function fillBoot(domain: Domain): void {
  const { os } = domain;
  const devices = devicesOf(domain);
  const perDevice = [...devices.disks, ...devices.interfaces, ...devices.hostdevs, ...devices.redirdevs].some(
    ({ boot }) => boot !== undefined,
  );
  if (perDevice && os.boots.length > 0) {
    throw virtError(
      ErrorCode.configUnsupported,
      "per-device boot elements cannot be used together with os/boot elements",
    );
  }
  if (!perDevice && os.boots.length === 0 && os.type.value === "hvm") os.boots = ["hd"];
}
