import { ErrorCode, virtError } from "@tsvirt/base";
import {
  type ControlGroup,
  type CpuBandwidth,
  cpuBandwidth,
  cpuShares,
  readBandwidth,
  setBandwidth,
  setCpuShares,
} from "@tsvirt/host";
import type { Domain } from "@tsvirt/model/domain";
import {
  type DomainRef,
  type Handlers,
  DomainModificationImpact as Impact,
  DomainSchedulerParameter as Parameter,
  type ParamsOf,
  param,
  type RemoteProcedures,
  DomainTunableParameter as Tunable,
  type TypedParam,
  typedParams,
} from "@tsvirt/rpc";
import { hasVcpuThreads, threadGroupName } from "../cgroups/start-tuning.ts";
import { definitionOf } from "../definitions/documents.ts";
import type { TunedValue } from "../events/domain-event.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import { checkFlags, guestOf, type ProcedureContext, TYPED_PARAM_STRING_OKAY } from "./context.ts";
import { readScopeOf } from "./scope.ts";
import { changeTuning, cpuTuneOf, requireController } from "./tuned.ts";

const parameters = typedParams({
  shares: param(Parameter.cpuShares, "ullong"),
  period: param(Parameter.vcpuPeriod, "ullong"),
  quota: param(Parameter.vcpuQuota, "llong"),
  emulatorPeriod: param(Parameter.emulatorPeriod, "ullong"),
  emulatorQuota: param(Parameter.emulatorQuota, "llong"),
  globalPeriod: param(Parameter.globalPeriod, "ullong"),
  globalQuota: param(Parameter.globalQuota, "llong"),
  iothreadPeriod: param(Parameter.iothreadPeriod, "ullong"),
  iothreadQuota: param(Parameter.iothreadQuota, "llong"),
});
type Values = ParamsOf<typeof parameters.fields>;
type Name = keyof Values;

const events: Readonly<Record<Name, string>> = {
  shares: Tunable.cpuCpuShares,
  period: Tunable.cpuVcpuPeriod,
  quota: Tunable.cpuVcpuQuota,
  emulatorPeriod: Tunable.cpuEmulatorPeriod,
  emulatorQuota: Tunable.cpuEmulatorQuota,
  globalPeriod: Tunable.cpuGlobalPeriod,
  globalQuota: Tunable.cpuGlobalQuota,
  iothreadPeriod: Tunable.cpuIothreadPeriod,
  iothreadQuota: Tunable.cpuIothreadQuota,
};

const NOT_MOUNTED = "cgroup CPU controller is not mounted";
const NOT_IN_SESSION = "CPU tuning is not available in session mode";

