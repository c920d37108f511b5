import { isJsonObject, JsonError, type JsonValue, parseJson } from "@tsvirt/codec/options";
import type { Devices, Disk, Domain } from "@tsvirt/model/domain";
import { assignAliases, type MonitorSession, qmp } from "@tsvirt/qemu";
import type { ArgumentReport, ImportReport } from "@tsvirt/qemu/import";
import type { StatusDeviceNames } from "@tsvirt/qemu/status";
import { memberOf } from "../monitor/json-member.ts";

/** Lists of devices by their element. */
const lists = {
  disk: "disks",
  controller: "controllers",
  interface: "interfaces",
  filesystem: "filesystems",
  serial: "serials",
  parallel: "parallels",
  channel: "channels",
  console: "consoles",
  input: "inputs",
  sound: "sounds",
  video: "videos",
  hostdev: "hostdevs",
  redirdev: "redirdevs",
  smartcard: "smartcards",
  hub: "hubs",
  watchdog: "watchdogs",
  rng: "rngs",
  tpm: "tpms",
  shmem: "shmems",
  memory: "memories",
  crypto: "cryptos",
} as const satisfies Readonly<Record<string, keyof Devices>>;

type ListedElement = keyof typeof lists;

function isListed(name: string): name is ListedElement {
  return Object.hasOwn(lists, name);
}

/** A device of the document. */
type Device = { alias?: string };

/** Devices and the arguments that they were read from. */
export class DeviceOrigins {
  readonly #origins = new Map<Device, ArgumentReport[]>();

  constructor({ devices }: Domain, report: ImportReport) {
    if (!devices) return;
    for (const argument of report.arguments) {
      for (const place of argument.where) {
        const [, name = "", number = "1"] = /^\/domain\/devices\/(\w+)(?:\[(\d+)\])?(?:\/|$)/.exec(place) ?? [];
        const device =
          name === "memballoon"
            ? devices.memballoon
            : isListed(name)
              ? devices[lists[name]][Number(number) - 1]
              : undefined;
        if (!device) continue;
        const known = this.#origins.get(device);
        if (!known) this.#origins.set(device, [argument]);
        else if (!known.includes(argument)) known.push(argument);
      }
    }
  }

  /** Values that a key has in arguments of one option which the device was read from. */
  values(device: Device, option: string, key: string): string[] {
    return (this.#origins.get(device) ?? []).flatMap(({ words }) =>
      nameOfOption(words) === option ? (settingOf(words[1] ?? "", key) ?? []) : [],
    );
  }

  /** Whether a device was read from this argument, with others or alone. */
  has(device: Device, argument: ArgumentReport): boolean {
    return this.#origins.get(device)?.includes(argument) ?? false;
  }

  /** Every device that was read from arguments. */
  get devices(): Iterable<Device> {
    return this.#origins.keys();
  }
}

function nameOfOption([word = ""]: readonly string[]): string {
  return word.replace(/^--?/, "");
}

/** The value of a key in an option's text: `a,key=value` with doubled commas, or JSON. */
function settingOf(text: string, key: string): string | undefined {
  if (text.startsWith("{")) {
    const value = memberOf(jsonOf(text), key);
    return typeof value === "string" ? value : undefined;
  }
  const parts = text.replaceAll(",,", "\0").split(",");
  const found = parts.find((part) => part.startsWith(`${key}=`));
  return found?.slice(key.length + 1).replaceAll("\0", ",");
}

