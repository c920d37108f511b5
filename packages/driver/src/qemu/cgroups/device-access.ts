import type { DeviceRule } from "@tsvirt/host";
import type { Disk, Domain, Hostdev } from "@tsvirt/model/domain";
import { layersOf, pathOf } from "../block/chain.ts";
import type { QemuDriver } from "../qemu-driver.ts";

/** Devices that every guest may use, unless `cgroup_device_acl` of qemu.conf names others. */
export const defaultDeviceAcl: readonly string[] = [
  "/dev/null",
  "/dev/full",
  "/dev/zero",
  "/dev/random",
  "/dev/urandom",
  "/dev/ptmx",
  "/dev/kvm",
  "/dev/kqemu",
  "/dev/rtc",
  "/dev/hpet",
  "/dev/net/tun",
];

/** Majors of whole families of devices (Documentation/admin-guide/devices.txt). */
const PTY_MAJOR = 136;
const SOUND_MAJOR = 116;

/** A device node that a guest uses, and how. */
interface WantedNode {
  readonly path: string;
  readonly access: "r" | "rw";
}

/** What a guest may do with the host's devices, and nothing else (threat-model C8). Nodes that are not there are left out. */
export async function deviceRules(driver: QemuDriver, domain: Domain): Promise<readonly DeviceRule[]> {
  const acl = driver.settings.cgroup_device_acl ?? defaultDeviceAcl;
  const wanted: readonly WantedNode[] = [...acl.map((path) => ({ path, access: "rw" as const })), ...nodesOf(domain)];
  const rules: DeviceRule[] = [];
  for (const { path, access } of wanted) {
    const facts = await driver.host.files.facts(path);
    if (!facts?.node || (facts.kind !== "block" && facts.kind !== "character")) continue;
    rules.push({ type: facts.kind === "block" ? "block" : "char", ...facts.node, access });
  }
  rules.push({ type: "char", major: PTY_MAJOR, access: "rw" });
  if (mayHearHost(driver, domain)) rules.push({ type: "char", major: SOUND_MAJOR, access: "rw" });
  return rules;
}

function mayHearHost({ settings }: QemuDriver, { devices }: Domain): boolean {
  if (!devices || devices.sounds.length === 0) return false;
  const [first] = devices.graphics;
  if (!first) return settings.nographics_allow_host_audio;
  return first.type === "sdl" || (first.type === "vnc" && settings.vnc_allow_host_audio);
}

/** Nodes that the devices of a document stand for. */
function nodesOf({ devices, os, launchSecurity }: Domain): WantedNode[] {
  const readWrite = (paths: readonly (string | undefined)[]): WantedNode[] =>
    paths.flatMap((path) => (path?.startsWith("/") === true ? [{ path, access: "rw" as const }] : []));
  if (!devices) return [];
  const chardevs = [
    ...devices.serials,
    ...devices.parallels,
    ...devices.consoles,
    ...devices.channels,
    ...devices.smartcards,
    ...devices.redirdevs,
  ];
  const sources = chardevs.flatMap((each) =>
    "sources" in each && each.type === "dev" ? each.sources.map(({ path }) => path) : [],
  );
  const render = devices.graphics.flatMap((each) =>
    (each.type === "spice" || each.type === "egl-headless") && each.gl?.rendernode !== undefined
      ? [each.gl.rendernode]
      : [],
  );
  return [
    ...devices.disks.flatMap(diskNodes),
    ...readWrite([os.nvram?.path ?? os.nvram?.source?.dev]),
    ...readWrite(sources),
    ...readWrite(devices.tpms.map(({ backend }) => (backend.type === "passthrough" ? backend.device : undefined))),
    ...readWrite(devices.inputs.map((each) => (each.type === "evdev" ? each.source?.dev : each.source?.evdev))),
    ...readWrite(devices.rngs.map(({ backend }) => (backend.model === "random" ? backend.path : undefined))),
    ...readWrite(render),
    ...readWrite(devices.hostdevs.flatMap(hostdevNodes)),
    ...readWrite([launchSecurity?.type === "sev" ? "/dev/sev" : undefined]),
  ];
}

/** The images of a disk: what is below the first is read only, as is what the guest may not write. */
function diskNodes(disk: Disk): WantedNode[] {
  return layersOf(disk).flatMap(({ source }, depth) => {
    const path = pathOf(source);
    if (!path.startsWith("/")) return [];
    return [{ path, access: disk.readonly || depth > 0 ? ("r" as const) : ("rw" as const) }];
  });
}

function hostdevNodes({ mode, type, source }: Hostdev): string[] {
  if (!source) return [];
  if (mode === "capabilities") return [source.block, source.char].flatMap((path) => (path ? [path] : []));
  if (type === "usb") {
    const { address } = source;
    if (!address || !("device" in address)) return [];
    const three = (value: number): string => String(value).padStart(3, "0");
    return [`/dev/bus/usb/${three(address.bus)}/${three(address.device)}`];
  }
  return type === "pci" || type === "mdev" ? ["/dev/vfio/vfio"] : [];
}
