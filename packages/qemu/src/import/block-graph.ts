import { isJsonObject, type JsonObject, type JsonValue, type PartialOption } from "@tsvirt/codec/options";
import type { BackingStore, Disk, StorageEncryption, StorageSource } from "@tsvirt/model/domain";
import type { Blockdev } from "../argv/declarations/backends.ts";
import { type ImageSource, isProtocol, readSource } from "./block-source.ts";
import type { Definition, Draft } from "./draft.ts";
import { nested, Tree } from "./tree.ts";
import { present, wordOf, wrote } from "./values.ts";

type Format = NonNullable<NonNullable<Disk["driver"]>["type"]>;

/** A disk's images as the block graph has them. */
export interface Graph {
  readonly type: Disk["type"];
  readonly source: StorageSource;
  readonly format: Format;
  readonly readonly: boolean;
  readonly cache: { readonly direct: boolean; readonly noFlush: boolean } | undefined;
  readonly io: "native" | "threads" | "io_uring" | undefined;
  readonly discard: "unmap" | "ignore" | undefined;
  readonly detectZeroes: "off" | "on" | "unmap" | undefined;
  readonly copyOnRead: boolean;
  /** The disk's name in the guest, if a node of libvirt's has it. */
  readonly target: string | undefined;
  readonly backingStore: BackingStore | undefined;
  /** The nodes and objects that it is made of. */
  readonly definitions: readonly Definition<unknown>[];
}

/** Something in the graph that documents cannot say. */
export class GraphError extends Error {
  override readonly name = "GraphError";
}

/** Keys of nodes that say how, not what; libvirt chooses them itself. */
const common = ["node-name", "auto-read-only", "force-share", "locking"];

/** The formats by QEMU's drivers. */
const formats: Readonly<Record<string, Format>> = {
  raw: "raw",
  luks: "raw",
  vhdx: "vhd",
  parallels: "ploop",
  bochs: "bochs",
  cloop: "cloop",
  dmg: "dmg",
  vpc: "vpc",
  vdi: "vdi",
  qcow: "qcow",
  qcow2: "qcow2",
  qed: "qed",
  vmdk: "vmdk",
};

/** libvirt's format for a driver of the block layer. */
export function formatOf(driver: string): Format | undefined {
  return Object.hasOwn(formats, driver) ? formats[driver] : undefined;
}

interface Layer extends Omit<Graph, "backingStore" | "copyOnRead" | "target"> {
  readonly backing: JsonValue | undefined;
}

/** Images of a chain at most; the nodes may refer to each other in a circle. */
const MAX_DEPTH = 200;

/** Reads the graph below the node that a device uses. Throws {@link GraphError}. */
export function readGraph(draft: Draft, name: string): Graph | undefined {
  let top = draft.blockdevs.get(name);
  if (!top) return undefined;
  const definitions: Definition<unknown>[] = [];
  let copyOnRead = false;
  if (top.value.driver === "copy-on-read") {
    const below = nested(top.value.rest).file;
    definitions.push(top);
    copyOnRead = true;
    top = typeof below === "string" ? draft.blockdevs.get(below) : undefined;
    if (!top) throw new GraphError("copy-on-read over a node that is not there");
  }
  const layer = new GraphReader(draft).layer(top.id);
  const { backing, ...image } = layer;
  const lower = readBacking(draft, backing, 1);
  return {
    ...image,
    copyOnRead,
    target: /^libvirt-CoR-(\w+)$/.exec(name)?.[1],
    backingStore: lower?.store,
    definitions: [...definitions, ...layer.definitions, ...(lower?.definitions ?? [])],
  };
}

/** The chain below an image: `null` ends it, a missing key leaves it to QEMU. */
function readBacking(
  draft: Draft,
  backing: JsonValue | undefined,
  depth: number,
): { readonly store: BackingStore; readonly definitions: readonly Definition<unknown>[] } | undefined {
  if (backing === undefined) return undefined;
  if (backing === null || backing === "") return { store: {}, definitions: [] };
  if (depth > MAX_DEPTH) throw new GraphError("the chain of images has no end");
  const layer = new GraphReader(draft).layer(backing);
  const lower = readBacking(draft, layer.backing, depth + 1);
  return {
    store: present({
      type: layer.type,
      format: { type: layer.format },
      source: layer.source,
      backingStore: lower?.store,
    }),
    definitions: [...layer.definitions, ...(lower?.definitions ?? [])],
  };
}

/** One image: a format node and what is below it. */
class GraphReader {
  readonly #draft: Draft;
  readonly #definitions: Definition<unknown>[] = [];

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  layer(reference: JsonValue): Layer {
    const { tree, driver } = this.#node(reference);
    for (const key of common) tree.take(key);
    const readonly = tree.flag("read-only") ?? false;
    const cache = cacheOf(tree);
    const discard = wordOf(tree.text("discard"), "unmap", "ignore");
    const detectZeroes = wordOf(tree.text("detect-zeroes"), "off", "on", "unmap");
    if (isProtocol(driver)) {
      const { io, ...storage } = this.#protocol(driver, tree);
      return {
        ...storage,
        format: "raw",
        readonly,
        cache,
        io,
        discard,
        detectZeroes,
        backing: undefined,
        definitions: this.#definitions,
      };
    }
    const format = formatOf(driver);
    if (format === undefined) throw new GraphError(`the block driver '${driver}' has no counterpart`);
    const encryption = this.#encryption(driver, tree);
    const offset = tree.number("offset");
    const size = tree.number("size");
    const backing = tree.take("backing");
    const file = tree.take("file");
    if (file === undefined) throw new GraphError(`a node of driver '${driver}' has no file`);
    const below = this.#storage(file);
    const slice =
      offset === undefined && size === undefined
        ? below.slice
        : { type: "storage" as const, offset: BigInt(offset ?? 0), size: BigInt(size ?? 0) };
    refuseLeft(tree, driver);
    const source: StorageSource = {
      ...below.source,
      ...(slice && { slices: { slices: [slice] } }),
      ...(encryption && { encryption }),
    };
    return {
      type: below.type,
      source,
      format: below.fat ? "fat" : format,
      readonly,
      cache,
      io: below.io,
      discard,
      detectZeroes,
      backing,
      definitions: this.#definitions,
    };
  }

