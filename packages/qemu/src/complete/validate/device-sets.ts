import type { Watchdog } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";
import { checked, type Refuse } from "./refuse.ts";

/** What QEMU cannot do with the consoles of a guest (`qemuValidateDomainDefConsole`). */
export function validateConsoles(state: Completing): void {
  const { devices, caps } = state;
  for (const console of devices.consoles) {
    checked(state, console, (refuse) => {
      const type = console.target?.type ?? "serial";
      if (type === "sclp" && !caps.has("s390-sclp")) refuse("sclpconsole is not supported in this QEMU binary");
      if (type === "sclplm" && !caps.has("sclplmconsole")) refuse("sclplmconsole is not supported in this QEMU binary");
      if (!["serial", "virtio", "sclp", "sclplm"].includes(type)) refuse(`unsupported console target type ${type}`);
    });
  }
}

/** What QEMU cannot do with the guest's notifiers of panics (`qemuValidateDomainDefPanic`). */
export function validatePanics(state: Completing): void {
  const { devices, caps, board } = state;
  for (const panic of devices.panics) {
    checked(state, panic, (refuse) => {
      const { model, address } = panic;
      const only = (fits: boolean, guests: string): void => {
        if (!fits) refuse(`only ${guests} guests support panic device of model '${model}'`);
        if (address) refuse(`setting the panic device address is not supported for model '${model}'`);
      };
      switch (model) {
        case "s390":
          return only(board.isS390, "S390");
        case "hyperv":
          return only(board.isX86, "i686 and x86_64");
        case "pseries":
          return only(board.isPseries, "pSeries");
        case "isa":
          if (!caps.has("pvpanic")) refuse("the QEMU binary does not support the ISA panic device");
          if (address && address.type !== "isa") refuse("panic is supported only with ISA address type");
          return;
        default:
      }
    });
  }
}

/** A guest has one TPM, and on POWER one that hands on to the host's. */
export function validateTpms(state: Completing): void {
  const { tpms } = state.devices;
  const [, secondProxy] = tpms.filter(({ model }) => model === "spapr-tpm-proxy");
  const [, second] = tpms.filter(({ model }) => model !== "spapr-tpm-proxy");
  const refuseAll = (tpm: object | undefined, kind: string): void => {
    if (tpm) checked(state, tpm, (refuse: Refuse) => refuse(`only a single TPM ${kind} device is supported`));
  };
  refuseAll(secondProxy, "Proxy");
  refuseAll(second, "non-proxy");
}

/** Watchdogs other than those on PCI are part of the machine. */
export function validateWatchdogs(state: Completing): void {
  const seen = new Set<Watchdog["model"]>();
  for (const watchdog of state.devices.watchdogs) {
    const { model } = watchdog;
    if (model === "i6300esb") continue;
    if (seen.has(model)) {
      checked(state, watchdog, (refuse) => refuse(`domain can only have one watchdog with model '${model}'`));
    }
    seen.add(model);
  }
}
