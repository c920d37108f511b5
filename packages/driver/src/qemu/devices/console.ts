import { ErrorCode, virtError } from "@tsvirt/base";
import type { ByteChannel, Host } from "@tsvirt/host";
import type { Channel, Console, Domain, Parallel, Serial } from "@tsvirt/model/domain";
import type { StreamIo } from "@tsvirt/rpc";
import type { LiveGuest } from "../guest/live.ts";

/** A character device of any kind. */
export type CharacterDevice = Serial | Parallel | Console | Channel;

/**
 * The device that a console request means: by alias among consoles, serial and parallel ports; without a name the first
 * console, else the first serial port. Throws libvirt's "cannot find character device".
 */
export function consoleDevice({ devices }: Domain, name: string | undefined): CharacterDevice {
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
export function channelDevice({ devices }: Domain, name: string | undefined): CharacterDevice {
  const virtio = (devices?.channels ?? []).filter((channel) => channel.target.type === "virtio");
  const found =
    name === undefined ? virtio[0] : virtio.find((channel) => channel.target.name === name || channel.alias === name);
  if (!found) throw virtError(ErrorCode.operationUnsupported, `cannot find channel ${name ?? "<null>"}`);
  return found;
}

/** Consoles that are open: one client at a time has each, until another one forces it out. */
const sessions = new WeakMap<LiveGuest, Map<string, ByteChannel>>();

/**
 * Opens the host's end of a device for one client. Throws when it is neither a pty nor a socket, and when somebody has it
 * already, unless `force` takes it from them.
 */
export async function openCharacterDevice(
  host: Host,
  live: LiveGuest,
  device: CharacterDevice,
  { force }: { readonly force: boolean },
): Promise<ByteChannel> {
  const path = device.sources[0]?.path;
  if ((device.type !== "pty" && device.type !== "unix") || path === undefined) {
    throw virtError(ErrorCode.operationUnsupported, `character device ${device.alias ?? "<null>"} is not using a PTY`);
  }
  const open = sessions.get(live) ?? new Map<string, ByteChannel>();
  sessions.set(live, open);
  const holder = open.get(path);
  if (holder && !force) {
    throw virtError(ErrorCode.operationFailed, "Active console session exists for this domain");
  }
  holder?.close();
  const channel =
    device.type === "pty" ? await host.streams.openTerminal(path) : await host.streams.connectSocket(path);
  open.set(path, channel);
  return channel;
}

/** Carries bytes both ways until either end is done: the client, or the guest, whose end then ends the stream. */
export async function relay(live: LiveGuest, channel: ByteChannel, io: StreamIo): Promise<void> {
  const stop = (): void => channel.close();
  io.signal.addEventListener("abort", stop, { once: true });
  if (io.signal.aborted) stop();
  try {
    // What the client types ends with the client or with the guest's end of the device; a guest that is gone cannot be told more.
    const typed = toGuest(channel, io).catch(() => undefined);
    await toClient(channel, io);
    if (io.signal.aborted) await typed;
  } finally {
    io.signal.removeEventListener("abort", stop);
    channel.close();
    const open = sessions.get(live);
    for (const [path, each] of open ?? []) if (each === channel) open?.delete(path);
  }
}

async function toGuest(channel: ByteChannel, io: StreamIo): Promise<void> {
  try {
    for await (const chunk of io.chunks) if (chunk instanceof Uint8Array) await channel.write(chunk);
  } finally {
    channel.close();
  }
}

async function toClient(channel: ByteChannel, io: StreamIo): Promise<void> {
  for await (const chunk of channel.chunks) {
    if (io.signal.aborted) return;
    await io.write(chunk);
  }
}
