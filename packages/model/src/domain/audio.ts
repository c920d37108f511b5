import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  i32,
  integer,
  oneOf,
  type Reader,
  single,
  text,
  u32,
  type XmlElement,
  yesNo,
} from "@tsvirt/codec/xml";
import { deviceInfo } from "./device.ts";
import { unsupportedValue } from "./texts.ts";

/** A codec of an HDA sound card. */
export class SoundCodec extends element("codec", {
  type: attribute(oneOf("duplex", "micro", "output"), undefined, {
    ...unsupportedValue("unknown codec type '%s'", "unknown codec type '(null)'"),
    missingCode: ErrorCode.configUnsupported,
  }),
}) {}

/** A sound card. https://libvirt.org/formatdomain.html#sound-devices */
export class Sound extends element("sound", {
  model: attribute(oneOf("sb16", "es1370", "pcspk", "ac97", "ich6", "ich9", "usb", "ich7")),
  multichannel: attribute.optional(yesNo),
  codecs: children(SoundCodec),
  audio: single("id", integer(1, 0x7fff_ffff)),
  ...deviceInfo,
}) {}

/** Sample format of one direction. */
export class AudioSettings extends element("settings", {
  frequency: attribute.optional(u32),
  channels: attribute.optional(u32),
  format: attribute.optional(oneOf("s8", "u8", "s16", "u16", "s32", "u32", "f32")),
}) {}

const direction = {
  mixingEngine: attribute.optional(yesNo),
  fixedSettings: attribute.optional(yesNo),
  voices: attribute.optional(u32),
  bufferLength: attribute.optional(u32),
  dev: attribute.optional(text),
  bufferCount: attribute.optional(u32),
  tryPoll: attribute.optional(yesNo),
  serverName: attribute.optional(text),
  clientName: attribute.optional(text),
  connectPorts: attribute.optional(text),
  exactName: attribute.optional(yesNo),
  name: attribute.optional(text),
  streamName: attribute.optional(text),
  latency: attribute.optional(u32),
  settings: child.optional(AudioSettings),
};

function checkMixing(
  value: { fixedSettings?: boolean; mixingEngine?: boolean; settings?: AudioSettings },
  node: XmlElement,
  reader: Reader,
): void {
  const code = ErrorCode.configUnsupported;
  if (value.settings !== undefined && value.fixedSettings !== true)
    reader.report(node, "audio settings specified without fixed settings flag", { code });
  else if (value.fixedSettings === true && value.mixingEngine !== true)
    reader.report(node, "fixed audio settings requires mixing engine", { code });
}

/** Recording. */
export class AudioInput extends element("input", direction, { omitEmpty: true, check: checkMixing }) {}
/** Playing. */
export class AudioOutput extends element("output", direction, { omitEmpty: true, check: checkMixing }) {}

const audioType = oneOf("none", "alsa", "coreaudio", "jack", "oss", "pulseaudio", "sdl", "spice", "file", "dbus");

/** The host's end of sound cards. https://libvirt.org/formatdomain.html#audio-backends */
export class Audio extends element(
  "audio",
  {
    id: attribute(integer(1, 0x7fff_ffff)),
    type: attribute(audioType),
    timerPeriod: attribute.optional(u32),
    tryMMap: attribute.optional(yesNo),
    exclusive: attribute.optional(yesNo),
    dspPolicy: attribute.optional(i32),
    serverName: attribute.optional(text),
    driver: attribute.optional(oneOf("esd", "alsa", "arts", "pulseaudio")),
    path: attribute.optional(text),
    input: child.optional(AudioInput),
    output: child.optional(AudioOutput),
  },
  { check: (audio) => keepOwnSettings(audio) },
) {}

type Kind = Audio["type"];

/** Settings that only some kinds of back ends have. */
const settingsOfKind: Partial<Record<keyof Audio, readonly Kind[]>> = {
  tryMMap: ["oss"],
  exclusive: ["oss"],
  dspPolicy: ["oss"],
  serverName: ["pulseaudio"],
  driver: ["sdl"],
  path: ["file"],
};
/** {@link settingsOfKind} of a direction. */
const directionOfKind: Partial<Record<keyof AudioInput, readonly Kind[]>> = {
  dev: ["alsa", "oss"],
  bufferCount: ["coreaudio", "oss", "sdl"],
  tryPoll: ["oss"],
  serverName: ["jack"],
  clientName: ["jack"],
  connectPorts: ["jack"],
  exactName: ["jack"],
  name: ["pulseaudio"],
  streamName: ["pulseaudio"],
  latency: ["pulseaudio"],
};

/** libvirt passes over what belongs to another kind of back end. */
function keepOwnSettings(audio: Audio): void {
  const keep = <T extends object>(value: T, kinds: Partial<Record<keyof T, readonly Kind[]>>): void => {
    for (const key of Object.keys(kinds) as (keyof T)[]) {
      if (kinds[key]?.includes(audio.type) !== true) delete value[key];
    }
  };
  keep(audio, settingsOfKind);
  if (audio.input) keep(audio.input, directionOfKind);
  if (audio.output) keep(audio.output, directionOfKind);
}
