import type { Domain } from "@tsvirt/model/domain";
import type { FirmwareDescriptor, HostFacts } from "@tsvirt/qemu";
import type { QemuDriver } from "../qemu-driver.ts";

/** Where packages, the administrator and the user put firmware descriptors, the weakest first (QEMU's firmware.json). */
const FIRMWARE_DIRECTORIES = ["/usr/share/qemu/firmware", "/etc/qemu/firmware"] as const;

/** What completing a definition must know of the host; firmware is only looked for when the definition asks for some. */
export async function hostFacts(driver: QemuDriver, domain: Domain): Promise<HostFacts> {
  const arch = (await driver.host.node.summary()).model;
  const wanted = domain.os.type.arch ?? arch;
  const path = await driver.emulators.defaultPath(wanted);
  return {
    privileged: driver.privileged,
    arch,
    config: driver.settings,
    nvramDir: driver.layout.nvramDirectory,
    firmware: domain.os.firmware === undefined ? [] : await firmwareDescriptors(driver),
    emulatorFor: (each) => (each === wanted ? path : undefined),
    random: (count) => crypto.getRandomValues(new Uint8Array(count)),
  };
}

/** Descriptors by file name: a stronger directory's file replaces a weaker one's, an empty file removes it. */
async function firmwareDescriptors(driver: QemuDriver): Promise<FirmwareDescriptor[]> {
  const byName = new Map<string, FirmwareDescriptor>();
  for (const directory of FIRMWARE_DIRECTORIES) {
    for (const { name, path, text } of await driver.host.files.readAll(directory, (each) => each.endsWith(".json"))) {
      if (text === undefined) continue;
      byName.delete(name);
      if (text !== "") byName.set(name, { path, text });
    }
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, descriptor]) => descriptor);
}
