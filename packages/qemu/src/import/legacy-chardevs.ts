import { parseChardev } from "../legacy/chardev.ts";
import type { Argument } from "./argument.ts";
import { type FoundBackend, readChardev } from "./chardevs.ts";
import { NoPlaceError } from "./device-reader.ts";
import type { Draft } from "./draft.ts";

/** A back end by its word: `chardev:ID` refers to one, `mon:` shares it with a monitor. */
export function readBackendWord(draft: Draft, argument: Argument, word: string): FoundBackend {
  const id = /^chardev:(.*)$/s.exec(word)?.[1];
  if (id !== undefined) {
    const found = draft.chardevs.get(id);
    if (!found) throw new NoPlaceError(`there is no character device '${id}'`);
    return readChardev(draft, found);
  }
  const shared = /^mon:(.*)$/s.exec(word)?.[1];
  if (shared !== undefined) argument.note("the monitor that shares this character device is libvirt's own");
  if (shared === "stdio") {
    argument.note("a daemon's guest has no terminal: its serial port is a pty (virsh console)");
    return { backend: { type: "pty", sources: [] }, from: [] };
  }
  const backend = parseChardev(shared ?? word);
  if (!backend) throw new NoPlaceError(`the character device '${word}' has no counterpart`);
  if (backend.type === "stdio") argument.note("a daemon's guest has no terminal: nothing reads what it writes there");
  return { backend, from: [] };
}

/** `-serial`: the next port, or none at all. */
export function readSerial(draft: Draft, argument: Argument): void {
  draft.said.add("serial");
  if (argument.value === "none") {
    argument.imply("no serial port goes without saying");
    return;
  }
  const { backend, from } = readBackendWord(draft, argument, argument.value);
  addSerial(draft, backend, argument, ...from);
}

/** Puts a serial port into the document: the next one. */
export function addSerial(draft: Draft, backend: FoundBackend["backend"], ...from: readonly Argument[]): void {
  draft.add("serials", { ...backend, target: { port: draft.devices.serials.length } }, ...from);
}

/** `-parallel`: the next port, or none at all. */
export function readParallel(draft: Draft, argument: Argument): void {
  if (argument.value === "none") {
    argument.imply("no parallel port goes without saying");
    return;
  }
  const { backend, from } = readBackendWord(draft, argument, argument.value);
  draft.add("parallels", { ...backend, target: { port: draft.devices.parallels.length } }, argument, ...from);
}

/** `-debugcon`: the port that firmware writes its messages to. */
export function readDebugcon(draft: Draft, argument: Argument): void {
  const { backend, from } = readBackendWord(draft, argument, argument.value);
  const target = {
    type: "isa-debug" as const,
    port: draft.devices.serials.length,
    model: { name: "isa-debugcon" as const },
  };
  draft.add("serials", { ...backend, target }, argument, ...from);
}