  /** The node of a name, or one that stands in place. */
  #node(reference: JsonValue): { readonly tree: Tree; readonly driver: string } {
    if (isJsonObject(reference)) {
      const tree = new Tree(reference);
      return { tree, driver: tree.text("driver") ?? "" };
    }
    const found = typeof reference === "string" ? this.#draft.blockdevs.get(reference) : undefined;
    if (!found) throw new GraphError(`there is no node '${wrote(reference)}'`);
    this.#definitions.push(found);
    return { tree: new Tree(wholeNode(found.value)), driver: found.value.driver ?? "" };
  }

  /** What is below a format: a protocol, maybe with a window on it in between. */
  #storage(reference: JsonValue): {
    readonly type: Disk["type"];
    readonly source: StorageSource;
    readonly fat: boolean;
    readonly io: Graph["io"];
    readonly slice?: { readonly type: "storage"; readonly offset: bigint; readonly size: bigint };
  } {
    const { tree, driver } = this.#node(reference);
    for (const key of [...common, "cache", "discard", "read-only", "detect-zeroes"]) tree.take(key);
    if (driver === "raw") {
      const offset = tree.number("offset") ?? 0;
      const size = tree.number("size") ?? 0;
      const file = tree.take("file");
      refuseLeft(tree, driver);
      if (file === undefined) throw new GraphError("a raw node has no file");
      return { ...this.#storage(file), slice: { type: "storage", offset: BigInt(offset), size: BigInt(size) } };
    }
    return this.#protocol(driver, tree);
  }

  #protocol(
    driver: string,
    tree: Tree,
  ): {
    readonly type: Disk["type"];
    readonly source: StorageSource;
    readonly fat: boolean;
    readonly io: Graph["io"];
  } {
    const io = wordOf(tree.text("aio"), "native", "threads", "io_uring");
    const found = readSource(driver, tree);
    if (!found) throw new GraphError(`the block driver '${driver}' has no counterpart`);
    refuseLeft(tree, driver);
    for (const { set, argument } of this.#draft.fdsets) {
      if (found.source.file !== `/dev/fdset/${set}`) continue;
      argument.omit("the descriptor is one of a process that is gone");
      this.#definitions.at(-1)?.argument.note("an inherited descriptor: the file behind it is not known");
    }
    return { type: found.type, source: this.#withObjects(found), fat: found.format === "fat", io };
  }

  #withObjects({ source, secret, tlsCredentials, prManager }: ImageSource): StorageSource {
    const result: StorageSource = { ...source };
    const { auth } = source;
    if (auth && secret === undefined) throw new GraphError("a user without a secret has no counterpart");
    if (auth) {
      const found = this.#draft.objects.get(secret);
      if (found) this.#definitions.push(found);
      const type = source.protocol === "rbd" ? "ceph" : "iscsi";
      result.auth = { ...auth, ...(secret !== undefined && { secret: this.#draft.secretRef(secret, type) }) };
    }
    // What qemu.conf would have encrypted is not.
    if (tlsCredentials === undefined && (source.protocol === "nbd" || source.protocol === "vxhs")) result.tls = false;
    if (tlsCredentials !== undefined) {
      result.tls = true;
      this.#takeObject(tlsCredentials);
    }
    if (prManager !== undefined) {
      const helper = this.#takeObject(prManager);
      const path = helper === undefined ? undefined : this.#draft.objectKeys(helper).text("path");
      // libvirt's own helper is one for all disks.
      result.reservations =
        prManager === "pr-helper0"
          ? { managed: true }
          : { managed: false, source: { type: "unix", path: path ?? "", mode: "client" } };
    }
    return result;
  }

  #takeObject(id: string): Definition<unknown> | undefined {
    const found = this.#draft.objects.get(id);
    if (found) this.#definitions.push(found);
    return found;
  }

  #encryption(driver: string, tree: Tree): StorageEncryption | undefined {
    const encrypt = tree.object("encrypt");
    const secret = driver === "luks" ? tree.text("key-secret") : encrypt?.text("key-secret");
    if (secret === undefined) return undefined;
    this.#takeObject(secret);
    const format = encrypt?.text("format") === "aes" ? "qcow" : "luks";
    const { usage, uuid } = this.#draft.secretRef(secret, "volume");
    return {
      format,
      secrets: [{ type: "passphrase", ...(usage !== undefined && { usage }), ...(uuid !== undefined && { uuid }) }],
    };
  }
}

function refuseLeft(tree: Tree, driver: string): void {
  const [first] = tree.left;
  if (first !== undefined)
    throw new GraphError(`the key '${first}' of the block driver '${driver}' has no counterpart`);
}

/** A node with its declared and its other keys in one. */
function wholeNode(value: PartialOption<Blockdev>): JsonObject {
  const { driver: _driver, rest, cache, ...declared } = value;
  return {
    ...present(declared),
    ...(cache && { cache: present(cache) as JsonObject }),
    ...nested(rest),
  } as JsonObject;
}

function cacheOf(tree: Tree): Graph["cache"] {
  const cache = tree.object("cache");
  if (!cache) return undefined;
  return { direct: cache.flag("direct") ?? false, noFlush: cache.flag("no-flush") ?? false };
}
