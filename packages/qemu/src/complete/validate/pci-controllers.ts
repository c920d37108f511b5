import { ErrorCode } from "@tsvirt/base";
import type { Controller } from "@tsvirt/model/domain";
import { isPciBusModel, type PciBusModel } from "../../addresses/pci-set.ts";
import type { CapabilityFlag } from "../../capabilities/flags.ts";
import type { Completing } from "../state.ts";

type ModelName = NonNullable<NonNullable<Controller["modelName"]>["name"]>;
type Setting = "targetIndex" | "pcihole64" | "busNr" | "numaNode" | "chassisNr" | "chassis" | "port";

/** What a PCI controller of each model is in QEMU, and which settings it must and may have. */
interface Rule {
  readonly names: readonly ModelName[];
  /** Settings that libvirt fills in. */
  readonly needs?: readonly Setting[];
  /** Settings that are the user's choice. */
  readonly may?: readonly Setting[];
  readonly hotplug?: CapabilityFlag;
}

const port = { needs: ["chassis", "port"], hotplug: "pcie-root-port.hotplug" } as const;

const rules: Readonly<Record<PciBusModel, Rule>> = {
  "pci-root": { names: ["none"], may: ["pcihole64"], hotplug: "piix4.acpi-root-pci-hotplug" },
  "pcie-root": { names: ["none"], may: ["pcihole64"] },
  "pci-bridge": { names: ["pci-bridge"], needs: ["chassisNr"] },
  "dmi-to-pci-bridge": { names: ["i82801b11-bridge"] },
  "pcie-to-pci-bridge": { names: ["pcie-pci-bridge"] },
  "pcie-root-port": { names: ["ioh3420", "pcie-root-port"], ...port },
  "pcie-switch-upstream-port": { names: ["x3130-upstream"] },
  "pcie-switch-downstream-port": { names: ["xio3130-downstream"], ...port },
  "pci-expander-bus": { names: ["pxb"], needs: ["busNr"], may: ["numaNode"] },
  "pcie-expander-bus": { names: ["pxb-pcie"], needs: ["busNr"], may: ["numaNode"] },
};

/** A host bridge of sPAPR, of which there can be many; only the first has nothing to be set. */
const hostBridge: Rule = {
  names: ["spapr-pci-host-bridge"],
  needs: ["targetIndex"],
  may: ["pcihole64", "numaNode"],
  hotplug: "piix4.acpi-root-pci-hotplug",
};

const flags: Readonly<Partial<Record<ModelName, CapabilityFlag>>> = {
  "pci-bridge": "pci-bridge",
  "i82801b11-bridge": "dmi-to-pci-bridge",
  ioh3420: "ioh3420",
  "x3130-upstream": "x3130-upstream",
  "xio3130-downstream": "xio3130-downstream",
  pxb: "pxb",
  "pxb-pcie": "pxb-pcie",
  "pcie-root-port": "pcie-root-port",
  "spapr-pci-host-bridge": "spapr-pci-host-bridge",
  "pcie-pci-bridge": "pcie-pci-bridge",
};

function settingsOf({ target, pcihole64 }: Controller): Readonly<Record<Setting, unknown>> {
  const { index, busNr, node, chassisNr, chassis, port: number } = target ?? {};
  return { targetIndex: index, pcihole64, busNr, numaNode: node, chassisNr, chassis, port: number };
}

/** What a PCI controller cannot be, or not with this QEMU (`qemuValidateDomainDeviceDefControllerPCI`). */
export function validatePciController(state: Completing, controller: Controller): void {
  const { caps, board, report } = state;
  const { model, index = 0, target } = controller;
  if (!isPciBusModel(model)) return;
  const name = controller.modelName?.name ?? "none";
  const what = `PCI controller with index '${index}', model '${model}' and modelName '${name}'`;
  const refuse = (message: string): void => report(controller, message, ErrorCode.configUnsupported);
  const missing = (setting: string): void =>
    report(controller, `Required option '${setting}' is not set for ${what}`, ErrorCode.internalError);
  const invalid = (setting: string): void => refuse(`Option '${setting}' is not valid for ${what}`);
  const isRoot = model === "pci-root" || model === "pcie-root";
  const rule = model === "pci-root" && board.isPseries ? hostBridge : rules[model];

  if (name === "none" && !rule.names.includes("none")) missing("modelName");
  else if (isRoot && rule.names.includes("none") && name !== "none") invalid("modelName");
  else if (!rule.names.includes(name)) refuse(`Option 'modelName' has invalid value for ${what}`);
  if (!isRoot && index === 0) refuse(`Index for '${model}' controllers must be > 0`);
  if (isRoot && rule !== hostBridge && index !== 0) refuse(`Index for '${model}' controllers must be 0`);
  const settings = settingsOf(controller);
  for (const [setting, value] of Object.entries(settings)) {
    if (isAmong(rule.needs, setting)) {
      if (value === undefined) missing(setting);
    } else if (value !== undefined && !isAmong(rule.may, setting)) invalid(setting);
  }
  // The one that is there anyway has no place in the guest's topology.
  if (rule === hostBridge && target?.node !== undefined && target.index === 0) invalid("numaNode");
  if (isRoot && controller.pcihole64 !== undefined && !(model === "pci-root" ? board.isI440fx : board.isQ35)) {
    refuse(`Setting the 64-bit PCI hole size is not supported for machine '${board.machine}'`);
  }
  if (target?.hotplug !== undefined) {
    if (rule.hotplug === undefined) invalid("hotplug");
    else if (!caps.has(rule.hotplug)) {
      const device = model === "pci-root" ? "pci-root" : name;
      refuse(`setting the 'hotplug' property on a '${device}' device is not supported by this QEMU binary`);
    }
  }
  const flag = flags[name];
  if (flag !== undefined && !caps.has(flag)) refuse(`The '${name}' device is not supported by this QEMU binary`);
  if (rule === hostBridge && target?.node !== undefined && !caps.has("spapr-pci-host-bridge.numa_node")) {
    refuse(`Option 'numaNode' is not supported by '${name}' device with this QEMU binary`);
  }
}

function isAmong(settings: readonly string[] | undefined, setting: string): boolean {
  return settings?.includes(setting) === true;
}
