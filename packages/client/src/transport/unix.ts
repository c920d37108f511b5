import { access } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { deferred } from "@tsvirt/base";
import { type Environment, userRuntimeDirectory } from "../environment.ts";
import type { ConnectionUri } from "../uri.ts";
import { systemError } from "./system-error.ts";

/** Where libvirt's daemons have the machine's sockets; `/var/run` is `/run`. */
const SYSTEM_DIRECTORY = "/var/run/libvirt";

/** The daemons of libvirt that serve a driver alone. */
const directDaemons: Readonly<Record<string, string>> = {
  qemu: "virtqemud",
  lxc: "virtlxcd",
  xen: "virtxend",
  vbox: "virtvboxd",
  vz: "virtvzd",
  bhyve: "virtbhyved",
  network: "virtnetworkd",
  storage: "virtstoraged",
  nodedev: "virtnodedevd",
  secret: "virtsecretd",
  nwfilter: "virtnwfilterd",
  interface: "virtinterfaced",
};

/** A socket to connect to. */
export interface SocketChoice {
  readonly path: string;
  /** The user's own daemon, which may be started when nobody listens. */
  readonly ofUser: boolean;
}

/**
 * Chooses the socket as libvirt 9.0 does: the one named in the URI; else the user's for `/session`, or without any URI, unless
 * the user is root; the driver's own daemon's if it is there, else libvirtd's.
 */
export async function chooseSocket(
  uri: ConnectionUri | undefined,
  readOnly: boolean,
  environment: Environment,
): Promise<SocketChoice> {
  const named = uri?.parameters.get("socket");
  if (named !== undefined) return { path: named, ofUser: false };
  const ofUser = environment.uid !== 0 && (uri === undefined || uri.path === "/session");
  const directory = ofUser ? userRuntimeDirectory(environment) : SYSTEM_DIRECTORY;
  const suffix = readOnly && !ofUser ? "-sock-ro" : "-sock";
  const legacy = `${directory}/libvirt${suffix}`;
  const daemon = uri ? directDaemons[uri.driver] : undefined;
  const direct = daemon === undefined ? undefined : `${directory}/${daemon}${suffix}`;
  const mode = uri?.mode ?? "auto";
  if (direct !== undefined && (mode === "direct" || (mode === "auto" && (await exists(direct))))) {
    return { path: direct, ofUser };
  }
  return { path: legacy, ofUser };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Connects to a UNIX socket. Rejects with Node's own error. */
export async function openSocket(path: string, signal: AbortSignal | undefined): Promise<Socket> {
  signal?.throwIfAborted();
  const socket = connect({ path });
  const opened = deferred<Socket>();
  const giveUp = (): void => opened.reject(signal?.reason);
  const failed = (error: Error): void => opened.reject(error);
  signal?.addEventListener("abort", giveUp, { once: true });
  socket.once("connect", () => opened.resolve(socket));
  socket.on("error", failed);
  try {
    return await opened.promise;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal?.removeEventListener("abort", giveUp);
    if (!socket.destroyed) socket.off("error", failed);
  }
}

/** The error for a socket that could not be connected to. */
export function socketError(path: string, error: unknown): unknown {
  const isSystemError = error instanceof Error && "code" in error && "syscall" in error;
  return isSystemError ? systemError(`Failed to connect socket to '${path}'`, error) : error;
}
