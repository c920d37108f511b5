import type { Descriptor } from "../descriptor.ts";

/** Metadata of a file, by `lstat` or `stat`. */
export interface FileFacts {
  readonly kind: "file" | "directory" | "link" | "block" | "character" | "socket" | "pipe";
  readonly size: bigint;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Nanoseconds since the epoch. */
  readonly mtime: bigint;
  readonly ctime: bigint;
  readonly device: bigint;
  readonly inode: bigint;
  /** The numbers of a device node. */
  readonly node?: { readonly major: number; readonly minor: number };
  /** Bytes on disk: 512-byte blocks times 512. */
  readonly allocated: bigint;
}

/** Owner of a file, by number. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Somebody who may have put symbolic links where they can write. */
export interface Suspect {
  readonly uid: number;
  readonly groups: readonly number[];
}

/** A file that stays the same one while its owner is looked at and changed, whatever becomes of its path meanwhile. */
export interface HeldFile extends Disposable {
  readonly facts: FileFacts;
  chown(owner: Owner): Promise<void>;
  /** As {@link Files.getAttribute}. */
  getAttribute(name: string): Promise<string | undefined>;
  /** False when the file system has no such attributes. */
  setAttribute(name: string, value: string): Promise<boolean>;
  removeAttribute(name: string): Promise<void>;
}

/** An advisory lock on a file, held by this process until closed or the process ends. */
export interface FileLock extends Disposable {
  readonly path: string;
  release(): void;
}

/**
 * Single steps on files, each of which can fail and each of which a crash can come between. Durable changes are put
 * together from them by `Store`; nothing else writes state. Errors are `SystemError`s.
 */
export interface Files {
  read(path: string): Promise<Uint8Array>;
  readText(path: string): Promise<string>;
  /** Some bytes of a file, fewer when it ends before. */
  readPart(path: string, offset: number, length: number): Promise<Uint8Array>;
  /** Names in a directory; empty when there is no such directory. */
  list(directory: string): Promise<readonly string[]>;
  /**
   * The texts of all files in a directory whose name passes, in name order. Fast for thousands of small files.
   * A file that cannot be read is in the result with its error.
   */
  readAll(directory: string, pick: (name: string) => boolean): Promise<readonly LoadedFile[]>;
  /** `undefined` when it does not exist. Follows symbolic links unless told otherwise. */
  facts(path: string, options?: { readonly followLinks?: boolean }): Promise<FileFacts | undefined>;
  /** Makes a file that does not exist yet, never through a symbolic link, and syncs its bytes to the disk. */
  createSynced(
    path: string,
    bytes: Uint8Array,
    options: { readonly mode: number; readonly owner?: Owner },
  ): Promise<void>;
  /** Adds to the end of a file, which is made with `mode` when missing. Not synced: for logs. */
  append(path: string, text: string, mode: number): Promise<void>;
  /** Writes into an existing file at a place, and syncs it to the disk. */
  writePart(path: string, offset: number, bytes: Uint8Array): Promise<void>;
  /** Makes durable what anybody has written to a file. */
  sync(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** False when it did not exist. */
  unlink(path: string): Promise<boolean>;
  symlink(target: string, path: string): Promise<void>;
  /** A second name for the same file, in the same file system; an existing one is replaced. */
  link(existing: string, path: string): Promise<void>;
  /** Where a symbolic link points; `undefined` when there is none. */
  readLink(path: string): Promise<string | undefined>;
  /** Makes the entries of a directory durable. */
  syncDirectory(path: string): Promise<void>;
  /** Makes a directory and its parents; an existing one is left as it is. */
  makeDirectory(path: string, options?: { readonly mode?: number; readonly owner?: Owner }): Promise<void>;
  removeDirectory(path: string, options?: { readonly recursive?: boolean }): Promise<void>;
  chown(path: string, owner: Owner): Promise<void>;
  /**
   * Holds a file without opening it for anything: devices, pipes and sockets notice nothing. `undefined` when there is
   * none. Links are followed, unless they lie where the suspect could have put them: throws ELOOP then.
   */
  hold(path: string, suspect?: Suspect): Promise<HeldFile | undefined>;
  chmod(path: string, mode: number): Promise<void>;
  /** An extended attribute as text; `undefined` when it is not there, or there are none in this file system. */
  getAttribute(path: string, name: string): Promise<string | undefined>;
  /** False when the file system has no such attributes. */
  setAttribute(path: string, name: string, value: string): Promise<boolean>;
  removeAttribute(path: string, name: string): Promise<void>;
  /** Is it there, and may we do this with it? */
  access(path: string, wanted: "exist" | "read" | "write" | "execute"): Promise<boolean>;
  /** Opens an existing file, or creates it; for descriptors that children inherit. */
  open(path: string, options: OpenOptions): Promise<Descriptor>;
  /** Takes an exclusive lock, creating the file; `undefined` when somebody else holds it. */
  lock(path: string): Promise<FileLock | undefined>;
  /** Writes a note (a pid, as libvirt's tools expect) into a lock file that we hold. */
  replaceLockText(lock: FileLock, text: string): Promise<void>;
}

/** How to open a file for a child. */
export interface OpenOptions {
  readonly access: "read" | "write" | "readWrite" | "append";
  /** Create it with this mode when missing. */
  readonly create?: number;
  readonly truncate?: boolean;
  /** Bytes to pass over: whoever reads the descriptor begins behind them. */
  readonly skip?: number;
}

/** One file of a bulk load. */
export interface LoadedFile {
  readonly name: string;
  readonly path: string;
  readonly text: string | undefined;
  readonly error: Error | undefined;
}
