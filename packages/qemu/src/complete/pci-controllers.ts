import { ErrorCode, virtError } from "@tsvirt/base";
import type { Controller } from "@tsvirt/model/domain";
import { isPciBusModel } from "../addresses/pci-set.ts";
import type { Completing } from "./state.ts";

type ModelName = NonNullable<Controller["modelName"]>["name"];

/** QEMU's devices for libvirt's models. */
export const pciModelNames: Readonly<Record<string, ModelName>> = {
  "pci-bridge": "pci-bridge",
  "dmi-to-pci-bridge": "i82801b11-bridge",
  "pcie-to-pci-bridge": "pcie-pci-bridge",
  "pcie-switch-upstream-port": "x3130-upstream",
  "pcie-switch-downstream-port": "xio3130-downstream",
  "pci-expander-bus": "pxb",
  "pcie-expander-bus": "pxb-pcie",
};

/** Fills in what a PCI controller with its place shows of itself, so that it stays the same for the guest. */
export function presentPciController(state: Completing, controller: Controller): void {
  const { caps, board, devices, report } = state;
  const { model, index = 0, address, target } = controller;
  if (!isPciBusModel(model)) return;
  const { slot = 0, function: fn = 0, bus = 0 } = address?.type === "pci" ? address : {};
  if (controller.modelName === undefined || controller.modelName.name === "none") {
    let name = pciModelNames[model];
    if (model === "pcie-root-port") name = caps.has("pcie-root-port") ? "pcie-root-port" : "ioh3420";
    else if (model === "pci-root" && board.isPseries) name = "spapr-pci-host-bridge";
    if (name !== undefined) controller.modelName = { name };
  }
  switch (model) {
    case "pci-bridge":
      controller.target = { ...target, chassisNr: target?.chassisNr ?? index };
      if (index <= bus) {
        const hex = (value: number): string => `0x${value.toString(16).padStart(2, "0")}`;
        const text = `PCI controller at index ${index} (${hex(index)}) has bus='${hex(bus)}', but index must be larger than bus`;
        report(controller, text, ErrorCode.configUnsupported);
      }
      break;
    case "pcie-root-port":
      controller.target = {
        ...target,
        chassis: target?.chassis ?? index,
        port: target?.port ?? (slot << 3) + fn,
      };
      break;
    case "pcie-switch-downstream-port":
      controller.target = { ...target, chassis: target?.chassis ?? index, port: target?.port ?? slot };
      break;
    case "pci-expander-bus":
    case "pcie-expander-bus": {
      const busNr = target?.busNr ?? nextBusNr(devices.controllers);
      if (busNr === undefined) {
        const text = `No free busNr lower than current lowest busNr is available to auto-assign to bus ${bus}. Must be manually assigned`;
        report(controller, text, ErrorCode.configUnsupported);
        throw virtError(ErrorCode.configUnsupported, text);
      }
      controller.target = { ...target, busNr };
      break;
    }
    case "pci-root":
      if (board.isPseries) controller.target = { ...target, index: target?.index ?? nextTargetIndex(state, index) };
      break;
    default:
  }
}

/** Extra roots number their buses from the top, with room for the bridge in each. Undefined if there is none left. */
function nextBusNr(controllers: readonly Controller[]): number | undefined {
  const used = controllers.map(({ target }) => target?.busNr).filter((number) => number !== undefined);
  const lowest = Math.min(256, ...used);
  return lowest <= 2 ? undefined : lowest - 2;
}

/** A number for another root bus of sPAPR, of which QEMU has 32; the first is the one that is there anyway. */
function nextTargetIndex({ devices, report }: Completing, index: number): number {
  if (index === 0) return 0;
  const used = new Set(devices.controllers.map(({ type, target }) => (type === "pci" ? target?.index : undefined)));
  for (let free = 1; free <= 31; free++) if (!used.has(free)) return free;
  const text = "No usable target index found for 0";
  report(devices, text, ErrorCode.configUnsupported);
  throw virtError(ErrorCode.configUnsupported, text);
}
