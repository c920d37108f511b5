import { writeFile } from "node:fs/promises";
import { asSystemError } from "../errors.ts";
import { numberedEntries, readKernelFile } from "./sysfs.ts";

const directory = "/sys/kernel/mm/ksm";

/** The counters and settings of kernel same-page merging by the kernel's names; empty where the kernel has none. */
export async function readPageSharing(names: readonly string[]): Promise<ReadonlyMap<string, bigint>> {
  const values = await Promise.all(names.map((name) => readKernelFile(`${directory}/${known(name)}`)));
  const found = new Map<string, bigint>();
  names.forEach((name, index) => {
    const value = values[index];
    if (value !== undefined && /^[0-9]+$/.test(value)) found.set(name, BigInt(value));
  });
  return found;
}

/** Changes one setting of kernel same-page merging. Throws the system's error. */
export async function writePageSharing(name: string, value: bigint): Promise<void> {
  const path = `${directory}/${known(name)}`;
  try {
    await writeFile(path, String(value));
  } catch (error) {
    throw asSystemError(error, `failed to set ${name}`);
  }
}

/**
 * Sets or grows the pool of huge pages of one NUMA node. `false` when the node or the size does not exist.
 * The kernel may give fewer pages than asked for; it does not say so.
 */
export async function resizePagePool(node: number, sizeKiB: number, count: bigint, add: boolean): Promise<boolean> {
  const nodes = await numberedEntries("/sys/devices/system/node", "node");
  const base = nodes.length === 0 && node === 0 ? "/sys/kernel/mm" : `/sys/devices/system/node/node${Math.trunc(node)}`;
  const path = `${base}/hugepages/hugepages-${Math.trunc(sizeKiB)}kB/nr_hugepages`;
  const present = await readKernelFile(path);
  if (present === undefined) return false;
  try {
    await writeFile(path, String(add ? BigInt(present) + count : count));
  } catch (error) {
    throw asSystemError(error, `Unable to write to: ${path}`);
  }
  return true;
}

/** The names come from tables of ours; nothing else becomes part of a path. */
function known(name: string): string {
  if (!/^[a-z_]+$/.test(name)) throw new RangeError(`'${name}' is no setting of page sharing`);
  return name;
}
