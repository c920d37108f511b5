import type { SmbiosInformation } from "./node-information.ts";

/** `dmidecode`'s names of a section to libvirt's, in libvirt's order (`virsysinfo.c`, formatdomain "sysinfo"). */
const fields = {
  bios: { Vendor: "vendor", Version: "version", "Release Date": "date", "BIOS Revision": "release" },
  system: {
    Manufacturer: "manufacturer",
    "Product Name": "product",
    Version: "version",
    "Serial Number": "serial",
    UUID: "uuid",
    "SKU Number": "sku",
    Family: "family",
  },
  baseBoard: {
    Manufacturer: "manufacturer",
    "Product Name": "product",
    Version: "version",
    "Serial Number": "serial",
    "Asset Tag": "asset",
    "Location In Chassis": "location",
  },
  chassis: {
    Manufacturer: "manufacturer",
    Version: "version",
    "Serial Number": "serial",
    "Asset Tag": "asset",
    "SKU Number": "sku",
  },
  processor: {
    "Socket Designation": "socket_destination",
    Type: "type",
    Family: "family",
    Manufacturer: "manufacturer",
    Signature: "signature",
    Version: "version",
    "External Clock": "external_clock",
    "Max Speed": "max_speed",
    Status: "status",
    "Serial Number": "serial_number",
    "Part Number": "part_number",
  },
  memoryDevice: {
    Size: "size",
    "Form Factor": "form_factor",
    Locator: "locator",
    "Bank Locator": "bank_locator",
    Type: "type",
    "Type Detail": "type_detail",
    Speed: "speed",
    Manufacturer: "manufacturer",
    "Serial Number": "serial_number",
    "Part Number": "part_number",
  },
} as const;

/** Reads the output of `dmidecode -q`: a heading, then indented `Name: value` lines, then an empty line. */
export function parseDmidecode(text: string): SmbiosInformation {
  const sections = new Map<string, Map<string, string>[]>();
  let current: Map<string, string> | undefined;
  for (const line of text.split("\n")) {
    const field = /^\t([^\t:][^:]*): (.*)$/.exec(line);
    if (field) {
      current?.set(field[1]!, field[2]!.trim());
    } else if (line !== "" && !/^\s/.test(line)) {
      current = new Map();
      sections.set(line, [...(sections.get(line) ?? []), current]);
    }
  }
  const pick = (heading: string, names: Readonly<Record<string, string>>): Readonly<Record<string, string>>[] =>
    (sections.get(heading) ?? []).map((found) =>
      Object.fromEntries(
        Object.entries(names).flatMap(([theirs, ours]) => {
          const value = found.get(theirs);
          return value === undefined ? [] : [[ours, value]];
        }),
      ),
    );
  return {
    bios: pick("BIOS Information", fields.bios)[0] ?? {},
    system: pick("System Information", fields.system)[0] ?? {},
    baseBoards: pick("Base Board Information", fields.baseBoard),
    chassis: pick("Chassis Information", fields.chassis)[0] ?? {},
    processors: pick("Processor Information", fields.processor),
    memoryDevices: pick("Memory Device", fields.memoryDevice),
  };
}
