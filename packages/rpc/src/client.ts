import { type Deferred, deferred } from "@tsvirt/base";
import { type AnyType, compiled, DecodeError } from "@tsvirt/codec/xdr";
import { type ClientStreamLink, ClientStreamState } from "./client-stream.ts";
import { fromNetError, NetError, rpcError } from "./errors.ts";
import { decodePayload, type Frame, payloadOf } from "./frames.ts";
import type { Caller, CallOptions } from "./handlers.ts";
import { Link, type LinkOptions } from "./link.ts";
import {
  type AnyProcedure,
  type EventDeclaration,
  holds,
  type MessageOf,
  type Program,
  type StreamRule,
} from "./program.ts";
import { NetStreamHole } from "./server-stream.ts";
import { HEADER_SIZE, type Header, MessageStatus, MessageType } from "./wire.ts";

/** What a connection of a client is made with. */
export interface ClientOptions extends Omit<LinkOptions, "maxBuffered"> {
  /** Bytes that may wait to be sent before the connection is given up; 256 MiB. */
  readonly maxBuffered?: number;
}

/** A call that waits for its reply. */
interface Pending {
  readonly header: Header;
  readonly procedure: AnyProcedure;
  readonly args: unknown;
  readonly reply: Deferred<unknown>;
  readonly options: CallOptions;
  readonly stopListening: () => void;
  /** There from the start: a server may send data before its reply. */
  readonly stream: ClientStreamState | undefined;
}

type Listener = (message: never) => void;

/** The client's end: sends calls, matches replies, hands out events and streams. */
export class ClientConnection extends Link {
  private serial = 0;
  private readonly pending = new Map<number, Pending>();
  private readonly streams = new Map<number, ClientStreamState>();
  private readonly listeners = new Map<string, { readonly type: AnyType; readonly of: Set<Listener> }>();
  private reason: Error | undefined;

  constructor(options: ClientOptions) {
    super({ ...options, maxBuffered: options.maxBuffered ?? 256 * 1024 * 1024 });
  }

  /** Calls that wait for their replies. */
  get waiting(): number {
    return this.pending.size;
  }

  /** A program's procedures as functions. They reject with the server's `VirtError`, or with the reason of the signal. */
  caller<
    P extends { readonly [K in keyof P]: AnyProcedure },
    E extends { readonly [K in keyof E]: EventDeclaration<AnyType> },
  >(program: Program<P, E>): Caller<P> {
    const calls: Record<string, (args: unknown, options?: CallOptions) => Promise<unknown>> = {};
    for (const [name, procedure] of Object.entries<AnyProcedure>(program.procedures)) {
      calls[name] = (args, options = {}) => this.call(program, procedure, args, options);
    }
    return calls as Caller<P>;
  }

  /**
   * Calls `listener` for each event of a kind. Returns how to stop. An event that does not decode ends the connection; those
   * that nobody listens to are not even decoded.
   */
  listen<E extends EventDeclaration<AnyType>>(
    program: { readonly id: number },
    event: E,
    listener: (message: MessageOf<E>) => void,
  ): () => void {
    const key = `${program.id}:${event.number}`;
    let entry = this.listeners.get(key);
    if (!entry) {
      entry = { type: event.message, of: new Set() };
      this.listeners.set(key, entry);
    }
    const { of } = entry;
    of.add(listener);
    return () => of.delete(listener);
  }

  private async call(
    program: { readonly id: number; readonly version: number },
    procedure: AnyProcedure,
    args: unknown,
    options: CallOptions,
  ): Promise<unknown> {
    const { signal, fds } = options;
    if (signal?.aborted || this.closed) {
      if (fds) this.transport.closeFds(fds);
      signal?.throwIfAborted();
      throw this.reason ?? rpcError("the connection is closed");
    }
    const serial = this.nextSerial();
    const header: Header = {
      prog: program.id,
      vers: program.version,
      proc: procedure.number,
      type: fds ? MessageType.callWithFds : MessageType.call,
      serial,
      status: MessageStatus.ok,
    };
    const reply = deferred<unknown>();
    const giveUp = (): void => this.giveUp(serial, signal?.reason);
    this.pending.set(serial, {
      header,
      procedure,
      args,
      reply,
      options,
      stopListening: () => signal?.removeEventListener("abort", giveUp),
      stream: procedure.stream && this.openStream(header, procedure.stream, args),
    });
    signal?.addEventListener("abort", giveUp, { once: true });
    try {
      this.send(header, compiled(procedure.args), args, fds);
    } catch (error) {
      this.settle(serial);
      this.streams.delete(serial);
      if (fds) this.transport.closeFds(fds);
      throw error;
    }
    return reply.promise;
  }

  private nextSerial(): number {
    do this.serial = this.serial === 0xffff_ffff ? 1 : this.serial + 1;
    while (this.pending.has(this.serial) || this.streams.has(this.serial));
    return this.serial;
  }

