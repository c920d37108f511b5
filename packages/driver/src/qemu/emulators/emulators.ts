import { createHash } from "node:crypto";
import { ErrorCode, type Logger, VirtError, virtError } from "@tsvirt/base";
import { type Host, type Layout, Signal, type Store } from "@tsvirt/host";
import {
  type Conversation,
  emulatorPrograms,
  type Printed,
  probeArguments,
  probeCapabilities,
  probeEither,
  probeLegacy,
  type QemuCapabilities,
  runsGuest,
} from "@tsvirt/qemu";
import { Monitor } from "../monitor/monitor.ts";
import { type EmulatorStamp, formatCache, parseCache } from "./cache.ts";

/** How long an emulator may take to answer all questions, in milliseconds. */
const PROBE_LIMIT = 60_000;
/** How long until its first word: one that says nothing by then is none. */
const HELLO_LIMIT = 15_000;
/** How long one may take to print its help, and how much that may be. */
const HELP_LIMIT = 5_000;
const HELP_BYTES = 256 * 1024;
/** How long a broken emulator is left out of lists without being asked again, unless it changes. */
const BROKEN_FOR = 300_000;
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

/** What emulators with KVM were called before KVM was in all of them, in libvirt's order. */
const kvmBinaries = ["/usr/libexec/qemu-kvm", "qemu-kvm", "kvm"] as const;

interface Known {
  readonly stamp: EmulatorStamp;
  readonly capabilities: Promise<QemuCapabilities>;
}

/** An emulator that did not answer, as it was then. */
interface Broken {
  readonly stamp: EmulatorStamp;
  /** Monotonic milliseconds. */
  readonly since: number;
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
  readonly #hidden: readonly string[];
  readonly #known = new Map<string, Known>();
  readonly #broken = new Map<string, Broken>();
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  /** `hidden`: features that are to be taken for missing (`capability_filters` of qemu.conf). */
  constructor(host: Host, layout: Layout, log: Logger, store: Store, hidden: readonly string[] = []) {
    this.#host = host;
    this.#layout = layout;
    this.#log = log;
    this.#store = store;
    this.#hidden = hidden;
  }

