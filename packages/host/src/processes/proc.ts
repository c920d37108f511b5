import { readdir } from "node:fs/promises";
import { hasErrno } from "../errors.ts";
import { libc } from "../ffi/libc.ts";
import type { ProcessFacts, ProcessSurroundings, ProcStat } from "./processes.ts";

/** Parses a line of `/proc/PID/stat`; the command may hold anything, so fields are counted from its last `)`. */
export function parseProcStat(line: string): ProcStat | undefined {
  const open = line.indexOf("(");
  const close = line.lastIndexOf(")");
  if (open < 0 || close < open) return undefined;
  const rest = line
    .slice(close + 2)
    .trim()
    .split(" ");
  const big = (index: number): bigint => BigInt(rest[index] ?? 0);
  const startTime = rest[19];
  if (startTime === undefined) return undefined;
  return {
    command: line.slice(open + 1, close),
    state: rest[0] ?? "?",
    parent: Number(rest[1]),
    userTicks: big(11),
    systemTicks: big(12),
    startTime: BigInt(startTime),
    residentPages: big(21),
    processor: Number(rest[36] ?? 0),
  };
}

/** `/proc/PID/stat`, or of one thread; `undefined` when there is no such process. */
export function readProcStat(pid: number, thread?: number): ProcStat | undefined {
  const text = libc().readProc(thread === undefined ? `/proc/${pid}/stat` : `/proc/${pid}/task/${thread}/stat`);
  return text === undefined ? undefined : parseProcStat(text);
}

/** When the process started, in clock ticks since boot. */
export function processStartTime(pid: number): bigint | undefined {
  return readProcStat(pid)?.startTime;
}

/** What `/proc` tells of a living process. */
export function inspectProcess(pid: number): ProcessFacts | undefined {
  const stat = readProcStat(pid);
  const line = libc().readProc(`/proc/${pid}/cmdline`);
  if (!stat || line === undefined) return undefined;
  const argv = line.split("\0");
  if (argv.at(-1) === "") argv.pop();
  return {
    pid,
    startTime: stat.startTime,
    state: stat.state,
    parent: stat.parent,
    executable: libc().readLink(`/proc/${pid}/exe`),
    argv,
  };
}

/** What `/proc` tells of a process beyond {@link inspectProcess}. */
export async function processSurroundings(pid: number): Promise<ProcessSurroundings | undefined> {
  const status = libc().readProc(`/proc/${pid}/status`);
  if (status === undefined) return undefined;
  const environment: Record<string, string> = Object.create(null);
  for (const entry of (libc().readProc(`/proc/${pid}/environ`) ?? "").split("\0")) {
    const at = entry.indexOf("=");
    if (at > 0) environment[entry.slice(0, at)] = entry.slice(at + 1);
  }
  const theirs = libc().readLink(`/proc/${pid}/ns/mnt`);
  return {
    uid: Number(/^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN),
    directory: libc().readLink(`/proc/${pid}/cwd`),
    environment,
    sharesFiles: theirs !== undefined && theirs === libc().readLink("/proc/self/ns/mnt"),
    terminals: await terminalsOf(pid),
  };
}

/** The pseudoterminals behind the descriptors of their other ends. */
async function terminalsOf(pid: number): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(`/proc/${pid}/fd`);
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ESRCH", "EACCES", "EPERM")) return [];
    throw error;
  }
  return names
    .map(Number)
    .sort((a, b) => a - b)
    .flatMap((fd) => {
      if (libc().readLink(`/proc/${pid}/fd/${fd}`)?.endsWith("/ptmx") !== true) return [];
      const number = /^tty-index:\s+(\d+)$/m.exec(libc().readProc(`/proc/${pid}/fdinfo/${fd}`) ?? "")?.[1];
      return number === undefined ? [] : [`/dev/pts/${number}`];
    });
}
