import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  content,
  type ElementOf,
  element,
  hex,
  integer,
  lazyChild,
  leaf,
  oneOf,
  type Reader,
  readLive,
  secret,
  single,
  stateOnly,
  text,
  u32,
  u53,
  u64,
  unlessEmpty,
  uuid,
  verbatim,
  type XmlElement,
  yesNo,
} from "@tsvirt/codec/xml";
import { DeviceSeclabel } from "./device.ts";
import { byteSize } from "./scalars.ts";
import { unsupportedValue } from "./texts.ts";

/** Kinds of storage (`virStorageType`). */
export const storageType = oneOf("file", "block", "dir", "network", "volume", "nvme", "vhostuser", "vhostvdpa");

/** Image formats (`virStorageFileFormat`). */
export const storageFormat = oneOf(
  "none",
  "raw",
  "dir",
  "bochs",
  "cloop",
  "dmg",
  "iso",
  "vpc",
  "vdi",
  "fat",
  "vhd",
  "ploop",
  "cow",
  "qcow",
  "qcow2",
  "qed",
  "vmdk",
);

/** When a missing source is no error (`virDomainStartupPolicy`). */
export const startupPolicy = oneOf("mandatory", "requisite", "optional");

/** Which secret object to use. */
export class SecretRef extends element(
  "secret",
  {
    type: attribute.optional(text),
    usage: attribute.optional(text),
    uuid: attribute.optional(uuid, undefined, { invalid: "invalid secret uuid '%s'" }),
  },
  {
    check(secret, node, reader) {
      if (secret.usage === undefined && secret.uuid === undefined)
        reader.report(node, "missing secret uuid or usage attribute");
      else if (secret.usage !== undefined && secret.uuid !== undefined)
        reader.report(node, "either secret uuid or usage expected");
    },
  },
) {}

/** Credentials for network storage. */
export class StorageAuth extends element(
  "auth",
  {
    type: attribute.optional(text),
    username: unlessEmpty(attribute(text, undefined, { missing: "missing username for auth" })),
    secret: child.optional(SecretRef),
  },
  {
    check({ secret }, node, reader) {
      if (secret === undefined) reader.report(node, "Missing <secret> element in auth");
    },
  },
) {}

/** Cipher of an encrypted volume. */
export class EncryptionCipher extends element("cipher", {
  name: attribute(text, undefined, { missing: "cipher info missing 'name' attribute" }),
  size: attribute(u32),
  mode: attribute.optional(text),
  hash: attribute.optional(text),
}) {}

/** Initialisation vectors of an encrypted volume. */
export class EncryptionIvgen extends element("ivgen", {
  name: attribute(text, undefined, { missing: "missing ivgen info name string" }),
  hash: attribute.optional(text),
}) {}

/** Encryption of a volume. https://libvirt.org/formatstorageencryption.html */
export class StorageEncryption extends element(
  "encryption",
  {
    format: unlessEmpty(
      attribute(oneOf("default", "qcow", "luks", "luks2", "luks-any"), undefined, {
        missing: "unknown volume encryption format",
        invalid: "unknown volume encryption format type %s",
        code: ErrorCode.configUnsupported,
        missingCode: ErrorCode.xmlError,
      }),
    ),
    engine: attribute.optional(oneOf("qemu", "librbd")),
    secrets: children(SecretRef),
    cipher: child.optional(EncryptionCipher),
    ivgen: child.optional(EncryptionIvgen),
  },
  {
    expanded: true,
    check(encryption, node, reader) {
      const { secrets } = encryption;
      if (encryption.format !== "luks") {
        delete encryption.cipher;
        delete encryption.ivgen;
      } else if (encryption.ivgen !== undefined && encryption.cipher === undefined) {
        reader.report(node, "ivgen element found, but cipher is missing");
      }
      for (const secret of secrets) {
        const { type } = secret;
        if (type === undefined || type === "") reader.reportValue(secret, "unknown volume encryption secret type");
        else if (type !== "passphrase") {
          reader.reportValue(secret, `unknown volume encryption secret type ${type}`, {
            code: ErrorCode.configUnsupported,
          });
        }
      }
    },
  },
) {}

/** How a server is reached; the attributes of {@link StorageHost}, in an order of their own. */
export const hostFields = {
  name: attribute.optional(text),
  port: attribute.optional(integer(0, 65_535), undefined, {
    invalid: "failed to parse port number '%s'",
    code: ErrorCode.invalidArg,
  }),
  transport: attribute.optional(
    oneOf("tcp", "unix", "rdma"),
    undefined,
    unsupportedValue("unknown protocol transport type '%s'"),
  ),
  socket: attribute.optional(text),
};

/** Checks that a server can be reached the way it says. */
export function checkHost(
  { name, transport, socket }: Pick<StorageHost, "name" | "transport" | "socket">,
  node: XmlElement,
  reader: Reader,
): void {
  if (transport === "unix") {
    if (socket === undefined) reader.report(node, "missing socket for unix transport");
  } else if (socket !== undefined) {
    reader.report(node, `transport '${transport ?? "(null)"}' does not support socket attribute`);
  } else if (name === undefined) reader.report(node, "missing name for host");
}

