import { group, integer, key, oneOf, onOff, option, size, text } from "@tsvirt/codec/options";
import { addressKeys, device, romKeys, virtio, virtioKeys } from "./device.ts";

const nicTail = {
  netdev: key.optional(text),
  id: key(text),
  mac: key(text),
  bootindex: key.optional(integer),
  failover: key.optional(onOff),
  ...addressKeys,
  ...romKeys,
} as const;

/** Network card with virtio. */
export class VirtioNetDevice extends device(virtio("virtio-net"), {
  ...virtioKeys,
  tx: key.optional(text),
  ioeventfd: key.optional(onOff),
  event_idx: key.optional(onOff),
  csum: key.optional(onOff),
  gso: key.optional(onOff),
  host_tso4: key.optional(onOff),
  host_tso6: key.optional(onOff),
  host_ecn: key.optional(onOff),
  host_ufo: key.optional(onOff),
  mrg_rxbuf: key.optional(onOff),
  guest_csum: key.optional(onOff),
  guest_tso4: key.optional(onOff),
  guest_tso6: key.optional(onOff),
  guest_ecn: key.optional(onOff),
  guest_ufo: key.optional(onOff),
  mq: key.optional(onOff),
  vectors: key.optional(integer),
  rx_queue_size: key.optional(integer),
  tx_queue_size: key.optional(integer),
  host_mtu: key.optional(integer),
  rss: key.optional(onOff),
  hash: key.optional(onOff),
  ...nicTail,
}) {}

/** Any other network card; QEMU knows more models than could be listed. */
export class NicDevice extends device(text, nicTail) {}

/** A network card that is part of the board and cannot be made by `-device`. */
export class BoardNic extends option("-net", "type", {
  type: key(oneOf("nic")),
  macaddr: key.optional(text),
  netdev: key.optional(text),
  model: key.optional(text),
  id: key.optional(text),
}) {}

/** The guest's network is a tap of the host. */
export class TapNetdev extends option("-netdev", "type", {
  type: key(oneOf("tap")),
  fd: key.optional(text),
  fds: key.optional(text),
  ifname: key.optional(text),
  script: key.optional(text),
  downscript: key.optional(text),
  vhost: key.optional(onOff),
  vhostfd: key.optional(text),
  vhostfds: key.optional(text),
  sndbuf: key.optional(size),
  id: key(text),
  helper: key.optional(text),
  br: key.optional(text),
  queues: key.optional(integer),
}) {}

/** A tap that QEMU's helper makes and joins to a bridge. */
export class BridgeNetdev extends option("-netdev", "type", {
  type: key(oneOf("bridge")),
  br: key.optional(text),
  helper: key.optional(text),
  id: key(text),
}) {}

/** QEMU's own user-mode network. */
export class UserNetdev extends option("-netdev", "type", {
  type: key(oneOf("user")),
  net: key.optional(text),
  "ipv6-net": key.optional(text),
  "ipv6-prefix": key.optional(text),
  "ipv6-prefixlen": key.optional(integer),
  guestfwd: key.strings(),
  id: key(text),
}) {}

/** A socket to another QEMU, or a multicast group. */
export class SocketNetdev extends option("-netdev", "type", {
  type: key(oneOf("socket")),
  connect: key.optional(text),
  listen: key.optional(text),
  mcast: key.optional(text),
  udp: key.optional(text),
  localaddr: key.optional(text),
  id: key(text),
}) {}

/** A stream socket (passt). */
export class StreamNetdev extends option("-netdev", "type", {
  type: key(oneOf("stream")),
  addr: key(group({ type: key(oneOf("unix")), path: key(text) })),
  server: key(onOff),
  id: key(text),
}) {}

/** Another process moves the packets, over a character device. */
export class VhostUserNetdev extends option("-netdev", "type", {
  type: key(oneOf("vhost-user")),
  chardev: key(text),
  queues: key.optional(integer),
  id: key(text),
}) {}

/** A vDPA device of the host. */
export class VhostVdpaNetdev extends option("-netdev", "type", {
  type: key(oneOf("vhost-vdpa")),
  vhostdev: key(text),
  queues: key.optional(integer),
  id: key(text),
}) {}
