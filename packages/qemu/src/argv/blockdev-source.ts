import { ErrorCode, virtError } from "@tsvirt/base";
import type { JsonObject, JsonValue } from "@tsvirt/codec/options";
import type { StorageSource } from "@tsvirt/model/domain";

/** Kinds of storage a node of the block graph can stand on. */
export type StorageType = "file" | "block" | "dir" | "network" | "volume" | "nvme" | "vhostuser" | "vhostvdpa";

/** What decides about the protocol node besides the source itself. */
export interface SourceOptions {
  readonly type: StorageType;
  /** Image format; `fat` makes a directory a disk. */
  readonly format: string;
  readonly io?: "native" | "threads" | "io_uring" | undefined;
  readonly readonly: boolean;
  readonly floppy: boolean;
  /** The path is a CD-ROM drive of the host. */
  readonly hostCdrom: boolean;
  /** Ids of the objects that the node refers to. */
  readonly authSecret?: string | undefined;
  readonly cookieSecret?: string | undefined;
  readonly tlsCredentials?: string | undefined;
  readonly prManager?: string | undefined;
}

/**
 * The protocol part of a node (`BlockdevOptions` without what all nodes have): where the bytes are. Throws for storage
 * that QEMU cannot open itself.
 */
export function sourceOptions(source: StorageSource, options: SourceOptions): JsonObject {
  switch (options.type) {
    case "file":
      return { driver: "file", filename: source.file ?? "", ...local(options) };
    case "block":
      return {
        driver: options.hostCdrom ? "host_cdrom" : "host_device",
        filename: source.dev ?? "",
        ...local(options),
      };
    case "dir":
      if (options.format !== "fat") {
        return { driver: "file", filename: source.dir ?? "", ...local(options) };
      }
      return { driver: "vvfat", dir: source.dir ?? "", floppy: options.floppy, rw: !options.readonly };
    case "nvme": {
      const { domain, bus, slot, function: fn } = source.address ?? { domain: 0, bus: 0, slot: 0, function: 0 };
      const hex = (value: number, width: number): string => value.toString(16).padStart(width, "0");
      return {
        driver: "nvme",
        device: `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn.toString(16)}`,
        namespace: source.namespace ?? 1,
      };
    }
    case "network":
      return networkOptions(source, options);
    case "volume":
      throw virtError(ErrorCode.internalError, "storage source pool is not resolved to a volume");
    case "vhostuser":
    case "vhostvdpa":
      throw virtError(ErrorCode.internalError, `storage source of type '${options.type}' has no block node`);
  }
}

function local({ prManager, io }: SourceOptions): JsonObject {
  return { ...(prManager !== undefined && { "pr-manager": prManager }), ...(io !== undefined && { aio: io }) };
}

const defaultPorts: Readonly<Record<string, number>> = {
  nbd: 10_809,
  sheepdog: 7000,
  http: 80,
  https: 443,
  ftp: 21,
  ftps: 990,
  tftp: 69,
  iscsi: 3260,
  gluster: 24_007,
  ssh: 22,
  vxhs: 9999,
};

type Host = StorageSource["hosts"][number];

function portOf(protocol: string, host: Host | undefined): number {
  return host?.port ?? defaultPorts[protocol] ?? 0;
}

/** An address as `SocketAddress` (QAPI); `legacy` names the kind of an Internet address as gluster wants it. */
function address(protocol: string, host: Host | undefined, inet: string, portAsText = true): JsonObject {
  if (host?.transport === "unix") return { type: "unix", path: host.socket ?? "" };
  const port = portOf(protocol, host);
  return { type: inet, host: host?.name ?? "", port: portAsText ? String(port) : port };
}

function hostText(name: string | undefined): string {
  return name?.includes(":") === true ? `[${name}]` : (name ?? "");
}

