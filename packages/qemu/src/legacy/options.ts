import { integer, key, oneOf, onOff, option, size, text } from "@tsvirt/codec/options";

/** A drive with all that belongs to it: `bus` and `unit`, or `index`, say where on its interface it is. */
export class Drive extends option("-drive", undefined, {
  file: key.optional(text),
  if: key(text),
  media: key.optional(oneOf("disk", "cdrom")),
  bus: key.optional(integer),
  unit: key.optional(integer),
  index: key.optional(integer),
  boot: key.optional(onOff),
  readonly: key.optional(onOff),
  format: key.optional(text),
  serial: key.optional(text),
  cache: key.optional(text),
  driver: key.optional(text),
  id: key.optional(text),
  "read-only": key.optional(onOff),
  "auto-read-only": key.optional(onOff),
  snapshot: key.optional(onOff),
  "cache.direct": key.optional(onOff),
  "cache.no-flush": key.optional(onOff),
  "cache.writeback": key.optional(onOff),
  aio: key.optional(text),
  discard: key.optional(text),
  "detect-zeroes": key.optional(text),
  "copy-on-read": key.optional(onOff),
  werror: key.optional(text),
  rerror: key.optional(text),
  bootindex: key.optional(integer),
  addr: key.optional(text),
  cyls: key.optional(integer),
  heads: key.optional(integer),
  secs: key.optional(integer),
  trans: key.optional(text),
  bps: key.optional(size),
  bps_rd: key.optional(size),
  bps_wr: key.optional(size),
  iops: key.optional(integer),
  iops_rd: key.optional(integer),
  iops_wr: key.optional(integer),
  bps_max: key.optional(size),
  bps_rd_max: key.optional(size),
  bps_wr_max: key.optional(size),
  iops_max: key.optional(integer),
  iops_rd_max: key.optional(integer),
  iops_wr_max: key.optional(integer),
  iops_size: key.optional(integer),
  "throttling.bps-total": key.optional(size),
  "throttling.bps-read": key.optional(size),
  "throttling.bps-write": key.optional(size),
  "throttling.iops-total": key.optional(integer),
  "throttling.iops-read": key.optional(integer),
  "throttling.iops-write": key.optional(integer),
  "throttling.group": key.optional(text),
}) {}

const vlanTail = { vlan: key.optional(integer), name: key.optional(text) } as const;

/** A network card of the guest, on a virtual network within QEMU. */
export class NetNic extends option("-net", "type", {
  type: key(oneOf("nic")),
  macaddr: key.optional(text),
  vlan: key.optional(integer),
  model: key.optional(text),
  name: key.optional(text),
  id: key.optional(text),
  netdev: key.optional(text),
  addr: key.optional(text),
}) {}

/** A tap of the host: inherited, or made by QEMU. */
export class NetTap extends option("-net", "type", {
  type: key(oneOf("tap")),
  fd: key.optional(text),
  ifname: key.optional(text),
  script: key.optional(text),
  ...vlanTail,
}) {}

/** QEMU's own user-mode network. */
export class NetUser extends option("-net", "type", { type: key(oneOf("user")), ...vlanTail }) {}

/** A socket to another QEMU, or a multicast group. */
export class NetSocket extends option("-net", "type", {
  type: key(oneOf("socket")),
  connect: key.optional(text),
  listen: key.optional(text),
  mcast: key.optional(text),
  ...vlanTail,
}) {}
