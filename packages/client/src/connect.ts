import { ErrorCode, ErrorDomain, type Logger, silentLogger, systemClock, virtError } from "@tsvirt/base";
import { AuthType, ClientConnection, ConnectFlags, InternalFeature, systemSchedule } from "@tsvirt/rpc";
import { limited } from "./call-options.ts";
import { Connection, type RemoteCalls, remoteCalls } from "./connection.ts";
import { resolveUri } from "./default-uri.ts";
import { type Environment, processEnvironment } from "./environment.ts";
import { openSessionSocket } from "./transport/session-daemon.ts";
import { SocketTransport } from "./transport/socket-transport.ts";
import { chooseSocket, openSocket, socketError } from "./transport/unix.ts";
import { type ConnectionUri, parseUri } from "./uri.ts";

/** How to connect. */
export interface ConnectOptions {
  /** Only look: the daemon refuses what changes anything. */
  readonly readOnly?: boolean;
  /** Gives up connecting. It has no effect on the connection once that is there. */
  readonly signal?: AbortSignal;
  /** Milliseconds to connect within. */
  readonly timeout?: number;
  /**
   * Pings the daemon after `interval` milliseconds without traffic and gives up after `count` unanswered pings. Not by default:
   * a local socket tells by itself when the daemon is gone.
   */
  readonly keepalive?: { readonly interval: number; readonly count: number };
  readonly log?: Logger;
  /** The process's own unless given. */
  readonly environment?: Environment;
}

/**
 * Connects to a daemon: `qemu:///system`, `qemu:///session` (whose daemon is started when it does not run),
 * `qemu+unix:///system?socket=PATH`, with `?mode=auto|legacy|direct`, or in process `qemu:///embed?root=DIRECTORY`, which needs
 * the package `@tsvirt/driver`. Without a URI: `LIBVIRT_DEFAULT_URI`, `uri_default` of libvirt.conf, or what the daemon chooses.
 *
 * Throws a `VirtError` worded as libvirt's: `noConnect`, `invalidArg`, `systemError`, `authFailed`, ….
 */
export async function connect(uri?: string, options: ConnectOptions = {}): Promise<Connection> {
  return limited(options, (signal) => open(uri, options, signal));
}

async function open(given: string | undefined, options: ConnectOptions, signal: AbortSignal): Promise<Connection> {
  const environment = options.environment ?? processEnvironment();
  const text = await resolveUri(given, environment);
  const uri = text === undefined ? undefined : parseUri(text);
  if (uri && uri.transport !== "unix") {
    throw virtError(ErrorCode.noConnect, `${uri.text}: transport '${uri.transport}' is not supported yet`, {
      domain: ErrorDomain.remote,
    });
  }
  const log = options.log ?? silentLogger;
  const readOnly = options.readOnly === true;
  const link =
    uri?.driver === "qemu" && uri.path === "/embed"
      ? await (await import("./embed.ts")).openEmbedded(uri, readOnly, log)
      : await openDaemon(uri, readOnly, environment, log, signal);
  const { rpc, release } = link;
  const remote = remoteCalls(rpc);
  try {
    const opened = await openSession(rpc, remote, uri, options, signal);
    return new Connection({ rpc, remote, uri: opened, readOnly, release });
  } catch (error) {
    rpc.close();
    await release();
    throw error;
  }
}

/** The connection's end before it is opened, and how to let go of what is behind it. */
interface OpenLink {
  readonly rpc: ClientConnection;
  release(): Promise<void>;
}

async function openDaemon(
  uri: ConnectionUri | undefined,
  readOnly: boolean,
  environment: Environment,
  log: Logger,
  signal: AbortSignal,
): Promise<OpenLink> {
  const { path, ofUser } = await chooseSocket(uri, readOnly, environment);
  const socket = ofUser
    ? await openSessionSocket(path, environment, log, signal)
    : await openSocket(path, signal).catch((error: unknown) => {
        throw socketError(path, error);
      });
  const transport = new SocketTransport(socket);
  const rpc = new ClientConnection({
    transport,
    log,
    schedule: systemSchedule,
    monotonic: () => systemClock.monotonic(),
  });
  transport.connect(rpc);
  return { rpc, release: () => Promise.resolve() };
}

/** Authenticates and opens; returns the URI of what was opened. */
async function openSession(
  rpc: ClientConnection,
  remote: RemoteCalls,
  uri: ConnectionUri | undefined,
  { readOnly, keepalive }: ConnectOptions,
  signal: AbortSignal,
): Promise<string> {
  await authenticate(remote, signal);
  // Sent together, answered in order. An empty name leaves the choice to the daemon.
  const alive = keepalive
    ? remote.connectSupportsFeature({ feature: InternalFeature.programKeepalive }, { signal })
    : undefined;
  const flags = readOnly === true ? ConnectFlags.ro : 0;
  const opened = remote.connectOpen({ flags, name: uri ? uri.remote : "" }, { signal });
  const [answer] = await Promise.all([alive, opened]);
  if (keepalive && answer?.supported === 1) rpc.startKeepalive(keepalive.interval, keepalive.count);
  return uri ? uri.text : (await remote.connectGetUri(undefined, { signal })).uri;
}

async function authenticate(remote: RemoteCalls, signal: AbortSignal): Promise<void> {
  const { types } = await remote.authList(undefined, { signal });
  const [type = AuthType.none] = types;
  if (type === AuthType.none) return;
  if (type === AuthType.polkit) {
    await remote.authPolkit(undefined, { signal });
    return;
  }
  throw virtError(ErrorCode.authFailed, "the daemon wants SASL, which this client does not speak yet", {
    domain: ErrorDomain.remote,
  });
}