function networkOptions(source: StorageSource, options: SourceOptions): JsonObject {
  const { protocol = "", name = "" } = source;
  const host = source.hosts[0];
  const tls: JsonObject = options.tlsCredentials === undefined ? {} : { "tls-creds": options.tlsCredentials };
  const auth = source.auth;
  switch (protocol) {
    case "nbd":
      return {
        driver: "nbd",
        server: address(protocol, host, "inet"),
        ...(name !== "" && { export: name }),
        ...tls,
        ...(source.tlsHostname !== undefined && { "tls-hostname": source.tlsHostname }),
        ...(source.reconnect?.delay !== undefined && { "reconnect-delay": source.reconnect.delay }),
      };
    case "iscsi": {
      const [target = "", lun = "0"] = name.split("/");
      const initiator = source.initiator?.iqn;
      return {
        driver: "iscsi",
        portal: `${hostText(host?.name)}:${portOf(protocol, host)}`,
        target,
        lun: Number(lun),
        transport: "tcp",
        ...(auth && { user: auth.username, "password-secret": options.authSecret ?? "" }),
        ...(initiator !== undefined && { "initiator-name": initiator }),
      };
    }
    case "rbd": {
      const slash = name.indexOf("/");
      return {
        driver: "rbd",
        pool: slash === -1 ? name : name.slice(0, slash),
        image: slash === -1 ? "" : name.slice(slash + 1),
        ...(source.snapshot !== undefined && { snapshot: source.snapshot }),
        ...(source.config !== undefined && { conf: source.config }),
        ...(source.hosts.length > 0 && {
          server: source.hosts.map((each) => ({ host: each.name ?? "", port: String(each.port ?? 6789) })),
        }),
        ...(auth && {
          user: auth.username,
          "auth-client-required": ["cephx", "none"],
          "key-secret": options.authSecret ?? "",
        }),
      };
    }
    case "gluster": {
      const slash = name.indexOf("/");
      return {
        driver: "gluster",
        volume: name.slice(0, slash),
        path: name.slice(slash + 1),
        server: source.hosts.map((each) => address(protocol, each, "inet")),
        debug: 4,
      };
    }
    case "sheepdog":
      return { driver: "sheepdog", server: address(protocol, host, "inet"), vdi: name };
    case "vxhs":
      return { driver: "vxhs", ...tls, "vdisk-id": name, server: plainAddress(protocol, host) };
    case "nfs": {
      const { user, group } = source.identity ?? {};
      return {
        driver: "nfs",
        server: { host: host?.name ?? "", type: "inet" },
        path: name.startsWith("/") ? name : `/${name}`,
        ...(user !== undefined && { user: numericId(user) }),
        ...(group !== undefined && { group: numericId(group) }),
      };
    }
    case "ssh":
      return {
        driver: "ssh",
        path: name,
        server: plainAddress(protocol, host),
        ...(auth && { user: auth.username }),
      };
    case "http":
    case "https":
    case "ftp":
    case "ftps":
    case "tftp":
      return urlOptions(source, protocol, options);
    default:
      throw virtError(ErrorCode.internalError, `unknown protocol type '${protocol}'`);
  }
}

function plainAddress(protocol: string, host: Host | undefined): JsonObject {
  return { host: host?.name ?? "", port: String(portOf(protocol, host)) };
}

function numericId(value: string): JsonValue {
  return /^\+?\d+$/.test(value) ? Number(value) : value;
}

function urlOptions(source: StorageSource, protocol: string, options: SourceOptions): JsonObject {
  const host = source.hosts[0];
  const path = (source.name ?? "").replace(/^\/*/, "/");
  const query = source.query === undefined ? "" : `?${source.query}`;
  return {
    driver: protocol,
    url: `${protocol}://${hostText(host?.name)}:${portOf(protocol, host)}${path}${query}`,
    ...(source.auth && { username: source.auth.username, "password-secret": options.authSecret ?? "" }),
    ...(source.ssl !== undefined && { sslverify: source.ssl }),
    ...(options.cookieSecret !== undefined && { "cookie-secret": options.cookieSecret }),
    ...(source.readahead !== undefined && { readahead: Number(source.readahead) }),
    ...(source.timeout !== undefined && { timeout: Number(source.timeout) }),
  };
}
