import { readdir, readFile } from "node:fs/promises";
import { asSystemError, hasErrno } from "../errors.ts";

/** A file of procfs or sysfs without its final newline; `undefined` when the kernel does not have it. */
export async function readKernelFile(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trimEnd();
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ENOTDIR", "EACCES", "EPERM", "EIO", "ENODEV", "EINVAL", "ENXIO")) return undefined;
    throw asSystemError(error, `Unable to read '${path}'`);
  }
}

/** As {@link readKernelFile}, as an integer. */
export async function readKernelNumber(path: string): Promise<number | undefined> {
  const text = await readKernelFile(path);
  return text !== undefined && /^-?[0-9]+$/.test(text) ? Number(text) : undefined;
}

/** The N of every `prefixNsuffix` in a directory, in order; empty when there is no such directory. */
export async function numberedEntries(directory: string, prefix: string, suffix = ""): Promise<readonly number[]> {
  let names: readonly string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ENOTDIR", "EACCES")) return [];
    throw asSystemError(error, `Unable to read '${directory}'`);
  }
  return names
    .filter((name) => name.startsWith(prefix) && name.endsWith(suffix))
    .map((name) => name.slice(prefix.length, name.length - suffix.length))
    .filter((number) => /^[0-9]+$/.test(number))
    .map(Number)
    .sort((a, b) => a - b);
}

/** The most CPUs a list from the kernel is expanded to. */
const CPUS_MAX = 65_536;

/** Expands the kernel's list form: `0-3,8` is 0, 1, 2, 3, 8. */
export function parseCpuList(text: string): readonly number[] {
  const numbers: number[] = [];
  for (const part of text.trim().split(",")) {
    if (part === "") continue;
    const [first = "", last = first] = part.split("-");
    const [from, to] = [Number(first), Number(last)];
    for (let each = from; each <= to && each < CPUS_MAX; each++) numbers.push(each);
  }
  return numbers;
}

/** `Name: value kB` lines, without the unit and without a `Node N ` prefix. */
export function parseMeminfo(text: string): ReadonlyMap<string, bigint> {
  const values = new Map<string, bigint>();
  for (const line of text.split("\n")) {
    const match = /^(?:Node \d+ )?([A-Za-z0-9_()]+):\s+(\d+)/.exec(line);
    if (match) values.set(match[1]!, BigInt(match[2]!));
  }
  return values;
}

/** `key : value` lines of `/proc/cpuinfo`, one map a processor. */
export function parseCpuinfo(text: string): readonly ReadonlyMap<string, string>[] {
  return text
    .split(/\n\s*\n/)
    .map((block) => {
      const values = new Map<string, string>();
      for (const line of block.split("\n")) {
        const colon = line.indexOf(":");
        if (colon > 0) values.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
      }
      return values;
    })
    .filter((values) => values.size > 0);
}