/** A server of network storage. */
export class StorageHost extends element("host", hostFields, { check: checkHost }) {}

/** User and group on an NFS server. */
export class StorageIdentity extends element("identity", {
  user: attribute.optional(text),
  group: attribute.optional(text),
}) {}

/** Reconnecting to an NBD server: seconds. */
export class StorageReconnect extends element("reconnect", {
  delay: attribute.optional(u32),
  enabled: attribute.optional(yesNo),
  timeout: attribute.optional(u32),
}) {}

/** Names of an iSCSI initiator. */
export class Initiator extends element("initiator", { iqn: single("name", text) }) {}

/** A cookie sent to an HTTP server. */
export class StorageCookie extends element("cookie", { name: attribute(text), value: content(text) }) {}
/** Cookies sent to an HTTP server; secret. */
export class StorageCookies extends element("cookies", { cookies: children(StorageCookie) }, { omitEmpty: true }) {}

/** A PCI address on the host, without `type`. */
export class HostPciAddress extends element("address", {
  type: attribute.optional(oneOf("pci"), undefined, unsupportedValue("unknown host device source address type '%s'")),
  domain: attribute.withDefault(hex(4, 0xffff_ffff), 0),
  bus: attribute.withDefault(hex(2, 0xff), 0),
  slot: attribute.withDefault(hex(2, 0x1f), 0),
  function: attribute.withDefault(hex(1, 7), 0),
}) {}

/** A part of a file used as the disk. Bytes. */
export class StorageSlice extends element("slice", {
  type: attribute(oneOf("storage")),
  offset: attribute(u64),
  size: attribute(u64),
}) {}
/** Parts of a file used as the disk. */
export class StorageSlices extends element("slices", { slices: children(StorageSlice) }, { omitEmpty: true }) {}

const NO_RESERVATION_TYPE = "missing connection type for <reservations/>";

/** How persistent reservations reach their helper. */
export class ReservationSource extends element("source", {
  type: unlessEmpty(
    attribute(oneOf("unix"), undefined, {
      invalid: "unsupported connection type for <reservations/>: %s",
      missing: NO_RESERVATION_TYPE,
    }),
  ),
  path: unlessEmpty(attribute(text, undefined, { missing: "missing path for <reservations/>" })),
  mode: unlessEmpty(
    attribute(oneOf("client", "server"), undefined, {
      missing: "missing connection mode for <reservations/>",
      invalid: "unsupported connection mode for <reservations/>: %s",
    }),
  ),
}) {}
/** SCSI persistent reservations. */
export class StorageReservations extends element(
  "reservations",
  { managed: attribute(yesNo), migration: attribute.optional(yesNo), source: child.optional(ReservationSource) },
  {
    check({ managed, source }, node, reader) {
      if (!managed && source === undefined) reader.report(node, NO_RESERVATION_TYPE);
    },
  },
) {}

/** A node of QEMU's block graph, as our state files remember it. */
export class NodeName extends element("nodename", {
  type: attribute(oneOf("storage", "format", "slice-storage", "copyOnRead")),
  name: attribute(text),
}) {}
/** See {@link NodeName}. */
export class NodeNames extends element("nodenames", { nodenames: children(NodeName) }, { omitEmpty: true }) {}
/** A secret or TLS object of a source, as our state files remember it. */
export class PrivateObject extends element("secret", { type: attribute(text), alias: attribute(text) }) {}
/** TLS object of a source. */
export class PrivateTls extends element("TLSx509", { alias: attribute(text) }) {}
/** Objects of a source. */
export class PrivateObjects extends element(
  "objects",
  { secrets: children(PrivateObject), tls: child.optional(PrivateTls) },
  { omitEmpty: true },
) {}
/** What a running guest's state file remembers about a source (libvirt's private data). */
export class SourcePrivateData extends element(
  "privateData",
  {
    nodenames: child.optional(NodeNames),
    reservations: single("mgralias", text),
    relPath: leaf.optional(text),
    objects: child.optional(PrivateObjects),
    thresholdEvent: verbatim(),
    fdsets: verbatim(),
  },
  { omitEmpty: true },
) {}

/**
 * Where a disk's bytes are. Which of the attributes count is decided by the `type` of the element around it: `file`;
 * `dev` for block; `dir`; `protocol`, `name` and hosts for network; `pool` and `volume`; `namespace` and `address` for
 * nvme; `path` for vhostuser.
 */
