import { ErrorCode, formatUuid, virtError } from "@tsvirt/base";
import type { Disk } from "@tsvirt/model/domain";
import {
  DomainBlockStatsParameter as Block,
  DomainJobType,
  DomainMemoryStatTags,
  ConnectGetAllDomainStatsFlags as Flags,
  type Handlers,
  param,
  type RemoteProcedures,
  typedParams,
} from "@tsvirt/rpc";
import { currentDomain } from "../definitions/documents.ts";
import type { Guest } from "../guest/guest.ts";
import { imageSizes } from "../images/capacity.ts";
import { localPath } from "../images/source-path.ts";
import { memoryFigures } from "../stats/balloon.ts";
import { type BlockCounters, formatNode, readBlockCounters, readNodeSizes } from "../stats/block-stats.ts";
import { residentMemory } from "../stats/usage.ts";
import { checkFlags, guestOf, type ProcedureContext, refOf, TYPED_PARAM_STRING_OKAY } from "./context.ts";
import { domainStats, STATS_GROUPS } from "./domain-stats.ts";
import { passes } from "./lookup.ts";

const blockParameters = typedParams({
  writeBytes: param(Block.writeBytes, "llong"),
  writeRequests: param(Block.writeReq, "llong"),
  readBytes: param(Block.readBytes, "llong"),
  readRequests: param(Block.readReq, "llong"),
  flushRequests: param(Block.flushReq, "llong"),
  writeTime: param(Block.writeTotalTimes, "llong"),
  readTime: param(Block.readTotalTimes, "llong"),
  flushTime: param(Block.flushTotalTimes, "llong"),
});

/** Tags of the memory figures by their names in bulk statistics. */
const memoryTags: Readonly<Record<string, number>> = {
  swap_in: DomainMemoryStatTags.swapIn,
  swap_out: DomainMemoryStatTags.swapOut,
  major_fault: DomainMemoryStatTags.majorFault,
  minor_fault: DomainMemoryStatTags.minorFault,
  unused: DomainMemoryStatTags.unused,
  available: DomainMemoryStatTags.available,
  usable: DomainMemoryStatTags.usable,
  disk_caches: DomainMemoryStatTags.diskCaches,
  hugetlb_pgalloc: DomainMemoryStatTags.hugetlbPgalloc,
  hugetlb_pgfail: DomainMemoryStatTags.hugetlbPgfail,
  "last-update": DomainMemoryStatTags.lastUpdate,
};

