import { ErrorCode, virtError } from "@tsvirt/base";
import { type Domain, formatCpuSet, type IoThread, parseCpuSet } from "@tsvirt/model/domain";
import { qmp } from "@tsvirt/qemu";
import {
  type Handlers,
  DomainModificationImpact as Impact,
  DomainIothreadParameter as Parameter,
  type ParamsOf,
  param,
  type RemoteProcedures,
  DomainTunableParameter as Tunable,
  typedParams,
} from "@tsvirt/rpc";
import { applyThreadTuning, pinOf, threadGroupName } from "../cgroups/start-tuning.ts";
import { definitionOf } from "../definitions/documents.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import { ioThreadsOf } from "../start/facts.ts";
import { checkFlags, guestOf, type ProcedureContext } from "./context.ts";
import { cpuMap, mapBits } from "./cpu-maps.ts";
import { announce, bind, refuseEmpty } from "./pins.ts";
import { readScopeOf } from "./scope.ts";
import { changeTuning, cpuTuneOf } from "./tuned.ts";

const parameters = typedParams({
  pollMax: param(Parameter.pollMaxNs, "ullong"),
  pollGrow: param(Parameter.pollGrow, "uint"),
  pollShrink: param(Parameter.pollShrink, "uint"),
  threadPoolMin: param(Parameter.threadPoolMin, "int"),
  threadPoolMax: param(Parameter.threadPoolMax, "int"),
});
type Values = ParamsOf<typeof parameters.fields>;

