import * as calls from "node:fs";
import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { promisify } from "node:util";
import { type Descriptor, OwnedDescriptor } from "../descriptor.ts";
import { asSystemError, hasErrno, SystemError } from "../errors.ts";
import { libc } from "../ffi/libc.ts";
import type { FileFacts, FileLock, Files, HeldFile, LoadedFile, OpenOptions, Owner, Suspect } from "./files.ts";
import { holdFile } from "./hold.ts";

/**
 * For so many milliseconds {@link LinuxFiles.readAll} reads before the event loop gets its turn. It reads directly, not
 * through the thread pool: 10,000 definitions take 0.1 s instead of 0.5 s, which matters when a daemon starts.
 */
const READ_SLICE = 5;

// Durable writes are on the path of many calls. Their steps use plain descriptors, which are closed directly: once it is
// synced, a file closes at once, and each visit to the thread pool costs more than most of the calls.
const open = promisify(calls.open);
const write = promisify(calls.write);
const fsync = promisify(calls.fsync);
const fchown = promisify(calls.fchown);
const fchmod = promisify(calls.fchmod);

const accessFlags = {
  read: constants.O_RDONLY,
  write: constants.O_WRONLY,
  readWrite: constants.O_RDWR,
  append: constants.O_WRONLY | constants.O_APPEND,
} as const;

const accessModes = {
  exist: constants.F_OK,
  read: constants.R_OK,
  write: constants.W_OK,
  execute: constants.X_OK,
} as const;

/** Awaits a step of `node:fs`; its failure is thrown as a `SystemError` that says what was tried. */
async function step<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asSystemError(error, what);
  }
}

/** As {@link step}, with another result when the thing does not exist. */
async function stepUnlessMissing<T, M>(what: string, work: Promise<T>, missing: M): Promise<T | M> {
  try {
    return await step(what, work);
  } catch (error) {
    if (hasErrno(error, "ENOENT")) return missing;
    throw error;
  }
}

/** Files of this machine. */
export class LinuxFiles implements Files {
  async read(path: string): Promise<Uint8Array> {
    return step(`Failed to open file '${path}'`, fs.readFile(path));
  }

  async readText(path: string): Promise<string> {
    return step(`Failed to open file '${path}'`, fs.readFile(path, "utf8"));
  }

  async list(directory: string): Promise<readonly string[]> {
    return stepUnlessMissing(`cannot open directory '${directory}'`, fs.readdir(directory), []);
  }

  async readAll(directory: string, pick: (name: string) => boolean): Promise<readonly LoadedFile[]> {
    const names = (await this.list(directory)).filter(pick).sort();
    const loaded: LoadedFile[] = [];
    let sliceEnd = performance.now() + READ_SLICE;
    for (const name of names) {
      const path = `${directory}/${name}`;
      try {
        loaded.push({ name, path, text: libc().readWhole(path), error: undefined });
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        loaded.push({ name, path, text: undefined, error });
      }
      if (performance.now() < sliceEnd) continue;
      await new Promise<void>((resolve) => setImmediate(resolve));
      sliceEnd = performance.now() + READ_SLICE;
    }
    return loaded;
  }

  async facts(
    path: string,
    { followLinks = true }: { readonly followLinks?: boolean } = {},
  ): Promise<FileFacts | undefined> {
    const stat = (followLinks ? fs.stat : fs.lstat)(path, { bigint: true });
    const facts = await stepUnlessMissing(`cannot stat file '${path}'`, stat, undefined);
    if (!facts) return undefined;
    return {
      kind: facts.isFile()
        ? "file"
        : facts.isDirectory()
          ? "directory"
          : facts.isSymbolicLink()
            ? "link"
            : facts.isBlockDevice()
              ? "block"
              : facts.isCharacterDevice()
                ? "character"
                : facts.isSocket()
                  ? "socket"
                  : "pipe",
      size: facts.size,
      mode: Number(facts.mode & 0o7777n),
      uid: Number(facts.uid),
      gid: Number(facts.gid),
      mtime: facts.mtimeNs,
      ctime: facts.ctimeNs,
      device: facts.dev,
      inode: facts.ino,
      ...((facts.isBlockDevice() || facts.isCharacterDevice()) && { node: deviceNumbers(facts.rdev) }),
      allocated: facts.blocks * 512n,
    };
  }

