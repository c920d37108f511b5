import { ErrorCode, ErrorDomain, VirtError, virtError } from "@tsvirt/base";
import {
  type Handlers,
  NodeAllocPagesFlags,
  NodeCpuStatsParameter,
  NodeMemoryParameter,
  NodeMemoryStatsParameter,
  NodeSuspendTarget,
  param,
  type RemoteProcedures,
  typedParams,
} from "@tsvirt/rpc";
import { checkFlags, type ProcedureContext, TYPED_PARAM_STRING_OKAY } from "./context.ts";
import { cpuMap } from "./cpu-maps.ts";

/** Settings and counters of page sharing: libvirt's names are the kernel's behind `shm_`. */
const memoryParameters = typedParams({
  pagesToScan: param(NodeMemoryParameter.sharedPagesToScan, "uint"),
  sleepMillisecs: param(NodeMemoryParameter.sharedSleepMillisecs, "uint"),
  pagesShared: param(NodeMemoryParameter.sharedPagesShared, "ullong"),
  pagesSharing: param(NodeMemoryParameter.sharedPagesSharing, "ullong"),
  pagesUnshared: param(NodeMemoryParameter.sharedPagesUnshared, "ullong"),
  pagesVolatile: param(NodeMemoryParameter.sharedPagesVolatile, "ullong"),
  fullScans: param(NodeMemoryParameter.sharedFullScans, "ullong"),
  mergeAcrossNodes: param(NodeMemoryParameter.sharedMergeAcrossNodes, "uint"),
});
const settableMemoryParameters = typedParams({
  pagesToScan: memoryParameters.fields.pagesToScan,
  sleepMillisecs: memoryParameters.fields.sleepMillisecs,
  mergeAcrossNodes: memoryParameters.fields.mergeAcrossNodes,
});
const kernelName = (parameter: string): string => parameter.replace(/^shm_/, "");