  /** Whether guests of type `kvm` can run: whether `/dev/kvm` opens, never what cpuinfo says. */
  async hasKvm(): Promise<boolean> {
    return canUseKvm(this.#host);
  }

  /** Why there is no KVM: in words for whoever asked for it. */
  async whyNoKvm(): Promise<string> {
    const { files } = this.#host;
    if (!(await files.access("/dev/kvm", "exist"))) {
      return "/dev/kvm does not exist: the kvm modules are not loaded, or the processor's virtualisation is off.";
    }
    if (!(await canUseKvm(this.#host))) return "/dev/kvm cannot be opened: Permission denied.";
    return "The emulator has no KVM.";
  }

  /**
   * What the emulator at `path` can do. Throws libvirt's "Cannot check QEMU binary" when it is missing, and its own last
   * words when it does not answer.
   */
  async capabilities(path: string): Promise<QemuCapabilities> {
    const stamp = await emulatorStamp(this.#host, path, this.#known.get(path)?.stamp);
    const known = this.#known.get(path);
    if (known && sameStamp(known.stamp, stamp)) return known.capabilities;
    const capabilities = this.#load(stamp).then((found) => withoutHidden(found, this.#hidden));
    this.#known.set(path, { stamp, capabilities });
    // A failure is not remembered: the next use tries again.
    capabilities.catch(() => {
      if (this.#known.get(path)?.capabilities === capabilities) this.#known.delete(path);
    });
    return capabilities;
  }

  /** The emulator that libvirt would take for a guest of this architecture without `<emulator>`. */
  async defaultPath(arch: string): Promise<string | undefined> {
    for (const name of this.#programs(arch)) {
      const path = await this.#host.processes.findProgram(name);
      if (path !== undefined) return path;
    }
    return this.kvmPath(arch);
  }

  /** The first of the emulators named after KVM that emulates this architecture. */
  async kvmPath(arch: string): Promise<string | undefined> {
    return (await this.#named(kvmBinaries, arch))?.path;
  }

  /** As {@link kvmPath}, if guests can have KVM with it. */
  async withKvm(arch: string): Promise<Emulator | undefined> {
    const found = (await this.hasKvm()) ? await this.#named(kvmBinaries, arch) : undefined;
    return found?.capabilities.accelerator("kvm") ? found : undefined;
  }

  /** Path of Xenner, which runs Xen's paravirtual guests with KVM, if it is installed. */
  async xennerPath(): Promise<string | undefined> {
    return this.#host.processes.findProgram("xenner");
  }

  /** Xenner with what it can do, where there is KVM to do it with. */
  async xenner(): Promise<Emulator | undefined> {
    if (!(await this.hasKvm())) return undefined;
    const path = await this.xennerPath();
    const capabilities = path === undefined ? undefined : await this.#try(path);
    return path !== undefined && capabilities?.legacy?.xenner === true
      ? { arch: capabilities.arch, path, capabilities }
      : undefined;
  }

  /**
   * Each of the given architectures with the emulator that serves it, several asked at once; broken ones are logged and left
   * out, and hide none of the others.
   */
  async all(archs: readonly string[]): Promise<readonly Emulator[]> {
    const found = await Promise.all(
      archs.map(async (arch) => {
        return (await this.#named(this.#programs(arch), arch)) ?? (await this.#named(kvmBinaries, arch));
      }),
    );
    return found.filter((each) => each !== undefined);
  }

  /** Emulators by names of their own that serve an architecture for which there is a newer one. */
  async others(served: readonly Emulator[]): Promise<readonly Emulator[]> {
    const old = await this.#named(["qemu"], "i686");
    if (!old || served.some(({ path }) => path === old.path)) return [];
    return [old];
  }

  /** Programs that serve an architecture; `qemu` is what a 32-bit PC's was called until 2012. */
  #programs(arch: string): readonly string[] {
    const names = emulatorPrograms(this.#host.node.architecture, arch);
    return arch === "i686" ? [...names, "qemu"] : names;
  }

  /** The first of these programs that answers and emulates this architecture. */
  async #named(names: readonly string[], arch: string): Promise<Emulator | undefined> {
    for (const name of names) {
      const path = await this.#host.processes.findProgram(name);
      const capabilities = path === undefined ? undefined : await this.#try(path);
      if (path === undefined || !capabilities) continue;
      if (runsGuest(capabilities.arch, arch)) return { arch, path, capabilities };
    }
    return undefined;
  }

  /** As {@link capabilities} for whoever only looks around: one that failed is not asked again for a while. */
  async #try(path: string): Promise<QemuCapabilities | undefined> {
    const broken = this.#broken.get(path);
    try {
      if (broken && performance.now() - broken.since < BROKEN_FOR) {
        if (sameStamp(broken.stamp, await emulatorStamp(this.#host, path, broken.stamp))) return undefined;
      }
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
      const capabilities = await this.#probe(stamp).catch((error: unknown) => {
        this.#broken.set(stamp.path, { stamp, since: performance.now() });
        throw error;
      });
      this.#broken.delete(stamp.path);
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
    const capabilities = await probeEither(
      () => this.#askByQmp(stamp),
      () => this.#readHelp(stamp),
    );
    this.#log.info("emulator probed", { path: stamp.path, ms: Math.round(performance.now() - started) });
    return capabilities;
  }

  async #askByQmp(stamp: EmulatorStamp): Promise<QemuCapabilities> {
    const signal = AbortSignal.timeout(PROBE_LIMIT);
    const opened: { close(): Promise<void> }[] = [];
    const open = async (accel: "kvm:tcg" | "tcg"): Promise<Conversation> => {
      const conversation = await this.#converse(stamp.path, accel);
      opened.push(conversation);
      return conversation.session;
    };
    try {
      const first = await open(stamp.kvm ? "kvm:tcg" : "tcg");
      return await probeCapabilities(first, { signal, openTcg: () => open("tcg") });
    } catch (error) {
      throw signal.aborted ? tooSlow(stamp.path, error) : error;
    } finally {
      await Promise.all(opened.map((each) => each.close()));
    }
  }

  /** Emulators from before QMP end at once when they are asked by it; they are known by what they print. */
  async #readHelp({ path, kvm }: EmulatorStamp): Promise<QemuCapabilities | undefined> {
    const { processes, node } = this.#host;
    const run = async (args: readonly string[]): Promise<Printed> =>
      processes.run({ argv: [path, ...args], timeout: HELP_LIMIT, maxOutput: HELP_BYTES, noNewPrivileges: true });
    return probeLegacy({ emulator: path, hostArch: node.architecture, kvm, run });
  }

  /** Starts the emulator with a monitor on an inherited socket: no path, nothing to wait for. */
  async #converse(path: string, accel: "kvm:tcg" | "tcg"): Promise<{ session: Conversation; close(): Promise<void> }> {
    const signal = AbortSignal.timeout(HELLO_LIMIT);
    const { ours, theirs } = this.#host.sockets.pair();
    const child = await this.#host.processes.launch({
      argv: [path, ...probeArguments(accel), "-chardev", "socket,id=mon0,fd=3", "-mon", "chardev=mon0,mode=control"],
      env: { LC_ALL: "C", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      fds: new Map([[3, theirs]]),
      noNewPrivileges: true,
      dieWithUs: true,
    });
    theirs.close();
    const monitor = new Monitor(ours, { event: () => undefined, lost: () => undefined }, this.#log.child("qmp"));
    // What it started itself may hold the socket open.
    void child.ended.then(() => monitor.session.close());
    try {
      await monitor.ready(signal);
    } catch (error) {
      monitor.close();
      child.signal(Signal.kill);
      await child.ended;
      if (signal.aborted) throw tooSlow(path, error);
      if (!(error instanceof VirtError)) throw error;
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

function tooSlow(path: string, cause: unknown): Error {
  return virtError(ErrorCode.operationTimeout, `QEMU binary ${path} does not answer`, { cause });
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
    const hint = facts ? undefined : hintFor(path);
    throw virtError(ErrorCode.systemError, `Cannot check QEMU binary ${path}: ${reason}`, hint ? { hint } : {});
  }
  return { path, mtime: facts.mtime, ctime: facts.ctime, kvm, version: PROBE_VERSION };
}

/** Who asks for an emulator by a name of old is told today's. */
function hintFor(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  switch (name) {
    case "qemu":
      return "Today's name is qemu-system-i386 (Debian's package qemu-system-x86); without <emulator> it is found by itself.";
    case "qemu-kvm":
    case "kvm":
      return "Today's name is qemu-system-x86_64 (Debian's package qemu-system-x86); without <emulator> it is found by itself.";
    default:
      return undefined;
  }
}

function withoutHidden(capabilities: QemuCapabilities, hidden: readonly string[]): QemuCapabilities {
  return hidden.length === 0 ? capabilities : capabilities.with([], hidden);
}
