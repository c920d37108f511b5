import { bare, group, integer, key, oneOf, onOff, option, size, text } from "@tsvirt/codec/options";

/** A secret that other objects refer to by id: encrypted with the master key, which alone is in a file. */
export class SecretObject extends option("-object", "qom-type", {
  "qom-type": key(oneOf("secret")),
  id: key(text),
  data: key.optional(text),
  keyid: key.optional(text),
  iv: key.optional(text),
  format: key.optional(oneOf("raw", "base64")),
  file: key.optional(text),
}) {}

/** Guest memory. */
export class MemoryBackend extends option("-object", "qom-type", {
  "qom-type": key(oneOf("memory-backend-ram", "memory-backend-file", "memory-backend-memfd", "memory-backend-epc")),
  id: key(text),
  hugetlb: key.optional(onOff),
  hugetlbsize: key.optional(integer),
  "mem-path": key.optional(text),
  "x-use-canonical-path-for-ramblock-id": key.optional(onOff),
  "discard-data": key.optional(onOff),
  share: key.optional(onOff),
  prealloc: key.optional(onOff),
  "prealloc-threads": key.optional(integer),
  reserve: key.optional(onOff),
  size: key(size),
  align: key.optional(size),
  pmem: key.optional(onOff),
  "host-nodes": key.ranges(),
  policy: key.optional(text),
  "prealloc-context": key.optional(text),
}) {}

/** Memory shared with other guests. */
export class ShmemBackend extends option("-object", "qom-type", {
  "qom-type": key(oneOf("memory-backend-file")),
  id: key(text),
  "mem-path": key(text),
  size: key(size),
  share: key(onOff),
}) {}

/** Threads that allocate memory, bound to nodes of the host. */
export class ThreadContext extends option("-object", "qom-type", {
  "qom-type": key(oneOf("thread-context")),
  id: key(text),
  "node-affinity": key.list(integer),
}) {}

/** Thread for device I/O. */
export class IothreadObject extends option("-object", "qom-type", {
  "qom-type": key(oneOf("iothread")),
  id: key(text),
  "thread-pool-min": key.optional(integer),
  "thread-pool-max": key.optional(integer),
}) {}

/** Source of random numbers. */
export class RngObject extends option("-object", "qom-type", {
  "qom-type": key(oneOf("rng-random", "rng-egd", "rng-builtin")),
  id: key(text),
  filename: key.optional(text),
  chardev: key.optional(text),
}) {}

/** Certificates and key of one end of a TLS connection, by the directory that holds them. */
export class TlsCredentials extends option("-object", "qom-type", {
  "qom-type": key(oneOf("tls-creds-x509")),
  id: key(text),
  dir: key(text),
  endpoint: key(oneOf("server", "client")),
  "verify-peer": key(onOff),
  priority: key.optional(text),
  passwordid: key.optional(text),
}) {}

/** Helper for SCSI persistent reservations. */
export class PrManager extends option("-object", "qom-type", {
  "qom-type": key(oneOf("pr-manager-helper")),
  id: key(text),
  path: key(text),
}) {}

/** evdev device of the host as keyboard and mouse. */
export class InputLinux extends option("-object", "qom-type", {
  "qom-type": key(oneOf("input-linux")),
  id: key(text),
  evdev: key(text),
  grab_all: key.optional(onOff),
  repeat: key.optional(onOff),
  "grab-toggle": key.optional(text),
}) {}

/** Memory encryption. */
export class LaunchSecurityObject extends option("-object", "qom-type", {
  "qom-type": key(oneOf("sev-guest", "s390-pv-guest")),
  id: key(text),
  cbitpos: key.optional(integer),
  "reduced-phys-bits": key.optional(integer),
  policy: key.optional(integer),
  "dh-cert-file": key.optional(text),
  "session-file": key.optional(text),
  "kernel-hashes": key.optional(onOff),
}) {}

const audioSide = group({
  "mixing-engine": key.optional(onOff),
  "fixed-settings": key.optional(onOff),
  voices: key.optional(integer),
  "buffer-length": key.optional(integer),
  frequency: key.optional(integer),
  channels: key.optional(integer),
  format: key.optional(text),
  dev: key.optional(text),
  "try-poll": key.optional(onOff),
  "connect-ports": key.optional(text),
  "client-name": key.optional(text),
  "exact-name": key.optional(onOff),
  "server-name": key.optional(text),
  "buffer-count": key.optional(integer),
  name: key.optional(text),
  "stream-name": key.optional(text),
  latency: key.optional(integer),
});
/** Where a guest's sound goes. */
export class AudioDev extends option("-audiodev", "driver", {
  id: key(text),
  driver: key(text),
  "timer-period": key.optional(integer),
  "try-mmap": key.optional(onOff),
  exclusive: key.optional(onOff),
  "dsp-policy": key.optional(integer),
  server: key.optional(text),
  path: key.optional(text),
  in: key.optional(audioSide),
  out: key.optional(audioSide),
}) {}

const nodeCache = key.optional(group({ direct: key.optional(onOff), "no-flush": key.optional(onOff) }));

/** A node of the block graph. Drivers have their own keys, which are passed on. Keys are in the order libvirt has for storage. */
export class Blockdev extends option("-blockdev", undefined, {
  driver: key(text),
  rest: key.rest(),
  "node-name": key(text),
  cache: nodeCache,
  "read-only": key.optional(onOff),
  "auto-read-only": key.optional(onOff),
  discard: key.optional(text),
  "detect-zeroes": key.optional(text),
}) {}

/** {@link Blockdev} in libvirt's order for formats. */
export class FormatBlockdev extends option("-blockdev", undefined, {
  "node-name": key(text),
  "read-only": key.optional(onOff),
  cache: nodeCache,
  discard: key.optional(text),
  "detect-zeroes": key.optional(text),
  driver: key(text),
  rest: key.rest(),
}) {}

/** The host's end of a character device. */
export class Chardev extends option("-chardev", "backend", {
  backend: key(text),
  id: key(text),
  path: key.optional(text),
  append: key.optional(onOff),
  name: key.optional(text),
  host: key.optional(text),
  port: key.optional(text),
  localaddr: key.optional(text),
  localport: key.optional(text),
  telnet: key.optional(onOff),
  fd: key.optional(text),
  server: key.optional(onOff),
  wait: key.optional(onOff),
  reconnect: key.optional(integer),
  "tls-creds": key.optional(text),
  clipboard: key.optional(onOff),
  mouse: key.optional(onOff),
  logfile: key.optional(text),
  logappend: key.optional(onOff),
}) {}

/** Directory of the host for 9p. */
export class Fsdev extends option("-fsdev", "fsdriver", {
  fsdriver: key(oneOf("local", "handle")),
  security_model: key.optional(text),
  multidevs: key.optional(text),
  fmode: key.optional(text),
  dmode: key.optional(text),
  writeout: key.optional(text),
  id: key(text),
  path: key(text),
  readonly: key.optional(bare),
}) {}

/** TPM back end. */
export class TpmDev extends option("-tpmdev", "type", {
  type: key(oneOf("passthrough", "emulator")),
  id: key(text),
  path: key.optional(text),
  "cancel-path": key.optional(text),
  chardev: key.optional(text),
}) {}

/** A descriptor that QEMU inherits, as a path `/dev/fdset/N`. */
export class AddFd extends option("-add-fd", undefined, {
  set: key(integer),
  fd: key(integer),
  opaque: key.optional(text),
}) {}
