import { isJsonArray } from "@tsvirt/codec/options";
import type { Disk } from "@tsvirt/model/domain";
import { qmp } from "@tsvirt/qemu";
import type { LiveGuest } from "../guest/live.ts";
import { counterOf, memberOf } from "../monitor/json-member.ts";

/** What QEMU counted for one disk since the guest started; times in nanoseconds. */
export interface BlockCounters {
  readonly readRequests: bigint;
  readonly readBytes: bigint;
  readonly readTime: bigint;
  readonly writeRequests: bigint;
  readonly writeBytes: bigint;
  readonly writeTime: bigint;
  readonly flushRequests: bigint;
  readonly flushTime: bigint;
  /** One past the highest byte written to the image. */
  readonly highestOffset: bigint;
}

/** Sizes of an image as QEMU has it open, in bytes. */
export interface NodeSizes {
  readonly capacity: bigint;
  readonly allocated: bigint;
}

/** Counters of all disks, by their alias. */
export async function readBlockCounters(live: LiveGuest, name: string): Promise<ReadonlyMap<string, BlockCounters>> {
  const entries = await live.requireMonitor(name).session.execute(qmp.queryBlockstats, {});
  const byAlias = new Map<string, BlockCounters>();
  for (const { device, qdev, stats, parent } of entries) {
    const alias = live.attachedAlias(device, qdev) ?? (qdev === undefined ? undefined : aliasOf(qdev));
    if (alias === undefined) continue;
    byAlias.set(alias, {
      readRequests: counterOf(stats, "rd_operations"),
      readBytes: counterOf(stats, "rd_bytes"),
      readTime: counterOf(stats, "rd_total_time_ns"),
      writeRequests: counterOf(stats, "wr_operations"),
      writeBytes: counterOf(stats, "wr_bytes"),
      writeTime: counterOf(stats, "wr_total_time_ns"),
      flushRequests: counterOf(stats, "flush_operations"),
      flushTime: counterOf(stats, "flush_total_time_ns"),
      highestOffset: counterOf(memberOf(parent, "stats"), "wr_highest_offset"),
    });
  }
  return byAlias;
}

/** Sizes of all images that QEMU has open, by node name; none where there are no nodes: a text monitor knows of none. */
export async function readNodeSizes(live: LiveGuest, name: string): Promise<ReadonlyMap<string, NodeSizes>> {
  const { session } = live.requireMonitor(name);
  if (session.kind === "hmp") return new Map();
  const nodes = await session.execute(qmp.queryNamedBlockNodes, { flat: true });
  const sizes = new Map<string, NodeSizes>();
  for (const node of isJsonArray(nodes) ? nodes : []) {
    const nodeName = memberOf(node, "node-name");
    const image = memberOf(node, "image");
    if (typeof nodeName !== "string") continue;
    sizes.set(nodeName, { capacity: counterOf(image, "virtual-size"), allocated: counterOf(image, "actual-size") });
  }
  return sizes;
}

/** The block node that holds a disk's format layer. */
export function formatNode(disk: Disk, live: LiveGuest | undefined): string | undefined {
  if (live?.attached) return live.attached.find(({ alias, node }) => alias === disk.alias && node !== undefined)?.node;
  const index = disk.source?.index;
  return index === undefined ? undefined : `libvirt-${index}-format`;
}

/** The device's id out of its place in QEMU's object tree (`/machine/peripheral/virtio-disk0/virtio-backend`). */
function aliasOf(qdev: string): string | undefined {
  const match = /^\/machine\/peripheral\/([^/]+)/.exec(qdev);
  if (match) return match[1];
  return qdev.startsWith("/") ? undefined : qdev;
}
