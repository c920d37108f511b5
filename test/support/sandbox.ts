import { type ChildProcess, spawn } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, open, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { allProcesses, argumentsOf, descendants, type ProcessInfo } from "./processes.ts";
import { HopelessError, PATIENCE, until } from "./until.ts";

/** The top directory of the checkout. */
export const CHECKOUT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What a finished command left. */
export interface CommandResult {
  /** Exit status; 128 + signal as shells have it when it was killed. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of `Sandbox.run`. */
export interface RunOptions {
  readonly input?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A command that runs in the sandbox with its three streams as pipes. */
export interface Session {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves with the exit status. */
  readonly exited: Promise<number>;
  /** Ends the command and what it started. */
  kill(): Promise<void>;
}

/** Why nothing that needs a sandbox can run here, or undefined when it can: for a test's `skip`. */
export function sandboxObstacle(): string | undefined {
  return process.getuid?.() === 0 ? undefined : "needs root for private namespaces";
}

const PRIVATE = {
  run: "/run",
  etc: "/etc/libvirt",
  var: "/var/lib/libvirt",
  cache: "/var/cache/libvirt",
  log: "/var/log/libvirt",
} as const;

/** The network that libvirt ships, as its daemon stores it. */
const DEFAULT_NETWORK = `<network>
  <name>default</name>
  <uuid>3f1c6d1c-6e0b-4f6e-9a5e-0d4f3a0b7c11</uuid>
  <forward mode='nat'/>
  <bridge name='virbr0' stp='on' delay='0'/>
  <mac address='52:54:00:5a:5a:5a'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='192.168.122.2' end='192.168.122.254'/>
    </dhcp>
  </ip>
</network>
`;

/** Runs as process 1 of the sandbox. SIGCHLD is ignored, so that the kernel reaps whatever is orphaned to it. */
const INIT = `
set -e
root=$1
mount --make-rprivate /
if [ -d /run/udev ]; then mkdir -p "$root/run/udev"; mount --bind /run/udev "$root/run/udev"; fi
mkdir -p ${Object.values(PRIVATE).join(" ")}
mount --bind "$root/etc" ${PRIVATE.etc}
mount --bind "$root/var" ${PRIVATE.var}
mount --bind "$root/cache" ${PRIVATE.cache}
mount --bind "$root/log" ${PRIVATE.log}
# A /dev of its own, without /dev/kvm: guests are emulated, the same on every machine.
dev="$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$dev"
mkdir "$dev/pts" "$dev/shm" "$dev/net" "$dev/mqueue"
mknod -m 666 "$dev/null" c 1 3
mknod -m 666 "$dev/zero" c 1 5
mknod -m 666 "$dev/full" c 1 7
mknod -m 666 "$dev/random" c 1 8
mknod -m 666 "$dev/urandom" c 1 9
mknod -m 666 "$dev/tty" c 5 0
mknod -m 666 "$dev/net/tun" c 10 200
ln -s /proc/self/fd "$dev/fd"
ln -s fd/0 "$dev/stdin"
ln -s fd/1 "$dev/stdout"
ln -s fd/2 "$dev/stderr"
ln -s pts/ptmx "$dev/ptmx"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$dev/shm"
# A daemon that makes a private /dev for its guests goes by the list of mounts: nothing may stay below.
awk '$2 ~ "^/dev/" { print $2 }' /proc/self/mounts | sort -r | while read -r below; do umount -l "$below"; done
mount --move "$dev" /dev
mount --rbind "$root/run" ${PRIVATE.run}
ip link set lo up
echo ready
exec env --ignore-signal=CHLD cat >/dev/null
`;

/**
 * A private place for daemons under test: own mount, network and process namespaces in which /run, /etc/libvirt,
 * /var/lib/libvirt, /var/cache/libvirt and /var/log/libvirt are fresh directories. From outside they are under `root`.
 * Closing it ends every process in it (the kernel does, with process 1) and removes the directories.
 */
export class Sandbox implements AsyncDisposable {
  /** Holds run/, etc/, var/, cache/, log/ and home/. */
  readonly root: string;
  readonly #unshare: ChildProcess;
  readonly #init: number;
  #closed = false;

  private constructor(root: string, unshare: ChildProcess, init: number) {
    this.root = root;
    this.#unshare = unshare;
    this.#init = init;
  }

