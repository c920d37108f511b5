import { integer, key, oneOf, onOff, option, text } from "@tsvirt/codec/options";
import { addressKeys, device, virtioKeys } from "./device.ts";

/** Graphics adapters. */
export class VideoDevice extends device(text, {
  ...virtioKeys,
  id: key(text),
  ram_size: key.optional(integer),
  vram_size: key.optional(integer),
  vram64_size_mb: key.optional(integer),
  vgamem_mb: key.optional(integer),
  virgl: key.optional(onOff),
  max_outputs: key.optional(integer),
  chardev: key.optional(text),
  /** Bytes; JSON takes no suffix. */
  vgamem: key.optional(integer),
  xres: key.optional(integer),
  yres: key.optional(integer),
  ...addressKeys,
}) {}

/** Keyboards, mice, tablets and passed-through input devices. */
export class InputDevice extends device(text, {
  ...virtioKeys,
  id: key(text),
  evdev: key.optional(text),
  ...addressKeys,
}) {}

/** Sound cards. */
export class SoundDevice extends device(text, {
  id: key.optional(text),
  multi: key.optional(onOff),
  audiodev: key.optional(text),
  ...addressKeys,
}) {}

/** Codecs of an HDA sound card. */
export class SoundCodec extends device(oneOf("hda-duplex", "hda-micro", "hda-output"), {
  id: key(text),
  bus: key(text),
  cad: key(integer),
  audiodev: key.optional(text),
}) {}

/** The VNC server. The display comes first and has no key. */
export class VncDisplay extends option("-vnc", "vnc", {
  vnc: key(text),
  websocket: key.optional(text),
  share: key.optional(text),
  to: key.optional(integer),
  password: key.optional(onOff),
  "password-secret": key.optional(text),
  "tls-creds": key.optional(text),
  sasl: key.optional(onOff),
  "power-control": key.optional(onOff),
  audiodev: key.optional(text),
}) {}

/** The SPICE server. */
export class SpiceDisplay extends option("-spice", undefined, {
  port: key.optional(integer),
  "tls-port": key.optional(integer),
  addr: key.optional(text),
  unix: key.optional(onOff),
  sasl: key.optional(onOff),
  "disable-ticketing": key.optional(onOff),
  "password-secret": key.optional(text),
  "x509-dir": key.optional(text),
  "tls-channel": key.repeat(text),
  "plaintext-channel": key.repeat(text),
  "image-compression": key.optional(text),
  "jpeg-wan-compression": key.optional(text),
  "zlib-glz-wan-compression": key.optional(text),
  "playback-compression": key.optional(text),
  "streaming-video": key.optional(text),
  "disable-copy-paste": key.optional(onOff),
  "disable-agent-file-xfer": key.optional(onOff),
  "agent-mouse": key.optional(text),
  gl: key.optional(onOff),
  rendernode: key.optional(text),
  "seamless-migration": key.optional(onOff),
}) {}

/** Window system of the host; `none` for servers. */
export class Display extends option("-display", "type", {
  type: key(text),
  gl: key.optional(text),
  rendernode: key.optional(text),
  p2p: key.optional(onOff),
  addr: key.optional(text),
  audiodev: key.optional(text),
}) {}
