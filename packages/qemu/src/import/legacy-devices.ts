import type { Hostdev, Input, Sound, Video } from "@tsvirt/model/domain";
import { Virtfs } from "../argv/declarations/legacy-options.ts";
import { soundDrivers, usbInputs } from "../argv/displays.ts";
import type { Argument } from "./argument.ts";
import { readFilename } from "./block-source.ts";
import { NoPlaceError } from "./device-reader.ts";
import type { Draft } from "./draft.ts";
import { guessFormat } from "./drive.ts";
import { filesystemOf } from "./filesystems.ts";
import { wordOf } from "./values.ts";

const videoTypes: Readonly<Record<string, NonNullable<Video["model"]>["type"]>> = {
  std: "vga",
  cirrus: "cirrus",
  vmware: "vmvga",
  qxl: "qxl",
  virtio: "virtio",
};

/** `-vga`: the card by a short name, or none. */
export function readVga(draft: Draft, argument: Argument): void {
  draft.said.add("video");
  if (argument.value === "none") {
    argument.imply("no video card");
    return;
  }
  const type = Object.hasOwn(videoTypes, argument.value) ? videoTypes[argument.value] : undefined;
  if (type === undefined) throw new NoPlaceError(`the video card '${argument.value}' has no counterpart`);
  addVideo(draft, type, argument);
}

/** Puts a video card into the document; the first one is the primary one. */
export function addVideo(draft: Draft, type: NonNullable<Video["model"]>["type"], ...from: readonly Argument[]): void {
  const primary = draft.devices.videos.length === 0;
  draft.said.add("video");
  draft.add("videos", { model: { type, ...(primary && { primary }) } }, ...from);
}

const soundWords: Readonly<Record<string, Sound["model"]>> = {
  sb16: "sb16",
  es1370: "es1370",
  ac97: "ac97",
  hda: "ich6",
  pcspk: "pcspk",
};

/** `-soundhw`: cards by short names, separated by commas. */
export function readSoundhw(draft: Draft, argument: Argument): void {
  const words = argument.value === "all" ? Object.keys(soundWords) : argument.value.split(",");
  for (const word of words) {
    if (!Object.hasOwn(soundWords, word) && !Object.hasOwn(soundDrivers, word))
      throw new NoPlaceError(`the sound card '${word}' has no counterpart`);
  }
  for (const word of words) {
    const model = soundWords[word];
    if (model !== undefined) draft.add("sounds", { model, codecs: [] }, argument);
  }
}

/** `-usbdevice`. */
export function readUsbDevice(draft: Draft, argument: Argument): void {
  const [kind = "", ...others] = argument.value.split(":");
  const rest = others.join(":");
  const input = (Object.keys(usbInputs) as (keyof typeof usbInputs)[]).find((each) => each === kind);
  if (input !== undefined) {
    const entry: Input = { type: input, bus: "usb" };
    draft.add("inputs", entry, argument);
  } else if (kind === "disk") {
    const found = readFilename(rest);
    if (!found) throw new NoPlaceError(`'${rest}' has no counterpart`);
    const format = guessFormat(rest);
    draft.add(
      "disks",
      {
        type: found.type,
        device: "disk",
        ...(format !== undefined && { driver: { name: "qemu", type: format } }),
        source: found.source,
        target: { dev: draft.target("sd"), bus: "usb" },
      },
      argument,
    );
  } else if (kind === "host") {
    const place = /^(\d+)\.(\d+)$/.exec(rest);
    const ids = /^(?:0x)?([0-9a-f]{1,4}):(?:0x)?([0-9a-f]{1,4})$/i.exec(rest);
    const source: Hostdev["source"] | undefined = place
      ? { address: { bus: Number(place[1]), device: Number(place[2]) } }
      : ids
        ? { vendor: Number.parseInt(ids[1] ?? "0", 16), product: Number.parseInt(ids[2] ?? "0", 16) }
        : undefined;
    if (!source) throw new NoPlaceError(`'${rest}' has no counterpart`);
    draft.add("hostdevs", { mode: "subsystem", type: "usb", managed: true, source, ips: [], routes: [] }, argument);
  } else throw new NoPlaceError(`the USB device '${kind}' has no counterpart`);
  draft.said.add("usb");
}

/** `-watchdog`: the device; what it does is said elsewhere. */
export function readWatchdog(draft: Draft, argument: Argument): void {
  const model = wordOf(argument.value, "i6300esb", "ib700", "diag288", "itco");
  if (model === undefined) throw new NoPlaceError(`the watchdog '${argument.value}' has no counterpart`);
  draft.add("watchdogs", { model, action: "reset" }, argument);
}

/** `-virtfs`: a directory of the host and the device that shows it. */
export function readVirtfs(draft: Draft, argument: Argument): void {
  const { mount_tag: tag, id: _id, ...keys } = Virtfs.parsePartial(argument.value);
  draft.add("filesystems", filesystemOf(keys, tag), argument);
}

/** `-balloon`: none, or virtio at an address. */
export function readBalloon(draft: Draft, argument: Argument): void {
  if (argument.value === "none") {
    draft.devices.memballoon = { model: "none" };
    argument.place("/domain/devices/memballoon");
    return;
  }
  const address = draft.buses.pci({ addr: /addr=([^,]*)/.exec(argument.value)?.[1] });
  draft.devices.memballoon = { model: "virtio", ...(address && { address }) };
  argument.place("/domain/devices/memballoon");
}
