import { ErrorCode, ErrorDomain, type Logger, silentLogger, systemClock, virtError } from "@tsvirt/base";
import type { Driver } from "@tsvirt/driver";
import {
  AuthType,
  bindPartial,
  ClientConnection,
  InternalFeature,
  memoryTransport,
  qemuProgram,
  remote,
  ServerConnection,
  systemSchedule,
} from "@tsvirt/rpc";
import type { ConnectionUri } from "./uri.ts";

/** A driver that runs in this process, and how many connections use it. */
interface Instance {
  readonly driver: Promise<Driver>;
  users: number;
}

const instances = new Map<string, Instance>();

/** One end of a connection to a driver in this process. */
export interface EmbeddedLink {
  readonly rpc: ClientConnection;
  /** Lets go of the driver; the last one closes it. Its guests run on. */
  release(): Promise<void>;
}

/** What the connection itself answers for, whatever the driver has. */
const ownFeatures: readonly number[] = [
  InternalFeature.fdPassing,
  InternalFeature.remoteEventCallback,
  InternalFeature.remoteCloseCallback,
];

/**
 * Opens the driver of `root` in this process, or joins it when it is open already, over a connection in memory: what holds
 * for a daemon's clients, read-only refusals for one, holds here as well.
 */
export async function openEmbedded(uri: ConnectionUri, readOnly: boolean, log: Logger): Promise<EmbeddedLink> {
  const root = embedRoot(uri);
  const instance = instances.get(root) ?? { driver: openDriver(root, uri.text, log), users: 0 };
  instances.set(root, instance);
  instance.users++;
  const leave = async (): Promise<void> => {
    instance.users--;
    if (instance.users > 0) return;
    if (instances.get(root) === instance) instances.delete(root);
    await (await instance.driver).close();
  };
  let driver: Driver;
  try {
    driver = await instance.driver;
  } catch (error) {
    instances.delete(root);
    throw error;
  }
  return link(driver, readOnly, log, leave);
}

function link(driver: Driver, readOnly: boolean, log: Logger, leave: () => Promise<void>): EmbeddedLink {
  const [near, far] = memoryTransport();
  const timing = { schedule: systemSchedule, monotonic: () => systemClock.monotonic() };
  const server = new ServerConnection({
    ...timing,
    transport: far,
    // The driver logs what matters; the pipe between two parts of one process is not interesting.
    log: silentLogger,
    session: undefined,
    readOnly,
    authenticated: true,
  });
  const connection = driver.connect({
    readOnly,
    emit: (program, event, message) => server.sendEvent(program === "remote" ? remote : qemuProgram, event, message),
  });
  const driverCalls = bindPartial(remote, connection.remote);
  server.serve({
    ...driverCalls,
    invoke(entry, args, call) {
      const { procedures } = remote;
      if (entry.procedure === procedures.authList) return { types: [AuthType.none] };
      if (entry.procedure === procedures.connectSupportsFeature && isOwnFeature(args)) return { supported: 1 };
      return driverCalls.invoke(entry, args, call);
    },
  });
  server.serve(bindPartial(qemuProgram, connection.qemu));
  const rpc = new ClientConnection({ ...timing, transport: near, log });
  far.connect(server);
  near.connect(rpc);
  return {
    rpc,
    release: async () => {
      await connection.close();
      await leave();
    },
  };
}

function isOwnFeature(args: unknown): boolean {
  return typeof args === "object" && args !== null && "feature" in args && ownFeatures.includes(Number(args.feature));
}

function embedRoot({ parameters }: ConnectionUri): string {
  const root = parameters.get("root");
  if (root === undefined || root === "") {
    throw virtError(ErrorCode.invalidArg, "Missing URI parameter 'root'", { domain: ErrorDomain.qemu });
  }
  if (!root.startsWith("/")) {
    throw virtError(ErrorCode.configUnsupported, "root path must be absolute", { domain: ErrorDomain.qemu });
  }
  return root;
}

async function openDriver(root: string, uri: string, log: Logger): Promise<Driver> {
  let parts: [typeof import("@tsvirt/driver"), typeof import("@tsvirt/host")];
  try {
    parts = await Promise.all([import("@tsvirt/driver"), import("@tsvirt/host")]);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    throw virtError(ErrorCode.noConnect, uri, {
      domain: ErrorDomain.none,
      cause: error,
      hint: "Install the package @tsvirt/driver to run guests within this process.",
    });
  }
  const [{ openDriver: open }, { Layout, openHost }] = parts;
  return open({ kind: "embed", uri, layout: Layout.embed(root), host: openHost(), log });
}
