import { ErrorCode, InternalError, virtError } from "@tsvirt/base";
import { OwnedDescriptor } from "../descriptor.ts";
import { asSystemError } from "../errors.ts";
import { libc } from "../ffi/libc.ts";
import { watchChild } from "./process-ref.ts";
import type { Child, LaunchSpec, ResourceLimits } from "./processes.ts";

/** Numbers of `setrlimit(2)` on every architecture QEMU and Node share (mips and sparc differ). */
const resources = { cpu: 0, fsize: 1, core: 4, nproc: 6, nofile: 7, memlock: 8, as: 9 } as const;
const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;
const O_RDWR = 2;

/** Where the programs of the launch chain are. */
export interface LaunchTools {
  readonly setpriv: string;
  readonly flock: string;
  readonly prlimit: string;
}

/** The `setpriv` options that give up what the program must not have; empty when there is nothing to give up. */
export function privilegeOptions(spec: Omit<LaunchSpec, "argv" | "env">): readonly string[] {
  const options: string[] = [];
  if (spec.credentials) {
    const { uid, gid, groups } = spec.credentials;
    options.push(`--reuid=${uid}`, `--regid=${gid}`);
    options.push(groups.length > 0 ? `--groups=${groups.join(",")}` : "--clear-groups");
  }
  if (spec.capabilities) {
    const kept = spec.capabilities.map((each) => `,+${each}`).join("");
    options.push(`--bounding-set=-all${kept}`, `--inh-caps=-all${kept}`, "--ambient-caps=-all");
  }
  if (spec.noNewPrivileges) options.push("--no-new-privs");
  if (spec.label) {
    options.push(`--${spec.label.model === "apparmor" ? "apparmor-profile" : "selinux-label"}=${spec.label.value}`);
  }
  return options;
}

/**
 * The chain of one-shot programs that ends in the one wanted. With a placement:
 * `setpriv --pdeathsig KILL flock --no-fork --shared LOCK setpriv … PROGRAM`: the child waits in `flock` for the lock
 * we hold while placing it, dies with us until then, and keeps the shared lock for life.
 */
export function launchChain(spec: LaunchSpec, tools: LaunchTools): readonly [string, ...string[]] {
  const privileges = privilegeOptions(spec);
  if (spec.place) {
    if (!spec.lockFile) throw new InternalError("A launch with a placement needs a lock file");
    const death = spec.dieWithUs ? [] : ["--pdeathsig=clear"];
    return [
      tools.setpriv,
      "--pdeathsig=KILL",
      tools.flock,
      "--no-fork",
      "--shared",
      spec.lockFile,
      ...(privileges.length + death.length > 0 ? [tools.setpriv, ...death, ...privileges] : []),
      ...spec.argv,
    ];
  }
  const limits = Object.entries(spec.limits ?? {}).map(([name, limit]) => `--${name}=${limit}:${limit}`);
  const death = spec.dieWithUs ? ["--pdeathsig=KILL"] : [];
  const [first, ...rest] = [
    ...(limits.length > 0 ? [tools.prlimit, ...limits] : []),
    ...(privileges.length + death.length > 0 ? [tools.setpriv, ...privileges, ...death] : []),
    ...spec.argv,
  ];
  return [first ?? spec.argv[0], ...rest];
}

function applyLimits(pid: number, limits: ResourceLimits): void {
  for (const name of Object.keys(resources) as (keyof typeof resources)[]) {
    const limit = limits[name];
    if (limit !== undefined) libc().setLimit(pid, resources[name], limit === "unlimited" ? RLIM_INFINITY : limit);
  }
}

/** Starts what `spec` says; see {@link LaunchSpec}. `write` is how small control files of the kernel are written. */
export async function launchProcess(
  spec: LaunchSpec,
  tools: LaunchTools,
  write: (path: string, text: string) => Promise<void>,
): Promise<Child> {
  spec.signal?.throwIfAborted();
  const c = libc();
  using lock = new OwnedDescriptor(spec.place && spec.lockFile ? c.open(spec.lockFile, O_RDWR | 0o100, 0o600) : -1);
  if (lock.fd >= 0 && !c.lock(lock.fd, "exclusive")) {
    throw virtError(ErrorCode.operationFailed, `another process holds '${spec.lockFile}'`);
  }
  using nothing = new OwnedDescriptor(c.open("/dev/null", O_RDWR));
  const fds = new Map<number, number>([0, 1, 2].map((n) => [n, nothing.fd]));
  for (const [wanted, { fd }] of spec.fds ?? []) fds.set(wanted, fd);
  const argv = launchChain(spec, tools);
  const pid = c.posixSpawn({
    path: argv[0],
    argv,
    env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
    cwd: spec.cwd ?? "/",
    fds,
    session: true,
  });
  const child = watchChild(pid);
  if (!spec.place) return child;
  try {
    applyLimits(pid, spec.limits ?? {});
    if (spec.oomScoreAdjust !== undefined) await write(`/proc/${pid}/oom_score_adj`, String(spec.oomScoreAdjust));
    await spec.place(child.identity);
    spec.signal?.throwIfAborted();
    if (!child.alive) throw virtError(ErrorCode.internalError, "process exited while it was being placed");
  } catch (error) {
    child.signal(9);
    await child.ended;
    throw asSystemError(error, "Unable to place process");
  }
  return child;
  // Leaving closes our end of the lock: the child goes on.
}
