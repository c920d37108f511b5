import { ErrorCode, virtError } from "@tsvirt/base";
import type { Domain } from "@tsvirt/model/domain";
import type { HostFacts } from "../argv/context.ts";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { devicesOf } from "./state.ts";

/**
 * The host's driver through which a guest gets PCI devices: VFIO is what is left (`qemuDomainPrepareHostdevPCI`). Throws if
 * the document wants another, or if QEMU or the host has no VFIO.
 */
export function chooseHostdevDrivers(domain: Domain, caps: QemuCapabilities, { vfio }: HostFacts): void {
  const refuse = (message: string): never => {
    throw virtError(ErrorCode.configUnsupported, message);
  };
  const { hostdevs, interfaces } = devicesOf(domain);
  const cards = hostdevs.filter(({ mode, type }) => mode === "subsystem" && type === "pci");
  for (const device of [...cards, ...interfaces.filter(({ type }) => type === "hostdev")]) {
    device.driver ??= {};
    switch (device.driver.name) {
      case undefined:
        if (vfio === false) refuse("host doesn't support passthrough of host PCI devices");
        if (!caps.has("vfio-pci")) refuse("VFIO PCI device assignment is not supported by this version of QEMU");
        device.driver.name = "vfio";
        break;
      case "kvm":
        refuse("host doesn't support legacy PCI passthrough");
        break;
      case "xen":
        refuse("QEMU does not support device assignment mode 'xen'");
        break;
      default:
        if (vfio === false) refuse("host doesn't support VFIO PCI passthrough");
    }
  }
}
