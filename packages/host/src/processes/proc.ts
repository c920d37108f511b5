import { libc } from "../ffi/libc.ts";
import type { ProcessFacts, ProcStat } from "./processes.ts";

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