function jsonOf(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

/** Names the devices of a guest: as QEMU does where it was told a name, else as libvirt would. No two have the same. */
export function nameDevices(domain: Domain, origins: DeviceOrigins): void {
  const taken = new Set<string>();
  for (const device of origins.devices) {
    const [id] = origins.values(device, "device", "id");
    if (id === undefined || taken.has(id)) continue;
    device.alias = id;
    taken.add(id);
  }
  const named = new Set<Device>([...origins.devices].filter(({ alias }) => alias !== undefined));
  assignAliases(domain);
  const { devices } = domain;
  if (!devices) return;
  // A console is the serial port that it shows.
  const all = Object.values(lists).flatMap((list): Device[] => (list === "consoles" ? [] : devices[list]));
  for (const device of all) {
    if (named.has(device) || device.alias === undefined) continue;
    const plain = device.alias;
    for (let n = 2; taken.has(device.alias); n++) device.alias = `${plain}-${n}`;
    taken.add(device.alias);
  }
}

/** What QEMU calls the character devices of a guest whose devices are named. */
export function chardevNames({ devices }: Domain, report: ImportReport, origins: DeviceOrigins): StatusDeviceNames[] {
  if (!devices) return [];
  const names: StatusDeviceNames[] = [];
  const note = (device: Device, ports: string): void => {
    const chardev = origins.values(device, "chardev", "id")[0] ?? portLabel(report, device, ports, origins);
    if (chardev !== undefined && device.alias !== undefined) names.push({ alias: device.alias, chardev });
  };
  for (const device of devices.serials) note(device, "serial");
  for (const device of devices.parallels) note(device, "parallel");
  for (const device of [...devices.channels, ...devices.consoles]) {
    if (!names.some(({ alias }) => alias === device.alias)) note(device, "");
  }
  return names;
}

/** What QEMU calls the character device of a `-serial` or `-parallel`: by their count. */
function portLabel(
  { arguments: all }: ImportReport,
  device: Device,
  option: string,
  origins: DeviceOrigins,
): string | undefined {
  if (option === "") return undefined;
  const ports = all.filter(({ words }) => nameOfOption(words) === option);
  const at = ports.findIndex((argument) => origins.has(device, argument));
  // `-nographic` has a serial port 0 of its own.
  if (at < 0) return ports.length === 0 ? `${option}0` : undefined;
  const value = ports[at]?.words[1] ?? "";
  return value.startsWith("chardev:") ? value.slice("chardev:".length) : `${option}${at}`;
}

type QueriedBlock = Awaited<ReturnType<typeof queryBlock>>[number];

function queryBlock(session: MonitorSession) {
  return session.execute(qmp.queryBlock, {});
}

/** Asks QEMU what it calls the disks of a guest whose devices are named. */
export async function diskNames(
  session: MonitorSession,
  { devices }: Domain,
  origins: DeviceOrigins,
): Promise<StatusDeviceNames[]> {
  const left = new Set(await queryBlock(session));
  const found = new Map<Disk, QueriedBlock>();
  const match = (fits: (disk: Disk, entry: QueriedBlock) => boolean): void => {
    for (const disk of devices?.disks ?? []) {
      if (found.has(disk)) continue;
      for (const entry of left) {
        if (!fits(disk, entry)) continue;
        found.set(disk, entry);
        left.delete(entry);
        break;
      }
    }
  };
  // The surest first.
  match((disk, { device }) => device !== "" && origins.values(disk, "drive", "id").includes(device));
  match((disk, { inserted }) => origins.values(disk, "blockdev", "node-name").includes(textOf(inserted, "node-name")));
  match((disk, { qdev }) =>
    origins.values(disk, "device", "id").some((id) => qdev === id || qdev?.startsWith(`/machine/peripheral/${id}/`)),
  );
  match((disk, { inserted }) => {
    const { file } = disk.source ?? {};
    const open = textOf(inserted, "file");
    return file !== undefined && open !== "" && (open === file || (!open.startsWith("/") && file.endsWith(`/${open}`)));
  });
  match(
    (disk, { inserted, removable }) =>
      removable === true &&
      !isJsonObject(inserted ?? null) &&
      disk.device !== "disk" &&
      disk.source?.file === undefined,
  );
  return [...found].map(([{ alias = "" }, { device, qdev, inserted }]) => {
    const node = textOf(inserted, "node-name");
    return {
      alias,
      ...(device !== "" && { drive: device }),
      ...(qdev !== undefined && { qdev }),
      ...(node !== "" && { node }),
    };
  });
}

function textOf(value: JsonValue | undefined, key: string): string {
  const member = memberOf(value, key);
  return typeof member === "string" ? member : "";
}
