import { chmod, chown, unlink } from "node:fs/promises";
import { ErrorCode, virtError } from "@tsvirt/base";
import { type Descriptor, OwnedDescriptor } from "../descriptor.ts";
import { asSystemError, errnoNumber, hasErrno, SystemError } from "../errors.ts";
import { libc } from "../ffi/libc.ts";
import { checkSocketPath } from "../files/layout.ts";
import type {
  ActivatedDescriptor,
  Connection,
  ConnectionHandler,
  Listener,
  ListenOptions,
  Sockets,
} from "./sockets.ts";
import { UnixConnection } from "./unix-connection.ts";
import { peerOf, UnixListener } from "./unix-listener.ts";

/** The first descriptor a service manager hands over (`sd_listen_fds(3)`). */
const LISTEN_FDS_START = 3;

/** Unix sockets of this machine. */
export class UnixSockets implements Sockets {
  async listen(options: ListenOptions, onConnection: ConnectionHandler): Promise<Listener> {
    const descriptor = await this.createListening(options);
    return new UnixListener(descriptor.take(), options.path, onConnection, () => removeSocket(options.path));
  }

  adopt(descriptor: Descriptor, onConnection: ConnectionHandler): Listener {
    const c = libc();
    if (!c.isListeningUnixStream(descriptor.fd)) {
      throw virtError(ErrorCode.invalidArg, `descriptor ${descriptor.fd} is not a listening UNIX socket`);
    }
    c.adopt(descriptor.fd);
    return new UnixListener(descriptor.take(), undefined, onConnection, () => Promise.resolve());
  }

  async createListening(options: ListenOptions): Promise<Descriptor> {
    const path = checkSocketPath(options.path);
    await removeStale(path);
    const c = libc();
    using descriptor = new OwnedDescriptor(c.unixSocket());
    // Bound with umask 077 the socket is 0600 from its first instant, and nobody can connect before it listens.
    const before = process.umask(0o077);
    try {
      c.bindUnix(descriptor.fd, path);
    } finally {
      process.umask(before);
    }
    try {
      if (options.uid !== undefined || options.gid !== undefined)
        await chown(path, options.uid ?? -1, options.gid ?? -1);
      await chmod(path, options.mode);
      c.listen(descriptor.fd, options.backlog ?? 128);
    } catch (error) {
      await removeSocket(path);
      throw asSystemError(error, `Unable to set up socket '${path}'`);
    }
    return new OwnedDescriptor(descriptor.take());
  }

  async connect(path: string): Promise<Connection> {
    using descriptor = new OwnedDescriptor(libc().unixSocket());
    libc().connectUnix(descriptor.fd, checkSocketPath(path));
    return this.wrap(descriptor);
  }

  sendDatagram(path: string, bytes: Uint8Array): boolean {
    return libc().sendDatagram(path, bytes);
  }

  pair(): { readonly ours: Connection; readonly theirs: Descriptor } {
    const [ours, theirs] = libc().socketPair();
    libc().adopt(ours);
    return { ours: new UnixConnection(ours, undefined), theirs: new OwnedDescriptor(theirs) };
  }

  wrap(descriptor: Descriptor): Connection {
    libc().adopt(descriptor.fd);
    const peer = peerOf(descriptor.fd);
    return new UnixConnection(descriptor.take(), peer);
  }

  activated(env: Readonly<Record<string, string | undefined>>): readonly ActivatedDescriptor[] {
    const count = Number(env.LISTEN_FDS ?? "0");
    if (env.LISTEN_PID !== String(process.pid) || !Number.isInteger(count) || count <= 0 || count > 64) return [];
    const names = (env.LISTEN_FDNAMES ?? "").split(":");
    return Array.from({ length: count }, (_, index) => {
      const fd = LISTEN_FDS_START + index;
      libc().adopt(fd);
      return { name: names[index] || "unknown", descriptor: new OwnedDescriptor(fd) };
    });
  }
}

/** Removes the socket a dead daemon left; refuses when a living one answers there. */
async function removeStale(path: string): Promise<void> {
  const c = libc();
  using probe = new OwnedDescriptor(c.unixSocket());
  try {
    c.connectUnix(probe.fd, path);
  } catch (error) {
    if (hasErrno(error, "ENOENT")) return;
    // EAGAIN: its backlog is full, so somebody does listen.
    if (!hasErrno(error, "ECONNREFUSED")) throw error;
    await removeSocket(path);
    return;
  }
  throw new SystemError(errnoNumber("EADDRINUSE"), `Failed to bind socket to '${path}'`);
}

async function removeSocket(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!hasErrno(error, "ENOENT")) throw asSystemError(error, `Unable to remove '${path}'`);
  }
}
