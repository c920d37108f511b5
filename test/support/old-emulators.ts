import { chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CHECKOUT, type Sandbox } from "./sandbox.ts";

/** What a program of an {@link OldEmulators} does: answers as an old emulator of that record, or is a script of its own. */
export type OldProgram = { readonly record: string } | { readonly script: string; readonly mode?: number };

const STUB = join(CHECKOUT, "test/support/old-qemu.py");
const RECORDS = join(CHECKOUT, "packages/qemu/fixtures/legacy");

/**
 * Emulators from before QMP in a sandbox's /usr/bin, over those that the machine has.
 */
export class OldEmulators {
  readonly #sandbox: Sandbox;
  readonly #directory: string;

  private constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.#directory = join(sandbox.root, "programs");
  }

  /** Puts the programs there. Call it before a daemon is started. */
  static async install(sandbox: Sandbox, programs: Readonly<Record<string, OldProgram>>): Promise<OldEmulators> {
    const old = new OldEmulators(sandbox);
    await mkdir(old.#directory);
    for (const [name, program] of Object.entries(programs)) await old.put(name, program);
    const lower = `${old.#directory}:/usr/bin`;
    await sandbox.output(["mount", "-t", "overlay", "overlay", "-o", `lowerdir=${lower}`, "/usr/bin"]);
    return old;
  }

  /** Writes a program; one that is installed is seen at once. */
  async put(name: string, program: OldProgram): Promise<void> {
    const path = join(this.#directory, name);
    if ("record" in program) {
      await copyFile(join(RECORDS, `${program.record}.txt`), `${path}.record`);
      await copyFile(STUB, path);
    } else await writeFile(path, program.script);
    await chmod(path, "record" in program ? 0o755 : (program.mode ?? 0o755));
  }

  /** Makes a `/dev/kvm` that can be opened, by everybody or by nobody but root: no guest here gets as far as to use it. */
  async makeKvm(): Promise<void> {
    await this.#sandbox.output(["mknod", "-m", "666", "/dev/kvm", "c", "1", "3"]);
  }
}

/** Why the machine's programs cannot be covered by others here, or undefined when they can: for a test's `skip`. */
export async function overlayObstacle(): Promise<string | undefined> {
  const known = await readFile("/proc/filesystems", "utf8");
  return /\boverlay\b/.test(known) ? undefined : "needs overlay file systems";
}
