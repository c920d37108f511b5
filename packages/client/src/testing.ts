// For tests of programs that use the client: a daemon in this process, of whatever procedures a test gives it.
import { silentLogger } from "@tsvirt/base";
import { Connection, remoteCalls } from "./connection.ts";
import { type MemoryServer, type MemorySession, memoryLink } from "./memory-link.ts";

export type { MemoryServer, MemorySession };

/** How {@link connectInMemory} connects. */
export interface MemoryConnectOptions {
  readonly readOnly?: boolean;
  /** What the connection says it was opened with. */
  readonly uri?: string;
}

/** A connection to a server in this process. Nothing but what a test serves is called before the test calls it. */
export function connectInMemory(
  serve: (session: MemorySession) => Omit<MemoryServer, "close">,
  { readOnly = false, uri = "test:///memory" }: MemoryConnectOptions = {},
): Connection {
  const { rpc, release } = memoryLink((session) => ({ ...serve(session), close: () => Promise.resolve() }), {
    readOnly,
    log: silentLogger,
    release: () => Promise.resolve(),
  });
  return new Connection({ rpc, remote: remoteCalls(rpc), uri, readOnly, release });
}
