import type { Logger } from "@tsvirt/base";
import { ConfError, type ConfPosition, formatNotice } from "@tsvirt/codec/conf";
import type { Host, Layout } from "@tsvirt/host";
import { QemuConf } from "@tsvirt/qemu";
import type { InstanceKind } from "../../driver.ts";
import { withTlsDefaults } from "./tls-directories.ts";

/** Throws what is wrong with a key, with its place in the file. */
export type Complain = (key: keyof QemuConf, reason: string) => ConfError;

/** `qemu.conf` as it was read. */
export interface ReadConf {
  readonly settings: QemuConf;
  readonly complain: Complain;
}

/**
 * Reads `qemu.conf` and checks what one value alone does not tell. What is set but has no effect is named in the log.
 * Throws a `ConfError` with file and line.
 */
export async function readSettings(host: Host, layout: Layout, kind: InstanceKind, log: Logger): Promise<ReadConf> {
  const file = layout.configFile("qemu.conf");
  const text = (await host.files.facts(file)) ? await host.files.readText(file) : "";
  const { values, given, places, notices } = QemuConf.parse(text, file);
  for (const notice of notices) log.warn("notice about qemu.conf", { notice: formatNotice(notice) });
  const complain: Complain = (key, reason) => new ConfError(reason, file, places.get(key));
  checkRanges(values, complain);
  checkWords(values, kind, complain);
  if (kind === "session") {
    for (const key of ["user", "group", "dynamic_ownership", "remember_owner"] as const) {
      if (!given.has(key)) continue;
      const message = `'${key}' has no effect in a session: guests run as its user`;
      log.warn("notice about qemu.conf", { notice: formatNotice({ file, ...placeOf(places, key), message }) });
    }
  }
  const settings = await withTlsDefaults(host.files, values, complain);
  // The directory of a guest's memory is two levels below what is configured, as libvirt has it.
  const { memory_backing_dir: memory } = settings;
  const directory = memory === undefined ? layout.memoryBackingDirectory : `${memory}/libvirt/qemu`;
  return { settings: { ...settings, memory_backing_dir: directory }, complain };
}

function placeOf(places: ReadonlyMap<string, ConfPosition>, key: string): ConfPosition {
  return places.get(key) ?? { line: 0, column: 0 };
}

/** The lowest ports that displays count from. */
const VNC_BASE = 5900;
const WEBSOCKET_BASE = 5700;

function checkRanges(conf: QemuConf, complain: Complain): void {
  const ranges = [
    ["remote_display_port_min", "remote_display_port_max", VNC_BASE],
    ["remote_websocket_port_min", "remote_websocket_port_max", WEBSOCKET_BASE],
    ["migration_port_min", "migration_port_max", 1],
  ] as const;
  for (const [first, last, base] of ranges) {
    if (conf[first] < base) throw complain(first, `${first}: port must be greater than or equal to ${base}`);
    if (conf[last] < conf[first]) throw complain(last, `${last}: port must be between the minimal port and 65535`);
  }
  for (const key of ["migration_host", "migration_address"] as const) {
    const address = conf[key]?.replace(/^\[(.*)\]$/, "$1");
    if (
      address !== undefined &&
      (address.startsWith("localhost") || address === "::1" || /^127(?:\.\d+){3}$/.test(address))
    ) {
      throw complain(key, `${key} must not be the address of the local machine: ${address}`);
    }
  }
}

const controllers = ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "net_cls", "perf_event"];

function checkWords(conf: QemuConf, kind: InstanceKind, complain: Complain): void {
  const drivers = conf.security_driver ?? [];
  const double = drivers.find((each, index) => drivers.indexOf(each) !== index);
  if (double !== undefined) throw complain("security_driver", `Duplicate security driver ${double}`);
  for (const each of drivers) {
    if (!["selinux", "apparmor", "dac", "none"].includes(each)) {
      throw complain("security_driver", `Security driver ${each} not found`);
    }
  }
  for (const each of conf.cgroup_controllers ?? []) {
    if (!controllers.includes(each)) throw complain("cgroup_controllers", `Unknown cgroup controller '${each}'`);
  }
  for (const each of conf.cgroup_device_acl ?? []) {
    if (!each.startsWith("/")) throw complain("cgroup_device_acl", `'${each}' is no absolute path of a device`);
  }
  for (const each of conf.namespaces ?? []) {
    if (each !== "mount") throw complain("namespaces", `Unknown namespace: ${each}`);
    if (kind === "session") throw complain("namespaces", "cannot use namespaces in session mode");
  }
  for (const each of conf.nvram ?? []) {
    if (!/^[^:]+:[^:]+$/.test(each)) throw complain("nvram", `Invalid nvram format: '${each}'`);
  }
  if (conf.lock_manager !== undefined && conf.lock_manager !== "nop") {
    throw complain(
      "lock_manager",
      `lock manager '${conf.lock_manager}' is not supported: guests would run without the locks on their disks; remove the setting`,
    );
  }
}
