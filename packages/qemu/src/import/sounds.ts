import type { Audio, Sound } from "@tsvirt/model/domain";
import { AudioDev } from "../argv/declarations/backends.ts";
import { SoundCodec, SoundDevice } from "../argv/declarations/display-devices.ts";
import { audioDrivers, soundDrivers } from "../argv/displays.ts";
import type { Argument } from "./argument.ts";
import { takePlace } from "./bus-names.ts";
import { type DeviceReader, deviceReader, NoPlaceError } from "./device-reader.ts";
import type { Draft } from "./draft.ts";
import { refuse } from "./left.ts";
import { inverted, numberOf, present, presentOrNone, wordOf } from "./values.ts";

const soundModels = inverted(soundDrivers);

const sound = deviceReader(
  SoundDevice,
  (draft, { driver = "", id, multi, audiodev, ...keys }, device) => {
    const { device: placed, left } = takePlace(keys, draft.buses);
    const model = soundModels.get(driver) ?? "ich6";
    const audio = audiodev === undefined ? undefined : draft.audios.get(audiodev);
    const entry: Sound = {
      model,
      codecs: [],
      ...(multi !== undefined && { multichannel: multi }),
      ...(audio !== undefined && { audio }),
      ...placed,
    };
    draft.add("sounds", entry, device.argument);
    draft.keep(entry, id, left);
    if (model === "ich6" || model === "ich9") draft.hdaBuses.set(`${id ?? ""}.0`, entry);
  },
  { drivers: soundModels.keys(), when: "first" },
);

const codec = deviceReader(
  SoundCodec,
  (draft, { driver = "hda-duplex", id: _id, bus, cad, audiodev, ...left }, device) => {
    const card = bus === undefined ? [...draft.hdaBuses.values()][0] : draft.hdaBuses.get(bus);
    if (!card) throw new NoPlaceError("there is no HDA controller for the codec");
    refuse(left, "the codec");
    if (cad !== undefined && Number(cad) !== card.codecs.length)
      device.argument.note("codecs are numbered in their order");
    card.codecs.push({ type: wordOf(driver.slice("hda-".length), "duplex", "micro", "output") ?? "duplex" });
    const audio = audiodev === undefined ? undefined : draft.audios.get(audiodev);
    if (audio !== undefined) card.audio ??= audio;
    device.argument.place(card);
  },
);

const audioTypes = new Map<string, Audio["type"]>([...inverted(audioDrivers)]);

/** QEMU's name of a sound back end as documents have it. */
export function audioType(driver: string): Audio["type"] | undefined {
  return audioTypes.get(driver) ?? wordOf(driver, "none", "alsa", "coreaudio", "jack", "oss", "sdl", "spice", "dbus");
}

/** `-audiodev`: where sound goes; devices name it by its id. */
export function readAudiodev(draft: Draft, argument: Argument): void {
  const {
    id = "",
    driver = "",
    "timer-period": timerPeriod,
    "try-mmap": tryMMap,
    exclusive,
    "dsp-policy": dspPolicy,
    server,
    path,
    in: input,
    out,
    ...left
  } = AudioDev.parsePartial(argument.value);
  const type = audioType(driver);
  if (type === undefined) throw new NoPlaceError(`the sound back end '${driver}' has no counterpart`);
  refuse(left, "the sound back end");
  const named = numberOf(/^audio(\d+)$/.exec(id)?.[1]);
  const used = new Set(draft.devices.audios.map((each) => each.id));
  let number = named !== undefined && named > 0 && !used.has(named) ? named : 1;
  while (used.has(number)) number++;
  draft.audios.set(id, number);
  const entry: Audio = {
    id: number,
    type,
    ...present({
      timerPeriod: numberOf(timerPeriod),
      tryMMap,
      exclusive,
      dspPolicy: numberOf(dspPolicy),
      serverName: server,
      path,
      input: sideOf(input),
      output: sideOf(out),
    }),
  };
  draft.add("audios", entry, argument);
}

function sideOf(side: AudioDev["in"]): Audio["input"] {
  if (!side) return undefined as never;
  return present({
    mixingEngine: side["mixing-engine"],
    fixedSettings: side["fixed-settings"],
    voices: numberOf(side.voices),
    bufferLength: numberOf(side["buffer-length"]),
    dev: side.dev,
    bufferCount: numberOf(side["buffer-count"]),
    tryPoll: side["try-poll"],
    serverName: side["server-name"],
    clientName: side["client-name"],
    connectPorts: side["connect-ports"],
    exactName: side["exact-name"],
    name: side.name,
    streamName: side["stream-name"],
    latency: numberOf(side.latency),
    settings: presentOrNone({
      frequency: numberOf(side.frequency),
      channels: numberOf(side.channels),
      format: wordOf(side.format, "s8", "u8", "s16", "u16", "s32", "u32", "f32"),
    }),
  });
}

/** Sound cards and their codecs. */
export const soundReaders: readonly DeviceReader[] = [sound, codec];
