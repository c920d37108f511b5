import { type Clock, ErrorCode, type Logger, virtError } from "@tsvirt/base";
import type { AnyType, TypeOf } from "@tsvirt/codec/xdr";
import type { EventDeclaration } from "@tsvirt/rpc";

/** Which of libvirt's instances this is: the machine's, a user's, or one inside a program. */
export type InstanceKind = "system" | "session" | "embed";

/** The program that an event belongs to. */
export type EventProgram = "remote" | "qemu";

/** A client as the driver sees it. The daemon implements it over RPC, `qemu:///embed` in process. */
export interface Session {
  /** Opened on the read-only socket or with the read-only flag. */
  readonly readOnly: boolean;
  /**
   * Sends an event to this client, in the order of the calls. Never waits and never throws: a client that has gone, or
   * that does not read, is the transport's business (W7).
   */
  emit<M extends AnyType>(program: EventProgram, event: EventDeclaration<M>, message: TypeOf<M>): void;
}

/** What {@link openDriver} needs. */
export interface DriverOptions {
  readonly kind: InstanceKind;
  /** `qemu:///system`, `qemu:///session` or `qemu:///embed?root=DIR`: what clients open and are told. */
  readonly uri: string;
  /** All paths of the instance: `Layout` of `@tsvirt/host`. */
  readonly layout: object;
  /** The machine, or a fake: `Host` of `@tsvirt/host`. */
  readonly host: object;
  readonly log: Logger;
  readonly clock?: Clock;
}

/** The handlers of one client's calls. */
export interface DriverConnection {
  /** `Handlers<typeof remote.procedures>`, except those that the RPC layer answers itself (authentication, keepalive). */
  readonly remote: object;
  /** `Handlers<typeof qemuProgram.procedures>`. */
  readonly qemu: object;
  /** The client is gone: its registrations end, its auto-destroy guests too. Idempotent. */
  close(): Promise<void>;
}

/** One instance: its guests, networks and all else. */
export interface Driver {
  /** Handlers for one client; `session` receives its events until {@link DriverConnection.close}. */
  connect(session: Session): DriverConnection;
  /** Guests that run, networks that are active, jobs under way: while it is not 0, `--timeout` does not end the daemon. */
  readonly busy: boolean;
  /** Starts what is marked autostart, once per boot. */
  autostart(): Promise<void>;
  /** Lets go of everything; guests run on (those of `embed` too). Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens an instance: takes its lock, reads definitions, re-adopts running guests. It does not wait for emulators to be
 * probed, nor for guests whose monitor does not answer. Throws when another daemon holds the instance.
 */
export async function openDriver(_options: DriverOptions): Promise<Driver> {
  throw virtError(ErrorCode.noSupport, "virConnectOpen");
}
