import { together } from "@tsvirt/base";
import type { Descriptor } from "@tsvirt/host";
import type { Channel, Domain } from "@tsvirt/model/domain";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest, RunPaths } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";

/** Descriptors of ours that QEMU inherits; ours are closed after the launch. */
export interface RunDescriptors {
  /** Absent for emulators that make their monitor themselves. */
  readonly monitor: Descriptor | undefined;
  readonly log: Descriptor;
  /** Listening sockets of character devices, by alias. */
  readonly listening: ReadonlyMap<string, Descriptor>;
  close(): void;
}

/** Length of the master key: AES-256. */
const MASTER_KEY_BYTES = 32;

/**
 * Makes what one run of a guest needs on disk: its directory with the master key, the log, and the listening sockets that
 * QEMU inherits, so that nobody has to wait for them to appear. All is removed when the guest ends, the log aside.
 */
export async function prepareRun(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<RunDescriptors> {
  const { host, layout } = driver;
  const { user } = live;
  const { files, sockets } = host;
  const owner = user ? { owner: { uid: user.uid, gid: user.gid } } : {};
  const { paths } = live;
  const make = async (directory: string): Promise<void> => {
    // A run with the same number before the host's last crash may have left one.
    await files.removeDirectory(directory, { recursive: true });
    await files.makeDirectory(directory, { mode: 0o750, ...owner });
    live.holdings.add(() => files.removeDirectory(directory, { recursive: true }));
  };
  await together([make(paths.directory), make(paths.channels)]);
  const opened: Descriptor[] = [];
  const keep = (descriptor: Descriptor): Descriptor => {
    opened.push(descriptor);
    return descriptor;
  };
  const listening = new Map<string, Descriptor>();
  try {
    const socketOwner = user ? { uid: user.uid, gid: user.gid } : {};
    const listen = async (path: string): Promise<Descriptor> =>
      keep(await sockets.createListening({ path, mode: 0o775, ...socketOwner }));
    const legacy = live.capabilities.legacy !== undefined;
    const listenForUs = async (): Promise<Descriptor | undefined> => {
      if (legacy) return undefined;
      const monitor = await listen(paths.monitor);
      await files.link(paths.monitor, paths.spareMonitor);
      live.holdings.add(() => files.unlink(paths.spareMonitor).then(() => undefined));
      return monitor;
    };
    const [monitor, log] = await together([
      listenForUs(),
      files.open(layout.domainLog(guest.name), { access: "append", create: 0o600 }).then(keep),
      files.createSynced(layout.domainMasterKey(guest.id, guest.name), masterKey(live), { mode: 0o600, ...owner }),
      listenChannels(driver, guest, live, async (alias, path) => {
        if (!legacy && !listening.has(alias)) listening.set(alias, await listen(path));
      }),
    ]);
    return { monitor, log, listening, close: () => closeAll(opened) };
  } catch (error) {
    closeAll(opened);
    throw error;
  }
}

function closeAll(descriptors: readonly Descriptor[]): void {
  for (const each of descriptors) each.close();
}

/** The key that encrypts the secrets on QEMU's command line; it lives as long as the run (threat-model S1). */
function masterKey(live: LiveGuest): Uint8Array {
  live.masterKey = crypto.getRandomValues(new Uint8Array(MASTER_KEY_BYTES));
  return live.masterKey;
}

/** The domain without the sockets that were made for this run alone: a document of another start must not name them. */
export function withoutRunSockets(domain: Domain, { channels }: RunPaths): Domain {
  const { devices } = domain;
  if (!devices) return domain;
  const isOfRun = (channel: Channel): boolean => channel.sources[0]?.path?.startsWith(`${channels}/`) === true;
  const kept = devices.channels.map((channel) => (isOfRun(channel) ? { ...channel, sources: [] } : channel));
  return { ...domain, devices: { ...devices, channels: kept } };
}

/** Sockets on which character devices listen; the ones of channels without a path are put into the run's directory. */
async function listenChannels(
  driver: QemuDriver,
  guest: Guest,
  live: LiveGuest,
  listen: (alias: string, path: string) => Promise<void>,
): Promise<void> {
  const { devices } = live.domain;
  if (!devices) return;
  for (const channel of devices.channels) {
    if (channel.type !== "unix" || channel.alias === undefined) continue;
    const source = channel.sources[0];
    if (source !== undefined && source.mode !== "bind" && source.path !== undefined) continue;
    const path =
      source?.path ?? driver.layout.domainChannel(guest.id, guest.name, channel.target.name ?? channel.alias);
    channel.sources = [{ ...(source ?? { seclabels: [] }), mode: "bind", path }];
    await listen(channel.alias, path);
  }
  for (const device of [...devices.serials, ...devices.parallels, ...devices.consoles]) {
    const source = device.sources[0];
    if (device.type !== "unix" || device.alias === undefined || source?.mode !== "bind" || !source.path) continue;
    await listen(device.alias, source.path);
  }
}
