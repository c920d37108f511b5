import { flatten, formatJson, type JsonObject, type JsonValue, joinKeyVals } from "@tsvirt/codec/options";
import type { ZpciAddress } from "@tsvirt/model/domain";
import type { Accelerator, QemuCapabilities } from "../capabilities/capabilities.ts";
import type { CapabilityFlag } from "../capabilities/flags.ts";
import type { BuildContext, Cause } from "./context.ts";
import { AddFd } from "./declarations/backends.ts";
import { ZpciDevice } from "./declarations/misc-devices.ts";

/** An option class, as the writer needs it. */
export interface AnyOption<T> {
  new (_: never): T;
  readonly flag: string;
  format(value: T, notation?: "text" | "json"): [string, string];
  toJson(value: T): JsonObject;
}

/** Options that QEMU takes as JSON, and the flag that says so; `-blockdev` and `-audiodev` always are. */
const jsonOptions: ReadonlyMap<string, CapabilityFlag | undefined> = new Map([
  ["-object", "object.qapified"],
  ["-device", "device.json+hotplug"],
  ["-netdev", "netdev.json"],
  ["-blockdev", undefined],
  ["-audiodev", undefined],
]);

/** A property of a device that the document sets itself; without a value it is left out. */
export interface PropertyOverride {
  readonly name: string;
  readonly value: JsonValue | undefined;
}

/** A command line under construction, with what its parts look things up in. */
export class CommandWriter {
  readonly args: string[] = [];
  /** As many as there are arguments. */
  readonly causes: (Cause | undefined)[] = [];
  /** Descriptors that the arguments name. */
  readonly fds: number[] = [];
  readonly caps: QemuCapabilities;
  readonly context: BuildContext;
  readonly accelerator: Accelerator;
  readonly #overrides: ReadonlyMap<string, readonly PropertyOverride[]>;
  readonly #zpci: ReadonlyMap<string, ZpciAddress>;
  /** `-mem-prealloc` has been written: every backend is filled without saying so. */
  preallocatesAll = false;
  #nextFdset = 0;
  #cause: Cause | undefined;

  constructor(
    caps: QemuCapabilities,
    context: BuildContext,
    accelerator: Accelerator,
    overrides: ReadonlyMap<string, readonly PropertyOverride[]> = new Map(),
    zpci: ReadonlyMap<string, ZpciAddress> = new Map(),
  ) {
    this.#zpci = zpci;
    this.#overrides = overrides;
    this.caps = caps;
    this.context = context;
    this.accelerator = accelerator;
  }

  has(flag: CapabilityFlag): boolean {
    return this.caps.has(flag);
  }

  /** Words as they are. */
  add(...words: string[]): void {
    this.args.push(...words);
    for (const _ of words) this.causes.push(this.#cause);
  }

  /** Notes for what is written meanwhile that this part of the document is the reason. */
  because<T>(cause: Cause, write: () => T): T {
    const outer = this.#cause;
    this.#cause = cause;
    try {
      return write();
    } finally {
      this.#cause = outer;
    }
  }

  /** Writes each of several devices, as {@link because} of itself. */
  each<T extends object>(values: Iterable<T>, write: (value: T) => void): void {
    for (const value of values) this.because({ value }, () => write(value));
  }

  /** An option in the notation that this QEMU takes. */
  option<T>(declaration: AnyOption<T>, value: T): void {
    const flag = jsonOptions.get(declaration.flag);
    const json = jsonOptions.has(declaration.flag) && (flag === undefined || this.has(flag));
    const device = declaration.flag === "-device" ? declaration.toJson(value) : undefined;
    if (device) this.#addZpci(device);
    const overrides = device && this.#overridesOf(device);
    if (!overrides) this.add(...declaration.format(value, json ? "json" : "text"));
    else this.add("-device", json ? formatJson(overrides) : joinKeyVals(flatten(overrides), "driver"));
  }

  /** On s390 a PCI device comes with another that has its numbers. */
  #addZpci({ id: target }: JsonObject): void {
    const { uid, fid } = (typeof target === "string" ? this.#zpci.get(target) : undefined) ?? {};
    if (typeof target !== "string" || uid === undefined || fid === undefined) return;
    this.option(ZpciDevice, { driver: "zpci", uid, fid, target, id: `zpci${uid}` });
  }

  /** The device with what the document sets itself; `undefined` if that is nothing. */
  #overridesOf(device: JsonObject): JsonObject | undefined {
    const overrides = typeof device.id === "string" ? this.#overrides.get(device.id) : undefined;
    if (!overrides) return undefined;
    const result = new Map(Object.entries(device));
    for (const { name, value } of overrides) {
      if (value === undefined) result.delete(name);
      else result.set(name, value);
    }
    return Object.fromEntries(result);
  }

  /** Takes a number for a set of descriptors that is written later. */
  takeFdset(): number {
    return this.#nextFdset++;
  }

  /** Notes that the child needs this descriptor, and gives its number. */
  fd(fd: number): string {
    this.fds.push(fd);
    return String(fd);
  }

  /** Puts a descriptor into a set of its own; gives the path that stands for it. */
  fdset(fd: number, opaque: string): string {
    const set = this.takeFdset();
    this.fds.push(fd);
    this.option(AddFd, { set, fd, opaque });
    return `/dev/fdset/${set}`;
  }
}
