import type { Domain } from "@tsvirt/model/domain";
import { type FirmwareDescriptor, type HostFacts, isParavirtual, type QemuConf } from "@tsvirt/qemu";
import { hostCpu } from "../capabilities/host-cpu.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { hostPciDevices } from "./host-pci.ts";

/** Where packages, the administrator and the user put firmware descriptors, the weakest first (QEMU's firmware.json). */
const FIRMWARE_DIRECTORIES = ["/usr/share/qemu/firmware", "/etc/qemu/firmware"] as const;

/** What completing a definition must know of the host; firmware is only looked for when the definition asks for some. */
export async function hostFacts(driver: QemuDriver, domain: Domain): Promise<HostFacts> {
  const arch = driver.host.node.architecture;
  const wanted = domain.os.type.arch ?? arch;
  const path = await driver.emulators.defaultPath(wanted);
  const pciDevices = await hostPciDevices(driver.host.files, domain);
  const xenner = isParavirtual(domain) ? await driver.emulators.xennerPath() : undefined;
  return {
    privileged: driver.privileged,
    arch,
    config: driver.settings,
    nvramDir: driver.layout.nvramDirectory,
    nvramTemplateFor: (loader) => nvramTemplate(driver.settings, loader),
    firmware: domain.os.firmware === undefined ? [] : await firmwareDescriptors(driver),
    emulatorFor: (each) => (each === wanted ? path : undefined),
    pciDevice: (address) => pciDevices.get(address),
    ...(dependsOnHost(domain.cpu) && arch === "x86_64" && { hostCpu: hostCpu(await driver.host.node.cpu()) }),
    xenner,
    ...(await deviceSupport(driver, domain)),
    random: (count) => crypto.getRandomValues(new Uint8Array(count)),
  };
}

/** What the host has for devices that need its help; looked for only if there are such. */
async function deviceSupport(
  driver: QemuDriver,
  { devices }: Domain,
): Promise<Pick<HostFacts, "vfio" | "tpmVersions">> {
  const hasCards =
    devices?.hostdevs.some(({ type }) => type === "pci") || devices?.interfaces.some(({ type }) => type === "hostdev");
  const emulatesTpm = devices?.tpms.some(({ backend }) => backend.type === "emulator");
  return {
    ...(hasCards && { vfio: await hasVfio(driver) }),
    ...(emulatesTpm && { tpmVersions: await tpmVersions(driver) }),
  };
}

/** Whether the kernel gives devices to guests. */
export function hasVfio({ host }: QemuDriver): Promise<boolean> {
  return host.files.access("/dev/vfio/vfio", "exist");
}

/** Versions of TPM that the host's emulator knows. */
export async function tpmVersions({ host }: QemuDriver): Promise<readonly string[]> {
  const swtpm = await host.processes.findProgram("swtpm_setup");
  return swtpm === undefined ? [] : ["1.2", "2.0"];
}

/** The guest's CPU is described by the host's, which an old emulator leaves to us. */
function dependsOnHost(cpu: Domain["cpu"]): boolean {
  return cpu !== undefined && (cpu.mode === "host-model" || cpu.match !== "exact" || cpu.check !== "none");
}

/** Descriptors by file name: a stronger directory's file replaces a weaker one's, an empty file removes it. */
export async function firmwareDescriptors(driver: QemuDriver): Promise<FirmwareDescriptor[]> {
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

/** Pairs of firmware and template that Debian's packages bring, for a qemu.conf without `nvram`. */
const NVRAM_PAIRS = [
  "/usr/share/OVMF/OVMF_CODE.fd:/usr/share/OVMF/OVMF_VARS.fd",
  "/usr/share/OVMF/OVMF_CODE.secboot.fd:/usr/share/OVMF/OVMF_VARS.fd",
  "/usr/share/AAVMF/AAVMF_CODE.fd:/usr/share/AAVMF/AAVMF_VARS.fd",
  "/usr/share/AAVMF/AAVMF32_CODE.fd:/usr/share/AAVMF/AAVMF32_VARS.fd",
];
/** The one that they came to have, which libvirt 9.0 knows from its descriptor only. */
const LARGER_PAIR = "/usr/share/OVMF/OVMF_CODE_4M.fd:/usr/share/OVMF/OVMF_VARS_4M.fd";

/** The initial variables that belong to a firmware: `nvram` of qemu.conf. */
export function nvramTemplate(settings: QemuConf, loader: string): string | undefined {
  for (const pair of settings.nvram ?? [...NVRAM_PAIRS, LARGER_PAIR]) {
    const [code, vars] = pair.split(":");
    if (code === loader && vars !== undefined) return vars;
  }
  return undefined;
}

/** The firmware images of qemu.conf's `nvram` that are there. */
export async function pairedLoaders(driver: QemuDriver): Promise<string[]> {
  const loaders = (driver.settings.nvram ?? NVRAM_PAIRS).map((pair) => pair.split(":")[0] ?? "");
  const found = await Promise.all(
    loaders.map(async (path) => ((await driver.host.files.access(path, "exist")) ? [path] : [])),
  );
  return [...new Set(found.flat())];
}
