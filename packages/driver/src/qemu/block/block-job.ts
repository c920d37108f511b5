import { type Deferred, deferred, ErrorCode, virtError } from "@tsvirt/base";
import { isJsonArray, isJsonObject } from "@tsvirt/codec/options";
import type { Disk } from "@tsvirt/model/domain";
import { qmp } from "@tsvirt/qemu";
import { writeDefinition } from "../definitions/define.ts";
import { definitionOf, formatDefinition } from "../definitions/documents.ts";
import { refuseAttached } from "../guest/errors.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import { requireQmp } from "../monitor/require-qmp.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { saveStatus } from "../status/save.ts";
import { type Layer, layersOf, liveDisk, nodesOf, pathOf, replaceDisk, withLayers } from "./chain.ts";

/** A commit of a running disk's topmost images into one below them. */
export interface BlockJob {
  readonly id: string;
  readonly target: string;
  readonly type: "activeCommit" | "commit";
  /** Path of the disk's source when the job began. */
  readonly path: string;
  readonly top: Layer;
  readonly base: Layer;
  state: "running" | "ready" | "finishing";
  /** Whether its end makes the base the disk's image. */
  pivot: boolean;
  readonly ended: Deferred<void>;
}

/** What to commit: from `top` (the whole disk when absent) into `base` (the lowest image when absent). */
export interface CommitOptions {
  readonly base?: string;
  readonly top?: string;
  readonly active: boolean;
  readonly shallow: boolean;
  /** Bytes a second; 0 for no limit. */
  readonly bandwidth: bigint;
}

/** Begins to merge a disk's images downwards while the guest runs (`virDomainBlockCommit`). */
export async function commitDisk(
  driver: QemuDriver,
  guest: Guest,
  name: string,
  options: CommitOptions,
): Promise<void> {
  guest.requireLive();
  await guest.change("block commit", async () => {
    const live = guest.requireLive();
    refuseAttached(live, "a block job");
    requireQmp(live, guest.name, "a block commit");
    const disk = liveDisk(live, name);
    const target = disk.target.dev;
    if (jobOf(live, target)) {
      throw virtError(ErrorCode.blockCopyActive, `disk '${target}' already in active block job`);
    }
    const layers = layersOf(disk);
    const { top, base, active } = ends(disk, layers, options);
    const id = `commit-${target}-${nodesOf(top).format}`;
    const job: BlockJob = {
      id,
      target,
      type: active ? "activeCommit" : "commit",
      path: pathOf(disk.source),
      top,
      base,
      state: "running",
      pivot: false,
      ended: deferred<void>(),
    };
    live.blockJobs.set(id, job);
    try {
      await live.requireMonitor(guest.name).session.execute(qmp.blockCommit, {
        "job-id": id,
        device: nodesOf(layers[0] ?? top).format,
        "base-node": nodesOf(base).format,
        ...(!active && { "top-node": nodesOf(top).format }),
        ...(options.bandwidth > 0n && { speed: options.bandwidth }),
        "auto-finalize": false,
        "auto-dismiss": false,
      });
    } catch (error) {
      live.blockJobs.delete(id);
      throw error;
    }
    await saveStatus(driver, guest);
  });
}

