import { InternalError, JobQueue } from "@tsvirt/base";
import type { GuestRef } from "../events/domain-event.ts";
import { jobTimeout, noDomain, notRunning } from "./errors.ts";
import type { LiveGuest } from "./live.ts";
import { type GuestInput, type GuestState, isActive, step } from "./state.ts";

/** How long a change of a guest waits for the one before it, in milliseconds. */
const JOB_WAIT = 30_000;

/**
 * One domain: the only owner of its mutable state. Whatever changes a guest goes through {@link change}; queries read
 * the fields as they are and wait for nobody. Thousands of these exist at once, so what only a running guest has is in
 * {@link LiveGuest}, and a definition is text until somebody needs more.
 */
export class Guest {
  /** Canonical text form; never changes. */
  readonly uuid: string;
  /** Changed by the registry alone. */
  name: string;
  /** -1 when there is no QEMU. Changed by the registry alone. */
  id = -1;
  /** The persistent definition as it is on disk, without the header; absent for a transient guest. */
  definition: string | undefined;
  autostart = false;
  /** Not, or no longer, one of the instance's guests. Changed by the registry alone. */
  isRemoved = false;
  /** The definition was changed while the guest runs: its next start will differ. */
  updated = false;
  /** There is a saved memory image that the next start will resume. */
  hasManagedSave = false;
  /** How many snapshots and checkpoints have metadata here. */
  snapshots = 0;
  checkpoints = 0;
  /** Cached facts of the definition; dropped when it changes. */
  summary: GuestSummary | undefined;
  #state: GuestState = { kind: "shutoff", reason: "unknown" };
  #live: LiveGuest | undefined;
  #jobs: JobQueue | undefined;

  constructor(identity: { readonly name: string; readonly uuid: string }) {
    this.name = identity.name;
    this.uuid = identity.uuid;
  }

  get state(): GuestState {
    return this.#state;
  }

  /** Whether there is a QEMU, or one is about to be. */
  get isActive(): boolean {
    return isActive(this.#state);
  }

  get isPersistent(): boolean {
    return this.definition !== undefined;
  }

  /** What only a running guest has. */
  get live(): LiveGuest | undefined {
    return this.#live;
  }

  /** As {@link live}; throws libvirt's "domain is not running". */
  requireLive(): LiveGuest {
    if (!this.#live || !this.isActive) throw notRunning();
    return this.#live;
  }

  get ref(): GuestRef {
    return { name: this.name, uuid: this.uuid, id: this.id };
  }

  /** The change that is under way, for job queries and error texts. */
  get job(): { readonly name: string; readonly startedAt: number } | undefined {
    return this.#jobs?.running;
  }

  /** Installs or removes what a running guest has. */
  setLive(live: LiveGuest | undefined): void {
    this.#live = live;
  }

  /**
   * Moves to the state after `input` and returns the state before; `undefined` when the input is not possible now, or
   * changes nothing.
   */
  apply(input: GuestInput): GuestState | undefined {
    const before = this.#state;
    const after = step(before, input);
    if (!after || after === before) return undefined;
    this.#state = after;
    return before;
  }

  /** As {@link apply}, for inputs that the caller knows to be possible. */
  mustApply(input: GuestInput): void {
    const before = this.#state.kind;
    if (step(this.#state, input) === undefined) {
      throw new InternalError(`guest '${this.name}' cannot take '${input.kind}' when '${before}'`);
    }
    this.apply(input);
  }

  /** Sets the state of a guest that was found rather than started by us. */
  restoreState(state: GuestState): void {
    this.#state = state;
  }

  /**
   * Runs one change at a time, in the order asked for. Whoever waits more than 30 s gets libvirt's "cannot acquire state
   * change lock". The body looks at the state itself: it may be another than when the call arrived. It begins when what
   * the last run held has been given back, and not at all when the guest was removed meanwhile.
   */
  async change<T>(
    name: string,
    body: () => Promise<T> | T,
    options: { readonly signal?: AbortSignal; readonly evenRemoved?: boolean } = {},
  ): Promise<T> {
    const begin = async (): Promise<T> => {
      if (this.#live && !this.isActive) await this.#live.finished;
      if (this.isRemoved && options.evenRemoved !== true) throw noDomain(this.uuid, this.name);
      return body();
    };
    this.#jobs ??= new JobQueue();
    const jobs = this.#jobs;
    if (!jobs.running) return jobs.run(name, begin);
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(jobTimeout(jobs.running)), JOB_WAIT);
    const signal = options.signal ? AbortSignal.any([limit.signal, options.signal]) : limit.signal;
    try {
      return await jobs.run(
        name,
        () => {
          clearTimeout(timer);
          return begin();
        },
        { signal },
      );
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Facts of a definition that lists and `dominfo` ask for often; sizes in KiB. */
export interface GuestSummary {
  readonly maxMemory: bigint;
  readonly memory: bigint;
  readonly vcpus: number;
  readonly osType: string;
}
