import type { Descriptor } from "../descriptor.ts";
import { errnoNumber, SystemError } from "../errors.ts";
import type { FileFacts, FileLock, Files, HeldFile, LoadedFile, OpenOptions, Owner, Suspect } from "../files/files.ts";
import { realPath } from "../files/hold.ts";
import { FakeDescriptor } from "./fake-descriptor.ts";

interface Node {
  readonly kind: "file" | "directory" | "link";
  readonly inode: bigint;
  bytes: Uint8Array;
  mode: number;
  owner: Owner;
  changed: bigint;
}

/** One step that changes files, as a fault injector sees it. */
export interface FileStep {
  readonly operation:
    | "createSynced"
    | "writePart"
    | "sync"
    | "rename"
    | "unlink"
    | "symlink"
    | "link"
    | "syncDirectory"
    | "makeDirectory"
    | "removeDirectory"
    | "chown"
    | "setAttribute"
    | "removeAttribute";
  readonly path: string;
  /** Counts changing steps from 1. */
  readonly number: number;
}

/**
 * Files in memory. It knows what would survive a power cut: a file's bytes are on the disk at once (they are synced when
 * made), the entries of a directory only when the directory was synced; see {@link FakeFiles.afterPowerCut}.
 */
export class FakeFiles implements Files {
  /** Called before every changing step; what it throws is what the step fails with. */
  inject: (step: FileStep) => void = () => undefined;
  readonly #nodes = new Map<string, Node>([["/", directoryNode()]]);
  readonly #durable = new Map<string, Node>([["/", directoryNode()]]);
  readonly #attributes = new Map<string, string>();
  readonly #locks = new Set<string>();
  #steps = 0;

