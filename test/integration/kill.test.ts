// D1 of the threat model: the daemon is killed at random instants while ten guests are led through their lives.
// TSVIRT_KILLS sets the number of kills (100 for the full run), TSVIRT_SEED the chance.
import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { DAEMON_UNDER_TEST, Daemon, withSandbox } from "../support/daemon.ts";
import { argumentsOf } from "../support/processes.ts";
import { Random } from "../support/random.ts";
import { type Sandbox, sandboxObstacle } from "../support/sandbox.ts";
import { tinyGuest } from "../support/tiny-guest.ts";
import { HopelessError, until } from "../support/until.ts";
import { Virsh } from "../support/virsh.ts";

const skip = sandboxObstacle() ?? false;
const KILLS = Number(process.env.TSVIRT_KILLS ?? 8);
const SEED = Number(process.env.TSVIRT_SEED ?? Date.now() % 1_000_000);
const GUESTS = 10;

type State = "absent" | "shut off" | "running" | "paused";

interface Step {
  readonly command: "define" | "undefine" | "start" | "destroy" | "suspend" | "resume";
  readonly after: State;
}

/** What can be done to a guest in each state, and what it is then. */
const STEPS: Readonly<Record<State, readonly [Step, ...Step[]]>> = {
  absent: [{ command: "define", after: "shut off" }],
  "shut off": [
    { command: "start", after: "running" },
    { command: "start", after: "running" },
    { command: "undefine", after: "absent" },
  ],
  running: [
    { command: "suspend", after: "paused" },
    { command: "destroy", after: "shut off" },
  ],
  paused: [
    { command: "resume", after: "running" },
    { command: "destroy", after: "shut off" },
  ],
};

/** The daemon, its crashes and its restarts. */
interface Host {
  readonly sandbox: Sandbox;
  readonly virsh: Virsh;
  /** Grows with each crash. */
  crashes: number;
  /** Resolves when the daemon is there, again. */
  ready: Promise<unknown>;
}

/** Emulators by the name of their guest; a guest with two is an error of its own. */
async function emulatorsByGuest(sandbox: Sandbox): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const { pid } of await sandbox.emulators()) {
    const name = /guest=([^,]+)/.exec((await argumentsOf(pid)).join(" "))?.[1];
    if (name === undefined) continue;
    assert.ok(!found.has(name), `${name} runs twice: ${found.get(name)} and ${pid}`);
    found.set(name, pid);
  }
  return found;
}

/** The guest's state as the daemon says it, once the daemon says anything. */
async function stateOf(host: Host, name: string): Promise<State> {
  return until(
    async () => {
      await host.ready;
      const { status, stdout, stderr } = await host.virsh.attempt(["domstate", name, "--reason"]);
      if (status === 0) {
        const [, state, reason] = /^(.*) \((.*)\)\s*$/.exec(stdout) ?? [];
        // A start that was interrupted is undone as soon as the emulator's monitor answers.
        return reason === "starting up" ? undefined : (state as State);
      }
      return /failed to get domain|Domain not found/.test(stderr) && !/connect/.test(stderr) ? "absent" : undefined;
    },
    { what: `the state of ${name}`, signal: AbortSignal.timeout(60_000) },
  );
}

/** Leads one guest from state to state until told to stop; what was acknowledged must be so, what was not may be. */
class Life {
  state: State = "absent";
  /** The emulator of a guest that is meant to be there. */
  emulator: number | undefined;
  steps = 0;
  readonly name: string;
  readonly #host: Host;
  readonly #random: Random;
  readonly #document: string;

  constructor(host: Host, name: string, document: string, random: Random) {
    this.name = name;
    this.#host = host;
    this.#document = document;
    this.#random = random;
  }