  async createSynced(
    path: string,
    bytes: Uint8Array,
    { mode, owner }: { readonly mode: number; readonly owner?: Owner },
  ): Promise<void> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const what = `cannot write file '${path}'`;
    using file = new OwnedDescriptor(await step(`cannot create file '${path}'`, open(path, flags, 0o600)));
    for (let done = 0; done < bytes.length; ) {
      done += (await step(what, write(file.fd, bytes, done, bytes.length - done, done))).bytesWritten;
    }
    if (owner) await step(`cannot chown '${path}'`, fchown(file.fd, owner.uid, owner.gid));
    if (mode !== 0o600) await step(`cannot set file mode of '${path}'`, fchmod(file.fd, mode));
    await step(`cannot sync file '${path}'`, fsync(file.fd));
  }

  async readPart(path: string, offset: number, length: number): Promise<Uint8Array> {
    return readPart(path, offset, length);
  }

  async append(path: string, text: string, mode: number): Promise<void> {
    return step(`cannot write to file '${path}'`, fs.appendFile(path, text, { mode }));
  }

  async writePart(path: string, offset: number, bytes: Uint8Array): Promise<void> {
    return step(`cannot write to file '${path}'`, writePart(path, offset, bytes));
  }

  async sync(path: string): Promise<void> {
    return step(`cannot sync file '${path}'`, syncFile(path));
  }

  async rename(from: string, to: string): Promise<void> {
    return step(`cannot rename file '${from}' as '${to}'`, fs.rename(from, to));
  }

  async unlink(path: string): Promise<boolean> {
    const unlinked = fs.unlink(path).then(() => true);
    return stepUnlessMissing(`cannot remove file '${path}'`, unlinked, false);
  }

  async link(existing: string, path: string): Promise<void> {
    await this.unlink(path);
    return step(`cannot link '${existing}' to '${path}'`, fs.link(existing, path));
  }

  async symlink(target: string, path: string): Promise<void> {
    return step(`Failed to create symlink '${path}' to '${target}'`, fs.symlink(target, path));
  }

  async readLink(path: string): Promise<string | undefined> {
    return stepUnlessMissing(`cannot read symlink '${path}'`, fs.readlink(path), undefined);
  }

  async syncDirectory(path: string): Promise<void> {
    // Whoever syncs a directory has just changed it: opening it returns at once.
    using directory = new OwnedDescriptor(libc().open(path, constants.O_RDONLY | constants.O_DIRECTORY));
    await step(`cannot sync directory '${path}'`, fsync(directory.fd));
  }

  async makeDirectory(
    path: string,
    { mode, owner }: { readonly mode?: number; readonly owner?: Owner } = {},
  ): Promise<void> {
    const what = `cannot create directory '${path}'`;
    const first = await step(what, fs.mkdir(path, { recursive: true, mode: mode ?? 0o755 }));
    if (first === undefined) return;
    if (mode !== undefined) await step(what, fs.chmod(path, mode));
    if (owner) await step(what, fs.chown(path, owner.uid, owner.gid));
  }

  async removeDirectory(path: string, { recursive = false }: { readonly recursive?: boolean } = {}): Promise<void> {
    const what = `cannot remove directory '${path}'`;
    if (recursive) return step(what, fs.rm(path, { recursive: true, force: true }));
    return stepUnlessMissing(what, fs.rmdir(path), undefined);
  }

  async chown(path: string, { uid, gid }: Owner): Promise<void> {
    return step(`unable to set user and group to '${uid}:${gid}' on '${path}'`, fs.chown(path, uid, gid));
  }

  hold(path: string, suspect?: Suspect): Promise<HeldFile | undefined> {
    return holdFile(this, path, suspect);
  }

  async chmod(path: string, mode: number): Promise<void> {
    return step(`cannot set file mode of '${path}'`, fs.chmod(path, mode));
  }

  async getAttribute(path: string, name: string): Promise<string | undefined> {
    const value = await onFile(path, (fd) => libc().getAttribute(fd, name));
    return value && Buffer.from(value).toString("utf8");
  }

  async setAttribute(path: string, name: string, value: string): Promise<boolean> {
    return onFile(path, (fd) => libc().setAttribute(fd, name, Buffer.from(value, "utf8")));
  }

  async removeAttribute(path: string, name: string): Promise<void> {
    return onFile(path, (fd) => libc().removeAttribute(fd, name));
  }

  async access(path: string, wanted: "exist" | "read" | "write" | "execute"): Promise<boolean> {
    try {
      await fs.access(path, accessModes[wanted]);
      return true;
    } catch (error) {
      if (hasErrno(error, "ENOENT", "EACCES", "EPERM", "ENOTDIR", "EROFS", "ELOOP")) return false;
      throw asSystemError(error, `cannot access '${path}'`);
    }
  }

  async open(path: string, { access, create, truncate, skip = 0 }: OpenOptions): Promise<Descriptor> {
    const flags =
      accessFlags[access] |
      constants.O_NOCTTY |
      (create === undefined ? 0 : constants.O_CREAT) |
      (truncate ? constants.O_TRUNC : 0);
    const file = await step(`Failed to open file '${path}'`, fs.open(path, flags, create ?? 0));
    // A FileHandle closes its number when it is collected: keep a duplicate that is ours alone.
    try {
      await step(`Failed to read file '${path}'`, passOver(file, skip));
      return new OwnedDescriptor(libc().duplicate(file.fd));
    } finally {
      await file.close();
    }
  }

  async lock(path: string): Promise<FileLock | undefined> {
    const descriptor = new OwnedDescriptor(libc().openLock(path));
    if (!libc().lockRecord(descriptor.fd)) {
      descriptor.close();
      return undefined;
    }
    // The former holder removes its file before it lets go: we may have locked what nobody can find any more.
    const held = await this.facts(`/proc/self/fd/${descriptor.fd}`);
    const found = await this.facts(path);
    if (!found || found.inode !== held?.inode || found.device !== held.device) {
      descriptor.close();
      return this.lock(path);
    }
    const release = (): void => descriptor.close();
    return { path, release, [Symbol.dispose]: release };
  }

  async replaceLockText(lock: FileLock, text: string): Promise<void> {
    return step(`cannot write file '${lock.path}'`, fs.writeFile(lock.path, text));
  }
}

