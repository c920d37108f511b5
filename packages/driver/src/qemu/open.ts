import { type Clock, ErrorCode, type Logger, virtError } from "@tsvirt/base";
import type { Host, Layout } from "@tsvirt/host";
import type { QemuConf } from "@tsvirt/qemu";
import type { InstanceKind } from "../driver.ts";
import type { NetworkPorts } from "../network-ports.ts";
import { adoptGuests } from "./adopt/adopt.ts";
import { reconnect } from "./adopt/reconnect.ts";
import { loadDefinitions } from "./definitions/load.ts";
import { QemuDriver } from "./qemu-driver.ts";
import { openSecurity } from "./security/open-security.ts";
import { qemuUser } from "./settings/qemu-user.ts";
import { readSettings } from "./settings/read-settings.ts";

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
  const { settings, complain } = await readSettings(host, layout, kind, log);
  const user = await qemuUser(host, settings, kind, complain);
  const security = await openSecurity(host, kind, settings, complain);
  await makeDirectories(host, layout, settings, user);
  const lock = await host.files.lock(layout.qemuDriverLock);
  if (!lock) {
    throw virtError(
      ErrorCode.operationFailed,
      `Failed to acquire pid file '${layout.qemuDriverLock}': Resource temporarily unavailable`,
      { hint: "Another libvirt daemon manages this instance; stop it first." },
    );
  }
  await host.files.replaceLockText(lock, String(process.pid));
  const driver = new QemuDriver({ ...options, log, settings, security, user, lock });
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

/** Directories that a packaged libvirt brings along, or makes when it starts. */
async function makeDirectories(
  host: Host,
  layout: Layout,
  settings: QemuConf,
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
  await files.makeDirectory(layout.labelledDirectory, { mode: 0o700 });
  await files.makeDirectory(layout.spareMonitorDirectory, { mode: 0o700 });
  for (const directory of [
    layout.saveDirectory,
    layout.snapshotDirectory,
    layout.checkpointDirectory,
    layout.dumpDirectory,
    layout.nvramDirectory,
    layout.channelDirectory,
    settings.memory_backing_dir ?? layout.memoryBackingDirectory,
  ]) {
    await files.makeDirectory(directory, { mode: 0o755, ...owner });
  }
}
