import { createHash } from "node:crypto";
import { ErrorCode, type Logger, VirtError, virtError } from "@tsvirt/base";
import { type Host, type Layout, Signal, type Store } from "@tsvirt/host";
import {
  emulatorPrograms,
  probeArguments,
  probeCapabilities,
  type QemuCapabilities,
  type QmpSession,
} from "@tsvirt/qemu";
import { Monitor } from "../monitor/monitor.ts";
import { type EmulatorStamp, formatCache, parseCache } from "./cache.ts";

/** How long an emulator may take to answer all questions, in milliseconds. */
const PROBE_LIMIT = 60_000;
/** Count up when what is asked, or what is made of the answers, changes in a way that the form of the cache does not show. */
const PROBE_VERSION = "2";
/** Emulators asked at the same time. */
const AT_ONCE = 4;

/** An emulator that was found, with what it can do. */
export interface Emulator {
  /** The guests it was looked for. */
  readonly arch: string;
  readonly path: string;
  readonly capabilities: QemuCapabilities;
}

interface Known {
  readonly stamp: EmulatorStamp;
  readonly capabilities: Promise<QemuCapabilities>;
}

/**
 * The emulators of this host. Each binary is asked once and its answers kept on disk; it is asked again when it, or
 * `/dev/kvm`, or our version changed, which every use checks with one `stat`. Nothing is probed before somebody asks.
 */
export class Emulators {
  readonly #host: Host;
  readonly #layout: Layout;
  readonly #log: Logger;
  readonly #store: Store;
  readonly #known = new Map<string, Known>();
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(host: Host, layout: Layout, log: Logger, store: Store) {
    this.#host = host;
    this.#layout = layout;
    this.#log = log;
    this.#store = store;
  }

