import type { Found, Pair } from "../../compare/comparison.ts";
import type { Located } from "../../compare/located.ts";

/**
 * When a change can take effect: `live` on the running guest, `boot` when it starts the next time with the new definition, `new` only
 * with another guest, because the old one cannot become it.
 */
export type ChangeTime = "live" | "boot" | "new";

/** What the table says of a change. */
export interface Verdict {
  readonly when: ChangeTime;
  /** The way to do it: a command of virsh, or what to do otherwise. */
  readonly how: string;
}

const nothing: Pair = { before: undefined, after: undefined };

interface Rule extends Verdict {
  /** Only if this holds; `device` is the device or other element directly below `<devices>` that the change is in. */
  readonly if?: (device: Pair, found: Found) => boolean;
}

const live = (how: string, condition?: Rule["if"]): Rule => ({
  when: "live",
  how,
  ...(condition !== undefined && { if: condition }),
});

const isText =
  (path: string, ...values: readonly string[]): ((pair: Pair) => boolean) =>
  ({ before, after }) =>
    [before, after].every((side) => side === undefined || values.includes(side.text(path) ?? ""));

/** Media of drives with a tray can be changed; other disks keep their source. */
const isRemovable = isText("@device", "cdrom", "floppy");
const isDisplay = isText("@type", "vnc", "spice");
/** Cards that sit on a bridge move to another one; those with a port profile would have to be connected anew. */
const isBridged: Rule["if"] = (device) =>
  isText("@type", "network", "bridge")(device) && !(device.after?.has("virtualport") ?? false);
const isOpenVswitch = isText("virtualport/@type", "openvswitch");
const hasBalloon: Rule["if"] = (_device, { place }) =>
  place.around[0]?.before?.text("devices/memballoon/@model") !== "none";

const updateDevice = "virsh update-device";

/**
 * Changes that need not wait for the next start, by path, and those that can never be made. Everything below a path is meant, unless a
 * longer one says otherwise; whatever is not here waits for the next start. (libvirt's `qemuDomainChange…`, `qemuDomainSet…`)
 */
const changes: Readonly<Record<string, Rule>> = {
  "/domain/uuid": { when: "new", how: "a guest keeps its UUID" },
  "/domain/name": { when: "new", how: "virsh domrename, while the guest is shut off" },
  "/domain/os/type": { when: "new", how: "another kind of machine" },
  "/domain/os/type/@machine": { when: "boot", how: "virsh define" },
  "/domain/os/type/@arch": { when: "new", how: "another kind of machine" },
  "/domain/title": live("virsh desc --title"),
  "/domain/description": live("virsh desc"),
  "/domain/metadata": live("virsh metadata"),
  "/domain/currentMemory": live("virsh setmem", hasBalloon),
  "/domain/vcpu/@current": live("virsh setvcpus"),
  "/domain/vcpus/vcpu/@enabled": live("virsh setvcpu"),
  "/domain/iothreads": live("virsh iothreadadd, virsh iothreaddel"),
  "/domain/iothreadids/iothread": live("virsh iothreadadd, virsh iothreaddel, virsh iothreadset"),
  "/domain/blkiotune": live("virsh blkiotune"),
  "/domain/memtune": live("virsh memtune"),
  "/domain/memtune/min_guarantee": { when: "boot", how: "virsh define" },
  "/domain/cputune/shares": live("virsh schedinfo"),
  "/domain/cputune/period": live("virsh schedinfo"),
  "/domain/cputune/quota": live("virsh schedinfo"),
  "/domain/cputune/global_period": live("virsh schedinfo"),
  "/domain/cputune/global_quota": live("virsh schedinfo"),
  "/domain/cputune/emulator_period": live("virsh schedinfo"),
  "/domain/cputune/emulator_quota": live("virsh schedinfo"),
  "/domain/cputune/iothread_period": live("virsh schedinfo"),
  "/domain/cputune/iothread_quota": live("virsh schedinfo"),
  "/domain/cputune/vcpupin": live("virsh vcpupin"),
  "/domain/cputune/emulatorpin": live("virsh emulatorpin"),
  "/domain/cputune/iothreadpin": live("virsh iothreadpin"),
  "/domain/numatune/memory/@nodeset": live("virsh numatune", (_device, { place }) =>
    isText("@mode", "restrictive")(place.around.at(-1) ?? nothing),
  ),
  "/domain/perf": live("virsh perf"),
  "/domain/on_poweroff": live("virsh set-lifecycle-action"),
  "/domain/on_reboot": live("virsh set-lifecycle-action"),
  "/domain/on_crash": live("virsh set-lifecycle-action"),
  "/domain/devices/memballoon/stats/@period": live("virsh dommemstat --period"),
  "/domain/devices/disk/iotune": live("virsh blkdeviotune"),
  "/domain/devices/disk/source": live("virsh change-media", isRemovable),
  "/domain/devices/disk/@type": live("virsh change-media", isRemovable),
  "/domain/devices/disk/driver/@type": live("virsh change-media", isRemovable),
  "/domain/devices/disk/source/@startupPolicy": live(updateDevice),
  "/domain/devices/disk/@snapshot": live(updateDevice),
  "/domain/devices/interface/link": live("virsh domif-setlink"),
  "/domain/devices/interface/bandwidth": live("virsh domiftune"),
  "/domain/devices/interface/filterref": live(updateDevice),
  "/domain/devices/interface/coalesce": live(updateDevice),
  "/domain/devices/interface/port": live(updateDevice),
  "/domain/devices/interface/vlan": live(updateDevice, isOpenVswitch),
  "/domain/devices/interface/@trustGuestRxFilters": live(updateDevice),
  "/domain/devices/interface/@type": live(updateDevice, isBridged),
  "/domain/devices/interface/source/@bridge": live(updateDevice, isBridged),
  "/domain/devices/interface/source/@network": live(updateDevice, isBridged),
  "/domain/devices/interface/source/@portgroup": live(updateDevice, isBridged),
  "/domain/devices/graphics/@passwd": live(updateDevice, isDisplay),
  "/domain/devices/graphics/@passwdValidTo": live(updateDevice, isDisplay),
  "/domain/devices/graphics/@connected": live(updateDevice, isDisplay),
  "/domain/devices/memory/target/requested": live("virsh update-memory-device", isText("@model", "virtio-mem")),
};

