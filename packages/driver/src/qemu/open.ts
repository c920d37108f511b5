import { type Clock, ErrorCode, type Logger, virtError } from "@tsvirt/base";
import { formatNotice } from "@tsvirt/codec/conf";
import type { Host, Layout } from "@tsvirt/host";
import type { InstanceKind } from "../driver.ts";
import type { NetworkPorts } from "../network-ports.ts";
import { adoptGuests } from "./adopt/adopt.ts";
import { reconnect } from "./adopt/reconnect.ts";
import { loadDefinitions } from "./definitions/load.ts";
import { QemuDriver } from "./qemu-driver.ts";
import { QemuConf } from "./settings/qemu-conf.ts";
import { qemuUser } from "./settings/qemu-user.ts";

/** What {@link openQemuDriver} needs; see `DriverOptions`. */
export interface OpenOptions {
  readonly kind: InstanceKind;
  readonly uri: string;
  readonly layout: Layout;
  readonly host: Host;
  readonly log: Logger;
  readonly clock: Clock;
  /** Virtual networks that guests' interfaces are plugged into. */
  readonly networks?: NetworkPorts;
  /** Configured; otherwise the firmware's is used. */
  readonly hostUuid?: string;
}

/** Opens the QEMU part of an instance: see `openDriver`. */
export async function openQemuDriver(options: OpenOptions): Promise<QemuDriver> {
  const { host, layout, kind } = options;
  const log = options.log.child("qemu");
  const settings = await readSettings(host, layout, log);
  const user = await qemuUser(host, settings, kind);
  await makeDirectories(host, layout, user);
  const lock = await host.files.lock(layout.qemuDriverLock);
  if (!lock) {
    throw virtError(
      ErrorCode.operationFailed,
      `Failed to acquire pid file '${layout.qemuDriverLock}': Resource temporarily unavailable`,
      { hint: "Another libvirt daemon manages this instance; stop it first." },
    );
  }
  await host.files.replaceLockText(lock, String(process.pid));
  const driver = new QemuDriver({ ...options, log, settings, user, lock });
  driver.onControlLost = (guest, live) => {
    reconnect(driver, guest, live).catch((error: unknown) => {
      log.error("reconnecting failed", { domain: guest.name, error: String(error) });
    });
  };
  try {
    await driver.store.recover([layout.domainDirectory, layout.qemuStateDirectory, layout.domainAutostartDirectory]);
    await loadDefinitions(driver);
    await adoptGuests(driver);
  } catch (error) {
    await driver.close();
    throw error;
  }
  return driver;
}

async function readSettings(host: Host, layout: Layout, log: Logger): Promise<QemuConf> {
  const file = layout.configFile("qemu.conf");
  if (!(await host.files.facts(file))) return QemuConf.defaults();
  const { values, notices } = QemuConf.parse(await host.files.readText(file), file);
  for (const notice of notices) log.warn("notice about qemu.conf", { notice: formatNotice(notice) });
  return values;
}

/** Directories that a packaged libvirt brings along, or makes when it starts. */
async function makeDirectories(
  host: Host,
  layout: Layout,
  user: { uid: number; gid: number } | undefined,
): Promise<void> {
  const { files } = host;
  await files.makeDirectory(layout.configDirectory, { mode: 0o755 });
  await files.makeDirectory(layout.domainDirectory, { mode: 0o700 });
  await files.makeDirectory(layout.domainAutostartDirectory, { mode: 0o700 });
  await files.makeDirectory(layout.qemuStateDirectory, { mode: 0o755 });
  await files.makeDirectory(layout.qemuLogDirectory, { mode: 0o755 });
  const owner = user ? { owner: { uid: user.uid, gid: user.gid } } : {};
  await files.makeDirectory(layout.qemuCacheDirectory, { mode: 0o755 });
  await files.makeDirectory(layout.qemuLibDirectory, { mode: 0o751, ...owner });
  await files.makeDirectory(layout.spareMonitorDirectory, { mode: 0o700 });
  for (const directory of [
    layout.saveDirectory,
    layout.snapshotDirectory,
    layout.checkpointDirectory,
    layout.dumpDirectory,
    layout.nvramDirectory,
    layout.channelDirectory,
    layout.memoryBackingDirectory,
  ]) {
    await files.makeDirectory(directory, { mode: 0o755, ...owner });
  }
}
