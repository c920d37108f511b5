import { ErrorCode, virtError } from "@tsvirt/base";
import { type ControlGroup, cpuUsage, cpuUsagePerCpu } from "@tsvirt/host";
import {
  type Handlers,
  DomainCpuStatsParameter as Parameter,
  ParamList,
  type RemoteProcedures,
  type TypedParam,
} from "@tsvirt/rpc";
import { hasVcpuThreads, threadGroupName } from "../cgroups/start-tuning.ts";
import type { LiveGuest } from "../guest/live.ts";
import { cpuModesOf } from "../stats/usage.ts";
import { checkFlags, guestOf, type ProcedureContext, TYPED_PARAM_STRING_OKAY } from "./context.ts";

/** The protocol's number for "all CPUs together". */
const TOTAL = -1;
/** The most CPUs of one call, and the most parameters of each (`REMOTE_DOMAIN_GET_CPU_STATS_*`). */
const CPUS_MAX = 128;
const PARAMETERS_MAX = 16;

/** The call that tells what CPU time a guest has used, in nanoseconds: together, or on each of the host's CPUs. */
export function cpuStatsProcedures({ driver }: ProcedureContext) {
  return {
    async domainGetCpuStats({ dom, nparams, startCpu, ncpus, flags }) {
      if (nparams > PARAMETERS_MAX) throw virtError(ErrorCode.rpc, "nparams too large");
      if (ncpus > CPUS_MAX) throw virtError(ErrorCode.rpc, "ncpus too large");
      checkFlags(flags, TYPED_PARAM_STRING_OKAY, "qemuDomainGetCPUStats");
      const guest = guestOf(driver, dom);
      const live = guest.requireLive();
      const group = live.group?.has("cpuacct") === true ? live.group : undefined;
      if (startCpu === TOTAL) {
        const modes = group ? undefined : cpuModesOf(driver.host.processes, guest);
        const { user, system } = modes ?? { user: 0n, system: 0n };
        const used = group ? await cpuUsage(group) : { total: user + system, user, system };
        const list = new ParamList()
          .ullong(Parameter.cputime, used.total)
          .ullong(Parameter.usertime, used.user)
          .ullong(Parameter.systemtime, used.system);
        if (nparams === 0) return { params: [], nparams: list.params.length };
        const params = list.params.slice(0, nparams);
        return { params, nparams: params.length };
      }
      if (!group) throw virtError(ErrorCode.operationInvalid, "cgroup CPUACCT controller is not mounted");
      return perCpu(group, live, { nparams, startCpu, ncpus });
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;

  async function perCpu(
    group: ControlGroup,
    live: LiveGuest,
    { nparams, startCpu, ncpus }: { readonly nparams: number; readonly startCpu: number; readonly ncpus: number },
  ): Promise<{ params: TypedParam[]; nparams: number }> {
    const kinds = hasVcpuThreads(live) ? 2 : 1;
    if (nparams === 0 && ncpus !== 0) return { params: [], nparams: kinds };
    const total = (await driver.host.node.cpuMap()).length;
    if (ncpus === 0) return { params: [], nparams: total };
    if (startCpu >= total) {
      throw virtError(ErrorCode.invalidArg, `start_cpu ${startCpu} larger than maximum of ${total - 1}`);
    }
    const used = await cpuUsagePerCpu(group);
    const vcpus = kinds === 1 ? [] : await vcpuUsage(group, live, total);
    const params: TypedParam[] = [];
    for (let cpu = startCpu; cpu < Math.min(total, startCpu + ncpus); cpu++) {
      const list = new ParamList().ullong(Parameter.cputime, used[cpu] ?? 0n);
      if (kinds === 2) list.ullong(Parameter.vcputime, vcpus[cpu] ?? 0n);
      params.push(...list.params.slice(0, nparams));
    }
    return { params, nparams: Math.min(kinds, nparams) };
  }
}

/** What the virtual CPUs' threads used on each of the host's CPUs. */
async function vcpuUsage(group: ControlGroup, live: LiveGuest, total: number): Promise<bigint[]> {
  const sum: bigint[] = new Array<bigint>(total).fill(0n);
  for (const id of live.vcpuThreads.keys()) {
    const used = await cpuUsagePerCpu(group.threadGroup(threadGroupName({ kind: "vcpu", id })));
    for (let cpu = 0; cpu < total; cpu++) sum[cpu] = (sum[cpu] ?? 0n) + (used[cpu] ?? 0n);
  }
  return sum;
}
