// instantiations <= 3000
// What a family of option declarations costs the compiler: keys of every kind, groups, spread tables, both directions.
import { group, hex, integer, key, list, oneOf, onOff, option, text } from "@tsvirt/codec/options";

const address = { bus: key.optional(text), addr: key.optional(hex), multifunction: key.optional(onOff) } as const;
const side = group({ frequency: key.optional(integer), channels: key.optional(integer), format: key.optional(text) });

export class Netdev extends option("-netdev", "type", {
  type: key(oneOf("tap", "user")),
  id: key(text),
  guestfwd: key.list(group({ str: key(text) })),
  vhost: key.optional(onOff),
}) {}
export class Audio extends option("-audiodev", "driver", {
  id: key(text),
  driver: key(text),
  in: key.optional(side),
  out: key.optional(side),
}) {}
export class Disk extends option("-device", "driver", {
  driver: key(oneOf("virtio-blk-pci", "virtio-blk-ccw")),
  drive: key.optional(text),
  id: key(text),
  bootindex: key.optional(integer),
  nodes: key.optional(list(integer)),
  ...address,
}) {}

export const words: [string, string] = Netdev.format({ type: "tap", id: "x", vhost: true }, "json");
export const audio: Audio = Audio.parse("none,id=x");
export const frequency: number | bigint | undefined = audio.in?.frequency;
export const disk: Disk = { driver: "virtio-blk-pci", id: "d", addr: 3 };