  private giveUp(serial: number, reason: unknown): void {
    const pending = this.pending.get(serial);
    if (!pending) return;
    // The entry stays until the reply is here: a stream that it opens must be closed, its descriptors too.
    pending.stopListening();
    this.pending.set(serial, { ...pending, options: {}, reply: abandoned });
    pending.reply.reject(reason);
  }

  private settle(serial: number): Pending | undefined {
    const pending = this.pending.get(serial);
    this.pending.delete(serial);
    pending?.stopListening();
    return pending;
  }

  // --- messages in

  protected onFrame(frame: Frame, header: Header): void {
    switch (header.type) {
      case MessageType.reply:
        this.onReply(frame, header, frame.start + HEADER_SIZE);
        return;
      case MessageType.replyWithFds:
        this.onReply(frame, header, frame.start + HEADER_SIZE + 4);
        return;
      case MessageType.message:
        this.onEvent(frame, header);
        return;
      case MessageType.stream:
      case MessageType.streamHole:
        this.onStream(frame, header);
        return;
      default:
        if (frame.fds.length > 0) this.transport.closeFds(frame.fds);
    }
  }

  private onReply(frame: Frame, header: Header, start: number): void {
    const pending = this.pending.get(header.serial);
    if (!pending || pending.header.prog !== header.prog || pending.header.proc !== header.proc) {
      if (frame.fds.length > 0) this.transport.closeFds(frame.fds);
      throw rpcError(`no call waits for reply ${header.serial} of procedure ${header.proc}`);
    }
    this.settle(header.serial);
    const { procedure, reply, options, stream } = pending;
    if (header.status !== MessageStatus.ok) {
      if (frame.fds.length > 0) this.transport.closeFds(frame.fds);
      const error = decodeError(frame, start);
      stream?.end(error);
      reply.reject(error);
      return;
    }
    let ret: unknown;
    try {
      ret = decodePayload(procedure.ret, frame, start);
    } catch (error) {
      if (frame.fds.length > 0) this.transport.closeFds(frame.fds);
      if (stream) void stream.abort();
      reply.reject(error);
      return;
    }
    if (frame.fds.length > 0) {
      if (options.onFds) options.onFds(frame.fds);
      else this.transport.closeFds(frame.fds);
    }
    if (!stream) {
      reply.resolve(ret);
      return;
    }
    if (reply === abandoned) void stream.abort();
    reply.resolve({ ret, stream });
  }

  private openStream(call: Header, rule: StreamRule, args: unknown): ClientStreamState {
    const sparse = rule.sparseFlag !== undefined && holds({ argument: "flags", anyOf: rule.sparseFlag }, args);
    const header = { ...call, type: MessageType.stream };
    const link = this;
    const streamLink: ClientStreamLink = {
      get closed() {
        return link.closed;
      },
      room: () => this.room(),
      sendData: (bytes, status) => this.sendRaw({ ...header, status }, bytes),
      sendHole: (hole) =>
        this.send(
          { ...header, type: MessageType.streamHole, status: MessageStatus.continue },
          compiled(NetStreamHole),
          hole,
        ),
      pause: (paused) => (paused ? this.hold() : this.release()),
      forget: () => this.streams.delete(header.serial),
    };
    const stream = new ClientStreamState(rule, sparse, streamLink);
    this.streams.set(header.serial, stream);
    return stream;
  }

  private onStream(frame: Frame, header: Header): void {
    const stream = this.streams.get(header.serial);
    if (!stream) return;
    const start = frame.start + HEADER_SIZE;
    if (header.type === MessageType.streamHole) {
      stream.onHole(decodePayload(NetStreamHole, frame, start) as NetStreamHole);
    } else if (header.status === MessageStatus.error) {
      stream.end(decodeError(frame, start));
    } else {
      stream.onPacket(header.status, payloadOf(frame));
    }
  }

  private onEvent(frame: Frame, header: Header): void {
    const entry = this.listeners.get(`${header.prog}:${header.proc}`);
    if (!entry || entry.of.size === 0) return;
    let message: unknown;
    try {
      message = decodePayload(entry.type, frame, frame.start + HEADER_SIZE);
    } catch (error) {
      const bytes = frame.bytes.subarray(frame.start, Math.min(frame.end, frame.start + 256));
      this.log.error("malformed event", { procedure: header.proc, bytes: [...bytes], error });
      throw error;
    }
    for (const listener of [...entry.of]) {
      try {
        listener(message as never);
      } catch (error) {
        this.log.error("an event's listener failed", { procedure: header.proc, error });
      }
    }
  }

  protected onClosed(cause: Error | undefined): void {
    const reason = cause ?? rpcError("the connection is closed");
    this.reason = reason;
    for (const serial of [...this.pending.keys()]) this.settle(serial)?.reply.reject(reason);
    for (const stream of [...this.streams.values()]) stream.end(reason);
    this.listeners.clear();
  }
}

/** Stands for a caller that does not wait any more. */
const abandoned: Deferred<unknown> = {
  promise: Promise.resolve(undefined),
  resolve: () => undefined,
  reject: () => undefined,
};

function decodeError(frame: Frame, start: number): Error {
  try {
    return fromNetError(decodePayload(NetError, frame, start) as NetError);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
}