  /** A new sandbox with Debian's configuration files and its `default` network, authentication off, and nothing running. */
  static async open(): Promise<Sandbox> {
    const root = await mkdtemp(join(tmpdir(), "tsvirt-test-"));
    // QEMU's own user passes through to the images.
    await chmod(root, 0o755);
    for (const directory of [
      "run/lock",
      "run/libvirt",
      "run/user/0",
      "etc/qemu/networks",
      "var/images",
      "cache",
      "log/qemu",
      "home",
      "dev",
    ]) {
      await mkdir(join(root, directory), { recursive: true });
    }
    for (const name of ["libvirtd.conf", "qemu.conf", "virtlogd.conf"]) {
      await copyFile(join("/etc/libvirt", name), join(root, "etc", name)).catch(async (error: unknown) => {
        if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
        await writeFile(join(root, "etc", name), "");
      });
    }
    await writeFile(join(root, "etc/qemu/networks/default.xml"), DEFAULT_NETWORK);
    const conf = await open(join(root, "etc/libvirtd.conf"), "a");
    await conf.write('\nauth_unix_ro = "none"\nauth_unix_rw = "none"\n');
    await conf.close();
    const unshare = spawn(
      "unshare",
      ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--", "sh", "-c", INIT, "sh", root],
      { stdio: ["pipe", "pipe", "pipe"], env: environment(root, {}) },
    );
    const said = { out: "", err: "" };
    unshare.stdout.on("data", (chunk: Buffer) => {
      said.out += chunk.toString();
    });
    unshare.stderr.on("data", (chunk: Buffer) => {
      said.err += chunk.toString();
    });
    const pid = unshare.pid;
    if (pid === undefined) throw new Error("cannot start unshare");
    await until(
      () => {
        if (unshare.exitCode !== null) throw new HopelessError(`unshare ended: ${said.err}`);
        return said.out.includes("ready");
      },
      { what: "the sandbox", signal: AbortSignal.timeout(10_000) },
    );
    const init = (await descendants(pid))[0];
    if (init === undefined) throw new Error("the sandbox has no process 1");
    return new Sandbox(root, unshare, init.pid);
  }

  /** Where `path`, an absolute path inside, is outside. Only the private directories can be named. */
  outside(path: string): string {
    for (const [name, inside] of Object.entries(PRIVATE)) {
      if (path === inside || path.startsWith(`${inside}/`)) return join(this.root, name, path.slice(inside.length));
    }
    throw new Error(`${path} is not private to the sandbox`);
  }

