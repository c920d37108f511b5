import type { JsonObject } from "@tsvirt/codec/options";
import type { Accelerator, QemuCapabilities } from "../capabilities/capabilities.ts";
import type { CapabilityFlag } from "../capabilities/flags.ts";
import type { BuildContext } from "./context.ts";
import { AddFd } from "./declarations/backends.ts";

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

/** A command line under construction, with what its parts look things up in. */
export class CommandWriter {
  readonly args: string[] = [];
  /** Descriptors that the arguments name. */
  readonly fds: number[] = [];
  readonly caps: QemuCapabilities;
  readonly context: BuildContext;
  readonly accelerator: Accelerator;
  #nextFdset = 0;

  constructor(caps: QemuCapabilities, context: BuildContext, accelerator: Accelerator) {
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
  }

  /** An option in the notation that this QEMU takes. */
  option<T>(declaration: AnyOption<T>, value: T): void {
    const flag = jsonOptions.get(declaration.flag);
    const json = jsonOptions.has(declaration.flag) && (flag === undefined || this.has(flag));
    this.args.push(...declaration.format(value, json ? "json" : "text"));
  }

  /** Notes that the child needs this descriptor, and gives its number. */
  fd(fd: number): string {
    this.fds.push(fd);
    return String(fd);
  }

  /** Puts a descriptor into a set of its own; gives the path that stands for it. */
  fdset(fd: number, opaque: string): string {
    const set = this.#nextFdset++;
    this.fds.push(fd);
    this.option(AddFd, { set, fd, opaque });
    return `/dev/fdset/${set}`;
  }
}
