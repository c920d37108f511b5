import { ErrorCode, virtError } from "@tsvirt/base";
import type { JsonObject } from "@tsvirt/codec/options";
import type { BackingStore, Disk, StorageSource } from "@tsvirt/model/domain";
import { type CacheMode, cacheOptions, formatDriver, hasBacking } from "./blockdev-nodes.ts";
import { type StorageType, sourceOptions } from "./blockdev-source.ts";
import { writeSecret } from "./chardev.ts";
import type { CommandWriter } from "./command.ts";
import { AddFd, Blockdev, FormatBlockdev, PrManager, TlsCredentials } from "./declarations/backends.ts";

/** One image of a disk's chain, the top one first. */
export interface Image {
  /** Number in the names of its nodes. */
  readonly index: number;
  readonly type: StorageType;
  readonly format: string;
  readonly source: StorageSource;
  /** Descriptors that stand for the file, and the number of their set. */
  readonly fds?: { readonly set: number; readonly fds: readonly number[] } | undefined;
  /** Nothing lies below; `undefined` = not said, QEMU looks itself. */
  readonly last: boolean | undefined;
}

/** Names of the nodes that stand for an image. */
export function nodeNames(index: number): { readonly storage: string; readonly format: string } {
  return { storage: `libvirt-${index}-storage`, format: `libvirt-${index}-format` };
}

const noSource: StorageSource = { hosts: [], seclabels: [] };

/**
 * The images of a disk. Their numbers are those in the document (`index` of a running guest) or else counted up from
 * what `next` gives. Empty for a drive without a medium.
 */
export function imagesOf(disk: Disk, next: () => number, line: CommandWriter): Image[] {
  if (!disk.source || !hasContent(disk.type, disk.source)) {
    // A medium that comes later gets the number that is kept here.
    next();
    return [];
  }
  const images: Image[] = [];
  let layer: Pick<BackingStore, "type" | "source" | "index" | "format" | "backingStore"> | undefined = {
    type: disk.type,
    source: {
      ...disk.source,
      // Older documents have these beside the source.
      ...(disk.auth && { auth: disk.auth }),
      ...(disk.encryption && { encryption: disk.encryption }),
    },
    ...(disk.source.index !== undefined && { index: disk.source.index }),
    ...(disk.driver?.type !== undefined && { format: { type: disk.driver.type } }),
    ...(disk.backingStore && { backingStore: disk.backingStore }),
  };
  while (layer?.type !== undefined && images.length < 200) {
    const below: BackingStore | undefined = layer.backingStore;
    const group = layer.source?.fdgroup;
    const fds = group === undefined ? undefined : line.context.fdGroup?.(group);
    images.push({
      fds: fds && { set: line.takeFdset(), fds },
      index: layer.index ?? next(),
      type: layer.type,
      format: layer.format?.type ?? "raw",
      source: layer.source ?? noSource,
      last: below === undefined ? undefined : below.type === undefined,
    });
    layer = below;
  }
  return images;
}

function hasContent(type: StorageType, source: StorageSource): boolean {
  switch (type) {
    case "file":
      return source.file !== undefined && source.file !== "";
    case "block":
      return source.dev !== undefined && source.dev !== "";
    case "dir":
      return source.dir !== undefined && source.dir !== "";
    case "volume":
      return source.pool !== undefined;
    default:
      return true;
  }
}

/** Settings of a disk's `<driver>` that its nodes carry. */
export interface GraphOptions {
  readonly cache: CacheMode | undefined;
  readonly io: "native" | "threads" | "io_uring" | undefined;
  readonly discard: "unmap" | "ignore" | undefined;
  readonly detectZeroes: "off" | "on" | "unmap" | undefined;
  readonly readonly: boolean;
  readonly floppy: boolean;
  readonly cdrom: boolean;
}

/** Hands QEMU the descriptors that an image's file is reached by: those of a whole chain come before its nodes. */
export function writeDescriptors(line: CommandWriter, { fds, index }: Image): void {
  const { storage } = nodeNames(index);
  for (const [at, fd] of (fds?.fds ?? []).entries()) {
    line.option(AddFd, { set: fds?.set ?? 0, fd: Number(line.fd(fd)), opaque: `${storage}${at}` });
  }
}