  /** Puts a file there, durable, with its directories. */
  put(path: string, text: string | Uint8Array, mode = 0o600): void {
    for (const map of [this.#nodes, this.#durable]) {
      makeParents(map, path);
      map.set(path, {
        kind: "file",
        inode: nextInode(),
        bytes: Buffer.from(text),
        mode,
        owner: root,
        changed: nextInode(),
      });
    }
  }

  /** Every file and link by path, as text, for comparison. */
  snapshot(): Readonly<Record<string, string>> {
    const entries = [...this.#nodes].filter(([, { kind }]) => kind !== "directory").sort();
    return Object.fromEntries(
      entries.map(([path, { kind, bytes }]) => [
        path,
        `${kind === "link" ? "-> " : ""}${Buffer.from(bytes).toString()}`,
      ]),
    );
  }

  /** Makes a link somebody's, as `lchown` does. */
  adoptLink(path: string, owner: Owner): void {
    const node = this.#nodes.get(path);
    if (node) node.owner = owner;
  }

  /** What a machine finds after its power was cut now. */
  afterPowerCut(): FakeFiles {
    const files = new FakeFiles();
    for (const [path, node] of this.#durable) {
      files.#nodes.set(path, { ...node });
      files.#durable.set(path, { ...node });
    }
    return files;
  }

  /** What a new process finds after ours was killed now: everything but the locks. */
  afterKill(): FakeFiles {
    const files = new FakeFiles();
    for (const [path, node] of this.#nodes) files.#nodes.set(path, { ...node });
    for (const [path, node] of this.#durable) files.#durable.set(path, { ...node });
    for (const [key, value] of this.#attributes) files.#attributes.set(key, value);
    return files;
  }

  async read(path: string): Promise<Uint8Array> {
    const node = this.#resolve(path);
    if (!node) throw failure("ENOENT", `Failed to open file '${path}'`);
    if (node.kind === "directory") throw failure("EISDIR", `Failed to open file '${path}'`);
    return node.bytes;
  }

  async readText(path: string): Promise<string> {
    return Buffer.from(await this.read(path)).toString("utf8");
  }

  async list(directory: string): Promise<readonly string[]> {
    return childrenOf(this.#nodes, directory).map((path) => path.slice(directory.length + 1));
  }

  async readAll(directory: string, pick: (name: string) => boolean): Promise<readonly LoadedFile[]> {
    const names = (await this.list(directory)).filter(pick).sort();
    return Promise.all(
      names.map(async (name) => {
        const path = `${directory}/${name}`;
        return { name, path, text: await this.readText(path), error: undefined };
      }),
    );
  }

  async facts(
    path: string,
    { followLinks = true }: { readonly followLinks?: boolean } = {},
  ): Promise<FileFacts | undefined> {
    const node = followLinks ? this.#resolve(path) : this.#nodes.get(path);
    if (!node) return undefined;
    const size = BigInt(node.bytes.length);
    const times = { mtime: node.changed, ctime: node.changed };
    return {
      kind: node.kind,
      size,
      mode: node.mode,
      ...node.owner,
      ...times,
      device: 1n,
      inode: node.inode,
      allocated: size,
    };
  }

  async createSynced(
    path: string,
    bytes: Uint8Array,
    { mode, owner }: { readonly mode: number; readonly owner?: Owner },
  ): Promise<void> {
    this.#step("createSynced", path);
    if (this.#nodes.has(path)) throw failure("EEXIST", `cannot create file '${path}'`);
    this.#requireDirectory(path, `cannot create file '${path}'`);
    const copy = Uint8Array.from(bytes);
    this.#nodes.set(path, {
      kind: "file",
      inode: nextInode(),
      bytes: copy,
      mode,
      owner: owner ?? root,
      changed: nextInode(),
    });
  }

  async readPart(path: string, offset: number, length: number): Promise<Uint8Array> {
    return (await this.read(path)).subarray(offset, offset + length);
  }

  async writePart(path: string, offset: number, bytes: Uint8Array): Promise<void> {
    this.#step("writePart", path);
    const before = await this.read(path);
    const after = Buffer.alloc(Math.max(before.length, offset + bytes.length));
    after.set(before);
    after.set(bytes, offset);
    this.put(path, after);
  }

  async sync(path: string): Promise<void> {
    this.#step("sync", path);
    this.put(path, await this.read(path));
  }

  async append(path: string, text: string, mode: number): Promise<void> {
    const node = this.#nodes.get(path);
    if (node) {
      node.bytes = Buffer.concat([node.bytes, Buffer.from(text)]);
      return;
    }
    await this.createSynced(path, Buffer.from(text), { mode });
  }

  async rename(from: string, to: string): Promise<void> {
    this.#step("rename", to);
    const node = this.#nodes.get(from);
    if (!node) throw failure("ENOENT", `cannot rename file '${from}' as '${to}'`);
    this.#requireDirectory(to, `cannot rename file '${from}' as '${to}'`);
    for (const [path, below] of [...this.#nodes]) {
      if (!path.startsWith(`${from}/`)) continue;
      this.#nodes.delete(path);
      this.#nodes.set(to + path.slice(from.length), below);
    }
    this.#nodes.delete(from);
    this.#nodes.set(to, node);
  }

  async unlink(path: string): Promise<boolean> {
    this.#step("unlink", path);
    return this.#nodes.delete(path);
  }

  async link(existing: string, path: string): Promise<void> {
    this.#step("link", path);
    const node = this.#nodes.get(existing);
    if (!node) throw failure("ENOENT", `cannot link '${existing}' to '${path}'`);
    this.#nodes.set(path, node);
  }

  async symlink(target: string, path: string): Promise<void> {
    this.#step("symlink", path);
    if (this.#nodes.has(path)) throw failure("EEXIST", `Failed to create symlink '${path}' to '${target}'`);
    this.#requireDirectory(path, `Failed to create symlink '${path}' to '${target}'`);
    const bytes = Buffer.from(target);
    this.#nodes.set(path, { kind: "link", inode: nextInode(), bytes, mode: 0o777, owner: root, changed: nextInode() });
  }

  async readLink(path: string): Promise<string | undefined> {
    const node = this.#nodes.get(path);
    return node?.kind === "link" ? Buffer.from(node.bytes).toString() : undefined;
  }

  async syncDirectory(path: string): Promise<void> {
    this.#step("syncDirectory", path);
    if (this.#nodes.get(path)?.kind !== "directory") throw failure("ENOENT", `cannot sync directory '${path}'`);
    for (const child of childrenOf(this.#durable, path)) if (!this.#nodes.has(child)) this.#durable.delete(child);
    for (const child of childrenOf(this.#nodes, path)) this.#durable.set(child, { ...this.#nodes.get(child)! });
  }

  async makeDirectory(
    path: string,
    { mode, owner }: { readonly mode?: number; readonly owner?: Owner } = {},
  ): Promise<void> {
    this.#step("makeDirectory", path);
    if (this.#nodes.has(path)) return;
    for (const map of [this.#nodes, this.#durable]) {
      makeParents(map, path);
      map.set(path, { ...directoryNode(), mode: mode ?? 0o755, owner: owner ?? root });
    }
  }

  async removeDirectory(path: string, { recursive = false }: { readonly recursive?: boolean } = {}): Promise<void> {
    this.#step("removeDirectory", path);
    const below = [...this.#nodes.keys()].filter((each) => each.startsWith(`${path}/`));
    if (below.length > 0 && !recursive) throw failure("ENOTEMPTY", `cannot remove directory '${path}'`);
    for (const each of [path, ...below]) this.#nodes.delete(each);
  }

  async chown(path: string, owner: Owner): Promise<void> {
    this.#step("chown", path);
    this.#require(path).owner = owner;
  }

  async hold(path: string, suspect?: Suspect): Promise<HeldFile | undefined> {
    const real = await realPath(this, path, suspect);
    const facts = real === undefined ? undefined : await this.facts(real);
    if (real === undefined || !facts) return undefined;
    return {
      facts,
      chown: (owner) => this.chown(real, owner),
      getAttribute: (name) => this.getAttribute(real, name),
      setAttribute: (name, value) => this.setAttribute(real, name, value),
      removeAttribute: (name) => this.removeAttribute(real, name),
      [Symbol.dispose]: () => undefined,
    };
  }

  async chmod(path: string, mode: number): Promise<void> {
    this.#require(path).mode = mode;
  }

  async getAttribute(path: string, name: string): Promise<string | undefined> {
    return this.#attributes.get(`${path}\0${name}`);
  }

  async setAttribute(path: string, name: string, value: string): Promise<boolean> {
    this.#step("setAttribute", path);
    this.#attributes.set(`${path}\0${name}`, value);
    return true;
  }

  async removeAttribute(path: string, name: string): Promise<void> {
    this.#step("removeAttribute", path);
    this.#attributes.delete(`${path}\0${name}`);
  }

  /** By the mode alone: nobody here is root. */
  async access(path: string, how: "exist" | "read" | "write" | "execute"): Promise<boolean> {
    const node = this.#resolve(path);
    const bits = { exist: 0, read: 0o444, write: 0o222, execute: 0o111 }[how];
    return node !== undefined && (bits === 0 || (node.mode & bits) !== 0);
  }

  async open(path: string, { create, truncate }: OpenOptions): Promise<Descriptor> {
    const node = this.#resolve(path);
    if (!node) {
      if (create === undefined) throw failure("ENOENT", `Failed to open file '${path}'`);
      this.put(path, "", create);
    } else if (truncate) node.bytes = new Uint8Array();
    return new FakeDescriptor(path);
  }

  async lock(path: string): Promise<FileLock | undefined> {
    if (this.#locks.has(path)) return undefined;
    this.#locks.add(path);
    const release = (): void => void this.#locks.delete(path);
    return { path, release, [Symbol.dispose]: release };
  }

  async replaceLockText(lock: FileLock, text: string): Promise<void> {
    this.put(lock.path, text);
  }

  #step(operation: FileStep["operation"], path: string): void {
    this.#steps++;
    this.inject({ operation, path, number: this.#steps });
  }

  #resolve(path: string): Node | undefined {
    const node = this.#nodes.get(path);
    if (node?.kind !== "link") return node;
    const target = Buffer.from(node.bytes).toString();
    return this.#nodes.get(target.startsWith("/") ? target : `${parentOf(path)}/${target}`);
  }

  #require(path: string): Node {
    const node = this.#resolve(path);
    if (!node) throw failure("ENOENT", `cannot stat file '${path}'`);
    return node;
  }

  #requireDirectory(path: string, what: string): void {
    if (this.#nodes.get(parentOf(path))?.kind !== "directory") throw failure("ENOENT", what);
  }
}

const root: Owner = { uid: 0, gid: 0 };
let inodes = 1n;

function nextInode(): bigint {
  return inodes++;
}

function directoryNode(): Node {
  const changed = nextInode();
  return { kind: "directory", inode: changed, bytes: new Uint8Array(), mode: 0o755, owner: root, changed };
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}

function makeParents(map: Map<string, Node>, path: string): void {
  const parent = parentOf(path);
  if (map.has(parent)) return;
  makeParents(map, parent);
  map.set(parent, directoryNode());
}

function childrenOf(map: ReadonlyMap<string, Node>, directory: string): string[] {
  return [...map.keys()].filter((path) => path !== "/" && parentOf(path) === directory);
}

function failure(name: "ENOENT" | "EEXIST" | "EISDIR" | "ENOTEMPTY", what: string): SystemError {
  return new SystemError(errnoNumber(name), what);
}
