import { ErrorCode, ErrorDomain, InternalError, VirtError, virtError } from "@tsvirt/base";
import { type AnyType, compiled, DecodeError, EncodeError } from "@tsvirt/codec/xdr";
import type { BoundProgram } from "./bind.ts";
import { NetError, readOnlyDenied, rpcError, toNetError } from "./errors.ts";
import { decodePayload, type Frame, payloadOf } from "./frames.ts";
import type { Call } from "./handlers.ts";
import { Link, type LinkOptions } from "./link.ts";
import { type EventDeclaration, holds, type MessageOf, type ProcedureEntry } from "./program.ts";
import { NetStreamHole, type ServerStreamLink, ServerStreamState } from "./server-stream.ts";
import type { ServerStream } from "./stream.ts";
import { ANONYMOUS_MESSAGE_MAX, HEADER_SIZE, type Header, MESSAGE_MAX, MessageStatus, MessageType } from "./wire.ts";

/** Reasons of one refusal that go to the log. */
const MAX_DETAILS = 20;

/** Limits of one client (W7); the defaults are libvirtd's and the threat model's. */
export interface ClientLimits {
  /** Calls executed at once (`max_client_requests`); as many again wait before reading stops. 5. */
  readonly maxRequests?: number;
  /** Bytes that may wait to be sent. 64 MiB. */
  readonly maxBuffered?: number;
  /** Events that may be sent while the client does not read. 10,000. */
  readonly maxEvents?: number;
}

/** What a connection of a server is made with. */
export interface ServerOptions<S> extends Omit<LinkOptions, "maxBuffered"> {
  /** What handlers get as `call.session`. */
  readonly session: S;
  /** Whether the client came to a socket for looking only; it never changes. */
  readonly readOnly: boolean;
  /** Whether the client need not authenticate. */
  readonly authenticated: boolean;
  readonly limits?: ClientLimits;
  /**
   * Asked before each handler, once the table allowed the call: throws, or rejects, what the client is told. For access
   * drivers; they find what to check with `accessRules` and `holds`.
   */
  readonly authorize?: (entry: ProcedureEntry, args: unknown, session: S) => void | Promise<void>;
  /** Called once when the connection has ended, with the reason unless it was closed on purpose. */
  readonly onClose?: (cause: Error | undefined) => void;
}

/** One client of a server: decodes its calls, applies the table, and answers each exactly once. */
export class ServerConnection<S = unknown> extends Link {
  readonly session: S;
  readonly readOnly: boolean;
  private readonly options: ServerOptions<S>;
  private readonly maxRequests: number;
  private readonly programs = new Map<number, BoundProgram>();
  private isAuthenticated: boolean;
  /** Calls whose handlers have not answered. */
  private readonly running = new Set<CallState<S>>();
  private readonly waiting: CallState<S>[] = [];
  private waitingHeld = false;
  private readonly streams = new Map<number, CallState<S>>();
  private congestedEvents = 0;

  constructor(options: ServerOptions<S>) {
    super({ ...options, maxBuffered: options.limits?.maxBuffered ?? 64 * 1024 * 1024 });
    this.options = options;
    this.session = options.session;
    this.readOnly = options.readOnly;
    this.isAuthenticated = options.authenticated;
    this.maxRequests = options.limits?.maxRequests ?? 5;
  }

  /** Whether the client has authenticated, or need not. */
  get authenticated(): boolean {
    return this.isAuthenticated;
  }

  /** Lets the client make all calls. Only once (A8). */
  markAuthenticated(): void {
    if (this.isAuthenticated) throw new InternalError("The client is authenticated already");
    this.isAuthenticated = true;
  }

  /** Serves a program from now on, in place of what served it before. */
  serve(program: BoundProgram): void {
    this.programs.set(program.id, program);
  }

  /** Calls and streams under way. */
  get busy(): number {
    return this.running.size + this.waiting.length + this.streams.size;
  }

  protected override get messageMax(): number {
    return this.isAuthenticated ? MESSAGE_MAX : ANONYMOUS_MESSAGE_MAX;
  }

  /**
   * Sends an event. A client that has been left behind by too many events is closed (W7). An event that cannot be encoded
   * is logged and dropped.
   */
  sendEvent<E extends EventDeclaration<AnyType>>(
    program: { readonly id: number; readonly version: number },
    event: E,
    message: MessageOf<E>,
  ): void {
    if (this.closed) return;
    if (this.congested && ++this.congestedEvents > (this.options.limits?.maxEvents ?? 10_000)) {
      this.close(rpcError("the client does not read its events"));
      return;
    }
    const header: Header = {
      prog: program.id,
      vers: program.version,
      proc: event.number,
      type: MessageType.message,
      serial: 0,
      status: MessageStatus.ok,
    };
    try {
      this.send(header, compiled(event.message), message);
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error;
      this.log.error("event cannot be sent", { event: event.number, error });
    }
  }

  protected override onDrained(): void {
    this.congestedEvents = 0;
  }

