import { InternalError } from "@tsvirt/base";
import { isJsonObject, type JsonObject, parseJson } from "@tsvirt/codec/options";
import type { Disk, Domain } from "@tsvirt/model/domain";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { acceleratorOf } from "./accelerator.ts";
import { Buses } from "./address.ts";
import { CommandWriter } from "./command.ts";
import type { BuildContext } from "./context.ts";
import { imagesOf } from "./disk-graph.ts";
import { writeDisks } from "./disks.ts";

/** One QMP command that plugs a part of a device into a running guest. */
export interface PlugStep {
  readonly command: "object-add" | "chardev-add" | "netdev_add" | "blockdev-add" | "device_add";
  readonly arguments: JsonObject;
}

const commands: ReadonlyMap<string, PlugStep["command"]> = new Map([
  ["-object", "object-add"],
  ["-netdev", "netdev_add"],
  ["-blockdev", "blockdev-add"],
  ["-device", "device_add"],
]);

/**
 * The commands that plug a disk into a running guest: its images from the bottom up, then the device. `domain` is the
 * guest with the disk already in it, addresses, aliases and image numbers included.
 */
export function buildDiskPlug(
  domain: Domain,
  disk: Disk,
  caps: QemuCapabilities,
  context: BuildContext,
): readonly PlugStep[] {
  const line = new CommandWriter(caps, context, acceleratorOf(domain));
  const next = (): number => {
    throw new InternalError("an image of the disk has no number");
  };
  const images = imagesOf(disk, next, line);
  writeDisks(line, [{ disk, images, bootindex: undefined }], new Buses(domain.devices?.controllers ?? []), false);
  return stepsOf(line.args);
}

/** What the words of a command line say, as QMP commands. */
function stepsOf(args: readonly string[]): PlugStep[] {
  const steps: PlugStep[] = [];
  for (let i = 0; i < args.length; i += 2) {
    const command = commands.get(args[i] ?? "");
    const value = parseJson(args[i + 1] ?? "");
    if (command === undefined || !isJsonObject(value)) throw new InternalError(`cannot plug '${args[i]}'`);
    steps.push({ command, arguments: value });
  }
  return steps;
}
