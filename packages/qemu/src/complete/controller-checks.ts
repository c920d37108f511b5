import { ErrorCode } from "@tsvirt/base";
import type { Controller } from "@tsvirt/model/domain";
import type { Completing } from "./state.ts";

/** Ports of an XHCI controller, of either speed. */
const XHCI_PORTS_MAX = 15;

/** What no machine has of a controller, or not this machine (`qemuDomainControllerDefPostParse`). */
export function checkController({ domain, board, report }: Completing, controller: Controller): void {
  const { type, model = "", index = 0, ports = 0, target } = controller;
  const refuse = (message: string): void => report(controller, message, ErrorCode.configUnsupported);
  if (type === "usb") {
    if (model === "qusb1" || model === "qusb2") {
      refuse(`USB controller model type 'qusb1' or 'qusb2' is not supported in ${domain.type}`);
    }
    if ((model === "nec-xhci" || model === "qemu-xhci") && ports > XHCI_PORTS_MAX) {
      refuse(`'${model}' controller only supports up to '${XHCI_PORTS_MAX}' ports`);
    }
    return;
  }
  if (type !== "pci") return;
  if (!board.isPseries && (model === "pci-root" || model === "pcie-root") && index !== 0) {
    report(controller, "pci-root and pcie-root controllers should have index 0");
  }
  if (model === "pci-expander-bus" && !board.isI440fx) {
    refuse("pci-expander-bus controllers are only supported on 440fx-based machinetypes");
  }
  if (model === "pcie-expander-bus" && !board.isQ35 && !board.isArmVirt) {
    refuse("pcie-expander-bus controllers are not supported with this machine type");
  }
  const cells = domain.cpu?.numa?.cells.length ?? 0;
  if (target?.node !== undefined && target.node >= cells) {
    report(
      controller,
      `${model || "(null)"} with index ${index} is configured for a NUMA node (${target.node}) not present in the domain's <cpu><numa> array (${cells})`,
    );
  }
}