  // --- messages in

  protected onFrame(frame: Frame, header: Header): void {
    switch (header.type) {
      case MessageType.call:
        this.onCall(frame, header, frame.start + HEADER_SIZE);
        return;
      case MessageType.callWithFds:
        this.onCall(frame, header, frame.start + HEADER_SIZE + 4);
        return;
      case MessageType.stream:
        this.streamOf(header)?.onPacket(header.status, payloadOf(frame));
        return;
      case MessageType.streamHole:
        this.streamOf(header)?.onHole(decodePayload(NetStreamHole, frame, frame.start + HEADER_SIZE) as NetStreamHole);
        return;
      default:
        // Replies and messages are not for a server: libvirtd ignores them too.
        this.dropFds(frame.fds);
    }
  }

  private dropFds(fds: readonly number[]): void {
    if (fds.length > 0) this.transport.closeFds(fds);
  }

  private streamOf(header: Header): ServerStreamState | undefined {
    const call = this.streams.get(header.serial);
    return call && call.header.prog === header.prog && call.header.proc === header.proc ? call.openStream : undefined;
  }

  private onCall(frame: Frame, header: Header, start: number): void {
    let call: CallState<S>;
    try {
      call = this.admit(frame, header, start);
    } catch (error) {
      this.dropFds(frame.fds);
      if (!(error instanceof VirtError)) throw error;
      this.sendError(header, MessageType.reply, error);
      return;
    }
    if (this.mayRun(call)) {
      this.run(call);
      return;
    }
    this.waiting.push(call);
    if (!this.waitingHeld && this.waiting.length >= this.maxRequests) {
      this.waitingHeld = true;
      this.hold();
    }
  }

  /** Calls that wait for no guest may overtake those that do, but not without a limit either. */
  private mayRun({ entry }: CallState<S>): boolean {
    return this.running.size < (entry.procedure.priority === "high" ? 4 : 1) * this.maxRequests;
  }

  /** Decodes a call and applies the table. Throws what the client is told. */
  private admit(frame: Frame, header: Header, start: number): CallState<S> {
    const program = this.programs.get(header.prog);
    if (!program || program.version !== header.vers) {
      throw rpcError(`Cannot find program ${header.prog} version ${header.vers}`);
    }
    if (header.status !== MessageStatus.ok) throw rpcError(`Unexpected message status ${header.status}`);
    const entry = program.callByNumber.get(header.proc);
    if (!entry) throw rpcError(`unknown procedure: ${header.proc}`);
    const { procedure } = entry;
    if (!this.isAuthenticated && procedure.needAuth !== false) throw rpcError("authentication required");
    let args: unknown;
    try {
      args = decodePayload(procedure.args, frame, start);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.log.debug("malformed call", { procedure: entry.name, reason: error.message });
      throw rpcError("Unable to decode message payload");
    }
    if (this.readOnly && procedure.needAuth !== false) {
      const rule = procedure.readonly;
      if (rule === undefined) throw readOnlyDenied(procedure);
      if (rule !== "allow" && holds(rule.unless, args)) throw readOnlyDenied(procedure, rule.says);
    }
    return new CallState(this, program, entry, header, args, frame.fds);
  }

  private run(call: CallState<S>): void {
    try {
      const { authorize } = this.options;
      const checked = authorize?.(call.entry, call.args, this.session);
      const result =
        checked instanceof Promise
          ? checked.then(() => call.program.invoke(call.entry, call.args, call))
          : call.program.invoke(call.entry, call.args, call);
      if (result instanceof Promise) {
        this.running.add(call);
        result.then(
          (ret: unknown) => this.settle(call, ret),
          (error: unknown) => this.settle(call, undefined, error),
        );
      } else {
        this.answer(call, result);
      }
    } catch (error) {
      this.refuse(call, error);
    }
  }

  private settle(call: CallState<S>, ret: unknown, ...errors: readonly unknown[]): void {
    this.running.delete(call);
    if (errors.length > 0) this.refuse(call, errors[0]);
    else this.answer(call, ret);
    for (let first = this.waiting[0]; first && this.mayRun(first) && !this.closed; first = this.waiting[0]) {
      this.waiting.shift();
      this.run(first);
    }
    if (this.waitingHeld && this.waiting.length < this.maxRequests) {
      this.waitingHeld = false;
      this.release();
    }
  }

  // --- messages out

