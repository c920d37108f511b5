import { readFile } from "node:fs/promises";
import { type Clock, type Logger, silentLogger } from "@tsvirt/base";
import { type Connection, Layout, type Listener } from "@tsvirt/host";
import { type FakeChild, FakeHost, FakeSockets } from "@tsvirt/host/testing";
import { probeLegacy } from "@tsvirt/qemu";
import {
  type FakeCommand,
  FakeHmp,
  FakeQemu,
  type HmpAnswer,
  legacyAnswers,
  probeTranscript,
} from "@tsvirt/qemu/testing";
import { type Driver, openDriver } from "../driver.ts";
import { formatCache } from "../qemu/emulators/cache.ts";
import { cacheKey, emulatorStamp } from "../qemu/emulators/emulators.ts";
import { openQemuDriver } from "../qemu/open.ts";
import type { QemuDriver } from "../qemu/qemu-driver.ts";

/** Where the emulator of a {@link FakeMachine} is. */
export const EMULATOR = "/usr/bin/qemu-system-x86_64";
const TRANSCRIPT = new URL("../../../qemu/fixtures/probe/qemu-7.2-x86_64.transcript", import.meta.url);

/** A QEMU that runs on a {@link FakeMachine}: its process, and its end of the monitor. */
export interface RunningQemu {
  child: FakeChild;
  readonly qemu: FakeQemu;
  /** The processors run. */
  running: boolean;
  /** What `query-status` says when they do not. */
  status: string;
}

/** An emulator from before QMP that runs on a {@link FakeMachine}: its process, and its end of the text monitor. */
export interface RunningOldQemu {
  child: FakeChild;
  readonly hmp: FakeHmp;
}

/** How a QEMU behaves from its launch on. */
export interface Behaviour {
  /** Called before it answers on its monitor; may end it with last words in its log. */
  onStart?(child: FakeChild, machine: FakeMachine): void;
  /** Never says a word on its monitor. */
  readonly mute?: boolean;
  /** Answers in place of the usual ones. */
  readonly commands?: Readonly<Record<string, FakeCommand>>;
  /** Answers of an old one's text monitor besides the usual ones. */
  readonly answers?: Readonly<Record<string, HmpAnswer>>;
}

/** A machine in memory with an emulator that was probed before, and QEMUs that do what they are told. */
export class FakeMachine {
  /** What the daemon that runs now sees of it. */
  host = new FakeHost();
  readonly layout = Layout.system();
  /** QEMUs that live, or lived, in the order of their launch. */
  readonly qemus: RunningQemu[] = [];
  /** As {@link qemus}, from before QMP. */
  readonly oldQemus: RunningOldQemu[] = [];
  behaviour: Behaviour = {};
  now = Date.UTC(2026, 0, 1);
  /** Where drivers that are opened from now on log. */
  log: Logger = silentLogger;
  readonly #listeners = new Map<RunningQemu, Listener>();
  readonly #mute = new Set<RunningQemu>();
  readonly #connections: Connection[] = [];
  readonly #drivers: QemuDriver[] = [];
  readonly #clock: Clock = { now: () => this.now, monotonic: () => this.now };

  private constructor() {
    const { sockets } = this.host;
    const create = sockets.createListening.bind(sockets);
    sockets.createListening = async (options) => {
      // A socket ends with the last process that has it.
      for (const run of this.qemus) if (!run.child.alive) this.unlinkMonitor(run);
      // On a real machine the socket is a file too.
      this.host.files.put(options.path, "");
      return create(options);
    };
    this.#wire();
  }

  /** A machine that has nothing but its emulator. */
  static async create(): Promise<FakeMachine> {
    const capabilities = await probeTranscript(await readFile(TRANSCRIPT, "utf8"));
    const machine = new FakeMachine();
    const { files } = machine.host;
    files.put(EMULATOR, "#!", 0o755);
    files.put("/proc/uptime", "1000.00 1000.00\n");
    const stamp = await emulatorStamp(machine.host, EMULATOR);
    files.put(machine.layout.capabilitiesCache(cacheKey(EMULATOR)), formatCache(stamp, capabilities));
    return machine;
  }