/** Writes the nodes of one image with the objects they need. Gives the name of the node on top. */
export function writeImage(
  line: CommandWriter,
  image: Image,
  options: GraphOptions,
  backing: Image | undefined,
): string {
  const names = nodeNames(image.index);
  const { source } = image;
  const objects = writeObjects(line, image, names);
  const cache = cacheOptions(options.cache);
  const driver = formatDriver(image.format);
  if (driver === undefined) {
    throw virtError(ErrorCode.configUnsupported, `unsupported image format '${image.format}' in storage source`);
  }
  const opened = image.fds ? { ...source, file: `/dev/fdset/${image.fds.set}` } : source;
  // One descriptor cannot be opened again in another mode.
  const single = image.fds?.fds.length === 1;
  const { driver: protocol, ...protocolOptions } = sourceOptions(opened, {
    type: image.type,
    format: image.format,
    io: options.io,
    readonly: options.readonly,
    floppy: options.floppy,
    hostCdrom: image.type === "block" && options.cdrom && line.context.isHostCdrom(source.dev ?? ""),
    ...objects,
  });
  line.option(Blockdev, {
    driver: String(protocol),
    "node-name": names.storage,
    ...cache,
    ...(single ? { "read-only": options.readonly } : { "auto-read-only": true }),
    discard: "unmap",
    rest: protocolOptions,
  });
  const slice = source.slices?.slices.find(({ type }) => type === "storage");
  let file = names.storage;
  let window: JsonObject = {};
  if (slice) {
    const range = { offset: Number(slice.offset), size: Number(slice.size) };
    if (driver === "raw" && !objects.encryptionSecret) window = range;
    else {
      file = `libvirt-${image.index}-slice-sto`;
      line.option(Blockdev, {
        driver: "raw",
        "node-name": file,
        ...cache,
        "auto-read-only": true,
        discard: "unmap",
        rest: { ...range, file: names.storage },
      });
    }
  }
  const encryption = encryptionOptions(image, driver, objects.encryptionSecret);
  line.option(FormatBlockdev, {
    "node-name": names.format,
    "read-only": options.readonly,
    discard: options.discard,
    "detect-zeroes": detectZeroes(options),
    ...cache,
    driver: encryption.driver,
    rest: {
      ...encryption.options,
      ...window,
      file,
      ...(backing ? { backing: nodeNames(backing.index).format } : {}),
      ...(backing === undefined && image.last === true && hasBacking(image.format) ? { backing: null } : {}),
    },
  });
  return names.format;
}

/** Zeroes can only be unmapped where discarding is allowed. */
export function detectZeroes({
  detectZeroes: wanted,
  discard,
}: Pick<GraphOptions, "detectZeroes" | "discard">): string | undefined {
  return wanted === "unmap" && discard !== "unmap" ? "on" : wanted;
}

function encryptionOptions(
  image: Image,
  driver: string,
  secret: string | undefined,
): { readonly driver: string; readonly options: JsonObject } {
  const { encryption } = image.source;
  if (!encryption || secret === undefined || encryption.engine === "librbd") return { driver, options: {} };
  if (driver === "raw") return { driver: "luks", options: { "key-secret": secret } };
  const format = encryption.format === "qcow" || encryption.format === "default" ? "aes" : "luks";
  return { driver, options: { encrypt: { format, "key-secret": secret } } };
}

/** Ids of the objects that an image refers to. */
export interface ImageObjects {
  readonly authSecret?: string;
  readonly cookieSecret?: string;
  readonly encryptionSecret?: string;
  readonly tlsCredentials?: string;
  readonly prManager?: string;
}

/** Secrets, TLS credentials and helpers of an image, in front of its nodes. */
export function writeObjects(
  line: CommandWriter,
  image: Pick<Image, "source" | "type">,
  names: { readonly storage: string; readonly format: string },
): ImageObjects {
  const { source } = image;
  const prManager = writeReservations(line, source, names.storage);
  let authSecret: string | undefined;
  if (source.auth?.secret && image.type === "network") {
    authSecret = `${names.storage}-auth-secret0`;
    writeSecret(line, authSecret, {
      type: source.protocol === "rbd" ? "ceph" : "iscsi",
      uuid: source.auth.secret.uuid,
      usage: source.auth.secret.usage,
    });
  }
  let encryptionSecret: string | undefined;
  const key = source.encryption?.secrets[0];
  if (source.encryption && key) {
    encryptionSecret = `${names.format}-encryption-secret0`;
    writeSecret(line, encryptionSecret, { type: "volume", uuid: key.uuid, usage: key.usage });
  }
  const tlsCredentials = writeStorageTls(line, source, names.storage);
  return {
    ...(prManager !== undefined && { prManager }),
    ...(authSecret !== undefined && { authSecret }),
    ...(encryptionSecret !== undefined && { encryptionSecret }),
    ...(tlsCredentials !== undefined && { tlsCredentials }),
  };
}

/** Persistent reservations go through a helper: one common to all disks, or the disk's own. */
function writeReservations(line: CommandWriter, source: StorageSource, storage: string): string | undefined {
  const { reservations } = source;
  if (!reservations) return undefined;
  if (reservations.managed === true) return "pr-helper0";
  const id = `pr-helper-${storage}`;
  line.option(PrManager, { "qom-type": "pr-manager-helper", id, path: reservations.source?.path ?? "" });
  return id;
}

function writeStorageTls(line: CommandWriter, source: StorageSource, storage: string): string | undefined {
  const { config } = line.context;
  const { protocol } = source;
  if (protocol !== "nbd" && protocol !== "vxhs") return undefined;
  const enabled = source.tls ?? (protocol === "nbd" ? config.nbd_tls : config.vxhs_tls) ?? false;
  if (!enabled) return undefined;
  const id = `obj${storage}_tls0`;
  const uuid = protocol === "nbd" ? config.nbd_tls_x509_secret_uuid : config.vxhs_tls_x509_secret_uuid;
  const passwordid = uuid === undefined ? undefined : `${id}-secret0`;
  if (uuid !== undefined && passwordid !== undefined) writeSecret(line, passwordid, { type: "tls", uuid });
  const dir = protocol === "nbd" ? config.nbd_tls_x509_cert_dir : config.vxhs_tls_x509_cert_dir;
  line.option(TlsCredentials, {
    "qom-type": "tls-creds-x509",
    id,
    dir: dir ?? config.default_tls_x509_cert_dir ?? "/etc/pki/qemu",
    endpoint: "client",
    "verify-peer": true,
    passwordid,
  });
  return id;
}