  private answer(call: CallState<S>, ret: unknown): void {
    const { header } = call;
    const { procedure, name } = call.entry;
    const fds = call.finish();
    if (this.closed) {
      this.dropFds(fds);
      call.openStream?.abandon(rpcError("the connection was closed"));
      return;
    }
    if (procedure.stream && this.streams.has(header.serial)) {
      this.dropFds(fds);
      const error = rpcError(`stream ${header.serial} is open already`);
      call.openStream?.abandon(error);
      this.sendError(header, MessageType.reply, error);
      return;
    }
    const reply = { ...header, type: fds.length > 0 ? MessageType.replyWithFds : MessageType.reply };
    try {
      this.send(reply, compiled(procedure.ret), ret, fds.length > 0 ? fds : undefined);
    } catch (error) {
      this.dropFds(fds);
      this.log.error("reply cannot be sent", { procedure: name, error });
      const told = rpcError("Unable to encode message payload");
      call.openStream?.abandon(told);
      this.sendError(header, MessageType.reply, told);
      return;
    }
    const stream = call.openStream;
    if (procedure.stream && !this.closed) {
      this.streams.set(header.serial, call);
      (stream ?? call.makeStream()).start();
    }
  }

  private refuse(call: CallState<S>, error: unknown): void {
    this.dropFds(call.finish());
    const told = this.report(call.entry.name, error);
    call.openStream?.abandon(told);
    if (!this.closed) this.sendError(call.header, MessageType.reply, told);
  }

  /** What a client is told of an exception: libvirt's errors as they are, ours as an internal error, which is logged. */
  report(what: string, error: unknown): VirtError {
    if (error instanceof VirtError) {
      // The client has room for the first of them only.
      for (const problem of error.details.slice(0, MAX_DETAILS)) {
        this.log.warn("call refused", { procedure: what, problem });
      }
      return error;
    }
    this.log.error("unexpected error", { procedure: what, error });
    const reason = error instanceof InternalError ? error.message : "unexpected error in the daemon, see its log";
    return virtError(ErrorCode.internalError, reason, { domain: ErrorDomain.rpc });
  }

  private sendError(header: Header, type: number, error: VirtError): void {
    this.send({ ...header, type, status: MessageStatus.error }, compiled(NetError), toNetError(error));
  }

  /** Closes descriptors that a handler did not take. */
  closeCallFds(fds: readonly number[]): void {
    this.transport.closeFds(fds);
  }

  /** How a stream of a call reaches its client. */
  streamLink(call: CallState<S>): ServerStreamLink {
    const header = { ...call.header, type: MessageType.stream };
    const link = this;
    return {
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
      sendError: (error) => this.sendError(header, MessageType.stream, this.report(call.entry.name, error)),
      pause: (paused) => (paused ? this.hold() : this.release()),
      forget: () => {
        if (this.streams.get(header.serial) === call) this.streams.delete(header.serial);
      },
      report: (error) => this.report(call.entry.name, error),
    };
  }

  protected onClosed(cause: Error | undefined): void {
    const reason = cause ?? rpcError("the connection was closed");
    for (const call of this.waiting.splice(0)) this.dropFds(call.finish());
    for (const call of this.running) call.abort(reason);
    for (const call of [...this.streams.values()]) call.openStream?.end(reason);
    this.streams.clear();
    this.options.onClose?.(cause);
  }
}

/** One call under way. */
class CallState<S> implements Call<S> {
  readonly connection: ServerConnection<S>;
  readonly program: BoundProgram;
  readonly entry: ProcedureEntry;
  readonly header: Header;
  readonly args: unknown;
  fds: readonly number[];
  private sent: number[] | undefined;
  private controller: AbortController | undefined;
  private reason: Error | undefined;
  openStream: ServerStreamState | undefined;

  constructor(
    connection: ServerConnection<S>,
    program: BoundProgram,
    entry: ProcedureEntry,
    header: Header,
    args: unknown,
    fds: readonly number[],
  ) {
    this.connection = connection;
    this.program = program;
    this.entry = entry;
    this.header = header;
    this.args = args;
    this.fds = fds;
    this.sent = undefined;
    this.controller = undefined;
    this.reason = undefined;
    this.openStream = undefined;
  }

  get session(): S {
    return this.connection.session;
  }

  get readOnly(): boolean {
    return this.connection.readOnly;
  }

  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.reason) this.controller.abort(this.reason);
    }
    return this.controller.signal;
  }

  takeFds(): readonly number[] {
    const taken = this.fds;
    this.fds = [];
    return taken;
  }

  get replyFds(): number[] {
    this.sent ??= [];
    return this.sent;
  }

  get stream(): ServerStream {
    return this.openStream ?? this.makeStream();
  }

  makeStream(): ServerStreamState {
    const rule = this.entry.procedure.stream;
    if (!rule) throw new InternalError(`${this.entry.name} opens no stream`);
    const sparse = rule.sparseFlag !== undefined && holds({ argument: "flags", anyOf: rule.sparseFlag }, this.args);
    this.openStream = new ServerStreamState(rule, sparse, this.connection.streamLink(this));
    return this.openStream;
  }

  /** The client has gone. */
  abort(reason: Error): void {
    this.reason = reason;
    this.controller?.abort(reason);
  }

  /** The handler is done: gives back what it did not take, and returns what it sends. */
  finish(): readonly number[] {
    const left = this.takeFds();
    if (left.length > 0) this.connection.closeCallFds(left);
    return this.sent ?? noFds;
  }
}

const noFds: readonly number[] = [];
