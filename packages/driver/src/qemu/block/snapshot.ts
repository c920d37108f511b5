import { ErrorCode, InternalError, VirtError, virtError } from "@tsvirt/base";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "@tsvirt/codec/options";
import type { Disk, SnapshotDisk } from "@tsvirt/model/domain";
import type { Snapshot } from "@tsvirt/model/moment";
import { qmp } from "@tsvirt/qemu";
import { writeDefinition } from "../definitions/define.ts";
import { definitionOf, formatDefinition } from "../definitions/documents.ts";
import { refuseAttached } from "../guest/errors.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import { requireQmp } from "../monitor/require-qmp.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { saveStatus } from "../status/save.ts";
import { type Layer, layersOf, nodesOf, pathOf, replaceDisk, withLayers } from "./chain.ts";
import { runJob } from "./qemu-job.ts";

/** A disk and the image that its changes go to from now on. */
interface Overlay {
  readonly disk: Disk;
  readonly layer: Layer;
}

/**
 * Puts a new image on top of a running guest's disks, all at the same instant; what was on top is not written any more
 * (`VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY`, without metadata). Throws before anything has changed, or not at all.
 */
export async function snapshotDisks(driver: QemuDriver, guest: Guest, request: Snapshot, name: string): Promise<void> {
  guest.requireLive();
  await guest.change("snapshot", async () => {
    const live = guest.requireLive();
    refuseAttached(live, "a snapshot");
    requireQmp(live, guest.name, "a snapshot of disks");
    const overlays = plan(live, request, name);
    if (overlays.length === 0) {
      throw virtError(ErrorCode.configUnsupported, "nothing selected for snapshot");
    }
    const made: Overlay[] = [];
    try {
      for (const overlay of overlays) {
        made.push(overlay);
        await createOverlay(driver, guest, live, overlay);
      }
      await live.requireMonitor(guest.name).session.execute(qmp.transaction, {
        actions: overlays.map(({ disk, layer }) => switchOver(disk, layer)),
      });
    } catch (error) {
      for (const overlay of made.toReversed()) await removeOverlay(driver, guest, live, overlay);
      throw error;
    }
    for (const { disk, layer } of overlays) {
      replaceDisk(live, disk.target.dev, withLayers(disk, [layer, ...layersOf(disk)]));
    }
    await saveStatus(driver, guest);
    await updateDefinition(driver, guest, overlays);
  });
}

function switchOver(disk: Disk, layer: Layer): JsonObject {
  const [top] = layersOf(disk);
  if (!top) throw new InternalError("a disk without an image");
  return { type: "blockdev-snapshot", data: { node: nodesOf(top).format, overlay: nodesOf(layer).format } };
}

/** Which disks take part, and where their changes go. */
function plan(live: LiveGuest, request: Snapshot, name: string): Overlay[] {
  const disks = live.domain.devices?.disks ?? [];
  const asked = request.disks?.disks ?? [];
  for (const { name: wanted } of asked) {
    if (!disks.some((disk) => disk.target.dev === wanted || pathOf(disk.source) === wanted)) {
      throw virtError(ErrorCode.configUnsupported, `no disk named '${wanted}'`);
    }
  }
  const overlays: Overlay[] = [];
  for (const disk of disks) {
    const wish = asked.find((each) => each.name === disk.target.dev || each.name === pathOf(disk.source));
    if (!takesPart(disk, wish)) continue;
    if (wish?.snapshot === "internal") {
      throw virtError(
        ErrorCode.configUnsupported,
        "active qemu domains require external disk snapshots; disk internal snapshots are not supported",
      );
    }
    const file = wish?.source?.file ?? overlayName(pathOf(disk.source), name);
    overlays.push({
      disk,
      layer: {
        index: ++live.lastNode,
        type: "file",
        format: wish?.driver?.type ?? "qcow2",
        source: { hosts: [], seclabels: [], file },
      },
    });
  }
  return overlays;
}

function takesPart(disk: Disk, wish: SnapshotDisk | undefined): boolean {
  if (!disk.source || wish?.snapshot === "no" || wish?.snapshot === "manual") return false;
  return wish !== undefined || (disk.readonly !== true && disk.snapshot !== "no");
}

