import { join } from "node:path";
import type { TestContext } from "node:test";
import { accepts, type Background, CHECKOUT, killOne, Sandbox } from "./sandbox.ts";
import { HopelessError, until } from "./until.ts";

/** Which daemon to run: ours or the reference. */
export type DaemonKind = "tsvirtd" | "libvirtd";

/** What the tests of behaviour run: tsvirtd, or the reference where TSVIRT_TEST_DAEMON=libvirtd asks whether a test is right. */
export const DAEMON_UNDER_TEST: DaemonKind = process.env.TSVIRT_TEST_DAEMON === "libvirtd" ? "libvirtd" : "tsvirtd";

/** Options of `Daemon.start`. */
export interface DaemonOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What is run instead of the program itself, its last words the program and its arguments (strace, a wrapper). */
  readonly wrapper?: readonly string[];
}

const PROGRAM: Readonly<Record<DaemonKind, readonly string[]>> = {
  tsvirtd: [join(CHECKOUT, "bin/tsvirtd")],
  libvirtd: ["/usr/sbin/libvirtd"],
};

/** A daemon that serves the default sockets of a sandbox. */
export class Daemon implements AsyncDisposable {
  readonly kind: DaemonKind;
  readonly #background: Background;

  private constructor(kind: DaemonKind, background: Background) {
    this.kind = kind;
    this.#background = background;
  }

  /** Starts the daemon in the foreground and waits until it accepts connections. Its output is in log/KIND.out. */
  static async start(sandbox: Sandbox, kind: DaemonKind, options: DaemonOptions = {}): Promise<Daemon> {
    const { args = [], env = {}, wrapper = [] } = options;
    const logd = sandbox.outside("/run/libvirt/virtlogd-sock");
    if (kind === "libvirtd" && !(await accepts(logd))) {
      await sandbox.background(["/usr/sbin/virtlogd"], "virtlogd.out");
      await until(() => accepts(logd), { what: "virtlogd" });
    }
    // The number of descriptors that libvirtd's service unit grants.
    const command = ["prlimit", "--nofile=8192:", ...wrapper, ...PROGRAM[kind], ...args];
    const background = await sandbox.background(command, `${kind}.out`, env);
    const socket = sandbox.outside("/run/libvirt/libvirt-sock");
    await until(
      () => {
        if (background.hasExited()) throw new HopelessError(`${kind} ended`);
        return accepts(socket);
      },
      { what: `${kind}'s socket` },
    );
    return new Daemon(kind, background);
  }

  /** The program and the arguments it is always given. */
  static command(kind: DaemonKind): readonly string[] {
    return PROGRAM[kind];
  }

  /** As seen from outside the sandbox. */
  get pid(): number {
    return this.#background.pid;
  }

  get running(): boolean {
    return !this.#background.hasExited();
  }

  /** Ends it at once, as a crash would. */
  async crash(): Promise<void> {
    killOne(this.pid, "SIGKILL");
    await this.#background.exited;
  }

  /** Asks it to end and waits; returns its exit status. Guests stay. */
  async stop(): Promise<number> {
    if (this.running) killOne(this.pid, "SIGTERM");
    return this.#background.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Runs `body` with a fresh sandbox; when it fails, the test's output shows every log of the sandbox. */
export async function withSandbox(context: TestContext, body: (sandbox: Sandbox) => Promise<void>): Promise<void> {
  await using sandbox = await Sandbox.open();
  try {
    await body(sandbox);
  } catch (error) {
    for (const line of (await sandbox.logs()).split("\n")) context.diagnostic(line);
    throw error;
  }
}
