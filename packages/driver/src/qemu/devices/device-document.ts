import { ErrorCode, virtError } from "@tsvirt/base";
import { type Devices, parseDomain } from "@tsvirt/model/domain";

/** Reads a device as part of a document of its own, so that it gets all that parsing gives it. */
export function devicesIn(xml: string): Devices {
  const device = xml.replace(/^\s*<\?xml[^>]*\?>/, "");
  const head = "<domain type='qemu'><name>x</name><memory>1</memory><os><type>hvm</type></os><devices>";
  const { devices } = parseDomain(`${head}${device}</devices></domain>`, { inactive: true });
  if (!devices) throw virtError(ErrorCode.xmlError, "no device in the document");
  return devices;
}