function ends(
  disk: Disk,
  layers: readonly Layer[],
  options: CommitOptions,
): { readonly top: Layer; readonly base: Layer; readonly active: boolean } {
  const target = disk.target.dev;
  const find = (name: string): Layer => {
    const nth = /^[a-z]+\[(\d{1,9})\]$/.exec(name)?.[1];
    const found = layers.find((each) => pathOf(each.source) === name || String(each.index) === nth);
    if (!found) {
      throw virtError(ErrorCode.invalidArg, `could not find image '${name}' in chain for '${pathOf(disk.source)}'`);
    }
    return found;
  };
  const top = options.top === undefined ? layers[0] : find(options.top);
  const active = top === layers[0];
  if (!top) throw virtError(ErrorCode.operationInvalid, `disk ${target} has no source file to be committed`);
  if (active && !options.active) {
    throw virtError(ErrorCode.invalidArg, `commit of '${target}' active layer requires active flag`);
  }
  if (!active && options.active) {
    throw virtError(ErrorCode.invalidArg, `active commit requested but '${pathOf(top.source)}' is not active`);
  }
  const below = layers.slice(layers.indexOf(top) + 1);
  if (below.length === 0) {
    throw virtError(ErrorCode.invalidArg, `top '${pathOf(top.source)}' in chain for '${target}' has no backing file`);
  }
  const lowest = options.shallow ? below[0] : below.at(-1);
  const base = options.base === undefined ? lowest : find(options.base);
  if (!base || !below.includes(base)) {
    throw virtError(
      ErrorCode.invalidArg,
      `could not find base '${options.base ?? ""}' below '${pathOf(top.source)}' in chain for '${target}'`,
    );
  }
  return { top, base, active };
}

/** The job on a disk, if there is one. */
export function jobOf(live: LiveGuest, target: string): BlockJob | undefined {
  return [...live.blockJobs.values()].find((job) => job.target === target);
}

/** How far a disk's job is; `undefined` when it has none. Bytes, as QEMU counts them. */
export interface BlockJobProgress {
  readonly type: BlockJob["type"];
  readonly bandwidth: bigint;
  readonly current: bigint;
  readonly end: bigint;
}

/** Asks QEMU for the progress of a disk's job. */
export async function blockJobProgress(guest: Guest, name: string): Promise<BlockJobProgress | undefined> {
  const live = guest.requireLive();
  const job = jobOf(live, liveDisk(live, name).target.dev);
  if (!job) return undefined;
  const answer = await live.requireMonitor(guest.name).session.execute(qmp.queryBlockJobs, {});
  const found = isJsonArray(answer) ? answer.find((each) => isJsonObject(each) && each.device === job.id) : undefined;
  if (!isJsonObject(found)) return undefined;
  const number = (key: string): bigint => {
    const value = found[key];
    return typeof value === "number" || typeof value === "bigint" ? BigInt(value) : 0n;
  };
  const end = number("len");
  // Before it has looked at the images QEMU says 0 of 0; clients would take that for done.
  const unknown = end === 0n && found.ready !== true;
  // While it is not ready it is not at its end, whatever the figures say.
  const current = number("offset");
  const early = found.ready !== true && current === end && !unknown;
  return {
    type: job.type,
    bandwidth: number("speed"),
    current: early ? current - 1n : current,
    end: unknown ? 1n : end,
  };
}

/** Ends a disk's job: by making its result the disk's image, or by giving it up (`virDomainBlockJobAbort`). */
export async function endBlockJob(
  guest: Guest,
  name: string,
  options: { readonly pivot: boolean; readonly wait: boolean },
): Promise<void> {
  guest.requireLive();
  const job = await guest.change("end block job", async () => {
    const live = guest.requireLive();
    const { target } = liveDisk(live, name);
    const found = jobOf(live, target.dev);
    if (!found) throw virtError(ErrorCode.invalidArg, `disk ${target.dev} does not have an active block job`);
    const { session } = live.requireMonitor(guest.name);
    if (!options.pivot) {
      await session.execute(qmp.blockJobCancel, { device: found.id });
      return found;
    }
    if (found.type !== "activeCommit") {
      throw virtError(ErrorCode.operationInvalid, `job type '${found.type}' does not support pivot`);
    }
    if (found.state !== "ready") {
      throw virtError(ErrorCode.blockCopyActive, `block job '${found.id}' not ready for pivot yet`);
    }
    found.pivot = true;
    found.state = "finishing";
    await session.execute(qmp.jobComplete, { id: found.id });
    return found;
  });
  if (options.wait) await job.ended.promise;
}

