import {
  attribute,
  child,
  children,
  element,
  flag,
  i32,
  oneOf,
  onOff,
  refined,
  type Scalar,
  single,
  text,
  u32,
  u53,
} from "@tsvirt/codec/xml";
import { bootableInfo, virtioOptions } from "./device.ts";
import { byteSize } from "./scalars.ts";
import { storageFormat } from "./storage-source.ts";

/** What shares the directory and how. */
export class FilesystemDriver extends element(
  "driver",
  {
    type: attribute.optional(oneOf("path", "handle", "loop", "nbd", "ploop", "mtp", "virtiofs")),
    format: attribute.optional(storageFormat),
    wrpolicy: attribute.optional(oneOf("immediate")),
    queue: attribute.optional(u53),
    name: attribute.optional(text),
    ...virtioOptions,
  },
  { omitEmpty: true },
) {}

/** Locks that virtiofsd passes through. */
export class FilesystemLock extends element("lock", {
  posix: attribute.optional(onOff),
  flock: attribute.optional(onOff),
}) {}

/** The virtiofsd program and its settings. */
export class FilesystemBinary extends element(
  "binary",
  {
    path: attribute.optional(text),
    xattr: attribute.optional(onOff),
    cache: single("mode", oneOf("none", "always")),
    sandbox: single("mode", oneOf("namespace", "chroot")),
    lock: child.optional(FilesystemLock),
    threadPool: single("size", i32, "thread_pool"),
  },
  { omitEmpty: true },
) {}

/** Where the shared files are. Which attribute counts is decided by the filesystem's `type`. */
export class FilesystemSource extends element("source", {
  dir: attribute.optional(text),
  dev: attribute.optional(text),
  file: attribute.optional(text),
  name: attribute.optional(text),
  socket: attribute.optional(text),
  usage: attribute.optional(u53),
  units: attribute.optional(text),
  pool: attribute.optional(text),
  volume: attribute.optional(text),
}) {}

const idTexts = {
  invalid: "invalid idmap start/target/count settings",
  missing: "invalid idmap start/target/count settings",
};
const idMapping = {
  start: attribute(u32, undefined, idTexts),
  target: attribute(u32, undefined, idTexts),
  count: attribute(u32, undefined, idTexts),
};
/** User ids of the guest on the host. */
export class UidMapping extends element("uid", idMapping) {}
/** Group ids of the guest on the host. */
export class GidMapping extends element("gid", idMapping) {}
/** Ids of the guest on the host. */
export class IdMap extends element("idmap", { uids: children(UidMapping), gids: children(GidMapping) }) {}

const fileMode: Scalar<string> = {
  ...refined("an octal file mode", ["0755"], (value) =>
    /^[0-7]{1,4}$/.test(value) ? value.padStart(4, "0") : undefined,
  ),
  suffix: " Expected non-negative integer value",
};

/** A directory of the host shown to the guest. https://libvirt.org/formatdomain.html#filesystems */
export class Filesystem extends element(
  "filesystem",
  {
    type: attribute.withDefault(oneOf("mount", "block", "file", "template", "ram", "bind", "volume"), "mount"),
    accessmode: attribute.optional(oneOf("passthrough", "mapped", "squash")),
    model: attribute.optional(oneOf("virtio", "virtio-transitional", "virtio-non-transitional")),
    multidevs: attribute.optional(oneOf("default", "remap", "forbid", "warn")),
    fmode: attribute.optional(fileMode),
    dmode: attribute.optional(fileMode),
    driver: child.optional(FilesystemDriver),
    binary: child.optional(FilesystemBinary),
    idmap: child.optional(IdMap),
    source: child.optional(FilesystemSource),
    target: single("dir", text),
    readonly: flag(),
    ...bootableInfo,
    spaceHardLimit: byteSize("space_hard_limit"),
    spaceSoftLimit: byteSize("space_soft_limit"),
  },
  { expanded: true },
) {}