/** Calls that measure guests. Each asks QEMU at most a few things and holds no job: queries do not queue. */
export function statsProcedures({ driver }: ProcedureContext) {
  const { host } = driver;
  return {
    async connectGetAllDomainStats({ doms, stats, flags }) {
      const enforce = (flags & Flags.enforceStats) !== 0;
      const known = Object.values(Flags).reduce((all, bit) => all | bit, 0);
      checkFlags(flags, known, "qemuConnectGetAllDomainStats");
      if (enforce && (stats & ~STATS_GROUPS) !== 0) {
        const missing = ((stats & ~STATS_GROUPS) >>> 0).toString(16);
        throw virtError(
          ErrorCode.argumentUnsupported,
          `Stats types bits 0x${missing} are not supported by this daemon`,
        );
      }
      const groups = stats === 0 ? STATS_GROUPS : stats & STATS_GROUPS;
      const nowait = (flags & Flags.nowait) !== 0;
      const filters = flags & ~(Flags.nowait | Flags.backing | Flags.enforceStats);
      const named = doms.map((dom) => driver.guests.findByUuid(formatUuid(dom.uuid)));
      const guests = doms.length === 0 ? [...driver.guests] : named.filter((each) => each !== undefined);
      const retStats = await Promise.all(
        guests
          .filter((guest) => passes(guest, filters))
          .map(async (guest) => {
            const askQemu = guest.live?.monitor !== undefined && guest.isActive && !(nowait && guest.job);
            const params = await domainStats(host, guest, { groups, askQemu }).catch((error: unknown) => {
              // The guest may end while it is asked: what the host knows is still worth saying.
              driver.log.debug("statistics without QEMU", { domain: guest.name, error: String(error) });
              return domainStats(host, guest, { groups, askQemu: false });
            });
            return { dom: refOf(guest.ref), params };
          }),
      );
      return { retStats };
    },

    async domainBlockStats({ dom, path }) {
      const guest = guestOf(driver, dom);
      const counted = await countersOf(guest, path);
      return {
        rdReq: counted.readRequests,
        rdBytes: counted.readBytes,
        wrReq: counted.writeRequests,
        wrBytes: counted.writeBytes,
        errs: -1n,
      };
    },
    async domainBlockStatsFlags({ dom, path, nparams, flags }) {
      checkFlags(flags, TYPED_PARAM_STRING_OKAY, "qemuDomainBlockStatsFlags");
      const guest = guestOf(driver, dom);
      const params = blockParameters.format(await countersOf(guest, path));
      return nparams === 0
        ? { params: [], nparams: params.length }
        : { params: params.slice(0, nparams), nparams: params.length };
    },

    async domainGetBlockInfo({ dom, path, flags }) {
      checkFlags(flags, 0, "qemuDomainGetBlockInfo");
      const guest = guestOf(driver, dom);
      const disk = diskOf(guest, path);
      const file = localPath(disk.source);
      const sizes = file === undefined ? undefined : await imageSizes(host, file, disk.driver?.type ?? "raw");
      if (!sizes) {
        if (file === undefined && disk.source === undefined) {
          throw virtError(ErrorCode.invalidArg, `disk '${path}' does not currently have a source assigned`);
        }
        throw virtError(ErrorCode.internalError, `missing storage backend for '${disk.type}' storage`);
      }
      const { live } = guest;
      if (!live || !guest.isActive) return sizes;
      const node = formatNode(disk, live);
      const open = node === undefined ? undefined : (await readNodeSizes(live, guest.name)).get(node);
      const counted =
        disk.alias === undefined ? undefined : (await readBlockCounters(live, guest.name)).get(disk.alias);
      // A sparse file's own figure says more than the highest write of this run; a device has only the latter.
      const allocation = sizes.allocation > 0n ? sizes.allocation : (counted?.highestOffset ?? 0n);
      return { allocation, capacity: open?.capacity ?? sizes.capacity, physical: sizes.physical };
    },

    async domainInterfaceStats({ dom, device }) {
      const guest = guestOf(driver, dom);
      const live = guest.requireLive();
      const found = live.domain.devices?.interfaces.find(
        ({ target, mac }) => target?.dev === device || mac?.address === device.toLowerCase(),
      );
      const name = found?.target?.dev;
      if (name === undefined) throw virtError(ErrorCode.invalidArg, `'${device}' is not a known interface`);
      const counted = await host.network.counters(name);
      if (!counted) throw virtError(ErrorCode.internalError, "Interface not found");
      // The tap receives what the guest sends.
      return {
        rxBytes: counted.txBytes,
        rxPackets: counted.txPackets,
        rxErrs: counted.txErrors,
        rxDrop: counted.txDropped,
        txBytes: counted.rxBytes,
        txPackets: counted.rxPackets,
        txErrs: counted.rxErrors,
        txDrop: counted.rxDropped,
      };
    },

    async domainMemoryStats({ dom, maxStats, flags }) {
      checkFlags(flags, 0, "qemuDomainMemoryStats");
      const guest = guestOf(driver, dom);
      const live = guest.requireLive();
      const current = live.domain.currentMemory ?? live.domain.memory?.kib ?? 0;
      const stats: { tag: number; val: bigint }[] = [];
      const balloon = live.domain.devices?.memballoon;
      if (balloon && balloon.model !== "none") {
        stats.push({ tag: DomainMemoryStatTags.actualBalloon, val: BigInt(current) });
        for (const [name, val] of await memoryFigures(guest)) {
          const tag = memoryTags[name];
          if (tag !== undefined) stats.push({ tag, val });
        }
      }
      const rss = residentMemory(host.processes, guest);
      if (rss !== undefined) stats.push({ tag: DomainMemoryStatTags.rss, val: rss });
      return { stats: stats.slice(0, maxStats) };
    },

    domainGetJobInfo({ dom }) {
      guestOf(driver, dom);
      const nothing = 0n;
      return {
        type: DomainJobType.none,
        timeElapsed: nothing,
        timeRemaining: nothing,
        dataTotal: nothing,
        dataProcessed: nothing,
        dataRemaining: nothing,
        memTotal: nothing,
        memProcessed: nothing,
        memRemaining: nothing,
        fileTotal: nothing,
        fileProcessed: nothing,
        fileRemaining: nothing,
      };
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

/** A disk by its target or its image's path. */
function diskOf(guest: Guest, path: string): Disk {
  const found = currentDomain(guest).devices?.disks.find(
    (disk) => disk.target.dev === path || localPath(disk.source) === path,
  );
  if (!found) {
    throw virtError(ErrorCode.invalidArg, `invalid path ${path} not assigned to domain`);
  }
  return found;
}

/** The counters of a disk, or of all together for an empty path. */
async function countersOf(guest: Guest, path: string): Promise<BlockCounters> {
  const live = guest.requireLive();
  const all =
    path === ""
      ? undefined
      : live.domain.devices?.disks.find((d) => d.target.dev === path || localPath(d.source) === path);
  if (path !== "" && !all) throw virtError(ErrorCode.invalidArg, `invalid path: ${path}`);
  const counters = await readBlockCounters(live, guest.name);
  if (!all) return [...counters.values()].reduce(sum, none);
  const found = all.alias === undefined ? undefined : counters.get(all.alias);
  if (!found) throw virtError(ErrorCode.internalError, `cannot find statistics for device '${all.alias ?? path}'`);
  return found;
}

const none: BlockCounters = {
  readRequests: 0n,
  readBytes: 0n,
  readTime: 0n,
  writeRequests: 0n,
  writeBytes: 0n,
  writeTime: 0n,
  flushRequests: 0n,
  flushTime: 0n,
  highestOffset: 0n,
};

/** Of all counters; the highest offset of several images together means nothing, and nobody asks for it. */
function sum(a: BlockCounters, b: BlockCounters): BlockCounters {
  return {
    readRequests: a.readRequests + b.readRequests,
    readBytes: a.readBytes + b.readBytes,
    readTime: a.readTime + b.readTime,
    writeRequests: a.writeRequests + b.writeRequests,
    writeBytes: a.writeBytes + b.writeBytes,
    writeTime: a.writeTime + b.writeTime,
    flushRequests: a.flushRequests + b.flushRequests,
    flushTime: a.flushTime + b.flushTime,
    highestOffset: 0n,
  };
}