/** QEMU's word on a job's state. */
export function onBlockJob(driver: QemuDriver, guest: Guest, live: LiveGuest, id: string, status: string): void {
  const job = live.blockJobs.get(id);
  if (!job) return;
  switch (status) {
    case "ready":
      if (job.state !== "running") return;
      job.state = "ready";
      emit(driver, guest, job, job.path, "ready");
      break;
    case "pending":
      later(driver, guest, job, () => finalize(driver, guest, live, job));
      break;
    case "concluded":
      later(driver, guest, job, () => conclude(driver, guest, live, job));
      break;
    default:
  }
}

function later(driver: QemuDriver, guest: Guest, job: BlockJob, work: () => Promise<void>): void {
  work().catch((error: unknown) => {
    driver.log.error("job of a disk not ended", { domain: guest.name, job: job.id, error: String(error) });
  });
}

/**
 * The job is done and holds the guest's I/O: both sides are equal. What will be the disk's image is written down before
 * QEMU changes over, so that whatever happens then, the next start finds every write (threat-model section 6).
 */
async function finalize(driver: QemuDriver, guest: Guest, live: LiveGuest, job: BlockJob): Promise<void> {
  if (job.pivot || job.type === "commit") await writeNext(driver, guest, job);
  await live.requireMonitor(guest.name).session.execute(qmp.jobFinalize, { id: job.id });
}

/** The definition names the image that the guest goes on with, if it named the one before. */
async function writeNext(driver: QemuDriver, guest: Guest, job: BlockJob): Promise<void> {
  if (job.type !== "activeCommit") return;
  const definition = definitionOf(guest);
  const disk = definition?.devices?.disks.find((each) => each.target.dev === job.target);
  if (!definition || !disk || pathOf(disk.source) !== job.path) return;
  const { index: _i, privateData: _p, ...source } = job.base.source;
  disk.type = job.base.type;
  disk.source = source;
  disk.driver = { ...disk.driver, type: job.base.format };
  delete disk.backingStore;
  await writeDefinition(driver, guest, formatDefinition(definition));
}

async function conclude(driver: QemuDriver, guest: Guest, live: LiveGuest, job: BlockJob): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  const jobs = await session.execute(qmp.queryJobs, {});
  const failed = jobs.find((each) => each.id === job.id)?.error;
  await session.execute(qmp.jobDismiss, { id: job.id });
  live.blockJobs.delete(job.id);
  const merged = failed === undefined && (job.pivot || job.type === "commit");
  if (merged) await dropImages(live, job, session);
  await saveStatus(driver, guest);
  const disk = liveDisk(live, job.target);
  const status = failed !== undefined ? "failed" : merged ? "completed" : "canceled";
  emit(driver, guest, job, merged ? pathOf(disk.source) : job.path, status);
  job.ended.resolve();
}

/** The images that were merged downwards leave the guest. */
async function dropImages(
  live: LiveGuest,
  job: BlockJob,
  session: ReturnType<LiveGuest["requireMonitor"]>["session"],
): Promise<void> {
  const disk = liveDisk(live, job.target);
  const layers = layersOf(disk);
  const from = layers.findIndex((each) => each.index === job.top.index);
  const to = layers.findIndex((each) => each.index === job.base.index);
  const dropped = layers.slice(from, to);
  replaceDisk(live, job.target, withLayers(disk, [...layers.slice(0, from), ...layers.slice(to)]));
  for (const layer of dropped) {
    const nodes = nodesOf(layer);
    await session.execute(qmp.blockdevDel, { "node-name": nodes.format });
    await session.execute(qmp.blockdevDel, { "node-name": nodes.storage });
  }
}

function emit(
  driver: QemuDriver,
  guest: Guest,
  job: BlockJob,
  path: string,
  status: "ready" | "completed" | "failed" | "canceled",
): void {
  driver.events.emit(guest.ref, { kind: "blockJob", path, target: job.target, type: job.type, status });
}
