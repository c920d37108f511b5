import { ErrorCode, virtError } from "@tsvirt/base";
import { type Domain, type DomainHooks, postParse, type Report, validateDomain } from "@tsvirt/model/domain";
import { runsGuest } from "../architectures.ts";
import { acceleratorOf } from "../argv/accelerator.ts";
import { boardOf } from "../argv/board.ts";
import type { HostFacts } from "../argv/context.ts";
import { alignMemory } from "../argv/memory-sizes.ts";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { updateGuestCpu } from "../cpu/guest-cpu.ts";
import { assignLegacyAliases, isParavirtual, requireOsType, validateForLegacy } from "../legacy/complete.ts";
import { assignAliases } from "./aliases.ts";
import { assignCcw } from "./ccw-addresses.ts";
import { fillCpuDefaults } from "./cpu-defaults.ts";
import { fillDevice } from "./device-defaults.ts";
import { fillFirmware, selectFirmware } from "./firmware-defaults.ts";
import { fillGic } from "./gic-defaults.ts";
import { chooseHostdevDrivers } from "./hostdev-drivers.ts";
import { addBoardDevices } from "./implicit-devices.ts";
import { assignMemorySlots } from "./memory-slots.ts";
import { assignPciAddresses } from "./pci-addresses.ts";
import { assignSpaprVio } from "./spapr-vio-addresses.ts";
import { type Completing, devicesOf } from "./state.ts";
import { assignUsb } from "./usb-addresses.ts";
import { validateDefinition, validateDevice } from "./validate/validate.ts";
import { checkVcpus, fillNumaCpus } from "./vcpu-defaults.ts";
import { assignVirtioMmio } from "./virtio-devices.ts";
import { assignVirtioSerial } from "./virtio-serial-addresses.ts";

/** How a definition is completed. */
export interface CompleteOptions {
  /** A new definition: newest defaults (`VIR_DOMAIN_DEF_PARSE_ABI_UPDATE`). `false`: one that exists. */
  readonly abiUpdate?: boolean;
  /** Do not check: for what has been accepted before. */
  readonly skipValidation?: boolean;
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
  const emulator = domain.devices?.emulator ?? (isParavirtual(domain) ? facts.xenner : facts.emulatorFor(arch));
  if (emulator === undefined) {
    throw virtError(ErrorCode.configUnsupported, `No emulator found for arch '${arch}'`);
  }
  return { arch, emulator };
}

/**
 * QEMU's part of completing a document, for `parseDomain`: defaults, devices that the machine has anyway, addresses, as
 * libvirt 9.0 gives them. The hooks serve one document.
 */
export function qemuHooks(caps: QemuCapabilities, facts: HostFacts, options: CompleteOptions = {}): DomainHooks {
  let state: Completing | undefined;
  return {
    securityModel: facts.securityModel ?? "none",
    basic(domain, report) {
      state = begin(domain, caps, facts, options, report);
    },
    domain() {
      if (!state) return;
      fillFirmware(state);
      addBoardDevices(state);
      fillGic(state);
      fillCpuDefaults(state);
      checkVcpus(state);
      if (!caps.legacy) fillNumaCpus(state);
    },
    device(device) {
      if (state) fillDevice(state, device);
    },
    addresses() {
      // Where devices of an old emulator are is its own affair.
      if (!state || caps.legacy) return;
      assignVirtioSerial(state);
      assignSpaprVio(state);
      assignCcw(state);
      assignVirtioMmio(state);
      assignPciAddresses(state);
      assignUsb(state.devices, options.abiUpdate !== false, state.report);
      assignMemorySlots(state);
    },
    validate(_domain, report) {
      if (state && caps.legacy) validateForLegacy({ ...state, report });
      else if (state) validateDefinition({ ...state, report });
    },
    validateDevice(device, _domain, report) {
      // What an old emulator can be told of its devices is checked with the whole.
      if (state && !caps.legacy) validateDevice({ ...state, report }, device);
    },
  };
}

/** Emulator, architecture and the versioned name of the machine type. */
function begin(
  domain: Domain,
  caps: QemuCapabilities,
  facts: HostFacts,
  options: CompleteOptions,
  report: Report,
): Completing {
  const devices = devicesOf(domain);
  const { arch, emulator } = chooseEmulator(domain, facts);
  devices.emulator = emulator;
  const { type } = domain.os;
  type.arch = arch;
  if (!runsGuest(caps.arch, arch) && options.skipValidation !== true) {
    throw virtError(ErrorCode.configUnsupported, `Emulator '${emulator}' does not support arch '${arch}'`);
  }
  const accelerator = acceleratorOf(domain);
  if (options.skipValidation !== true) requireOsType(domain, caps, emulator);
  if (type.machine === undefined) {
    const machine = caps.defaultMachine(accelerator)?.name ?? caps.machines(accelerator)[0]?.name;
    if (machine === undefined || !caps.accelerator(accelerator)) {
      throw virtError(ErrorCode.invalidArg, `could not get preferred machine for ${emulator} type=${domain.type}`);
    }
    type.machine = machine;
  }
  const machine = caps.findMachine(accelerator, type.machine);
  if (!machine && options.skipValidation !== true) {
    report(type, `Emulator '${emulator}' does not support machine type '${type.machine}'`, ErrorCode.configUnsupported);
  }
  type.machine = machine?.name ?? type.machine;
  return {
    domain,
    devices,
    caps,
    facts,
    board: boardOf(arch, type.machine),
    accelerator,
    report,
    abiUpdate: options.abiUpdate ?? false,
  };
}

/**
 * Completes a document that `parseDomain` has read without hooks, and checks it. Gives a new object. Idempotent. Throws a
 * `VirtError` with libvirt's words for the first thing that cannot be.
 */
export function completeDomain(
  source: Domain,
  caps: QemuCapabilities,
  facts: HostFacts,
  options: CompleteOptions = {},
): Domain {
  const domain = structuredClone(source);
  const report: Report = (_place, message, code = ErrorCode.xmlError) => {
    throw virtError(code, message);
  };
  const hooks = qemuHooks(caps, facts, options);
  postParse(domain, hooks, report, { abiUpdate: options.abiUpdate ?? false });
  if (options.skipValidation !== true) validateDomain(domain, report, hooks);
  return domain;
}

/**
 * Decides what is decided anew at each start, in place: the CPU, firmware, sizes of memory, ports of USB devices that have none, aliases. What
 * comes out is what the running guest's document shows, ports of displays and names of taps aside. An emulator from before
 * QMP decides most of that itself.
 */
export function prepareStart(domain: Domain, caps: QemuCapabilities, facts: HostFacts): void {
  if (caps.legacy) return assignLegacyAliases(domain);
  updateGuestCpu(domain, caps, facts);
  selectFirmware(domain, facts);
  alignMemory(domain);
  chooseHostdevDrivers(domain, caps, facts);
  assignUsb(devicesOf(domain), true);
  assignAliases(domain);
}
