import { ErrorCode, InternalError, VirtError, virtError } from "@tsvirt/base";
import type { ByteChannel, Host } from "@tsvirt/host";
import type { Channel, Console, Domain, Parallel, Serial } from "@tsvirt/model/domain";
import type { LiveGuest } from "../guest/live.ts";

/** A character device of any kind. */
type CharacterDevice = Serial | Parallel | Console | Channel;

/**
 * The device that a console request means: by alias among consoles, serial and parallel ports; without a name the first
 * console, else the first serial port. Throws libvirt's "cannot find character device".
 */
function consoleDevice({ devices }: Domain, name: string | undefined): CharacterDevice {
  const { consoles = [], serials = [], parallels = [] } = devices ?? {};
  const found =
    name === undefined
      ? (consoles[0] ?? serials[0])
      : [...consoles, ...serials, ...parallels].find((device) => device.alias === name);
  if (!found) {
    throw virtError(ErrorCode.operationUnsupported, `cannot find character device ${name ?? "<null>"}`);
  }
  return found;
}

/** The virtio channel that a channel request means: by target name or alias, else the first. */
function channelDevice({ devices }: Domain, name: string | undefined): CharacterDevice {
  const virtio = (devices?.channels ?? []).filter((channel) => channel.target.type === "virtio");
  const found =
    name === undefined ? virtio[0] : virtio.find((channel) => channel.target.name === name || channel.alias === name);
  if (!found) throw virtError(ErrorCode.operationUnsupported, `cannot find channel ${name ?? "<null>"}`);
  return found;
}

/** The client's end of an open device: it has bytes for the guest, takes what comes from there, and may go at any time. */
export interface ClientEnd {
  /** What is not bytes is passed over. */
  readonly chunks: AsyncIterable<Uint8Array | object>;
  readonly signal: AbortSignal;
  write(bytes: Uint8Array): Promise<void>;
}

/** Who has which device of a guest, by the device's path: one client at a time, until another one forces it out. */
const holders = new WeakMap<LiveGuest, Map<string, OpenDevice>>();

/** A device that one client has. Whoever opened it must {@link relay} or close it. */
export class OpenDevice {
  readonly #free: (device: OpenDevice) => void;
  #channel: ByteChannel | undefined;
  #closed = false;

  constructor(free: (device: OpenDevice) => void) {
    this.#free = free;
  }

  /** Closed by the client that has it, or because another one took it. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The host's end of the device. */
  get channel(): ByteChannel {
    if (!this.#channel) throw new InternalError("A device is used before it is open");
    return this.#channel;
  }

  /** Opens the host's end, unless somebody else took the device meanwhile. */
  async open(opening: Promise<ByteChannel>): Promise<void> {
    const channel = await opening;
    if (this.#closed) channel.close();
    else this.#channel = channel;
  }

  /** Lets go of the device. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#channel?.close();
    this.#free(this);
  }
}

/**
 * Opens the host's end of a device for one client. Throws when it is not of one of these types, and when somebody has it
 * already, unless `force` takes it from them.
 */
async function openDevice(
  host: Host,
  live: LiveGuest,
  { type, sources }: CharacterDevice,
  taken: () => VirtError,
  force: boolean,
): Promise<OpenDevice> {
  const path = sources[0]?.path ?? "";
  const ofGuest = holders.get(live) ?? new Map<string, OpenDevice>();
  holders.set(live, ofGuest);
  const holder = ofGuest.get(path);
  if (holder && !force) throw taken();
  holder?.close();
  // The place is taken before anything is waited for: of two that come together one gets it.
  const device = new OpenDevice((which) => {
    if (ofGuest.get(path) === which) ofGuest.delete(path);
  });
  ofGuest.set(path, device);
  try {
    await device.open(type === "pty" ? host.streams.openTerminal(path) : host.streams.connectSocket(path));
  } catch (error) {
    device.close();
    throw error;
  }
  if (device.closed) throw taken();
  return device;
}

/** Opens a console, serial or parallel port (`virDomainOpenConsole`): behind it is a pty or a socket. */
export async function openConsole(
  host: Host,
  live: LiveGuest,
  name: string | undefined,
  { force }: { readonly force: boolean },
): Promise<OpenDevice> {
  const device = consoleDevice(live.domain, name);
  if ((device.type !== "pty" && device.type !== "unix") || device.sources[0]?.path === undefined) {
    throw virtError(ErrorCode.operationUnsupported, `character device ${device.alias ?? "<null>"} is not using a PTY`);
  }
  const taken = () => virtError(ErrorCode.operationFailed, "Active console session exists for this domain");
  return openDevice(host, live, device, taken, force);
}

/** Opens a channel (`virDomainOpenChannel`): behind it is a socket. */
export async function openChannel(
  host: Host,
  live: LiveGuest,
  name: string | undefined,
  { force }: { readonly force: boolean },
): Promise<OpenDevice> {
  const device = channelDevice(live.domain, name);
  if (device.type !== "unix" || device.sources[0]?.path === undefined) {
    throw virtError(
      ErrorCode.operationUnsupported,
      `channel ${name ?? device.alias ?? "<null>"} is not using a UNIX socket`,
    );
  }
  const taken = () => virtError(ErrorCode.operationFailed, "Active channel stream exists for this domain");
  return openDevice(host, live, device, taken, force);
}

/** Carries bytes both ways until either end is done: the client, or the guest, whose end then ends the stream. */
export async function relay(device: OpenDevice, client: ClientEnd): Promise<void> {
  if (client.signal.aborted) device.close();
  if (device.closed) return;
  const { channel } = device;
  const stop = (): void => device.close();
  client.signal.addEventListener("abort", stop, { once: true });
  try {
    const typed = toGuest(channel, client);
    await toClient(channel, client);
    if (client.signal.aborted) await typed;
  } finally {
    client.signal.removeEventListener("abort", stop);
    stop();
  }
}

/** Ends with the client, or with the guest's end of the device: a guest that is gone cannot be told more. */
async function toGuest(channel: ByteChannel, client: ClientEnd): Promise<void> {
  try {
    for await (const chunk of client.chunks) if (chunk instanceof Uint8Array) await channel.write(chunk);
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
  } finally {
    channel.close();
  }
}

async function toClient(channel: ByteChannel, client: ClientEnd): Promise<void> {
  for await (const chunk of channel.chunks) {
    if (client.signal.aborted) return;
    await client.write(chunk);
  }
}