/** Calls about the machine. */
export function nodeProcedures({ driver }: ProcedureContext) {
  const { node } = driver.host;
  return {
    async nodeGetInfo() {
      const summary = await node.summary();
      const model = new Uint8Array(32);
      model.set(new TextEncoder().encode(summary.model).subarray(0, 31));
      return { ...summary, model };
    },

    async nodeGetFreeMemory() {
      // All cells together, which on some virtual machines is not what /proc/meminfo says.
      const cells = await Promise.all((await node.numa()).map((cell) => node.memory(cell.id)));
      return { freeMem: cells.reduce((sum, cell) => sum + (cell?.free ?? 0n), 0n) * 1024n };
    },

    async nodeGetCellsFreeMemory({ startCell, maxcells }) {
      const cells = await node.numa();
      const last = Math.max(...cells.map((cell) => cell.id), 0);
      if (startCell < 0 || startCell > last) {
        throw virtError(ErrorCode.internalError, `start cell ${startCell} out of range (0-${last})`, {
          domain: ErrorDomain.none,
        });
      }
      const wanted = cells.filter((cell) => cell.id >= startCell).slice(0, Math.max(0, maxcells));
      const amounts = await Promise.all(wanted.map((cell) => node.memory(cell.id)));
      // A kernel without NUMA has one cell, which is all of the machine.
      const whole = await node.memory();
      return { cells: amounts.map((amount) => (amount ?? whole)?.free ?? 0n).map((kib) => kib * 1024n) };
    },

    async nodeGetCpuStats({ cpuNum, nparams, flags }) {
      checkFlags(flags, 0, "virHostCPUGetStats");
      const times = await node.cpuTimes(cpuNum === -1 ? undefined : cpuNum);
      const names = [
        NodeCpuStatsParameter.kernel,
        NodeCpuStatsParameter.user,
        NodeCpuStatsParameter.idle,
        NodeCpuStatsParameter.iowait,
      ] as const;
      if (nparams === 0) return { params: [], nparams: names.length };
      if (!times) throw invalid(`Invalid cpuNum in virHostCPUGetStatsLinux`);
      if (nparams !== names.length) throw invalid("Invalid stats count");
      return { params: names.map((field) => ({ field, value: times[field] })), nparams: names.length };
    },

    async nodeGetMemoryStats({ nparams, cellNum, flags }) {
      checkFlags(flags, 0, "virHostMemGetStats");
      const last = Math.max(...(await node.numa()).map((cell) => cell.id), 0);
      if (cellNum > last) {
        throw invalid(`cellNum in virHostMemGetStats must be less than or equal to ${last}`);
      }
      const amounts = await node.memory(cellNum === -1 ? undefined : cellNum);
      const params = (["total", "free", "buffers", "cached"] as const).flatMap((name) => {
        const value = amounts?.[name];
        return value === undefined ? [] : [{ field: NodeMemoryStatsParameter[name], value }];
      });
      if (nparams === 0) return { params: [], nparams: params.length };
      if (nparams !== params.length) throw invalid("Invalid stats count");
      return { params, nparams: params.length };
    },

    async nodeGetCpuMap({ needMap, flags }) {
      checkFlags(flags, 0, "virHostCPUGetMap");
      const cpus = await node.cpuMap();
      const cpumap = cpuMap(cpus, needMap ? Math.ceil(cpus.length / 8) : 0);
      return { cpumap, online: cpus.filter((online) => online).length, ret: cpus.length };
    },

    async nodeGetFreePages({ pages, startCell, cellCount, flags }) {
      checkFlags(flags, 0, "virHostMemGetFreePages");
      const last = Math.max(...(await node.numa()).map((cell) => cell.id), 0);
      if (startCell < 0 || startCell > last) {
        throw virtError(ErrorCode.internalError, `start cell ${startCell} out of range (0-${last})`, {
          domain: ErrorDomain.none,
        });
      }
      const counts: bigint[] = [];
      for (let cell = startCell; cell <= Math.min(last, startCell + cellCount - 1); cell++) {
        for (const size of pages) {
          const free = await node.freePages(cell, size);
          if (free === undefined) {
            throw virtError(ErrorCode.operationFailed, `page size ${size} is not available on node ${cell}`, {
              domain: ErrorDomain.none,
            });
          }
          counts.push(free);
        }
      }
      return { counts };
    },

    async nodeAllocPages({ pageSizes, pageCounts, startCell, cellCount, flags }) {
      checkFlags(flags, NodeAllocPagesFlags.set, "qemuNodeAllocPages");
      const add = (flags & NodeAllocPagesFlags.set) === 0;
      const last = Math.max(...(await node.numa()).map((cell) => cell.id), 0);
      if (startCell > last) {
        throw virtError(ErrorCode.internalError, `start cell ${startCell} out of range (0-${last})`, {
          domain: ErrorDomain.none,
        });
      }
      const first = startCell === -1 ? 0 : startCell;
      const end = startCell === -1 ? last : Math.min(last, first + cellCount - 1);
      const [ordinary] = await node.pageSizes();
      let ret = 0;
      for (let cell = first; cell <= end; cell++) {
        for (const [index, size] of pageSizes.entries()) {
          // Ordinary pages are all the memory that is not something else.
          if (size === ordinary) {
            throw virtError(ErrorCode.operationUnsupported, "system pages pool can't be modified", {
              domain: ErrorDomain.none,
            });
          }
          if (!(await node.resizePagePool(cell, size, pageCounts[index] ?? 0n, add))) {
            throw virtError(ErrorCode.operationInvalid, `page size ${size} is not available on node ${cell}`, {
              domain: ErrorDomain.none,
            });
          }
          ret++;
        }
      }
      return { ret };
    },

    async nodeSuspendForDuration({ target, duration, flags }) {
      checkFlags(flags, 0, "virNodeSuspend");
      if (!Object.values(NodeSuspendTarget).some((each) => each === target)) throw invalid("Invalid suspend target");
      const can = await node.powerManagement();
      const [supported, name] =
        target === NodeSuspendTarget.mem
          ? [can.suspend, "Suspend-to-RAM"]
          : target === NodeSuspendTarget.disk
            ? [can.hibernate, "Suspend-to-Disk"]
            : [can.hybrid, "Hybrid-Suspend"];
      const refused = supported
        ? `${name} for ${duration} s: it needs rtcwake and pm-utils, which are not driven here`
        : name;
      throw virtError(ErrorCode.argumentUnsupported, refused, { domain: ErrorDomain.none });
    },

    async nodeGetMemoryParameters({ nparams, flags }) {
      checkFlags(flags, TYPED_PARAM_STRING_OKAY, "virHostMemGetParameters");
      const fields = Object.entries(memoryParameters.fields);
      const values = await node.pageSharing(fields.map(([, field]) => kernelName(field.name)));
      const params = fields.flatMap(([, { name, type }]) => {
        const value = values.get(kernelName(name));
        if (value === undefined) return [];
        return [
          { field: name, value: type === "uint" ? { type, value: Number(value) } : { type: "ullong" as const, value } },
        ];
      });
      return nparams === 0
        ? { params: [], nparams: params.length }
        : { params: params.slice(0, nparams), nparams: params.length };
    },

    async nodeSetMemoryParameters({ params, flags }) {
      checkFlags(flags, 0, "virHostMemSetParameters");
      const given: Readonly<Record<string, number | undefined>> = settableMemoryParameters.parse(params);
      for (const [key, field] of Object.entries(settableMemoryParameters.fields)) {
        const value = given[key];
        if (value !== undefined) await node.setPageSharing(kernelName(field.name), BigInt(value));
      }
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

function invalid(detail: string): Error {
  // libvirt gives these texts bare, as the argument's report does.
  return new VirtError(ErrorCode.invalidArg, detail, { domain: ErrorDomain.none });
}
