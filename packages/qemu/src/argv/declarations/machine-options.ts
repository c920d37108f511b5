import { group, integer, key, list, oneOf, onOff, option, text } from "@tsvirt/codec/options";

/** The guest's name; also names QEMU's threads. */
export class Name extends option("-name", "guest", {
  guest: key(text),
  process: key.optional(text),
  "debug-threads": key.optional(onOff),
}) {}

/** The machine type and what belongs to the board. */
export class Machine extends option("-machine", "type", {
  type: key(text),
  usb: key.optional(onOff),
  "aes-key-wrap": key.optional(onOff),
  "dea-key-wrap": key.optional(onOff),
  vmport: key.optional(onOff),
  smm: key.optional(onOff),
  kernel_irqchip: key.optional(text),
  "resize-hpt": key.optional(text),
  "cap-hpt-max-page-size": key.optional(text),
  "cap-htm": key.optional(onOff),
  "cap-nested-hv": key.optional(onOff),
  "cap-ccf-assist": key.optional(onOff),
  "cap-cfpc": key.optional(text),
  "cap-sbbc": key.optional(text),
  "cap-ibs": key.optional(text),
  "dump-guest-core": key.optional(onOff),
  "mem-merge": key.optional(onOff),
  nvdimm: key.optional(onOff),
  "sgx-epc": key.optional(list(group({ memdev: key(text), node: key(integer) }))),
  "gic-version": key.optional(text),
  iommu: key.optional(text),
  "kvm-type": key.optional(text),
  ras: key.optional(onOff),
  mte: key.optional(onOff),
  hmat: key.optional(onOff),
  "memory-backend": key.optional(text),
  "max-cpu-compat": key.optional(text),
  loadparm: key.optional(text),
  "confidential-guest-support": key.optional(text),
  pflash0: key.optional(text),
  pflash1: key.optional(text),
  hpet: key.optional(onOff),
}) {}

/** How the guest's instructions are run. */
export class Accel extends option("-accel", "accel", {
  accel: key(oneOf("kvm", "hvf", "tcg")),
  "dirty-ring-size": key.optional(integer),
  "tb-size": key.optional(integer),
}) {}

/** Memory that modules can be added to. */
export class Memory extends option("-m", undefined, {
  size: key(text),
  slots: key(integer),
  maxmem: key(text),
}) {}

/** vCPUs and their topology. */
export class Smp extends option("-smp", "cpus", {
  cpus: key(integer),
  maxcpus: key.optional(integer),
  sockets: key.optional(integer),
  dies: key.optional(integer),
  cores: key.optional(integer),
  threads: key.optional(integer),
}) {}

/** Processors and memory that are near each other; `mem` in MiB, or a memory back end instead. */
export class NumaNode extends option("-numa", "type", {
  type: key(oneOf("node")),
  nodeid: key(integer),
  cpus: key.repeat(text),
  initiator: key.optional(integer),
  mem: key.optional(integer),
  memdev: key.optional(text),
}) {}

/** Distance between two NUMA nodes. */
export class NumaDistance extends option("-numa", "type", {
  type: key(oneOf("dist")),
  src: key(integer),
  dst: key(integer),
  val: key(integer),
}) {}

/** Latency or bandwidth from one NUMA node to another. */
export class NumaHmatLb extends option("-numa", "type", {
  type: key(oneOf("hmat-lb")),
  initiator: key(integer),
  target: key(integer),
  hierarchy: key(text),
  "data-type": key(text),
  latency: key.optional(text),
  bandwidth: key.optional(text),
}) {}

/** A memory-side cache of a NUMA node. */
export class NumaHmatCache extends option("-numa", "type", {
  type: key(oneOf("hmat-cache")),
  "node-id": key(integer),
  size: key(text),
  level: key(integer),
  associativity: key(text),
  policy: key(text),
  line: key(integer),
}) {}

/** Lock or overcommit the guest's memory. */
export class Overcommit extends option("-overcommit", undefined, { "mem-lock": key(onOff) }) {}

/** The guest's real-time clock. */
export class Rtc extends option("-rtc", undefined, {
  base: key(text),
  clock: key.optional(text),
  driftfix: key.optional(text),
}) {}

/** What the firmware does about booting. */
export class Boot extends option("-boot", undefined, {
  order: key.optional(text),
  menu: key.optional(onOff),
  "reboot-timeout": key.optional(integer),
  "splash-time": key.optional(integer),
  strict: key.optional(onOff),
}) {}

/** The system-call filter of the emulator. */
export class Sandbox extends option("-sandbox", "enable", {
  enable: key(onOff),
  obsolete: key.optional(text),
  elevateprivileges: key.optional(text),
  spawn: key.optional(text),
  resourcecontrol: key.optional(text),
}) {}

/** A monitor on a character device. */
export class Monitor extends option("-mon", undefined, {
  chardev: key(text),
  id: key.optional(text),
  mode: key.optional(text),
}) {}

/** Time stamps on QEMU's messages. */
export class Messages extends option("-msg", undefined, { timestamp: key(onOff) }) {}

/** What happens to deprecated QMP. */
export class Compat extends option("-compat", undefined, {
  "deprecated-output": key.optional(text),
  "deprecated-input": key.optional(text),
}) {}

/** BIOS tables. */
export class Smbios extends option("-smbios", undefined, {
  type: key(integer),
  vendor: key.optional(text),
  manufacturer: key.optional(text),
  product: key.optional(text),
  version: key.optional(text),
  date: key.optional(text),
  release: key.optional(text),
  uefi: key.optional(onOff),
  serial: key.optional(text),
  uuid: key.optional(text),
  asset: key.optional(text),
  sku: key.optional(text),
  family: key.optional(text),
  location: key.optional(text),
  value: key.repeat(text),
}) {}

/** A file or string in the firmware's configuration. */
export class FwCfg extends option("-fw_cfg", "name", {
  name: key(text),
  file: key.optional(text),
  string: key.optional(text),
}) {}

/** A property of every device of a driver. */
export class GlobalProperty extends option("-global", undefined, {
  driver: key(text),
  property: key(text),
  value: key(text),
}) {}
