import { integer, key, oneOf, onOff, option, text } from "@tsvirt/codec/options";

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
}) {}

const vlanTail = { vlan: key.optional(integer), name: key.optional(text) } as const;

/** A network card of the guest, on a virtual network within QEMU. */
export class NetNic extends option("-net", "type", {
  type: key(oneOf("nic")),
  macaddr: key.optional(text),
  vlan: key.optional(integer),
  model: key.optional(text),
  name: key.optional(text),
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
