import type { JsonObject, JsonValue } from "@tsvirt/codec/options";
import type { QmpCommand } from "./declare.ts";
import type { ExecuteOptions, QmpGreeting } from "./session.ts";

/**
 * A conversation with a running QEMU, in the terms of QMP: by QMP itself, or by the text monitor of an emulator that has none
 * (`kind` tells). No input or output of its own.
 */
export interface MonitorSession {
  readonly kind: "qmp" | "hmp";
  /** Settles with the reason when the session has ended; never rejects. */
  readonly ended: Promise<Error>;
  /** The reason the session ended, if it has. */
  readonly error: Error | undefined;
  /** Waits until QEMU takes commands. */
  start(options?: { readonly signal?: AbortSignal }): Promise<QmpGreeting>;
  /** Sends a declared command and gives its result. Throws `QmpError` when QEMU refuses. */
  execute<A, R>(command: QmpCommand<A, R>, args: A, options?: ExecuteOptions): Promise<R>;
  /** As {@link execute} for any command by its name. */
  executeJson(name: string, args?: JsonObject, options?: ExecuteOptions): Promise<JsonValue>;
  /** Sends what a user wrote and gives all that comes back. */
  passThrough(text: string, options?: ExecuteOptions): Promise<JsonObject>;
  /** Later commands have ids beyond this number. */
  skipIds(upTo: number): void;
  /** Takes bytes from QEMU. Never throws: trouble ends the session. */
  receive(chunk: Uint8Array): void;
  /** Ends the session; waiters are rejected with `reason`. Idempotent. */
  close(reason?: Error): void;
}