  /** Installs an emulator from before QMP that was probed before: `record` is a file of qemu's `fixtures/legacy`. */
  async installOld(path: string, record: string): Promise<void> {
    const { host } = this;
    const text = await readFile(new URL(`../../../qemu/fixtures/legacy/${record}.txt`, import.meta.url), "utf8");
    host.files.put(path, "#!", 0o755);
    const stamp = await emulatorStamp(host, path);
    const { kvm } = stamp;
    const capabilities = await probeLegacy({ emulator: path, hostArch: "x86_64", kvm, run: legacyAnswers(text) });
    if (!capabilities) throw new RangeError(`${record} is no emulator from before QMP`);
    host.files.put(this.layout.capabilitiesCache(cacheKey(path)), formatCache(stamp, capabilities));
    host.processes.helper(path.slice(path.lastIndexOf("/") + 1), () => ({}));
  }

  /** Opens the driver as the system instance. */
  async open(): Promise<QemuDriver> {
    const driver = await openQemuDriver({
      kind: "system",
      uri: "qemu:///system",
      layout: this.layout,
      host: this.host,
      log: this.log,
      clock: this.#clock,
    });
    this.#drivers.push(driver);
    return driver;
  }

  /** Opens the whole instance, networks and all, as the daemon does. */
  openAll(): Promise<Driver> {
    return openDriver({
      kind: "system",
      uri: "qemu:///system",
      layout: this.layout,
      host: this.host,
      log: this.log,
      clock: this.#clock,
    });
  }

