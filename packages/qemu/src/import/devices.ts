import { formatJson, isJsonObject, parseJson, splitKeyVals } from "@tsvirt/codec/options";
import type { Board } from "../argv/board.ts";
import type { Argument } from "./argument.ts";
import { chardevReaders } from "./chardevs.ts";
import { controllerReaders } from "./controllers.ts";
import { type DeviceArgument, type DeviceReader, NoPlaceError } from "./device-reader.ts";
import { diskReaders } from "./disks.ts";
import { displayReaders } from "./displays.ts";
import type { Draft } from "./draft.ts";
import { filesystemReaders } from "./filesystems.ts";
import { hostdevReaders } from "./hostdevs.ts";
import { memoryReaders } from "./memory.ts";
import { networkReaders } from "./network.ts";
import { smallReaders } from "./small-devices.ts";
import { soundReaders } from "./sounds.ts";

const readers = new Map<string, DeviceReader>();
for (const reader of [
  ...controllerReaders,
  ...diskReaders,
  ...networkReaders,
  ...chardevReaders,
  ...displayReaders,
  ...memoryReaders,
  ...filesystemReaders,
  ...hostdevReaders,
  ...smallReaders,
  ...soundReaders,
]) {
  for (const driver of reader.drivers) if (!readers.has(driver)) readers.set(driver, reader);
}

/** Names that QEMU has besides a driver's own. */
const aliases: Readonly<Record<string, string>> = {
  lsi53c895a: "lsi",
  "ich9-ahci": "ahci",
  "e1000-82540em": "e1000",
  // A disk or a drive of the medium that it has.
  "ide-drive": "ide-hd",
  "scsi-disk": "scsi-hd",
  vga: "VGA",
  ac97: "AC97",
  es1370: "ES1370",
};

/** Virtio devices are named without their transport, which the board decides. */
function canonical(driver: string, board: Board): string {
  if (readers.has(driver)) return driver;
  if (Object.hasOwn(aliases, driver)) return aliases[driver] ?? driver;
  const suffix = board.isS390 ? "-ccw" : board.isMicrovm ? "-device" : "-pci";
  return readers.has(`${driver}${suffix}`) ? `${driver}${suffix}` : driver;
}

/** The device of an argument: its driver by its own name. Throws for what is no device. */
export function deviceOf(draft: Draft, argument: Argument): DeviceArgument {
  const { value } = argument;
  if (value.startsWith("{")) {
    const json = parseJson(value);
    if (!isJsonObject(json) || typeof json.driver !== "string") throw new NoPlaceError("a device without a driver");
    const driver = canonical(json.driver, draft.board);
    const id = typeof json.id === "string" ? json.id : undefined;
    return { argument, driver, id, text: driver === json.driver ? value : formatJson({ ...json, driver }) };
  }
  const pairs = splitKeyVals(value);
  const named = pairs.find(({ key }) => key === "driver")?.value;
  const [first] = pairs;
  const given = named ?? (first?.value === undefined ? (first?.key ?? "") : "");
  const driver = canonical(given, draft.board);
  const text =
    named === undefined
      ? `${driver}${value.slice(given.length)}`
      : value.replace(`driver=${named}`, `driver=${driver}`);
  return { argument, driver, id: pairs.find(({ key }) => key === "id")?.value, text };
}

/** The reader of a driver. */
export function readerOf(driver: string): DeviceReader | undefined {
  return readers.get(driver);
}

/** `-device`: by the reader of its driver. */
export function readDevice(draft: Draft, argument: Argument): void {
  const device = deviceOf(draft, argument);
  const reader = readers.get(device.driver);
  if (!reader) throw new NoPlaceError(`the device '${device.driver}' has no counterpart`);
  reader.read(draft, device);
}