/** Calls about the threads of a guest's QEMU that do the work of disks. */
export function ioThreadProcedures({ driver }: ProcedureContext) {
  return {
    async domainGetIothreadInfo({ dom, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainGetIOThreadInfo");
      const guest = guestOf(driver, dom);
      const scope = readScopeOf(guest, flags);
      const online = await driver.host.node.cpuMap();
      const length = Math.ceil(online.length / 8);
      if (scope.live) {
        const threads = await readThreads(guest, guest.requireLive());
        const info = [...threads].map(([iothreadId, tid]) => {
          const allowed = new Set(driver.host.processes.affinity(tid));
          return { iothreadId, cpumap: cpuMap(online, length, allowed) };
        });
        return { info, ret: info.length };
      }
      const definition = definitionOf(guest);
      const info = threadsOf(definition).map(({ id }) => {
        const pinned = definition && pinOf(definition, { kind: "iothread", id });
        const allowed = pinned === undefined ? undefined : new Set(parseCpuSet(pinned));
        return { iothreadId: id, cpumap: cpuMap(online, length, allowed) };
      });
      return { info, ret: info.length };
    },

    async domainPinIothread({ dom, iothreadsId: id, cpumap, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainPinIOThread");
      const guest = guestOf(driver, dom);
      const cpuset = formatCpuSet(mapBits(cpumap));
      const empty = "Empty iothread cpumap list for pinning";
      await changeTuning(driver, guest, flags, "pin iothread", {
        config(definition) {
          refuseEmpty(cpuset, empty);
          if (!find(definition, id)) throw virtError(ErrorCode.invalidArg, `iothreadid ${id} not found`);
          return withPin(definition, id, cpuset);
        },
        async live(live) {
          refuseEmpty(cpuset, empty);
          if (!find(live.domain, id)) throw virtError(ErrorCode.invalidArg, `iothread ${id} not found`);
          const tid = live.ioThreads.get(id);
          if (tid !== undefined) await bind(driver, live, threadGroupName({ kind: "iothread", id }), tid, cpuset);
          live.domain = withPin(live.domain, id, cpuset);
          announce(driver, guest, Tunable.cpuIothreadspin.replace("%u", String(id)), cpuset);
        },
      });
    },

    async domainAddIothread({ dom, iothreadId: id, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainAddIOThread");
      refuseZero(id);
      const guest = guestOf(driver, dom);
      const added = (domain: Domain): Domain => {
        if (find(domain, id)) {
          throw virtError(ErrorCode.invalidArg, `an IOThread is already using iothread_id '${id}'`);
        }
        return withThreads(domain, [...threadsOf(domain), { id }]);
      };
      await changeTuning(driver, guest, flags, "add iothread", {
        config: added,
        async live(live) {
          const domain = added(live.domain);
          const { session } = live.requireMonitor(guest.name);
          await session.execute(qmp.objectAdd, { "qom-type": "iothread", id: `iothread${id}` });
          try {
            live.ioThreads = await readThreads(guest, live);
            const tid = live.ioThreads.get(id);
            if (tid === undefined) {
              throw virtError(ErrorCode.internalError, `cannot find new IOThread '${id}' in QEMU monitor.`);
            }
            await applyThreadTuning(driver, live, { kind: "iothread", id, tid });
          } catch (error) {
            await session.execute(qmp.objectDel, { id: `iothread${id}` });
            throw error;
          }
          live.domain = domain;
        },
      });
    },

    async domainDelIothread({ dom, iothreadId: id, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainDelIOThread");
      refuseZero(id);
      const guest = guestOf(driver, dom);
      await changeTuning(driver, guest, flags, "delete iothread", {
        config: (definition) => without(definition, id),
        async live(live) {
          const domain = without(live.domain, id);
          await live.requireMonitor(guest.name).session.execute(qmp.objectDel, { id: `iothread${id}` });
          live.ioThreads = await readThreads(guest, live);
          live.domain = domain;
          await live.group?.threadGroup(threadGroupName({ kind: "iothread", id })).remove();
        },
      });
    },

    async domainSetIothreadParams({ dom, iothreadId: id, params, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainSetIOThreadParams");
      refuseZero(id);
      const guest = guestOf(driver, dom);
      const values = parameters.parse(params);
      checkValues(values);
      const changed = (domain: Domain, isLive: boolean): Domain => {
        const thread = find(domain, id);
        if (!thread) throw virtError(ErrorCode.invalidArg, `cannot find IOThread '${id}' in iothreadids`);
        checkPool(thread, values, isLive);
        const { pollMax, pollGrow, pollShrink } = values;
        if (!isLive && (pollMax ?? pollGrow ?? pollShrink) !== undefined) {
          throw virtError(ErrorCode.operationUnsupported, "configuring persistent polling values is not supported");
        }
        const threads = threadsOf(domain).map((each) => (each.id === id ? withValues(each, values) : each));
        return withThreads(domain, threads);
      };
      await changeTuning(driver, guest, flags, "set iothread parameters", {
        config: (definition) => changed(definition, false),
        async live(live) {
          const domain = changed(live.domain, true);
          await setProperties(live, guest, id, values);
          live.domain = domain;
        },
      });
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

function refuseZero(id: number): void {
  if (id === 0) throw virtError(ErrorCode.invalidArg, "invalid value of 0 for iothread_id");
}

/** The threads of a document: those named, or the first so many. */
function threadsOf(domain: Domain | undefined): readonly IoThread[] {
  if (!domain) return [];
  if (domain.iothreadids) return domain.iothreadids.iothreads;
  return Array.from({ length: domain.iothreads ?? 0 }, (_, index) => ({ id: index + 1 }));
}

function find(domain: Domain, id: number): IoThread | undefined {
  return threadsOf(domain).find((each) => each.id === id);
}

function withThreads(domain: Domain, threads: readonly IoThread[]): Domain {
  const { iothreads: _count, iothreadids: _ids, ...rest } = domain;
  if (threads.length === 0) return rest;
  return { ...rest, iothreads: threads.length, iothreadids: { iothreads: [...threads] } };
}

function without(domain: Domain, id: number): Domain {
  if (!find(domain, id)) {
    throw virtError(ErrorCode.invalidArg, `cannot find IOThread '${id}' in iothreadids list`);
  }
  const { disks = [], controllers = [] } = domain.devices ?? {};
  const disk = disks.find(({ driver }) => driver?.iothread === id);
  if (disk) {
    throw virtError(
      ErrorCode.invalidArg,
      `cannot remove IOThread ${id} since it is being used by disk '${disk.target.dev}'`,
    );
  }
  if (controllers.some((each) => "driver" in each && each.driver?.iothread === id)) {
    throw virtError(ErrorCode.invalidArg, `cannot remove IOThread '${id}' since it is being used by controller`);
  }
  const changed = withThreads(
    domain,
    threadsOf(domain).filter((each) => each.id !== id),
  );
  const { cputune } = changed;
  if (!cputune) return changed;
  const iothreadPins = cputune.iothreadPins.filter(({ iothread }) => iothread !== id);
  return { ...changed, cputune: { ...cputune, iothreadPins } };
}

function withPin(domain: Domain, id: number, cpuset: string): Domain {
  const tune = cpuTuneOf(domain);
  const others = tune.iothreadPins.filter(({ iothread }) => iothread !== id);
  const iothreadPins = [...others, { iothread: id, cpuset }].sort((a, b) => a.iothread - b.iothread);
  const named = domain.iothreadids ? domain : withThreads(domain, threadsOf(domain));
  return { ...named, cputune: { ...tune, iothreadPins } };
}

function checkValues({ threadPoolMin: min, threadPoolMax: max }: Values): void {
  if (min !== undefined && min < -1) {
    throw virtError(ErrorCode.configUnsupported, `thread_pool_min (${min}) must be equal to or greater than -1`);
  }
  if (max !== undefined && (max < -1 || max === 0)) {
    throw virtError(ErrorCode.configUnsupported, `thread_pool_max (${max}) must be a positive number or -1`);
  }
}

/** QEMU has no way back to its own defaults while it runs. */
function checkPool(thread: IoThread, values: Values, isLive: boolean): void {
  for (const [name, value] of [
    ["thread_pool_min", values.threadPoolMin],
    ["thread_pool_max", values.threadPoolMax],
  ] as const) {
    if (!isLive || value === undefined || value >= 0) continue;
    throw virtError(
      ErrorCode.operationInvalid,
      `${name} (${value}) must be equal to or greater than 0 for live change`,
    );
  }
  const min = values.threadPoolMin ?? thread.threadPoolMin ?? -1;
  const max = values.threadPoolMax ?? thread.threadPoolMax ?? -1;
  if (min > max) {
    throw virtError(
      ErrorCode.operationInvalid,
      `thread_pool_min (${min}) can't be greater than thread_pool_max (${max})`,
    );
  }
}

/** Polling is the running QEMU's alone; the document keeps the pool. */
function withValues(thread: IoThread, values: Values): IoThread {
  const { threadPoolMin, threadPoolMax } = values;
  return {
    ...thread,
    ...(threadPoolMin !== undefined && { threadPoolMin }),
    ...(threadPoolMax !== undefined && { threadPoolMax }),
  };
}

async function setProperties(live: LiveGuest, guest: Guest, id: number, values: Values): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  const set = async (property: string, value: number | bigint | undefined): Promise<void> => {
    if (value === undefined) return;
    await session.execute(qmp.qomSet, { path: `/objects/iothread${id}`, property, value });
  };
  await set("poll-max-ns", values.pollMax);
  await set("poll-grow", values.pollGrow);
  await set("poll-shrink", values.pollShrink);
  // The pool's ends must never cross on the way.
  const now = find(live.domain, id);
  const raising = (values.threadPoolMax ?? -1) > (now?.threadPoolMax ?? -1);
  if (raising) await set("thread-pool-max", values.threadPoolMax);
  await set("thread-pool-min", values.threadPoolMin);
  if (!raising) await set("thread-pool-max", values.threadPoolMax);
}

async function readThreads(guest: Guest, live: LiveGuest): Promise<ReadonlyMap<number, number>> {
  return ioThreadsOf(await live.requireMonitor(guest.name).session.execute(qmp.queryIothreads, {}));
}
