import type { Connection, Layout, Listener, ListenOptions, Sockets } from "@tsvirt/host";
import type { SocketAccess, SocketRole } from "./config/access.ts";
import type { ActivatedSocket } from "./process/activation.ts";

/** A socket to make: libvirtd's names, and virtqemud's for clients that look for the modular daemon. */
interface SocketName {
  readonly name: string;
  readonly role: SocketRole;
  /** Not in a session, where every client is the owner. */
  readonly systemOnly?: true;
}

const socketNames: readonly SocketName[] = [
  { name: "libvirt-sock", role: "rw" },
  { name: "libvirt-sock-ro", role: "ro", systemOnly: true },
  { name: "virtqemud-sock", role: "rw" },
  { name: "virtqemud-sock-ro", role: "ro", systemOnly: true },
  { name: "libvirt-admin-sock", role: "admin" },
];

/** A listening socket and what comes to it. */
export interface OpenSocket {
  readonly role: SocketRole;
  readonly listener: Listener;
}

/** How the sockets are to be. */
export interface SocketPlan {
  readonly access: Readonly<Record<SocketRole, SocketAccess>>;
  readonly gid: number | undefined;
  readonly backlog: Readonly<Record<SocketRole, number>>;
  /** Instead of the instance's directory (`unix_sock_dir`). */
  readonly directory: string | undefined;
}

type OnConnection = (connection: Connection, role: SocketRole) => void;

/** Makes all sockets of an instance. When one cannot be made, those before it are closed again. */
export async function openSockets(
  plan: SocketPlan,
  layout: Layout,
  sockets: Sockets,
  onConnection: OnConnection,
): Promise<OpenSocket[]> {
  const open: OpenSocket[] = [];
  try {
    for (const { name, role, systemOnly } of socketNames) {
      if (systemOnly && layout.kind !== "system") continue;
      const options: ListenOptions = {
        path: plan.directory === undefined ? layout.socket(name) : `${plan.directory}/${name}`,
        mode: plan.access[role].mode,
        backlog: plan.backlog[role],
        ...(plan.gid === undefined ? {} : { gid: plan.gid }),
      };
      const listener = await sockets.listen(options, (connection) => onConnection(connection, role));
      listener.pause();
      open.push({ role, listener });
    }
  } catch (error) {
    for (const { listener } of open) await listener.close();
    throw error;
  }
  return open;
}

/** Serves sockets that the service manager made. */
export function adoptSockets(
  given: readonly ActivatedSocket[],
  sockets: Sockets,
  onConnection: OnConnection,
): OpenSocket[] {
  return given.map(({ role, descriptor }) => {
    const listener = sockets.adopt(descriptor, (connection) => onConnection(connection, role));
    listener.pause();
    return { role, listener };
  });
}