  /** The daemon was killed: nothing that it still does has an effect, files and QEMUs are as they were. */
  crash(): void {
    const dead = this.host;
    const { sockets, network } = dead;
    this.host = Object.assign(new FakeHost(), {
      files: dead.files.afterKill(),
      processes: dead.processes.afterKill(),
      sockets,
      network,
    });
    dead.files.inject = () => {
      throw new RangeError("killed");
    };
    Object.assign(dead, { sockets: new FakeSockets() });
    for (const run of this.qemus) {
      const { pid } = run.child.identity;
      run.child = this.host.processes.children.find(({ identity }) => identity.pid === pid) ?? run.child;
    }
    // A dead process has no timers either. What closing does to files has no effect any more, and may fail.
    for (const run of this.oldQemus) {
      const { pid } = run.child.identity;
      run.child = this.host.processes.children.find(({ identity }) => identity.pid === pid) ?? run.child;
    }
    for (const driver of this.#drivers.splice(0)) void driver.close().catch(() => undefined);
    for (const connection of this.#connections.splice(0)) connection.close();
    this.#wire();
  }

  /** The newest QEMU. */
  get last(): RunningQemu {
    const last = this.qemus.at(-1);
    if (!last) throw new RangeError("no QEMU was launched");
    return last;
  }

  /** QEMUs that live. */
  get alive(): readonly RunningQemu[] {
    return this.qemus.filter(({ child }) => child.alive);
  }

  /** A process that somebody started by hand. */
  appear(...process: Parameters<FakeHost["processes"]["appear"]>): FakeChild {
    return this.host.processes.appear(...process);
  }

  /** Lets a process that somebody started by hand be a QEMU that runs, with its QMP monitor on a path. */
  serveMonitor(child: FakeChild, path: string): RunningQemu {
    const run: RunningQemu = { child, qemu: this.#program(() => run), running: true, status: "running" };
    this.qemus.push(run);
    this.host.files.put(path, "");
    this.host.sockets.owners.set(path, child.identity.pid);
    void this.host.sockets.createListening({ path, mode: 0o600 });
    this.#serve(run, path);
    return run;
  }

  /** The path of a disk image that is there. */
  disk(path: string): string {
    this.host.files.put(path, "");
    return path;
  }

  #wire(): void {
    const { processes, files } = this.host;
    processes.helper("qemu-system-x86_64", () => ({}));
    processes.onLaunch = (child) => this.#boot(child);
    // Every process of the machine sees the same files.
    const readLink = files.readLink.bind(files);
    files.readLink = async (path) => (path.endsWith("/ns/mnt") ? "mnt:[4026531841]" : readLink(path));
  }

  async #boot(child: FakeChild): Promise<void> {
    const { argv } = child.spec;
    if (argv.includes("-monitor")) return this.#bootOld(child);
    if (!argv.includes("-uuid")) return;
    this.behaviour.onStart?.(child, this);
    const run: RunningQemu = { child, qemu: this.#program(() => run), running: false, status: "prelaunch" };
    this.qemus.push(run);
    if (this.behaviour.mute === true) this.#mute.add(run);
    this.#serve(run);
  }

  async #bootOld(child: FakeChild): Promise<void> {
    this.behaviour.onStart?.(child, this);
    const hmp: FakeHmp = new FakeHmp({
      "info version": () => "0.9.1\n",
      "info status": () => `VM status: ${running ? "running" : "paused"}\n`,
      "info chardev": () => "",
      cont: () => {
        running = true;
        return "";
      },
      stop: () => {
        running = false;
        return "";
      },
      system_reset: () => "",
      system_powerdown: () => "",
      "change vnc password": () => hmp.askPassword(),
      ...this.behaviour.answers,
    });
    let running = false;
    const run = { child, hmp };
    this.oldQemus.push(run);
    const { argv } = child.spec;
    const [, path = ""] = /^unix:([^,]*),server,nowait$/.exec(argv[argv.indexOf("-monitor") + 1] ?? "") ?? [];
    if (path === "" || !child.alive) return;
    const { sockets } = this.host;
    await sockets.createListening({ path, mode: 0o600 });
    sockets.accept(path, (connection) => {
      if (!run.child.alive) return connection.close();
      this.#connections.push(connection);
      hmp.onData = (chunk) => {
        connection.write(chunk);
      };
      void run.child.ended.then(() => connection.close());
      connection.start({
        data: (bytes, fds) =>
          hmp.receive(
            new TextDecoder().decode(bytes),
            fds.map(({ fd }) => fd),
          ),
        closed: () => undefined,
      });
      hmp.greet();
    });
  }

  /** The monitor's socket is removed, by whichever name. */
  unlinkMonitor(run: RunningQemu): void {
    this.#listeners
      .get(run)
      ?.close()
      .catch(() => undefined);
    this.#listeners.delete(run);
  }

  /** Lets a QEMU answer on its monitor: one that was mute, or whose socket was removed. */
  answer(run: RunningQemu): void {
    const waits = this.#mute.delete(run);
    if (waits && this.#connections.length > 0) run.qemu.greet();
    if (this.#listeners.has(run)) return;
    this.host.sockets.createListening({ path: monitorPath(run, this.layout), mode: 0o600 }).catch(() => undefined);
    this.#serve(run);
  }

  #serve(run: RunningQemu, path = monitorPath(run, this.layout)): void {
    const listener = this.host.sockets.accept(path, (connection) => {
      // The socket ends with the last process that has it.
      if (!run.child.alive) return connection.close();
      this.#connections.push(connection);
      run.qemu.onData = (chunk) => {
        connection.write(chunk);
      };
      void run.child.ended.then(() => connection.close());
      const lines = new LineReader((line) => run.qemu.receive(line));
      connection.start({ data: (bytes) => lines.push(bytes), closed: () => undefined });
      if (!this.#mute.has(run)) run.qemu.greet();
    });
    this.#listeners.set(run, listener);
  }

  #program(run: () => RunningQemu): FakeQemu {
    const qemu: FakeQemu = FakeQemu.scripted({
      "migrate-set-capabilities": () => ({}),
      "query-chardev": () => [],
      "query-cpus-fast": () => [{ "cpu-index": 0, "qom-path": "/machine/unattached/device[0]", "thread-id": 77 }],
      "qom-list": () => [],
      "qom-get": () => false,
      balloon: () => ({}),
      "query-status": () => ({ status: run().running ? "running" : run().status, running: run().running }),
      cont: () => {
        run().running = true;
        qemu.emit("RESUME");
        return {};
      },
      stop: () => {
        run().running = false;
        run().status = "paused";
        qemu.emit("STOP");
        return {};
      },
      system_reset: () => {
        qemu.emit("RESET", { guest: false, reason: "host-qmp-system-reset" });
        return {};
      },
      system_powerdown: () => ({}),
      "query-block": () => [],
      ...this.behaviour.commands,
    });
    return qemu;
  }
}

/** The monitor's path follows from the run's directory, which the master key's argument names. */
function monitorPath(run: RunningQemu, layout: Layout): string {
  const base = `${layout.qemuLibDirectory}/domain-`;
  const word = run.child.spec.argv.find((each) => each.includes(base)) ?? "";
  const at = word.indexOf(base);
  return `${word.slice(at, word.indexOf("/", at + base.length))}/monitor.sock`;
}

class LineReader {
  readonly #take: (line: string) => void;
  #rest = "";

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  push(bytes: Uint8Array): void {
    const parts = (this.#rest + new TextDecoder().decode(bytes)).split("\n");
    this.#rest = parts.pop() ?? "";
    for (const part of parts) if (part.trim() !== "") this.#take(part);
  }
}