/** `/images/vm.qcow2` becomes `/images/vm.NAME`: libvirt's choice. */
export function overlayName(path: string, name: string): string {
  const slash = path.lastIndexOf("/");
  const dot = path.lastIndexOf(".");
  return `${dot > slash ? path.slice(0, dot) : path}.${name}`;
}

async function createOverlay(driver: QemuDriver, guest: Guest, live: LiveGuest, overlay: Overlay): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  const { disk, layer } = overlay;
  const [top] = layersOf(disk);
  if (!top) throw new InternalError("a disk without an image");
  const file = pathOf(layer.source);
  const { user, host } = driver;
  if (await host.files.facts(file)) {
    throw virtError(
      ErrorCode.configUnsupported,
      `external snapshot file for disk ${disk.target.dev} already exists and is not a block device: ${file}`,
    );
  }
  await host.files.createSynced(file, new Uint8Array(), {
    mode: 0o600,
    ...(user && { owner: { uid: user.uid, gid: user.gid } }),
  });
  const nodes = nodesOf(layer);
  await session.execute(qmp.blockdevAdd, {
    driver: "file",
    filename: file,
    "node-name": nodes.storage,
    "auto-read-only": true,
    discard: "unmap",
  });
  const size = virtualSize(await session.execute(qmp.queryNamedBlockNodes, { flat: true }), nodesOf(top).format);
  await runJob(guest, live, `create-${nodes.format}`, (id) =>
    session.execute(qmp.blockdevCreate, {
      "job-id": id,
      options: {
        driver: layer.format,
        file: nodes.storage,
        size,
        "backing-file": pathOf(top.source),
        "backing-fmt": top.format,
      },
    }),
  );
  await session.execute(qmp.blockdevAdd, {
    "node-name": nodes.format,
    "read-only": false,
    driver: layer.format,
    file: nodes.storage,
    backing: null,
  });
}

/** Bytes that the guest sees of the disk behind a node. */
function virtualSize(nodes: JsonValue, name: string): number | bigint {
  const node = isJsonArray(nodes) ? nodes.find((each) => isJsonObject(each) && each["node-name"] === name) : undefined;
  const image = isJsonObject(node) ? node.image : undefined;
  const size = isJsonObject(image) ? image["virtual-size"] : undefined;
  if (typeof size === "number" || typeof size === "bigint") return size;
  throw virtError(ErrorCode.internalError, `QEMU does not tell the size of '${name}'`);
}

/** Takes back what {@link createOverlay} may have made; QEMU's refusals only mean that it was not there. */
async function removeOverlay(driver: QemuDriver, guest: Guest, live: LiveGuest, { layer }: Overlay): Promise<void> {
  const nodes = nodesOf(layer);
  for (const node of [nodes.format, nodes.storage]) {
    try {
      await live.requireMonitor(guest.name).session.execute(qmp.blockdevDel, { "node-name": node });
    } catch (error) {
      if (!(error instanceof VirtError)) throw error;
      driver.log.debug("no node to remove", { domain: guest.name, node, error: error.message });
    }
  }
  const file = pathOf(layer.source);
  // Only the empty file that we made: one that was there before made us fail.
  const facts = await driver.host.files.facts(file);
  if (facts && !live.domain.devices?.disks.some((disk) => pathOf(disk.source) === file)) {
    if (facts.size === 0n) await driver.host.files.unlink(file);
  }
}

/** The next start takes the new images too, where the definition had the old ones. */
async function updateDefinition(driver: QemuDriver, guest: Guest, overlays: readonly Overlay[]): Promise<void> {
  const definition = definitionOf(guest);
  if (!definition) return;
  let changed = false;
  for (const { disk, layer } of overlays) {
    const stored = definition.devices?.disks.find((each) => each.target.dev === disk.target.dev);
    if (!stored || pathOf(stored.source) !== pathOf(disk.source)) continue;
    stored.type = layer.type;
    stored.source = layer.source;
    stored.driver = { ...stored.driver, type: layer.format };
    delete stored.backingStore;
    changed = true;
  }
  if (changed) await writeDefinition(driver, guest, formatDefinition(definition));
}