/** When a whole device can come or go: with the guest running if this holds. */
type PlugRule = (device: Located, domain: Located | undefined, action: "attach" | "detach") => boolean;
const always: PlugRule = () => true;
const has =
  (path: string, ...values: readonly string[]): PlugRule =>
  (device) =>
    values.includes(device.text(path) ?? "");

/** Devices that can be plugged into and out of a running guest (`qemuDomainAttachDeviceLive`, `qemuDomainDetachDeviceLive`). */
const pluggable: Readonly<Record<string, PlugRule>> = {
  disk(device) {
    const bus = device.text("target/@bus") ?? "";
    switch (device.text("@device")) {
      case "floppy":
        return false;
      case "cdrom":
        return bus === "usb" || bus === "scsi";
      case "lun":
        return bus === "virtio" || bus === "scsi";
      default:
        return bus === "virtio" || bus === "scsi" || bus === "usb";
    }
  },
  interface: (device) => !["client", "server", "mcast", "udp", "internal", "vds"].includes(device.text("@type") ?? ""),
  controller: has("@type", "scsi"),
  lease: always,
  hostdev: has("@mode", "subsystem"),
  redirdev: always,
  rng: always,
  memory: (_device, domain) => domain?.has("maxMemory") ?? false,
  shmem: has("model/@type", "ivshmem-plain", "ivshmem-doorbell"),
  watchdog: (device, _domain, action) => action === "detach" || device.text("@model") === "i6300esb",
  input: has("@bus", "usb", "virtio"),
  vsock: always,
  filesystem: has("driver/@type", "virtiofs"),
  channel: has("target/@type", "virtio", "guestfwd"),
  console: has("target/@type", "virtio"),
  serial: has("target/@type", "usb-serial", "pci-serial"),
};

const boot: Verdict = { when: "boot", how: "virsh define" };
const device = /^\/domain\/devices\/([^/]+)$/;

/** When a difference between two domain documents can take effect, and how. */
export function verdictOf(found: Found): Verdict {
  const { pattern, around } = found.place;
  const kind = device.exec(pattern)?.[1];
  const self = found.self?.after ?? found.self?.before;
  if (kind !== undefined && self !== undefined && found.difference.kind !== "changed") {
    const action = found.difference.kind === "added" ? "attach" : "detach";
    const rule = Object.hasOwn(pluggable, kind) ? pluggable[kind] : undefined;
    if (rule?.(self, around[0]?.before, action) === true) return { when: "live", how: `virsh ${action}-device` };
    return boot;
  }
  // The root and <devices> are around every device.
  const inside = around[2] ?? nothing;
  for (let path = pattern; path.length > 1; path = path.slice(0, path.lastIndexOf("/"))) {
    const rule = Object.hasOwn(changes, path) ? changes[path] : undefined;
    if (rule === undefined) continue;
    return rule.if === undefined || rule.if(inside, found) ? { when: rule.when, how: rule.how } : boot;
  }
  return boot;
}

/** The paths above, for a test that each names something that is declared. */
export const changePatterns: readonly string[] = [
  ...Object.keys(changes),
  ...Object.keys(pluggable).map((kind) => `/domain/devices/${kind}`),
];
