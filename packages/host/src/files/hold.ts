import * as fs from "node:fs/promises";
import { OwnedDescriptor } from "../descriptor.ts";
import { asSystemError, errnoNumber, hasErrno, SystemError } from "../errors.ts";
import { libc } from "../ffi/libc.ts";
import type { FileFacts, Files, HeldFile, Owner, Suspect } from "./files.ts";

const O_PATH = 0o10_000_000;
const O_NOFOLLOW = 0o400_000;
/** As many links as the kernel follows in one path. */
const LINKS_MAX = 40;

/** What {@link realPath} asks of a file system. */
export type LinkReader = Pick<Files, "facts" | "readLink">;

/**
 * The path without symbolic links; `undefined` when something is missing on the way. Throws ELOOP for a link in a
 * directory that the suspect can write: it may be the suspect's idea of whose file is to be changed (threat-model F1).
 */
export async function realPath(files: LinkReader, path: string, suspect?: Suspect): Promise<string | undefined> {
  let done = "";
  let open = await mayWrite(files, "/", suspect);
  const left = path.split("/").filter((part) => part !== "" && part !== ".");
  for (let links = 0, part = left.shift(); part !== undefined; part = left.shift()) {
    if (part === "..") {
      done = done.slice(0, Math.max(0, done.lastIndexOf("/")));
      open = await mayWrite(files, done === "" ? "/" : done, suspect);
      continue;
    }
    const next = `${done}/${part}`;
    const facts = await files.facts(next, { followLinks: false });
    if (!facts) return undefined;
    if (facts.kind !== "link") {
      done = next;
      if (facts.kind === "directory" && left.length > 0) open = await mayWrite(files, next, suspect);
      continue;
    }
    // A link that root put there is root's word.
    if ((open && facts.uid !== 0) || ++links > LINKS_MAX) {
      throw new SystemError(errnoNumber("ELOOP") ?? 40, `cannot follow symlink '${next}'`);
    }
    const target = (await files.readLink(next)) ?? "";
    left.unshift(...target.split("/").filter((each) => each !== "" && each !== "."));
    if (target.startsWith("/")) {
      done = "";
      open = await mayWrite(files, "/", suspect);
    }
  }
  return done === "" ? "/" : done;
}

async function mayWrite(files: LinkReader, directory: string, suspect: Suspect | undefined): Promise<boolean> {
  // Root needs no links to get at what is root's.
  if (!suspect || suspect.uid === 0) return false;
  const facts = await files.facts(directory);
  if (!facts) return false;
  if (facts.uid === suspect.uid) return true;
  return (suspect.groups.includes(facts.gid) && (facts.mode & 0o020) !== 0) || (facts.mode & 0o002) !== 0;
}

/** See `Files.hold`. */
export async function holdFile(files: LinkReader, path: string, suspect?: Suspect): Promise<HeldFile | undefined> {
  const what = `cannot open '${path}'`;
  const real = await realPath(files, path, suspect);
  if (real === undefined) return undefined;
  let descriptor: OwnedDescriptor;
  try {
    const handle = await fs.open(real, O_PATH | O_NOFOLLOW);
    try {
      descriptor = new OwnedDescriptor(libc().duplicate(handle.fd));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (hasErrno(error, "ENOENT")) return undefined;
    throw asSystemError(error, what);
  }
  const { fd } = descriptor;
  try {
    const magic = `/proc/self/fd/${fd}`;
    // Whoever swapped a directory for a link meanwhile led us elsewhere.
    if ((await files.readLink(magic)) !== real) throw new SystemError(errnoNumber("ELOOP") ?? 40, what);
    const facts = await files.facts(magic);
    if (!facts) throw new SystemError(errnoNumber("ENOENT") ?? 2, what);
    return new LinuxHeldFile(descriptor, facts, path);
  } catch (error) {
    descriptor.close();
    throw error;
  }
}

class LinuxHeldFile implements HeldFile {
  readonly facts: FileFacts;
  readonly #descriptor: OwnedDescriptor;
  readonly #path: string;

  constructor(descriptor: OwnedDescriptor, facts: FileFacts, path: string) {
    this.#descriptor = descriptor;
    this.facts = facts;
    this.#path = path;
  }

  async chown({ uid, gid }: Owner): Promise<void> {
    try {
      await fs.chown(`/proc/self/fd/${this.#descriptor.fd}`, uid, gid);
    } catch (error) {
      throw asSystemError(error, `unable to set user and group to '${uid}:${gid}' on '${this.#path}'`);
    }
  }

  async getAttribute(name: string): Promise<string | undefined> {
    const value = libc().getHeldAttribute(this.#descriptor.fd, name);
    return value && Buffer.from(value).toString("utf8");
  }

  async setAttribute(name: string, value: string): Promise<boolean> {
    return libc().setHeldAttribute(this.#descriptor.fd, name, Buffer.from(value, "utf8"));
  }

  async removeAttribute(name: string): Promise<void> {
    libc().removeHeldAttribute(this.#descriptor.fd, name);
  }

  [Symbol.dispose](): void {
    this.#descriptor.close();
  }
}