export class StorageSource extends element(
  "source",
  {
    pool: attribute.optional(text),
    volume: attribute.optional(text),
    file: unlessEmpty(attribute.optional(text)),
    fdgroup: attribute.optional(text),
    dev: unlessEmpty(attribute.optional(text)),
    dir: unlessEmpty(attribute.optional(text)),
    protocol: attribute.optional(
      oneOf("nbd", "rbd", "sheepdog", "gluster", "iscsi", "http", "https", "ftp", "ftps", "tftp", "vxhs", "nfs", "ssh"),
    ),
    name: unlessEmpty(attribute.optional(text)),
    query: attribute.optional(text),
    tls: attribute.optional(yesNo),
    tlsHostname: attribute.optional(text),
    tlsFromConfig: stateOnly(attribute.optional(integer(0, 1))),
    type: attribute.optional(text),
    path: attribute.optional(text),
    managed: attribute.optional(yesNo),
    namespace: attribute.optional(u53),
    mode: attribute.optional(text),
    startupPolicy: attribute.optional(startupPolicy),
    index: readLive(attribute.optional(u32)),
    hosts: children(StorageHost),
    identity: child.optional(StorageIdentity),
    reconnect: child.optional(StorageReconnect),
    snapshot: single("name", text),
    config: single("file", text),
    initiator: child.optional(Initiator),
    ssl: single("verify", yesNo),
    cookies: secret(child.optional(StorageCookies)),
    readahead: single("size", u64),
    timeout: single("seconds", u64),
    address: child.optional(HostPciAddress),
    slices: child.optional(StorageSlices),
    seclabels: children(DeviceSeclabel),
    auth: child.optional(StorageAuth),
    encryption: child.optional(StorageEncryption),
    reservations: child.optional(StorageReservations),
    privateData: stateOnly(child.optional(SourcePrivateData)),
  },
  { omitEmpty: true },
) {}

const localParts = ["file", "dev", "dir"] as const;
const poolParts = ["pool", "volume", "mode"] as const;
const networkParts = ["protocol", "name"] as const;
/** What says where the bytes are; for each type only some of it counts. */
const ownParts: Readonly<Record<string, readonly string[]>> = {
  file: ["file"],
  block: ["dev"],
  vhostvdpa: ["dev"],
  dir: ["dir"],
  network: networkParts,
  volume: poolParts,
};

/** Checks what a source of a kind must say, and drops what another kind says. */
export function checkSource(type: string | undefined, source: StorageSource | undefined, reader: Reader): void {
  if (source === undefined) return;
  const own = ownParts[type ?? ""];
  if (own !== undefined) {
    for (const part of [...localParts, ...poolParts, ...networkParts]) if (!own.includes(part)) delete source[part];
  }
  const refuse = (text: string, code?: ErrorCode): void =>
    reader.reportValue(source, text, code === undefined ? {} : { code });
  const { protocol, name } = source;
  if (type === "volume" && (source.pool === undefined) !== (source.volume === undefined)) {
    refuse("'pool' and 'volume' must be specified together for 'pool' type source");
  } else if (type === "volume" && source.mode !== undefined && source.mode !== "host" && source.mode !== "direct") {
    refuse(`unknown source mode '${source.mode}' for volume type disk`, ErrorCode.configUnsupported);
  } else if (type === "network" && protocol === undefined) {
    refuse("Missing required attribute 'protocol' in element 'source'");
  } else if (type === "network" && name === undefined && protocol !== "nbd" && protocol !== "ssh") {
    // An empty name is one.
    if (reader.places.get(source)?.attribute("name") === undefined) refuse("missing name for disk source");
  } else if ((protocol === "rbd" || protocol === "gluster") && name !== undefined && name.indexOf("/") < 1) {
    refuse(`can't split path '${name}' into pool name and image name`);
  }
}

/** Cache for image metadata. */
export class MetadataCache extends element("metadata_cache", { maxSize: byteSize("max_size") }) {}

/** Format of an image in a backing chain. */
export class ImageFormat extends element("format", {
  type: unlessEmpty(
    attribute(storageFormat, undefined, {
      invalid: "unknown storage source format '%s'",
      missing: "missing disk backing store format",
    }),
  ),
  metadataCache: child.optional(MetadataCache),
}) {}

/**
 * An image under another one. Without `type` it ends the chain: nothing is behind. Absent altogether means that QEMU
 * finds out itself.
 */
export class BackingStore extends element(
  "backingStore",
  {
    type: attribute.optional(storageType, undefined, { invalid: "unknown storage source type '%s'" }),
    index: readLive(attribute.optional(u32)),
    format: child.optional(ImageFormat),
    source: child.optional(StorageSource),
    backingStore: lazyChild((): ElementOf<BackingStore> => BackingStore),
  },
  {
    check(store, node, reader) {
      if (store.type !== undefined) {
        if (store.format === undefined) reader.report(node, "missing disk backing store format");
        else if (store.source === undefined) reader.report(node, "missing disk backing store source");
        checkSource(store.type, store.source, reader);
      } else for (const part of ["format", "source", "backingStore"] as const) delete store[part];
    },
  },
) {}

/** What QEMU copies a running disk to. Only in documents of running guests. */
export class DiskMirror extends element("mirror", {
  type: attribute.optional(storageType),
  file: attribute.optional(text),
  formatName: attribute.optional(text, "format"),
  job: attribute.optional(oneOf("copy", "active-commit", "pull", "commit")),
  ready: attribute.optional(oneOf("yes", "abort", "pivot")),
  format: child.optional(ImageFormat),
  source: child.optional(StorageSource),
  backingStore: child.optional(BackingStore),
}) {}
