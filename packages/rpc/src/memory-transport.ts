import type { Receiver, Transport } from "./transport.ts";

/** Bytes that may be under way before the sender is asked to wait. */
const WINDOW = 256 * 1024;

/** One end of a connection within the process. */
export interface MemoryTransport extends Transport {
  /** Says who receives here. What was sent before waits. */
  connect(receiver: Receiver): void;
}

/**
 * Two ends joined in memory: what one writes, the other receives, in order and later, never while writing. Descriptors are
 * passed as numbers, which stay valid since the process is the same.
 *
 * `closeFds` gets those that nobody wants.
 */
export function memoryTransport(
  closeFds: (fds: readonly number[]) => void = () => undefined,
): readonly [MemoryTransport, MemoryTransport] {
  const left = new End(closeFds);
  const right = new End(closeFds);
  left.peer = right;
  right.peer = left;
  return [left, right];
}

class End implements MemoryTransport {
  readonly passesFds = true;
  peer: End | undefined;
  private readonly discard: (fds: readonly number[]) => void;
  private receiver: Receiver | undefined;
  /** What is on its way to this end. */
  private readonly queue: { readonly bytes: Uint8Array; readonly fds: readonly number[] }[] = [];
  private queued = 0;
  private full = false;
  private paused = false;
  private scheduled = false;
  private over = false;
  private peerOver = false;

  constructor(closeFds: (fds: readonly number[]) => void) {
    this.discard = closeFds;
  }

  get buffered(): number {
    return this.peer?.queued ?? 0;
  }

  connect(receiver: Receiver): void {
    this.receiver = receiver;
    this.schedule();
  }

  write(bytes: Uint8Array, fds: readonly number[] = []): boolean {
    const { peer } = this;
    if (!peer || this.over || peer.over) {
      if (fds.length > 0) this.discard(fds);
      return true;
    }
    peer.queue.push({ bytes, fds: none });
    for (const fd of fds) peer.queue.push({ bytes: Uint8Array.of(0), fds: [fd] });
    peer.queued += bytes.length + fds.length;
    peer.schedule();
    if (peer.queued <= WINDOW) return true;
    peer.full = true;
    return false;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.schedule();
  }

  closeFds(fds: readonly number[]): void {
    this.discard(fds);
  }

  close(): void {
    if (this.over) return;
    this.over = true;
    for (const { fds } of this.queue.splice(0)) if (fds.length > 0) this.discard(fds);
    this.queued = 0;
    if (this.peer) {
      this.peer.peerOver = true;
      this.peer.schedule();
    }
  }

  private schedule(): void {
    if (this.scheduled || !this.receiver) return;
    this.scheduled = true;
    queueMicrotask(() => this.deliver());
  }

  private deliver(): void {
    this.scheduled = false;
    const { receiver } = this;
    if (!receiver) return;
    while (!this.paused && !this.over) {
      const next = this.queue.shift();
      if (!next) break;
      this.queued -= next.bytes.length;
      receiver.receive(next.bytes, next.fds);
    }
    if (this.full && this.queued <= WINDOW / 2) {
      this.full = false;
      this.peer?.receiver?.drained();
    }
    if (this.peerOver && this.queue.length === 0 && !this.over) receiver.ended();
  }
}

const none: readonly number[] = [];