  #enter(command: readonly string[], env: Readonly<Record<string, string>>, stdio: "pipe" | number): ChildProcess {
    const args = ["--target", String(this.#init), "--mount", "--net", "--pid", "--", ...command];
    return spawn("nsenter", args, {
      cwd: "/",
      env: environment(this.root, env),
      stdio: typeof stdio === "number" ? ["ignore", stdio, stdio] : ["pipe", "pipe", "pipe"],
    });
  }

  /** Starts a command inside with pipes. */
  session(command: readonly string[], env: Readonly<Record<string, string>> = {}): Session {
    const child = this.#enter(command, env, "pipe");
    const { stdin, stdout, stderr } = child;
    if (stdin === null || stdout === null || stderr === null) throw new Error("no pipes");
    // A command that ends without reading its input is no failure of ours.
    stdin.on("error", () => undefined);
    return { stdin, stdout, stderr, exited: exitStatus(child), kill: () => killTree(child) };
  }

  /** Runs a command inside to its end. */
  async run(command: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const { input, env = {}, signal = AbortSignal.timeout(2 * PATIENCE) } = options;
    const session = this.session(command, env);
    const said = { stdout: "", stderr: "" };
    session.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      said.stdout += chunk;
    });
    session.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      said.stderr += chunk;
    });
    session.stdin.end(input ?? "");
    let late = false;
    const stop = () => {
      late = true;
      void session.kill();
    };
    signal.addEventListener("abort", stop, { once: true });
    try {
      const status = await session.exited;
      if (late) throw new Error(`'${command.join(" ")}' did not end in time: ${said.stdout}${said.stderr}`);
      return { status, ...said };
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** Runs a command that must succeed and returns what it printed. */
  async output(command: readonly string[], options: RunOptions = {}): Promise<string> {
    const { status, stdout, stderr } = await this.run(command, options);
    if (status !== 0) throw new Error(`'${command.join(" ")}' ended with ${status}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Starts a command inside whose output goes to /var/log/libvirt/`log`. Resolves once it has its own process. */
  async background(
    command: readonly string[],
    log: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Background> {
    const file = await open(join(this.root, "log", log), "a");
    const child = this.#enter(command, env, file.fd);
    const exited = exitStatus(child);
    await file.close();
    const outer = child.pid;
    if (outer === undefined) throw new Error(`cannot start ${command[0]}`);
    const pid = await until(
      async () => {
        if (child.exitCode !== null) throw new HopelessError(`'${command.join(" ")}' ended at once`);
        return (await descendants(outer))[0]?.pid;
      },
      { what: `the process of ${command[0]}` },
    );
    return { pid, exited, hasExited: () => child.exitCode !== null || child.signalCode !== null };
  }

  /** QEMU processes in the sandbox, by the path of their executable or their name. */
  async emulators(): Promise<readonly ProcessInfo[]> {
    return (await this.#insiders()).filter(({ name }) => name.startsWith("qemu-system"));
  }

  async #insiders(): Promise<readonly ProcessInfo[]> {
    const own = await readlinkOrUndefined(`/proc/${this.#init}/ns/pid`);
    const found: ProcessInfo[] = [];
    for (const info of await allProcesses()) {
      if (info.state !== "Z" && own !== undefined && (await readlinkOrUndefined(`/proc/${info.pid}/ns/pid`)) === own)
        found.push(info);
    }
    return found;
  }

  /** Processes inside, with their arguments: for a failure's report. */
  async processes(): Promise<readonly string[]> {
    const insiders = await this.#insiders();
    return Promise.all(insiders.map(async ({ pid, state }) => `${pid} ${state} ${(await argumentsOf(pid)).join(" ")}`));
  }

  /** Every log the daemons and emulators wrote, the end of each: for a failure's report. */
  async logs(): Promise<string> {
    const parts: string[] = [];
    for (const directory of ["log", "log/qemu"]) {
      for (const entry of await readdir(join(this.root, directory), { withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const text = await readFile(join(this.root, directory, entry.name), "utf8");
        if (text !== "") parts.push(`--- ${directory}/${entry.name}\n${text.slice(-6000)}`);
      }
    }
    parts.push(`--- processes\n${(await this.processes()).join("\n")}`);
    return parts.join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const gone = exitStatus(this.#unshare);
    // Process 1 reads its input; at its end it exits, and the kernel ends the rest.
    this.#unshare.stdin?.end();
    await gone;
    await rm(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A command that keeps running in the sandbox. */
export interface Background {
  /** As seen from outside. */
  readonly pid: number;
  readonly exited: Promise<number>;
  hasExited(): boolean;
}

async function readlinkOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    // Gone, or of a process that is not ours to look at.
    if (error instanceof Error && "code" in error && ["ENOENT", "ESRCH", "EACCES"].includes(String(error.code)))
      return undefined;
    throw error;
  }
}

function environment(root: string, extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return {
    PATH: `${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: join(root, "home"),
    XDG_RUNTIME_DIR: "/run/user/0",
    LC_ALL: "C",
    TZ: "UTC",
    TERM: "dumb",
    ...extra,
  };
}

function exitStatus(child: ChildProcess): Promise<number> {
  const status = (code: number | null, signal: NodeJS.Signals | null): number =>
    code ?? (signal === "SIGKILL" ? 137 : 143);
  if (child.exitCode !== null || child.signalCode !== null)
    return Promise.resolve(status(child.exitCode, child.signalCode));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // "close" comes after "exit" and after the pipes were read to their end.
    child.once("close", (code, signal) => resolve(status(code, signal)));
  });
}

/** Ends a child and its descendants; nsenter passes no signals on to what it started. */
async function killTree(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  for (const { pid } of await descendants(child.pid)) killOne(pid, "SIGKILL");
  child.kill("SIGKILL");
}

/** Sends a signal to a process that may already be gone. */
export function killOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Whether something accepts connections on the UNIX socket `path`. */
export function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