/** Reads without a position, which is what moves the place that a duplicate of the descriptor shares. */
async function passOver(file: fs.FileHandle, bytes: number): Promise<void> {
  let left = bytes;
  const buffer = Buffer.alloc(Math.min(left, 65_536));
  while (left > 0) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(left, buffer.length), null);
    if (bytesRead === 0) return;
    left -= bytesRead;
  }
}

async function writePart(path: string, offset: number, bytes: Uint8Array): Promise<void> {
  const file = await fs.open(path, constants.O_WRONLY | constants.O_NOCTTY);
  try {
    for (let done = 0; done < bytes.length; ) {
      done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await fs.open(path, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readPart(path: string, offset: number, length: number): Promise<Uint8Array> {
  const flags = constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK;
  const file = await step(`Failed to open file '${path}'`, fs.open(path, flags));
  try {
    const reading = file.read(Buffer.alloc(length), 0, length, offset);
    const { buffer, bytesRead } = await step(`Failed to read file '${path}'`, reading);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Opens a file in the thread pool, where a dead file system holds up nobody, and does on it what returns at once. */
async function onFile<T>(path: string, use: (fd: number) => T): Promise<T> {
  const flags = constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK;
  const file = await step(`Failed to open file '${path}'`, fs.open(path, flags));
  try {
    return use(file.fd);
  } finally {
    await file.close();
  }
}

/** The two numbers of a device out of the C library's one (`gnu_dev_major(3)`). */
function deviceNumbers(device: bigint): { readonly major: number; readonly minor: number } {
  return {
    major: Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xffff_f000n)),
    minor: Number((device & 0xffn) | ((device >> 12n) & 0xffff_ff00n)),
  };
}