  async step(): Promise<void> {
    const { virsh, sandbox } = this.#host;
    // While there is no daemon to ask, asking would only keep it from starting.
    await this.#host.ready;
    const before = this.state;
    const { command, after } = this.#random.pick(STEPS[before]);
    const crashes = this.#host.crashes;
    const result =
      command === "define"
        ? await virsh.attempt(["define", this.#document])
        : await virsh.attempt([command, this.name]);
    if (result.status === 0) {
      this.state = after;
    } else {
      if (this.#host.crashes === crashes && !/connect|recv|read from socket|write data/i.test(result.stderr)) {
        throw new HopelessError(`${command} ${this.name}, ${before}: ${result.stderr}`);
      }
      this.state = await stateOf(this.#host, this.name);
      assert.ok(
        [before, after].includes(this.state),
        `${command} of ${before} ${this.name} left it ${this.state}, after ${crashes} crashes`,
      );
    }
    this.steps += 1;
    const emulator = (await emulatorsByGuest(sandbox)).get(this.name);
    const lives = this.state === "running" || this.state === "paused";
    const lived = before === "running" || before === "paused";
    if (lives) assert.ok(emulator !== undefined, `${this.name} is ${this.state} without an emulator`);
    if (lives && lived) assert.equal(emulator, this.emulator, `${this.name} changed its emulator`);
    this.emulator = lives ? emulator : undefined;
  }
}

/** Every document the daemon keeps is whole. */
async function assertWhole(sandbox: Sandbox): Promise<void> {
  for (const [directory, end] of [
    ["/etc/libvirt/qemu", /<\/domain>\s*$/],
    ["/run/libvirt/qemu", /<\/domstatus>\s*$/],
  ] as const) {
    // A daemon that was killed early may not have made it yet.
    const names = await readdir(sandbox.outside(directory)).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      throw error;
    });
    for (const name of names) {
      if (!name.endsWith(".xml")) continue;
      const text = await readFile(sandbox.outside(`${directory}/${name}`), "utf8").catch(() => undefined);
      if (text !== undefined) assert.match(text, end, `${directory}/${name} is torn`);
    }
  }
}

test(`${KILLS} kills of the daemon during ${GUESTS} lives lose, kill and double nothing`, { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    context.diagnostic(`seed ${SEED}`);
    const host: Host = { sandbox, virsh: new Virsh(sandbox), crashes: 0, ready: Promise.resolve() };
    let daemon = await Daemon.start(sandbox, DAEMON_UNDER_TEST);
    const lives: Life[] = [];
    for (let index = 0; index < GUESTS; index++) {
      const name = `life${index}`;
      const document = `/run/${name}.xml`;
      await writeFile(sandbox.outside(document), await tinyGuest(sandbox, name));
      lives.push(new Life(host, name, document, new Random(SEED + index)));
    }
    let over = false;
    const living = Promise.allSettled(
      lives.map(async (life) => {
        try {
          while (!over) await life.step();
        } finally {
          over = true;
        }
      }),
    );
    const random = new Random(SEED - 1);
    try {
      for (let kill = 0; kill < KILLS && !over; kill++) {
        await delay(random.between(20, 800));
        host.crashes += 1;
        const restarted = daemon.crash().then(async () => {
          await assertWhole(sandbox);
          return Daemon.start(sandbox, DAEMON_UNDER_TEST);
        });
        // Those who wait find out by themselves when it does not come back.
        host.ready = restarted.catch(() => undefined);
        daemon = await restarted;
      }
    } finally {
      over = true;
      const failure = (await living).find((result) => result.status === "rejected");
      if (failure !== undefined) context.diagnostic(String(failure.reason));
    }
    const failure = (await living).find((result) => result.status === "rejected");
    if (failure !== undefined) throw failure.reason;
    for (const life of lives) assert.equal(await stateOf(host, life.name), life.state);
    const expected = lives
      .filter(({ state }) => state === "running" || state === "paused")
      .map(({ name, emulator }) => [name, emulator]);
    await until(async () => (await sandbox.emulators()).length === expected.length, {
      what: "only the living to have emulators",
    });
    assert.deepEqual([...(await emulatorsByGuest(sandbox))].sort(), expected.sort());
    context.diagnostic(`${lives.reduce((sum, { steps }) => sum + steps, 0)} steps`);
    await daemon.stop();
  });
});
