import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";
import { parseSnapshot } from "@tsvirt/model/moment";
import {
  DomainBlockJobAbortFlags as Abort,
  DomainBlockCommitFlags as Commit,
  DomainSnapshotCreateFlags as Create,
  DomainBlockCopyFlags,
  DomainBlockJobInfoFlags,
  DomainBlockJobType,
  type Handlers,
  DomainBlockRebaseFlags as Rebase,
  type RemoteProcedures,
} from "@tsvirt/rpc";
import { blockJobProgress, commitDisk, endBlockJob } from "../block/block-job.ts";
import { snapshotDisks } from "../block/snapshot.ts";
import type { Guest } from "../guest/guest.ts";
import { checkFlags, guestOf, type ProcedureContext } from "./context.ts";

const MIB = 1_048_576n;

/** Calls about the images of running disks: commits, and snapshots of disks without metadata. The rest comes later. */
export function blockProcedures({ driver }: ProcedureContext) {
  return {
    async domainBlockCommit({ dom, disk, base, top, bandwidth, flags }) {
      checkFlags(
        flags,
        Commit.shallow | Commit.active | Commit.relative | Commit.delete | Commit.bandwidthBytes,
        "qemuDomainBlockCommit",
      );
      if ((flags & (Commit.delete | Commit.relative)) !== 0) throw notYet("virDomainBlockCommit");
      await commitDisk(driver, guestOf(driver, dom), disk, {
        ...(base !== undefined && { base }),
        ...(top !== undefined && { top }),
        active: (flags & Commit.active) !== 0,
        shallow: (flags & Commit.shallow) !== 0,
        bandwidth: (flags & Commit.bandwidthBytes) !== 0 ? bandwidth : bandwidth * MIB,
      });
    },
    async domainGetBlockJobInfo({ dom, path, flags }) {
      checkFlags(flags, DomainBlockJobInfoFlags.bandwidthBytes, "qemuDomainGetBlockJobInfo");
      const progress = await blockJobProgress(guestOf(driver, dom), path);
      if (!progress) return { found: 0, type: 0, bandwidth: 0n, cur: 0n, end: 0n };
      const bytes = (flags & DomainBlockJobInfoFlags.bandwidthBytes) !== 0;
      return {
        found: 1,
        type: DomainBlockJobType[progress.type],
        bandwidth: bytes ? progress.bandwidth : progress.bandwidth / MIB,
        cur: progress.current,
        end: progress.end,
      };
    },
    async domainBlockJobAbort({ dom, path, flags }) {
      checkFlags(flags, Abort.async | Abort.pivot, "qemuDomainBlockJobAbort");
      await endBlockJob(guestOf(driver, dom), path, {
        pivot: (flags & Abort.pivot) !== 0,
        wait: (flags & Abort.async) === 0,
      });
    },
    domainBlockRebase({ dom, flags }) {
      const guest = guestOf(driver, dom);
      if ((flags & Rebase.copy) !== 0) refuseCopy(guest, false);
      throw notYet("virDomainBlockRebase");
    },
    domainBlockCopy({ dom, flags }) {
      refuseCopy(guestOf(driver, dom), (flags & DomainBlockCopyFlags.transientJob) !== 0);
      throw notYet("virDomainBlockCopy");
    },
    async domainSnapshotCreateXml({ dom, xmlDesc, flags }) {
      const needed = Create.diskOnly | Create.noMetadata;
      if ((flags & needed) !== needed) throw notYet("virDomainSnapshotCreateXML", ErrorDomain.domainSnapshot);
      checkFlags(flags, needed | Create.atomic, "qemuDomainSnapshotCreateXML");
      const now = Math.floor(driver.clock.now() / 1000);
      const request = parseSnapshot(xmlDesc, { now });
      const name = request.name ?? String(now);
      await snapshotDisks(driver, guestOf(driver, dom), request, name);
      return { snap: { name, dom } };
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

/** The part of a call that this version lacks, in libvirt's words for a driver that lacks all of it. */
function notYet(api: string, domain: ErrorDomain = ErrorDomain.domain): Error {
  return virtError(ErrorCode.noSupport, api, { domain });
}

/** A copy's end would be lost with QEMU: libvirt wants the guest transient, or the job declared so. */
function refuseCopy(guest: Guest, transientJob: boolean): void {
  guest.requireLive();
  if (guest.isPersistent && !transientJob) {
    throw virtError(ErrorCode.operationInvalid, "domain is not transient");
  }
}
