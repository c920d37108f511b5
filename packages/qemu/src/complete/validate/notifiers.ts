import { ErrorCode } from "@tsvirt/base";
import type { Panic, Watchdog } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";

const unsupported = ErrorCode.configUnsupported;

/** What panic devices a machine has (`qemuValidateDomainDefPanic`). */
export function validatePanics(state: Completing): void {
  for (const panic of state.devices.panics) validatePanic(state, panic);
}

function validatePanic({ board, caps, report }: Completing, panic: Panic): void {
  const refuse = (message: string): void => report(panic, message, unsupported);
  /** Where hardware or firmware does it, there is nothing to be placed. */
  const partOf = (model: string, here: boolean, guests: string): void => {
    if (!here) refuse(`only ${guests} guests support panic device of model '${model}'`);
    else if (panic.address) refuse(`setting the panic device address is not supported for model '${model}'`);
  };
  switch (panic.model) {
    case "s390":
      partOf("s390", board.isS390, "S390");
      return;
    case "hyperv":
      partOf("hyperv", board.isX86, "i686 and x86_64");
      return;
    case "pseries":
      partOf("pseries", board.isPseries, "pSeries");
      return;
    case "isa":
      if (!caps.has("pvpanic")) refuse("the QEMU binary does not support the ISA panic device");
      else if (panic.address && panic.address.type !== "isa") refuse("panic is supported only with ISA address type");
      return;
    default:
  }
}

/** Where a watchdog can be (`qemuValidateDomainWatchdogDef`). */
export function validateWatchdog({ board, report }: Completing, watchdog: Watchdog): void {
  const { model, address } = watchdog;
  const refuse = (message: string): void => report(watchdog, `${model} model of watchdog ${message}`, unsupported);
  switch (model) {
    case "i6300esb":
      if (address && address.type !== "pci") refuse("can go only on PCI bus");
      return;
    case "ib700":
      if (address) refuse("does not support configuring the address");
      return;
    case "diag288":
      if (address) refuse("is virtual and cannot go on any bus.");
      else if (!board.isS390) refuse("is allowed for s390 and s390x only");
      return;
    default:
  }
}
