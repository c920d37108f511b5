import type { ProcessFacts } from "@tsvirt/host";
import type { QemuDriver } from "../qemu-driver.ts";

/** A living QEMU that was started for a guest of this instance. */
export interface FoundQemu {
  readonly facts: ProcessFacts;
  readonly name: string;
  readonly uuid: string;
  /** Directory of its run, from its master key's path. */
  readonly directory: string | undefined;
}

/**
 * Every process that is the QEMU of a guest of this instance, by its command line: `-name`, `-uuid`, and files
 * below our own directory. A process with such a command line that was started elsewhere (another mount namespace with the
 * same paths) does not hold our files, and does not count.
 */
export async function findQemus(driver: QemuDriver): Promise<FoundQemu[]> {
  const { processes } = driver.host;
  const found: FoundQemu[] = [];
  for (const pid of await processes.list()) {
    const facts = processes.inspect(pid);
    if (!facts || facts.state === "Z" || facts.state === "X") continue;
    const qemu = recognise(driver, facts);
    if (qemu && (await isHere(driver, qemu))) found.push(qemu);
  }
  return found;
}

const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function recognise(driver: QemuDriver, facts: ProcessFacts): FoundQemu | undefined {
  const { argv } = facts;
  const after = (option: string): string | undefined => {
    const at = argv.indexOf(option);
    return at >= 0 ? argv[at + 1] : undefined;
  };
  const uuid = after("-uuid");
  const name = guestName(after("-name"));
  if (uuid === undefined || !uuidForm.test(uuid) || name === undefined) return undefined;
  if (!argv.some((word) => word.includes("id=charmonitor"))) return undefined;
  const directory = runDirectory(driver, argv);
  return directory === undefined ? undefined : { facts, name, uuid, directory };
}

/** The name in `-name guest=NAME,debug-threads=on` or `-name NAME,…`, where commas are doubled. */
function guestName(option: string | undefined): string | undefined {
  if (option === undefined) return undefined;
  let name = "";
  for (let i = option.startsWith("guest=") ? "guest=".length : 0; i < option.length; i++) {
    if (option[i] !== ",") name += option[i];
    else if (option[i + 1] === ",") {
      name += ",";
      i++;
    } else break;
  }
  return name === "" ? undefined : name;
}

/** The run's directory out of the master key's path, if it is below ours. */
function runDirectory(driver: QemuDriver, argv: readonly string[]): string | undefined {
  const base = `${driver.layout.qemuLibDirectory}/domain-`;
  for (const word of argv) {
    const at = word.indexOf(base);
    if (at < 0) continue;
    const end = word.indexOf("/", at + base.length);
    if (end > 0) return word.slice(at, end);
  }
  return undefined;
}

/** Whether the process holds this instance's files open: its lock or pid file, or whatever of its run is still there. */
async function isHere(driver: QemuDriver, qemu: FoundQemu): Promise<boolean> {
  const { files } = driver.host;
  const { layout } = driver;
  const { pid } = qemu.facts;
  // The same view of the file system as ours is proof enough that the paths it names are ours.
  const [theirs, ours] = await Promise.all([
    files.readLink(`/proc/${pid}/ns/mnt`),
    files.readLink("/proc/self/ns/mnt"),
  ]);
  if (theirs !== undefined && theirs === ours) return true;
  const wanted = new Set<string>();
  for (const path of [layout.domainLock(qemu.name), layout.domainPid(qemu.name)]) {
    const facts = await files.facts(path);
    if (facts) wanted.add(`${facts.device}:${facts.inode}`);
  }
  for (const fd of await files.list(`/proc/${pid}/fd`)) {
    const facts = await files.facts(`/proc/${pid}/fd/${fd}`);
    if (facts && wanted.has(`${facts.device}:${facts.inode}`)) return true;
  }
  return false;
}
