import { isJsonObject, type JsonObject, type JsonValue, option, type PartialOption } from "@tsvirt/codec/options";
import { type Devices, type Domain, type Features, noDevices, type Sound, type Timer } from "@tsvirt/model/domain";
import { type Board, boardOf } from "../argv/board.ts";
import type { Blockdev, Chardev, Fsdev, TpmDev } from "../argv/declarations/backends.ts";
import type { Drive } from "../legacy/options.ts";
import type { Argument } from "./argument.ts";
import { BusNames } from "./bus-names.ts";
import type { ImportedMonitor } from "./monitors.ts";
import { nested, Tree } from "./tree.ts";

/** An option of which nothing is known. */
class AnyKeys extends option("", undefined, {}) {}

/** A thing that devices refer to by its id: an object, a node, a character device, … */
export interface Definition<T> {
  readonly id: string;
  readonly argument: Argument;
  readonly value: T;
}

/** Definitions of one kind by id. */
export class Definitions<T> {
  readonly #byId = new Map<string, Definition<T>>();

  add(id: string, argument: Argument, value: T): void {
    this.#byId.set(id, { id, argument, value });
  }

  get(id: string | undefined): Definition<T> | undefined {
    return id === undefined ? undefined : this.#byId.get(id);
  }

  values(): Iterable<Definition<T>> {
    return this.#byId.values();
  }
}

/** An option's text with the word that says which of its kind it is. */
export interface TypedText {
  readonly type: string;
  readonly text: string;
}

/** What a reader may ask of the machine the command line was made on; without an answer the import does without. */
export interface ImportHost {
  /** The host's architecture by libvirt's name. */
  readonly arch?: string | undefined;
  /** The text of a file that `-readconfig` names. */
  readonly readFile?: ((path: string) => string | undefined) | undefined;
  /** The place of a SCSI device of the host by its `/dev/sgN`. */
  readonly scsiAddress?:
    | ((
        path: string,
      ) => { readonly host: number; readonly bus: number; readonly target: number; readonly unit: number } | undefined)
    | undefined;
}

/** A domain's document while a command line is read into it. */
export class Draft {
  readonly domain: Domain;
  readonly devices: Devices;
  readonly host: ImportHost;
  readonly buses = new BusNames();
  readonly objects = new Definitions<TypedText>();
  readonly netdevs = new Definitions<TypedText>();
  readonly blockdevs = new Definitions<PartialOption<Blockdev>>();
  readonly drives = new Definitions<PartialOption<Drive>>();
  readonly chardevs = new Definitions<PartialOption<Chardev>>();
  readonly fsdevs = new Definitions<PartialOption<Fsdev>>();
  readonly tpmdevs = new Definitions<PartialOption<TpmDev>>();
  /** Numbers of the document for the names of sound back ends. */
  readonly audios = new Map<string, number>();
  /** Numbers of the document for the names of I/O threads. */
  readonly iothreads = new Map<string, number>();
  /** Variables of QEMU's environment. */
  readonly environment = new Map<string, string>();
  /** An option has said which accelerator it is. */
  accelSaid = false;
  noAcpi = false;
  /** The CPU that guests of POWER are shown at most. */
  cpuCompat: string | undefined;
  /** What s390 machines load, of the device that is first in boot order. */
  loadparm: string | undefined;
  /** Nothing is started but what has a boot order. */
  strictBoot = false;
  /** What watchdogs do: one action for all. */
  watchdogAction: string | undefined;
  /** Words that parts of an argument become, which itself stands in the document. */
  readonly passed = new Map<Argument, string[]>();
  /** `-snapshot`: changes of all disks are thrown away. */
  transient: Argument | undefined;
  /** `-nographic`, which puts serial port 0 on the terminal. */
  nographic: Argument | undefined;
  /** `-k`. */
  keymap: Argument | undefined;
  readonly monitors: ImportedMonitor[] = [];
  /** How many `-monitor` and `-qmp` there were. */
  monitorWords = 0;
  /** Names of character devices that monitors use. */
  readonly monitorBackends = new Set<string>();
  /** What `-cpu` says of caches. */
  readonly cpuCache: { l3?: boolean; host?: boolean } = {};
  /** KiB of all memory modules: `-m` does not count them, documents do. */
  moduleKib = 0;
  /** Sound cards by the bus that their codecs sit on. */
  readonly hdaBuses = new Map<string, Sound>();
  /** Descriptors that QEMU inherits. */
  readonly fdsets: { readonly set: number; readonly fd: number; readonly argument: Argument }[] = [];
  /** Nothing but what the line names: `-nodefaults`. */
  bare = false;
  /** An emulator of the time before `-device`: QEMU's name was `qemu` until 1.0. */
  old = false;
  /** Some option says what serial port 0 is; likewise the parallel ports, the network and the video card. */
  readonly said = new Set<"serial" | "parallel" | "network" | "video" | "usb" | "display">();
  /** Boot order of the floppy drives A and B, which their controller says. */
  floppyBoot: readonly (number | undefined)[] = [];
  readonly #ids = new Map<object, string>();
  readonly #extra = new Map<object, JsonObject>();
  readonly #targets = new Set<string>();

