import type { Schedule } from "./transport.ts";

/** Program number of keepalive messages (`virkeepaliveprotocol.x`, "keep"). */
export const KEEPALIVE_PROGRAM = 0x6b65_6570;
/** The only version of {@link KEEPALIVE_PROGRAM}; messages of another are ignored. */
export const KEEPALIVE_VERSION = 1;
/** Its two messages. */
export const KeepaliveMessage = { ping: 1, pong: 2 } as const;

/** How to watch a connection. */
export interface KeepaliveOptions {
  /** Milliseconds without traffic after which a ping is sent. */
  readonly interval: number;
  /** How many pings may stay unanswered before the connection counts as dead. */
  readonly count: number;
  readonly schedule: Schedule;
  /** Milliseconds of the monotonic clock. */
  readonly monotonic: () => number;
  /** Sends a ping. */
  readonly ping: () => void;
  /** The other end has not answered. */
  readonly dead: () => void;
}

/** Sends pings when nothing arrives for a while, and says when the other end is gone. One timer, only while it runs. */
export class Keepalive {
  private readonly options: KeepaliveOptions;
  private left: number;
  private heard: number;
  private cancel: (() => void) | undefined;

  constructor(options: KeepaliveOptions) {
    this.options = options;
    this.left = options.count;
    this.heard = options.monotonic();
    this.wait(options.interval);
  }

  /** Something arrived, whatever it was. */
  alive(): void {
    this.left = this.options.count;
    this.heard = this.options.monotonic();
  }

  /** Ends watching. Idempotent. */
  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  private wait(milliseconds: number): void {
    this.cancel = this.options.schedule(milliseconds, () => this.look());
  }

  private look(): void {
    const { interval, monotonic, ping, dead } = this.options;
    const rest = interval - (monotonic() - this.heard);
    if (rest > 0) {
      this.wait(rest);
    } else if (this.left === 0) {
      this.cancel = undefined;
      dead();
    } else {
      this.left--;
      this.heard = monotonic();
      this.wait(interval);
      ping();
    }
  }
}
