import { readdir, readFile } from "node:fs/promises";

/** A process as /proc shows it. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  /** `comm`: at most 15 bytes of the executable's name. */
  readonly name: string;
  /** One letter: R, S, D, Z, T, ... */
  readonly state: string;
}

/** What /proc says of `pid`, or undefined when it is gone. */
export async function processInfo(pid: number): Promise<ProcessInfo | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const end = stat.lastIndexOf(")");
    const [state = "?", parent = "0"] = stat.slice(end + 2).split(" ");
    return { pid, parent: Number(parent), name: stat.slice(stat.indexOf("(") + 1, end), state };
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH"))
      return undefined;
    throw error;
  }
}

/** All processes of the machine that can be seen. */
export async function allProcesses(): Promise<readonly ProcessInfo[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(processInfo));
  return found.filter((info) => info !== undefined);
}

/** Live descendants of `ancestor`, children before grandchildren. Zombies are not counted. */
export async function descendants(ancestor: number): Promise<readonly ProcessInfo[]> {
  const all = await allProcesses();
  const found: ProcessInfo[] = [];
  const todo = [ancestor];
  for (let pid = todo.pop(); pid !== undefined; pid = todo.pop()) {
    for (const info of all) {
      if (info.parent !== pid || info.state === "Z") continue;
      found.push(info);
      todo.push(info.pid);
    }
  }
  return found;
}

/** The arguments `pid` was started with; empty when it is gone or a kernel thread. */
export async function argumentsOf(pid: number): Promise<readonly string[]> {
  try {
    const text = await readFile(`/proc/${pid}/cmdline`, "utf8");
    return text === "" ? [] : text.replace(/\0$/, "").split("\0");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return [];
    throw error;
  }
}
