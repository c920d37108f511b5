import { InternalError } from "@tsvirt/base";
import { parseXml, Reader, XmlElement } from "@tsvirt/codec/xml";
import { type AnyDevice, everyDevice } from "./complete/any-device.ts";
import { completeDevices } from "./complete/read.ts";
import { Devices } from "./devices.ts";
import { type ParseDomainOptions, randomMac, reportTo } from "./document.ts";

/**
 * Reads the document of one device, as clients attach and detach it (`virDomainDeviceDefParse`), and fills in the
 * defaults of libvirt's parser. Throws `DocumentError`.
 */
export function parseDevice(
  xml: string,
  options: Pick<ParseDomainOptions, "file" | "inactive" | "newMac"> = {},
): { readonly devices: Devices; readonly device: AnyDevice } {
  const root = parseXml(xml, { file: options.file, label: "(device_definition)" });
  const reader = new Reader({ inactive: options.inactive });
  reader.root = root;
  const around = new XmlElement("devices", "", "", undefined, root.source, root.offset);
  around.elements = [root];
  const devices = Devices.readElement(around, reader) as Devices | undefined;
  const report = reportTo(reader);
  if (devices !== undefined && !reader.hasErrors()) {
    completeDevices(
      devices,
      { inactive: options.inactive ?? false, newMac: options.newMac ?? randomMac, newUuid: () => crypto.randomUUID() },
      report,
    );
  }
  const [device] = devices === undefined ? [] : [...everyDevice(devices)];
  if (device === undefined && !reader.hasErrors()) reader.report(root, `unknown device type '${root.name}'`);
  reader.throwIfFailed(options.file);
  if (devices === undefined || device === undefined) {
    throw new InternalError(`no device and no error in <${root.name}>`);
  }
  return { devices, device };
}
