import type { StorageSource } from "@tsvirt/model/domain";
import type { StorageType } from "../argv/blockdev-source.ts";
import { Tree } from "./tree.ts";
import { numberOf, present } from "./values.ts";

/** Where an image is, as documents say it. */
export interface ImageSource {
  readonly type: StorageType;
  readonly source: StorageSource;
  /** A directory that becomes a disk. */
  readonly format?: "fat";
  /** Ids of the objects that the node refers to. */
  readonly secret?: string | undefined;
  readonly tlsCredentials?: string | undefined;
  readonly prManager?: string | undefined;
}

type Host = StorageSource["hosts"][number];
type Reader = (tree: Tree, driver: string) => ImageSource | undefined;

/** Parts of a source; those that are not known are `undefined`. */
type SourceParts = { readonly [K in keyof StorageSource]?: StorageSource[K] | undefined };

/** An otherwise empty source. */
export function sourceOf(parts: SourceParts): StorageSource {
  return { hosts: [], seclabels: [], ...present(parts) } as StorageSource;
}

function network(parts: SourceParts): ImageSource {
  return { type: "network", source: sourceOf(parts) };
}

function hostOf(tree: Tree | undefined): Host | undefined {
  if (!tree) return undefined;
  const type = tree.text("type");
  const path = tree.text("path");
  if (type === "unix" || path !== undefined) return { transport: "unix", socket: path ?? "" };
  const name = tree.text("host");
  const port = tree.number("port");
  return name === undefined ? undefined : { name, ...(port !== undefined && { port }) };
}

function hosts(host: Host | undefined): Host[] {
  return host ? [host] : [];
}

const local: Reader = (tree, driver) => {
  const path = tree.text("filename");
  if (path === undefined) return undefined;
  const source = driver === "file" ? sourceOf({ file: path }) : sourceOf({ dev: path });
  return { type: driver === "file" ? "file" : "block", source, prManager: tree.text("pr-manager") };
};

const url: Reader = (tree, protocol) => {
  const parsed = urlSource(tree.text("url") ?? tree.text("filename") ?? "");
  if (!parsed) return undefined;
  const username = tree.text("username");
  const secret = tree.text("password-secret");
  const readahead = tree.text("readahead");
  const timeout = tree.text("timeout");
  const ssl = tree.flag("sslverify");
  return {
    type: "network",
    secret,
    source: sourceOf({
      ...parsed,
      protocol: parsed.protocol ?? (protocol as StorageSource["protocol"]),
      auth: username === undefined ? undefined : { username },
      ssl,
      readahead: readahead === undefined ? undefined : BigInt(numberOf(readahead) ?? 0),
      timeout: timeout === undefined ? undefined : BigInt(numberOf(timeout) ?? 0),
    }),
  };
};