/** Calls about a guest's share of the host's CPUs. */
export function schedulerProcedures({ driver }: ProcedureContext) {
  const get = async (dom: DomainRef, room: number, flags: number): Promise<{ params: TypedParam[] }> => {
    const guest = guestOf(driver, dom);
    if (!driver.privileged) throw virtError(ErrorCode.configUnsupported, NOT_IN_SESSION);
    const scope = readScopeOf(guest, flags);
    const values = scope.live ? await readLive(guest.requireLive()) : configured(guest);
    return { params: parameters.format(values).slice(0, Math.max(room, 0)) };
  };

  const set = async (dom: DomainRef, params: readonly TypedParam[], flags: number): Promise<void> => {
    checkFlags(flags, Impact.live | Impact.config, "qemuDomainSetSchedulerParametersFlags");
    const values = parameters.parse(params);
    const guest = guestOf(driver, dom);
    if (!driver.privileged) throw virtError(ErrorCode.configUnsupported, NOT_IN_SESSION);
    const names = orderedNames(params);
    await changeTuning(driver, guest, flags, "set scheduler parameters", {
      config(definition) {
        for (const name of names) checkRange(name, values[name] ?? 0n);
        return withTune(definition, values);
      },
      async live(live) {
        const group = requireController(live, "cpu", NOT_MOUNTED);
        const tuned: TunedValue[] = [];
        for (const name of names) {
          const value = values[name] ?? 0n;
          checkRange(name, value);
          // 0 is "as it is", but of shares it is a number.
          if (value === 0n && name !== "shares") continue;
          await apply(live, group, name, value);
          live.domain = withTune(live.domain, { [name]: value });
          tuned.push({ name: events[name], type: name.endsWith("uota") ? "llong" : "ullong", value });
        }
        if (tuned.length > 0) driver.events.emit(guest.ref, { kind: "tunable", values: tuned });
      },
    });
  };

  return {
    domainGetSchedulerType({ dom }) {
      const guest = guestOf(driver, dom);
      if (!driver.privileged) throw virtError(ErrorCode.operationUnsupported, NOT_IN_SESSION);
      if (guest.isActive) requireController(guest.requireLive(), "cpu", NOT_MOUNTED);
      return { type: "posix", nparams: Object.keys(parameters.fields).length };
    },
    domainGetSchedulerParameters: ({ dom, nparams }) => get(dom, nparams, 0),
    domainGetSchedulerParametersFlags({ dom, nparams, flags }) {
      const known = Impact.live | Impact.config | TYPED_PARAM_STRING_OKAY;
      checkFlags(flags, known, "qemuDomainGetSchedulerParametersFlags");
      return get(dom, nparams, flags);
    },
    domainSetSchedulerParameters: ({ dom, params }) => set(dom, params, 0),
    domainSetSchedulerParametersFlags: ({ dom, params, flags }) => set(dom, params, flags),
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

/** In the order given: the first that is wrong ends the call. */
function orderedNames(params: readonly TypedParam[]): Name[] {
  const byName = new Map<string, Name>();
  for (const key of Object.keys(events) as Name[]) byName.set(parameters.fields[key].name, key);
  return params.flatMap(({ field }) => byName.get(field) ?? []);
}

function checkRange(name: Name, value: bigint): void {
  if (name === "shares") return;
  const { minPeriod, maxPeriod, minQuota, maxQuota } = cpuBandwidth;
  const [least, most] = name.endsWith("uota") ? [minQuota, maxQuota] : [minPeriod, maxPeriod];
  if (value <= 0n || (value >= least && value <= most)) return;
  const wire = parameters.fields[name].name;
  throw virtError(ErrorCode.invalidArg, `value of '${wire}' is out of range [${least}, ${most}]`);
}

function withTune(domain: Domain, values: Values): Domain {
  return { ...domain, cputune: { ...cpuTuneOf(domain), ...values } };
}

function configured(guest: Guest): Required<Values> {
  const { cputune } = definitionOf(guest) ?? {};
  return {
    shares: cputune?.shares ?? 0n,
    period: cputune?.period ?? 0n,
    quota: cputune?.quota ?? 0n,
    emulatorPeriod: cputune?.emulatorPeriod ?? 0n,
    emulatorQuota: cputune?.emulatorQuota ?? 0n,
    globalPeriod: cputune?.globalPeriod ?? 0n,
    globalQuota: cputune?.globalQuota ?? 0n,
    iothreadPeriod: cputune?.iothreadPeriod ?? 0n,
    iothreadQuota: cputune?.iothreadQuota ?? 0n,
  };
}

async function readLive(live: LiveGuest): Promise<Values> {
  const group = requireController(live, "cpu", NOT_MOUNTED);
  const shares = await cpuShares(group);
  const whole = await readBandwidth(group);
  if (!whole) return { shares };
  const [vcpus, emulator, ioThreads] = await Promise.all([
    firstBandwidth(group, vcpuGroups(live), whole),
    firstBandwidth(group, ["emulator"], whole),
    firstBandwidth(group, ioThreadGroups(live), undefined),
  ]);
  return {
    shares,
    period: vcpus.period,
    quota: vcpus.quota,
    emulatorPeriod: emulator.period,
    emulatorQuota: emulator.quota,
    globalPeriod: whole.period,
    globalQuota: whole.quota,
    iothreadPeriod: ioThreads.period,
    iothreadQuota: ioThreads.quota,
  };
}

/** All threads of a kind have the same; a guest without such threads has what `instead` says. */
async function firstBandwidth(
  group: ControlGroup,
  names: readonly string[],
  instead: CpuBandwidth | undefined,
): Promise<CpuBandwidth> {
  const [first] = names;
  const own = first === undefined ? undefined : await readBandwidth(group.threadGroup(first));
  return own ?? instead ?? { period: 0n, quota: 0n };
}

function vcpuGroups(live: LiveGuest): string[] {
  if (!hasVcpuThreads(live)) return [];
  return [...live.vcpuThreads.keys()].map((id) => threadGroupName({ kind: "vcpu", id }));
}

function ioThreadGroups(live: LiveGuest): string[] {
  return [...live.ioThreads.keys()].map((id) => threadGroupName({ kind: "iothread", id }));
}

async function apply(live: LiveGuest, group: ControlGroup, name: Name, value: bigint): Promise<void> {
  if (name === "shares") return setCpuShares(group, value);
  const change: CpuBandwidth = name.endsWith("uota") ? { period: 0n, quota: value } : { period: value, quota: 0n };
  if (name.startsWith("global")) return setBandwidth(group, change);
  const groups = name.startsWith("emulator")
    ? ["emulator"]
    : name.startsWith("iothread")
      ? ioThreadGroups(live)
      : vcpuGroups(live);
  for (const each of groups) await setBandwidth(group.threadGroup(each), change);
}
