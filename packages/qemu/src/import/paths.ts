import type { BackingStore, ChardevSource, StorageSource } from "@tsvirt/model/domain";
import type { Draft } from "./draft.ts";

/** An object with a path at one of its keys. */
type Holder = Readonly<Record<string, unknown>>;

function isHolder(value: unknown): value is Holder {
  return typeof value === "object" && value !== null;
}

/** Every path of the host in a document: the object and its key. */
function* pathsIn({ domain, devices }: Draft): Generator<readonly [object, string]> {
  const { os } = domain;
  for (const key of ["kernel", "initrd", "dtb"]) yield [os, key];
  for (const holder of [os.loader, os.nvram, ...(os.acpi?.tables ?? [])]) if (holder) yield [holder, "path"];
  yield* storage(os.nvram?.source);
  for (const disk of devices.disks) {
    yield* storage(disk.source);
    for (let layer: BackingStore | undefined = disk.backingStore; layer; layer = layer.backingStore)
      yield* storage(layer.source);
  }
  for (const { source } of devices.filesystems) {
    if (source) yield [source, "dir"];
    if (source) yield [source, "socket"];
  }
  const chardevs: readonly {
    readonly type?: string;
    readonly sources: readonly ChardevSource[];
    readonly log?: object;
  }[] = [
    ...devices.serials,
    ...devices.parallels,
    ...devices.consoles,
    ...devices.channels,
    ...devices.redirdevs,
    ...devices.smartcards,
    ...devices.rngs.map(({ backend }) => backend),
  ];
  for (const { sources, log } of chardevs) {
    for (const source of sources) yield [source, "path"];
    if (log) yield [log, "file"];
  }
  for (const nic of devices.interfaces) if (nic.source) yield [nic.source, "path"];
  for (const graphics of devices.graphics) {
    if ("listens" in graphics) for (const listen of graphics.listens) yield [listen, "socket"];
  }
  for (const { entries } of domain.sysinfos) for (const entry of entries) yield [entry, "file"];
}

function* storage(source: StorageSource | undefined): Generator<readonly [object, string]> {
  if (!source) return;
  for (const key of ["file", "dir"]) yield [source, key];
  for (const host of source.hosts) yield [host, "socket"];
}

/**
 * Makes relative paths absolute: QEMU was run in `directory`, a daemon's guest is not. Gives those that are left if the directory
 * is not known.
 */
export function absolutePaths(draft: Draft, directory: string | undefined): string[] {
  const relative: string[] = [];
  for (const [holder, key] of pathsIn(draft)) {
    const path = isHolder(holder) ? holder[key] : undefined;
    if (typeof path !== "string" || path === "" || path.startsWith("/")) continue;
    if (directory === undefined) relative.push(path);
    else Object.assign(holder, { [key]: resolve(directory, path) });
  }
  const { emulator } = draft.devices;
  if (emulator?.includes("/") === true && !emulator.startsWith("/")) {
    if (directory === undefined) relative.push(emulator);
    else draft.devices.emulator = resolve(directory, emulator);
  }
  return relative;
}

function resolve(directory: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${directory}/${path}`.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