/** The protocol drivers of the block layer; the inverse of `sourceOptions`. */
const readers: Readonly<Record<string, Reader>> = {
  file: local,
  host_device: local,
  host_cdrom: local,
  vvfat(tree) {
    const dir = tree.text("dir");
    tree.flag("floppy");
    return tree.flag("rw") === true || dir === undefined
      ? undefined
      : { type: "dir", format: "fat", source: sourceOf({ dir }) };
  },
  nvme(tree) {
    const match = /^([0-9a-f]{4}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/i.exec(tree.text("device") ?? "");
    if (!match) return undefined;
    const [domain = 0, bus = 0, slot = 0, fn = 0] = match.slice(1).map((part) => Number.parseInt(part, 16));
    return {
      type: "nvme",
      source: sourceOf({
        type: "pci",
        managed: true,
        namespace: tree.number("namespace") ?? 1,
        address: { domain, bus, slot, function: fn },
      }),
    };
  },
  nbd(tree) {
    const host = hostOf(tree.object("server")) ?? hostOf(tree);
    const reconnect = tree.number("reconnect-delay");
    return {
      ...network({
        protocol: "nbd",
        name: tree.text("export"),
        hosts: hosts(host),
        tlsHostname: tree.text("tls-hostname"),
        reconnect: reconnect === undefined ? undefined : { delay: reconnect },
      }),
      tlsCredentials: tree.text("tls-creds"),
    };
  },
  iscsi(tree) {
    const [name = "", port] = splitPort(tree.text("portal") ?? "");
    const user = tree.text("user");
    const iqn = tree.text("initiator-name");
    tree.text("transport");
    return {
      ...network({
        protocol: "iscsi",
        name: `${tree.text("target") ?? ""}/${tree.number("lun") ?? 0}`,
        hosts: [{ name, ...(port !== undefined && { port }) }],
        auth: user === undefined ? undefined : { username: user },
        initiator: iqn === undefined ? undefined : { iqn },
      }),
      secret: tree.text("password-secret"),
    };
  },
  rbd(tree) {
    const user = tree.text("user");
    tree.take("auth-client-required");
    const servers = tree.list("server").map((each) => hostOf(new Tree(each as never)));
    const image = tree.text("image");
    const pool = tree.text("pool") ?? "";
    const namespace = tree.text("namespace");
    return {
      ...network({
        protocol: "rbd",
        name: [pool, namespace, image].filter((part) => part !== undefined && part !== "").join("/"),
        hosts: servers.flatMap((each) => each ?? []),
        snapshot: tree.text("snapshot"),
        config: tree.text("conf"),
        auth: user === undefined ? undefined : { username: user },
      }),
      secret: tree.text("key-secret"),
    };
  },
  gluster(tree) {
    tree.number("debug");
    tree.text("logfile");
    return network({
      protocol: "gluster",
      name: `${tree.text("volume") ?? ""}/${tree.text("path") ?? ""}`,
      hosts: tree.list("server").flatMap((each) => hostOf(new Tree(each as never)) ?? []),
    });
  },
  sheepdog: (tree) =>
    network({ protocol: "sheepdog", name: tree.text("vdi") ?? "", hosts: hosts(hostOf(tree.object("server"))) }),
  vxhs: (tree) => ({
    ...network({ protocol: "vxhs", name: tree.text("vdisk-id") ?? "", hosts: hosts(hostOf(tree.object("server"))) }),
    tlsCredentials: tree.text("tls-creds"),
  }),
  nfs(tree) {
    const server = tree.object("server");
    const id = (key: string): string | undefined => {
      const value = tree.text(key);
      return value === undefined || !/^\d+$/.test(value) ? value : `+${value}`;
    };
    const identity = present({ user: id("user"), group: id("group") });
    return network({
      protocol: "nfs",
      name: tree.text("path") ?? "",
      hosts: hosts(hostOf(server)),
      identity: Object.keys(identity).length === 0 ? undefined : identity,
    });
  },
  ssh(tree) {
    const user = tree.text("user");
    return network({
      protocol: "ssh",
      name: tree.text("path") ?? "",
      hosts: hosts(hostOf(tree.object("server")) ?? hostOf(tree)),
      auth: user === undefined ? undefined : { username: user },
    });
  },
  http: url,
  https: url,
  ftp: url,
  ftps: url,
  tftp: url,
};

/** Whether a driver of the block layer is one that gets at bytes, not one that makes sense of them. */
export function isProtocol(driver: string): boolean {
  return Object.hasOwn(readers, driver);
}

/** Where a protocol node's bytes are; takes the keys it understands. `undefined` if documents have no word for it. */
export function readSource(driver: string, tree: Tree): ImageSource | undefined {
  return Object.hasOwn(readers, driver) ? readers[driver]?.(tree, driver) : undefined;
}

function splitPort(text: string): [string, number | undefined] {
  const match = /^(?:\[(.*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text);
  if (!match) return [text, undefined];
  return [match[1] ?? match[2] ?? "", match[3] === undefined ? undefined : Number(match[3])];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

const urlProtocols = [
  "nbd",
  "iscsi",
  "gluster",
  "sheepdog",
  "ssh",
  "http",
  "https",
  "ftp",
  "ftps",
  "tftp",
  "nfs",
] as const;

/** A URL as QEMU takes it for a file name; `undefined` if it is none. */
function urlSource(text: string): SourceParts | undefined {
  const match = /^([a-z]+)(?:\+([a-z]+))?:\/\/(?:([^@/]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(text);
  const protocol = urlProtocols.find((each) => each === match?.[1]);
  if (!match || protocol === undefined) return undefined;
  const [, , transport, user, place = "", path = "", query] = match;
  const [name, port] = splitPort(place);
  const socket = /(?:^|&)socket=([^&]*)/.exec(query ?? "")?.[1];
  const host: Host =
    transport === "unix"
      ? { transport: "unix", socket: decode(socket ?? "") }
      : { name, ...(port !== undefined && { port }), ...(transport === "rdma" && { transport: "rdma" as const }) };
  const keepQuery = query !== undefined && (protocol === "http" || protocol === "https" || protocol.startsWith("ftp"));
  // What else a query says has no word.
  if (query !== undefined && !keepQuery && query.replace(/(?:^|&)socket=[^&]*/, "") !== "") return undefined;
  const account = user === undefined ? undefined : decode(user.split(/[:%;]/)[0] ?? "");
  const absolute = protocol === "ssh" || protocol === "nfs" ? `/${path}` : path;
  return present({
    protocol,
    name: absolute === "" ? undefined : decode(absolute),
    hosts: [host],
    query: keepQuery ? query : undefined,
    auth: account === undefined ? undefined : { username: account },
  });
}

/** The monitors of a Ceph cluster. */
export function rbdMonitors(text: string): Host[] {
  return text
    .split(/[;,]/)
    .filter((each) => each !== "")
    .map((each) => {
      const [name, port] = splitPort(each);
      return { name, ...(port !== undefined && { port }) };
    });
}

/** `rbd:POOL/IMAGE[@SNAPSHOT][:KEY=VALUE…]`, with backslashes before colons that are part of a value. */
function rbdSource(text: string): ImageSource | undefined {
  const parts = text
    .slice("rbd:".length)
    .split(/(?<!\\):/)
    .map((part) => part.replaceAll("\\", ""));
  const [name = "", snapshot] = (parts[0] ?? "").split("@");
  const options = new Map(
    parts.slice(1).map((part) => [part.split("=", 1)[0] ?? "", part.slice(part.indexOf("=") + 1)]),
  );
  const known = ["id", "mon_host", "conf", "auth_supported"];
  if ([...options.keys()].some((each) => !known.includes(each))) return undefined;
  const user = options.get("id");
  return network({
    protocol: "rbd",
    name,
    hosts: rbdMonitors(options.get("mon_host") ?? ""),
    snapshot,
    config: options.get("conf"),
    auth: user === undefined ? undefined : { username: user },
  });
}

/** `sheepdog:[HOST:PORT:]VDI`; with more behind it that is a snapshot, which documents do not know. */
function sheepdogSource(text: string): ImageSource | undefined {
  const match = /^sheepdog:(?:([^:]*):(\d{1,5}):)?([^:]+)$/.exec(text);
  if (!match) return undefined;
  const [, name, port, vdi = ""] = match;
  return network({ protocol: "sheepdog", name: vdi, hosts: name === undefined ? [] : [{ name, port: Number(port) }] });
}

/** `nbd:HOST:PORT[:exportname=NAME]` and `nbd:unix:PATH[:exportname=NAME]`. */
function nbdSource(text: string): ImageSource | undefined {
  const match = /^nbd:(?:unix:([^:]+)|(\[[^\]]*\]|[^:]*):(\d{1,5}))(?::exportname=(.*))?$/s.exec(text);
  if (!match) return undefined;
  const host: Host =
    match[1] === undefined
      ? { name: (match[2] ?? "").replace(/^\[|\]$/g, ""), port: Number(match[3]) }
      : { transport: "unix", socket: match[1] };
  return network({ protocol: "nbd", hosts: [host], ...(match[4] !== undefined && { name: match[4] }) });
}

/** Documents know users with a secret only. */
function hasNoUser(found: ImageSource | undefined): ImageSource | undefined {
  return found?.source.auth === undefined ? found : undefined;
}

/** A file name as `-drive file=` and `-hda` take it: a path, a URL, or one of QEMU's own forms. */
export function readFilename(text: string): ImageSource | undefined {
  if (text.startsWith("fat:")) {
    const [, options = "", dir = ""] = /^fat:((?:(?:floppy|rw|12|16|32):)*)(.*)$/s.exec(text) ?? [];
    // libvirt has no directories that the guest may write to as a disk.
    if (options.includes("rw:")) return undefined;
    return { type: "dir", format: "fat", source: sourceOf({ dir }) };
  }
  if (text.startsWith("nbd:") && !text.startsWith("nbd://")) return nbdSource(text);
  if (text.startsWith("sheepdog:") && !text.startsWith("sheepdog:/")) return sheepdogSource(text);
  if (text.startsWith("rbd:")) return hasNoUser(rbdSource(text));
  const parsed = urlSource(text);
  if (parsed) return hasNoUser(network(parsed));
  const device = /^host_(?:device|cdrom):(.*)$/s.exec(text)?.[1];
  const path = device ?? text.replace(/^file:/, "");
  // What looks like a protocol and is none that documents know.
  if (/^[a-z][a-z0-9+_-]*:/.test(path) && !path.includes("/", 0)) return undefined;
  if (/^[a-z][a-z0-9+]*:\/\//.test(path)) return undefined;
  return localSource(path);
}

/** Files below /dev are devices, but for those that are kept there for other reasons. */
function localSource(path: string): ImageSource {
  return path.startsWith("/dev/") && !/^\/dev\/(?:fdset|shm)\//.test(path)
    ? { type: "block", source: sourceOf({ dev: path }) }
    : { type: "file", source: sourceOf({ file: path }) };
}
