import { type Logger, silentLogger, systemClock } from "@tsvirt/base";
import type { AnyType, TypeOf } from "@tsvirt/codec/xdr";
import {
  AuthType,
  bindPartial,
  ClientConnection,
  type EventDeclaration,
  type Handlers,
  InternalFeature,
  memoryTransport,
  type qemuProcedures,
  qemuProgram,
  type RemoteProcedures,
  remote,
  ServerConnection,
  systemSchedule,
} from "@tsvirt/rpc";

/** The client of a server in this process, as the server sees it. */
export interface MemorySession {
  readonly readOnly: boolean;
  /** Sends an event. */
  emit<M extends AnyType>(program: "remote" | "qemu", event: EventDeclaration<M>, message: TypeOf<M>): void;
}

/** What serves one client: calls without a handler answer that they are not supported. */
export interface MemoryServer {
  readonly remote: Partial<Handlers<RemoteProcedures>>;
  readonly qemu?: Partial<Handlers<typeof qemuProcedures>>;
  /** The client is gone. */
  close(): Promise<void>;
}

/** A connection in memory, not yet opened. */
export interface MemoryLink {
  readonly rpc: ClientConnection;
  /** Lets go of the server. */
  release(): Promise<void>;
}

/** What the connection itself answers for, whatever the server has. */
const ownFeatures: readonly number[] = [
  InternalFeature.fdPassing,
  InternalFeature.remoteEventCallback,
  InternalFeature.remoteCloseCallback,
];

/** Joins a client with a server in this process; all that holds on a socket holds here, read-only refusals for one. */
export function memoryLink(
  serve: (session: MemorySession) => MemoryServer,
  options: { readonly readOnly: boolean; readonly log: Logger; readonly release: () => Promise<void> },
): MemoryLink {
  const { readOnly, log, release } = options;
  const [near, far] = memoryTransport();
  const timing = { schedule: systemSchedule, monotonic: () => systemClock.monotonic() };
  const server = new ServerConnection({
    ...timing,
    transport: far,
    // The server logs what matters; the pipe between two parts of one process is not interesting.
    log: silentLogger,
    session: undefined,
    readOnly,
    authenticated: true,
  });
  const served = serve({
    readOnly,
    emit: (program, event, message) => server.sendEvent(program === "remote" ? remote : qemuProgram, event, message),
  });
  const calls = bindPartial(remote, served.remote);
  server.serve({
    ...calls,
    invoke(entry, args, call) {
      const { procedures } = remote;
      if (entry.procedure === procedures.authList) return { types: [AuthType.none] };
      if (entry.procedure === procedures.connectSupportsFeature && isOwnFeature(args)) return { supported: 1 };
      return calls.invoke(entry, args, call);
    },
  });
  server.serve(bindPartial(qemuProgram, served.qemu ?? {}));
  const rpc = new ClientConnection({ ...timing, transport: near, log });
  far.connect(server);
  near.connect(rpc);
  return {
    rpc,
    release: async () => {
      await served.close();
      await release();
    },
  };
}

function isOwnFeature(args: unknown): boolean {
  return typeof args === "object" && args !== null && "feature" in args && ownFeatures.includes(Number(args.feature));
}
