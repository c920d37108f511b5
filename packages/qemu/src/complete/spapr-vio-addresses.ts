import { type Address, everyDevice, type PlacedDevice, placedDevice, type SpaprVioAddress } from "@tsvirt/model/domain";
import type { Completing } from "./state.ts";

/** The registers from which QEMU counts for each kind of device on the sPAPR virtual I/O bus. */
const firstRegister = {
  interface: 0x1000n,
  controller: 0x2000n,
  nvram: 0x3000n,
  tpm: 0x4000n,
  serial: 0x3000_0000n,
} as const;

/** Registers of two devices are this far apart. */
const STEP = 0x1000n;

/** Gives the devices of POWER's virtual I/O bus their registers (`qemuDomainAssignSpaprVIOAddresses`). */
export function assignSpaprVio(state: Completing): void {
  const { devices, board } = state;
  for (const nic of devices.interfaces) place(state, nic, firstRegister.interface, nic.model === "spapr-vlan");
  for (const controller of devices.controllers) {
    const onBus = controller.type === "scsi" && controller.model === "ibmvscsi";
    place(state, controller, firstRegister.controller, onBus);
  }
  for (const serial of devices.serials) {
    place(state, serial, firstRegister.serial, serial.target?.type === "spapr-vio-serial");
  }
  if (devices.nvram) place(state, devices.nvram, firstRegister.nvram, board.isPseries);
  for (const tpm of devices.tpms) {
    place(state, tpm, firstRegister.tpm, board.isPseries && tpm.model !== "spapr-tpm-proxy");
  }
}

function isVio(address: Address | undefined): address is SpaprVioAddress {
  return address?.type === "spapr-vio";
}

/** `onBus`: the device can be nowhere else. */
function place(state: Completing, device: PlacedDevice, first: bigint, onBus: boolean): void {
  if (onBus && !isVio(device.address)) device.address = { type: "spapr-vio" };
  const { address } = device;
  if (!isVio(address)) return;
  if (address.reg !== undefined) {
    if (isUsed(state, device, address.reg)) {
      state.report(device, `spapr-vio address 0x${address.reg.toString(16)} already in use`);
    }
    return;
  }
  let reg = first;
  while (isUsed(state, device, reg)) reg += STEP;
  device.address = { type: "spapr-vio", reg };
}

function isUsed({ devices }: Completing, asking: object, reg: bigint): boolean {
  for (const each of everyDevice(devices)) {
    // The console that stands for a serial port is no device of its own.
    if (each.device === asking || each.kind === "console") continue;
    const address = placedDevice(each)?.address;
    if (isVio(address) && address.reg === reg) return true;
  }
  return false;
}
