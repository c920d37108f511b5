import { ErrorCode, virtError } from "@tsvirt/base";
import type { BackingStore, Disk, StorageSource } from "@tsvirt/model/domain";
import type { LiveGuest } from "../guest/live.ts";
import { localPath } from "../images/source-path.ts";

/** One image of a running disk. */
export interface Layer {
  /** Number in the names of its nodes. */
  readonly index: number;
  readonly type: Disk["type"];
  readonly format: NonNullable<NonNullable<Disk["driver"]>["type"]>;
  readonly source: StorageSource;
}

/** The images of a running disk, the top one first. */
export function layersOf(disk: Disk): Layer[] {
  if (!disk.source) return [];
  const layers: Layer[] = [
    { index: disk.source.index ?? 0, type: disk.type, format: disk.driver?.type ?? "raw", source: disk.source },
  ];
  for (let at = disk.backingStore; at?.type !== undefined && at.source; at = at.backingStore) {
    layers.push({ index: at.index ?? 0, type: at.type, format: at.format?.type ?? "raw", source: at.source });
  }
  return layers;
}

/** The disk with these images instead of its own. */
export function withLayers(disk: Disk, layers: readonly Layer[]): Disk {
  const [top, ...below] = layers;
  if (!top) return disk;
  let backingStore: BackingStore = {};
  for (const layer of below.toReversed()) {
    const { index: _, ...source } = layer.source;
    backingStore = { type: layer.type, index: layer.index, format: { type: layer.format }, source, backingStore };
  }
  return {
    ...disk,
    type: top.type,
    driver: { ...disk.driver, type: top.format },
    source: { ...top.source, index: top.index },
    backingStore,
  };
}

/** Names of an image's two nodes. */
export function nodesOf(layer: Layer): { readonly storage: string; readonly format: string } {
  return { storage: `libvirt-${layer.index}-storage`, format: `libvirt-${layer.index}-format` };
}

/** The file or device of an image, for events and messages. */
export function pathOf(source: StorageSource | undefined): string {
  return localPath(source) ?? "";
}

/** A disk of the running guest by its target or the path of its source. Throws libvirt's "invalid path". */
export function liveDisk(live: LiveGuest, name: string): Disk {
  const disks = live.domain.devices?.disks ?? [];
  const found = disks.find((disk) => disk.target.dev === name || pathOf(disk.source) === name);
  if (!found) throw virtError(ErrorCode.invalidArg, `disk '${name}' not found in domain`);
  return found;
}

/** Puts another form of a disk into the running guest's document. */
export function replaceDisk(live: LiveGuest, target: string, disk: Disk): void {
  const { devices } = live.domain;
  if (!devices) return;
  const disks = devices.disks.map((each) => (each.target.dev === target ? disk : each));
  live.domain = { ...live.domain, devices: { ...devices, disks } };
}