  /** Whether guests of type `kvm` can run: whether `/dev/kvm` opens, never what cpuinfo says. */
  async hasKvm(): Promise<boolean> {
    return canUseKvm(this.#host);
  }

  /**
   * What the emulator at `path` can do. Throws libvirt's "Cannot check QEMU binary" when it is missing, and its own last
   * words when it does not answer.
   */
  async capabilities(path: string): Promise<QemuCapabilities> {
    const stamp = await emulatorStamp(this.#host, path, this.#known.get(path)?.stamp);
    const known = this.#known.get(path);
    if (known && sameStamp(known.stamp, stamp)) return known.capabilities;
    const capabilities = this.#load(stamp);
    this.#known.set(path, { stamp, capabilities });
    // A failure is not remembered: the next use tries again.
    capabilities.catch(() => {
      if (this.#known.get(path)?.capabilities === capabilities) this.#known.delete(path);
    });
    return capabilities;
  }

  /** The emulator that libvirt would take for a guest of this architecture without `<emulator>`. */
  async defaultPath(arch: string): Promise<string | undefined> {
    for (const name of [...emulatorPrograms(this.#host.node.architecture, arch), "qemu-kvm", "kvm"]) {
      const path = await this.#host.processes.findProgram(name);
      if (path === undefined) continue;
      if (!name.endsWith("kvm")) return path;
      // `qemu-kvm` emulates what the host is.
      if ((await this.#try(path))?.arch === arch) return path;
    }
    return undefined;
  }

  /**
   * For each of the given architectures the emulator, if there is one that works; several are asked at once, broken ones are
   * logged and left out.
   */
  async all(archs: readonly string[]): Promise<readonly Emulator[]> {
    const found = await Promise.all(
      archs.map(async (arch) => {
        const path = await this.defaultPath(arch);
        const capabilities = path === undefined ? undefined : await this.#try(path);
        return path !== undefined && capabilities ? [{ arch, path, capabilities }] : [];
      }),
    );
    return found.flat();
  }

  async #try(path: string): Promise<QemuCapabilities | undefined> {
    try {
      return await this.capabilities(path);
    } catch (error) {
      if (!(error instanceof VirtError)) throw error;
      this.#log.warn("emulator left out", { path, error: error.message });
      return undefined;
    }
  }

  async #load(stamp: EmulatorStamp): Promise<QemuCapabilities> {
    const file = this.#layout.capabilitiesCache(cacheKey(stamp.path));
    const cached = (await this.#host.files.facts(file)) ? await this.#host.files.readText(file) : undefined;
    const known = cached === undefined ? undefined : parseCache(cached, stamp);
    if (known) return known;
    await this.#turn();
    try {
      const capabilities = await this.#probe(stamp);
      await this.#save(file, formatCache(stamp, capabilities));
      return capabilities;
    } finally {
      this.#busy--;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    while (this.#busy >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#busy++;
  }

  /** A cache that cannot be written costs time, not correctness. */
  async #save(file: string, text: string): Promise<void> {
    try {
      await this.#host.files.makeDirectory(this.#layout.capabilitiesCacheDirectory, { mode: 0o755 });
      await this.#store.write(file, text, { mode: 0o600 });
    } catch (error) {
      if (!(error instanceof VirtError)) throw error;
      this.#log.warn("capabilities not cached", { file, error: error.message });
    }
  }

  async #probe(stamp: EmulatorStamp): Promise<QemuCapabilities> {
    const started = performance.now();
    const signal = AbortSignal.timeout(PROBE_LIMIT);
    const opened: { close(): Promise<void> }[] = [];
    const open = async (accel: "kvm:tcg" | "tcg"): Promise<QmpSession> => {
      const conversation = await this.#converse(stamp.path, accel, signal);
      opened.push(conversation);
      return conversation.session;
    };
    try {
      const first = await open(stamp.kvm ? "kvm:tcg" : "tcg");
      const capabilities = await probeCapabilities(first, { signal, openTcg: () => open("tcg") });
      this.#log.info("emulator probed", { path: stamp.path, ms: Math.round(performance.now() - started) });
      return capabilities;
    } finally {
      await Promise.all(opened.map((each) => each.close()));
    }
  }

  /** Starts the emulator with a monitor on an inherited socket: no path, nothing to wait for. */
  async #converse(
    path: string,
    accel: "kvm:tcg" | "tcg",
    signal: AbortSignal,
  ): Promise<{ session: QmpSession; close(): Promise<void> }> {
    const { ours, theirs } = this.#host.sockets.pair();
    const child = await this.#host.processes.launch({
      argv: [path, ...probeArguments(accel), "-chardev", "socket,id=mon0,fd=3", "-mon", "chardev=mon0,mode=control"],
      env: { LC_ALL: "C", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      fds: new Map([[3, theirs]]),
      noNewPrivileges: true,
      dieWithUs: true,
      signal,
    });
    theirs.close();
    const monitor = new Monitor(ours, { event: () => undefined, lost: () => undefined }, this.#log.child("qmp"));
    try {
      await monitor.ready(signal);
    } catch (error) {
      monitor.close();
      child.signal(Signal.kill);
      await child.ended;
      if (!(error instanceof VirtError) && !(error instanceof DOMException)) throw error;
      throw virtError(ErrorCode.internalError, `Failed to probe QEMU binary with QMP: ${path}`, { cause: error });
    }
    return {
      session: monitor.session,
      close: async () => {
        monitor.close();
        child.signal(Signal.kill);
        await child.ended;
      },
    };
  }
}

function sameStamp(a: EmulatorStamp, b: EmulatorStamp): boolean {
  return a.mtime === b.mtime && a.ctime === b.ctime && a.kvm === b.kvm && a.version === b.version;
}

function canUseKvm(host: Host): Promise<boolean> {
  return host.files.access("/dev/kvm", "write");
}

/** Name of the file in which an emulator's answers are kept: libvirt's, the SHA-256 of its path. */
export function cacheKey(path: string): string {
  return createHash("sha256").update(path).digest("hex");
}

/** What an emulator's answers depend on now; `before` is what they depended on. Throws libvirt's "Cannot check QEMU binary". */
export async function emulatorStamp(host: Host, path: string, before?: EmulatorStamp): Promise<EmulatorStamp> {
  const [facts, kvm] = await Promise.all([host.files.facts(path), canUseKvm(host)]);
  // Whoever takes away the right to execute it changes ctime.
  const same = facts !== undefined && facts.ctime === before?.ctime;
  if (facts?.kind !== "file" || !(same || (await host.files.access(path, "execute")))) {
    const reason = facts ? "Permission denied" : "No such file or directory";
    throw virtError(ErrorCode.invalidArg, `Cannot check QEMU binary ${path}: ${reason}`);
  }
  return { path, mtime: facts.mtime, ctime: facts.ctime, kvm, version: PROBE_VERSION };
}