  constructor(domain: Domain, host: ImportHost) {
    this.domain = domain;
    this.host = host;
    this.devices = domain.devices ?? noDevices();
    domain.devices = this.devices;
  }

  get board(): Board {
    const { arch = "x86_64", machine = "" } = this.domain.os.type;
    return boardOf(arch, machine);
  }

  /** The machine's features. */
  get features(): Features {
    this.domain.features ??= {};
    return this.domain.features;
  }

  /** The guest's timers. */
  get timers(): Timer[] {
    this.domain.clock ??= { timers: [] };
    return this.domain.clock.timers;
  }

  /** Adds a device; the arguments it came from are placed there. */
  add<K extends ListKey>(list: K, device: Devices[K][number], ...from: readonly (Argument | undefined)[]): void {
    (this.devices[list] as Devices[K][number][]).push(device);
    for (const argument of from) argument?.place(device);
  }

  /** Hands words on in an argument's place. */
  passWords(argument: Argument, words: readonly string[]): void {
    this.passed.set(argument, [...(this.passed.get(argument) ?? []), ...words]);
  }

  /** Keeps a device's id, and the keys that documents have no word for: they become an override of its properties. */
  keep(device: object, id: string | undefined, left: object = {}): void {
    if (id !== undefined) this.#ids.set(device, id);
    const { rest, ...others } = left as { readonly rest?: JsonObject };
    const entries = [...Object.entries(others as JsonObject), ...Object.entries(nested(rest))].filter(
      (entry): entry is [string, JsonValue] => entry[1] !== undefined,
    );
    if (entries.length > 0) this.#extra.set(device, { ...this.#extra.get(device), ...Object.fromEntries(entries) });
  }

  /** Every device whose id on the command line is known. */
  get ids(): ReadonlyMap<object, string> {
    return this.#ids;
  }

  /** Keys of devices that documents have no word for. */
  get extra(): ReadonlyMap<object, JsonObject> {
    return this.#extra;
  }

  /** The number of an I/O thread's name. */
  iothread(id: string | undefined): number | undefined {
    return id === undefined ? undefined : this.iothreads.get(id);
  }

  /** All keys of an object in the order in which they are asked for. */
  objectKeys(definition: { readonly value: unknown }): Tree {
    const { value } = definition;
    return new Tree(isTyped(value) ? keysOf(value.text) : {});
  }

  /** A reference to a libvirt secret that stands for QEMU's object of this id: its name tells them apart. */
  secretRef(id: string, type: string): { readonly type: string; readonly usage: string; readonly uuid?: string } {
    const found = this.objects.get(id);
    found?.argument.note(`a libvirt secret of type '${type}' with usage '${id}' has to hold the value`);
    return { type, usage: id };
  }

  /** A free target name on a bus: the wanted one, or the next after it. */
  target(prefix: string, wanted = 0): string {
    for (let index = wanted; ; index++) {
      const name = `${prefix}${letters(index)}`;
      if (this.#targets.has(name)) continue;
      this.#targets.add(name);
      return name;
    }
  }
}

function isTyped(value: unknown): value is TypedText {
  return typeof value === "object" && value !== null && "text" in value;
}

/** 0 is a, 25 is z, 26 is aa. */
function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : `${letters(Math.floor(index / 26) - 1)}${last}`;
}

/** The lists of devices. */
export type ListKey = {
  [K in keyof Devices]-?: NonNullable<Devices[K]> extends readonly unknown[] ? K : never;
}[keyof Devices];

function keysOf(text: string): JsonObject {
  const { rest } = AnyKeys.parsePartial(text);
  return isJsonObject(rest) ? nested(rest) : {};
}
