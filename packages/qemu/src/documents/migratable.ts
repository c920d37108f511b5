import type { Controller, Devices, Domain } from "@tsvirt/model/domain";

/**
 * The form of a domain that a host with an older version understands (`VIR_DOMAIN_XML_MIGRATABLE`): what every version adds
 * by itself is left out, as the oldest ones refuse to be told of it.
 */
export function migratableForm(domain: Domain): Domain {
  const { devices } = domain;
  if (!devices) return domain;
  const controllers = devices.controllers.filter((each) => !isImplied(each, devices));
  const [audio, ...others] = devices.audios;
  const audios = audio?.type === "none" && others.length === 0 ? [] : devices.audios;
  return { ...domain, devices: { ...devices, controllers, audios } };
}

/** The one USB controller of a PC, and the root bus that stands alone. */
function isImplied(controller: Controller, { controllers }: Devices): boolean {
  const alone = controllers.filter(({ type }) => type === controller.type).length === 1;
  if (!alone || (controller.index ?? 0) !== 0) return false;
  if (controller.type === "usb") return controller.model === undefined || controller.model === "piix3-uhci";
  return controller.type === "pci" && controller.model === "pci-root";
}
