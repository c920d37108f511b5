import { formatJson, isJsonObject, type JsonObject, type JsonValue, parseJson } from "@tsvirt/codec/options";
import type { Devices, Domain, QemuOverrideProperty } from "@tsvirt/model/domain";
import { assignAliases } from "../complete/aliases.ts";
import type { Argument } from "./argument.ts";
import type { Draft, ListKey } from "./draft.ts";
import { wrote } from "./values.ts";

/** The lists of devices that a command line can fill, and the elements of their members. */
const elements = {
  disks: "disk",
  controllers: "controller",
  interfaces: "interface",
  filesystems: "filesystem",
  smartcards: "smartcard",
  serials: "serial",
  parallels: "parallel",
  consoles: "console",
  channels: "channel",
  inputs: "input",
  tpms: "tpm",
  graphics: "graphics",
  sounds: "sound",
  audios: "audio",
  videos: "video",
  hostdevs: "hostdev",
  redirdevs: "redirdev",
  hubs: "hub",
  watchdogs: "watchdog",
  rngs: "rng",
  panics: "panic",
  shmems: "shmem",
  memories: "memory",
} as const satisfies Partial<Record<ListKey, string>>;

function membersOf(devices: Devices): readonly { list: ListKey; element: string; members: readonly object[] }[] {
  const lists = Object.keys(elements) as (keyof typeof elements)[];
  return lists.map((list) => ({ list, element: elements[list], members: devices[list] }));
}

/** The aliases that libvirt will give the devices, by the devices. */
function libvirtAliases({ domain, devices }: Draft): Map<object, string> {
  const copies = new Map<object, { alias?: string }>();
  const copy = <T extends object>(device: T): T => {
    const made = { ...device };
    copies.set(device, made);
    return made;
  };
  const named: Devices = { ...devices };
  for (const { list, members } of membersOf(devices)) Object.assign(named, { [list]: members.map(copy) });
  for (const one of ["memballoon", "vsock", "iommu", "nvram"] as const) {
    const device = devices[one];
    if (device) Object.assign(named, { [one]: copy(device) });
  }
  const whole: Domain = { ...domain, devices: named };
  assignAliases(whole);
  return new Map([...copies].flatMap(([device, { alias }]) => (alias === undefined ? [] : [[device, alias] as const])));
}

/** Names devices whose properties are overridden, and writes the overrides. Gives all names. */
export function nameDevices(draft: Draft): ReadonlyMap<object, string> {
  const aliases = libvirtAliases(draft);
  for (const [device, id] of draft.ids) {
    if (!id.startsWith("ua-")) continue;
    Object.assign(device, { alias: id });
    aliases.set(device, id);
  }
  for (const [device, properties] of draft.extra) {
    const id = draft.ids.get(device);
    let alias = aliases.get(device);
    // A name that depends on nothing that libvirt fills in later.
    if (alias === undefined || alias !== id) {
      alias = `ua-${id ?? alias ?? "device"}`.replace(/^ua-ua-/, "ua-");
      Object.assign(device, { alias });
      aliases.set(device, alias);
    }
    draft.domain.qemuOverride ??= { devices: [] };
    draft.domain.qemuOverride.devices.push({
      alias,
      frontend: { properties: Object.entries(properties).flatMap(([name, value]) => overridesOf(name, value)) },
    });
  }
  return aliases;
}

/** Properties that take `on` and `off` as words. */
const wordSwitches: ReadonlySet<string> = new Set([
  "disable-legacy",
  "write-cache",
  "intremap",
  "eim",
  "display",
  "pcie-lnk",
  "x-no-kvm-msix",
]);

function overridesOf(name: string, value: JsonValue): QemuOverrideProperty[] {
  if (isJsonObject(value)) return Object.entries(value).flatMap(([key, item]) => overridesOf(`${name}.${key}`, item));
  if (typeof value === "boolean") return [{ name, type: "bool", value: String(value) }];
  if (typeof value === "number" || typeof value === "bigint")
    return [{ name, type: value < 0 ? "signed" : "unsigned", value: String(value) }];
  const text = wrote(value);
  if ((text === "on" || text === "off") && !wordSwitches.has(name))
    return [{ name, type: "bool", value: String(text === "on") }];
  if (/^(?:\d+|0x[0-9a-fA-F]+)$/.test(text)) return [{ name, type: "unsigned", value: BigInt(text).toString() }];
  if (/^-\d+$/.test(text)) return [{ name, type: "signed", value: text }];
  return [{ name, type: "string", value: text }];
}

/** Hands on, in order, what has no place; buses get the names that libvirt gives them. */
export function passOn(draft: Draft, args: readonly Argument[], aliases: ReadonlyMap<object, string>): void {
  const renamed = new Map<string, string>();
  for (const [device, id] of draft.ids) {
    const alias = aliases.get(device);
    if (alias !== undefined && alias !== id && "type" in device && "index" in device) renamed.set(id, alias);
  }
  for (const argument of args) {
    if (argument.fate === undefined) argument.pass();
    const extra = draft.passed.get(argument) ?? [];
    const words = argument.fate === "commandline" ? onBuses(argument, renamed) : extra;
    if (words.length === 0) continue;
    draft.domain.qemuCommandline ??= { args: [], envs: [] };
    const { args: list } = draft.domain.qemuCommandline;
    const first = list.length + 1;
    list.push(...words.map((value) => ({ value })));
    argument.places.push(...words.map((_, index) => `/domain/qemu:commandline/qemu:arg[${first + index}]`));
  }
}

/** The words of a device that sits on a bus which libvirt names otherwise. */
function onBuses(argument: Argument, renamed: ReadonlyMap<string, string>): readonly string[] {
  if (argument.option !== "device" || renamed.size === 0) return argument.words;
  const [flag = "", value = ""] = argument.words;
  const nameOf = (bus: string): string => {
    const [id = "", ...rest] = bus.split(".");
    const whole = renamed.get(bus);
    const owner = renamed.get(id);
    return whole ?? (owner === undefined ? bus : [owner, ...rest].join("."));
  };
  if (value.startsWith("{")) {
    const json = parseJson(value);
    if (!isJsonObject(json) || typeof json.bus !== "string") return argument.words;
    return [flag, formatJson({ ...json, bus: nameOf(json.bus) } satisfies JsonObject)];
  }
  return [flag, value.replace(/(^|,)bus=([^,]+)/, (_all, comma: string, bus: string) => `${comma}bus=${nameOf(bus)}`)];
}

/** Where arguments stand, as XPaths. */
export function placesOf({ domain, devices }: Draft): (argument: Argument) => string[] {
  const paths = new Map<object, string>();
  for (const { element, members } of membersOf(devices)) {
    for (const [index, device] of members.entries()) paths.set(device, `/domain/devices/${element}[${index + 1}]`);
  }
  for (const [index, sysinfo] of domain.sysinfos.entries()) paths.set(sysinfo, `/domain/sysinfo[${index + 1}]`);
  return ({ made, places }) => [
    ...new Set([...made.map((object) => paths.get(object) ?? "/domain/devices"), ...places]),
  ];
}
