import { attribute, child, children, element, flag, leaf, single, text, yesNo } from "@tsvirt/codec/xml";
import { BackingStore, type Domain, StorageSource, storageType } from "@tsvirt/model/domain";

// Jobs on a running guest's disks, as its status file remembers them (`qemuBlockJobData`).

const chain = {
  type: attribute(storageType, undefined, { missing: "missing job chain data" }),
  format: attribute(text, undefined, { missing: "missing job chain data" }),
  source: child(StorageSource, { missing: "missing job chain data" }),
  backingStore: child.optional(BackingStore),
};
/** The images of a disk that is no longer the guest's. */
export class JobChainDisk extends element("disk", chain) {}
/** The images that a disk was copied to. */
export class JobChainMirror extends element("mirror", chain) {}
/** Images of a job whose disk is no longer the guest's. */
export class JobChains extends element(
  "chains",
  { disk: child.optional(JobChainDisk), mirror: child.optional(JobChainMirror) },
  { omitEmpty: true },
) {}

/** The disk that a job is about. */
export class JobTarget extends element("disk", {
  dst: attribute.optional(text),
  mirror: attribute.optional(yesNo),
}) {}

/** The image that a job makes. */
export class CreatedImage extends element("src", chain) {}
/** The image that a backup goes to. */
export class BackupStore extends element("store", chain) {}

/** Kinds of jobs; what is none of them is `broken`. */
const jobTypes = ["pull", "copy", "commit", "active-commit", "backup", "create", "broken"];
const jobStates = [
  "completed",
  "failed",
  "cancelled",
  "ready",
  "new",
  "running",
  "concluded",
  "aborting",
  "pending",
  "pivoting",
];

/** A job. What is wrong with one makes it a broken job, and never an unreadable file. */
export class BlockJob extends element(
  "blockjob",
  {
    name: attribute.optional(text),
    type: attribute.withDefault(text, "broken"),
    state: attribute.withDefault(text, "failed"),
    newState: attribute.optional(text, "newstate"),
    brokenType: attribute.optional(text, "brokentype"),
    flags: attribute.optional(text, "jobflags"),
    shallowNew: attribute.optional(yesNo, "shallownew"),
    error: leaf.optional(text, "errmsg"),
    disk: child.optional(JobTarget),
    chains: child.optional(JobChains),
    base: single("node", text),
    top: single("node", text),
    topParent: single("node", text, "topparent"),
    deleteCommittedImages: flag(),
    create: single("mode", text),
    src: child.optional(CreatedImage),
    bitmap: single("name", text),
    store: child.optional(BackupStore),
  },
  {
    check(job) {
      if (!jobTypes.includes(job.type)) job.type = "broken";
      if (!jobStates.includes(job.state)) job.state = "failed";
      if (job.newState !== undefined && !jobStates.includes(job.newState)) delete job.newState;
      if (job.brokenType !== undefined && !jobTypes.includes(job.brokenType)) delete job.brokenType;
    },
  },
) {}

/** All jobs on disks; `active` if any of them is not over. */
export class StatusBlockJobs extends element("blockjobs", {
  active: attribute.withDefault(yesNo, false),
  jobs: children(BlockJob),
}) {}

/** The jobs that have names, in their order, and whether one is under way. */
export function completeBlockJobs(found: StatusBlockJobs, { devices }: Domain): void {
  found.jobs = found.jobs
    .filter(({ name }) => name !== undefined)
    .sort((a, b) => ((a.name ?? "") < (b.name ?? "") ? -1 : 1));
  const disks = devices?.disks ?? [];
  found.active =
    disks.some(({ mirror }) => mirror !== undefined && (mirror.job ?? "copy") === "copy") ||
    found.jobs.some(
      ({ disk, state }) =>
        (state === "running" || state === "ready") && disks.some(({ target }) => target.dev === disk?.dst),
    );
}
