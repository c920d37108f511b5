import type { Cpu, Features } from "@tsvirt/model/domain";
import { featureOfQemu } from "../cpu/x86.ts";
import type { Argument } from "./argument.ts";
import { NoPlaceError } from "./device-reader.ts";
import type { Draft } from "./draft.ts";
import { numberOf, onOffOf } from "./values.ts";

type Hyperv = NonNullable<Features["hyperv"]>;
type Kvm = NonNullable<Features["kvm"]>;

/** Where properties of the CPU that are no CPU features stand in documents; false: not this value. */
type Setter = (draft: Draft, value: string) => boolean;

function hyperv(draft: Draft): Hyperv {
  const { features } = draft;
  features.hyperv ??= { mode: "custom" };
  return features.hyperv;
}

function kvm(draft: Draft): Kvm {
  const { features } = draft;
  features.kvm ??= {};
  return features.kvm;
}

/** A setter for what is on or off. */
function switched(set: (draft: Draft, on: boolean) => void): Setter {
  return (draft, value) => {
    const on = onOffOf(value);
    if (on === undefined) return false;
    set(draft, on);
    return true;
  };
}

function timer(name: "kvmclock" | "hypervclock"): Setter {
  return switched((draft, present) => draft.timers.push({ name, present }));
}

type HypervSwitch = { [K in keyof Hyperv]-?: Hyperv[K] extends boolean | undefined ? K : never }[keyof Hyperv];

function enlightenment(name: HypervSwitch): Setter {
  return switched((draft, on) => {
    hyperv(draft)[name] = on;
  });
}

/** Only one state has a word in documents. */
function only(state: boolean, set: (draft: Draft) => void): Setter {
  return (draft, value) => {
    if (onOffOf(value) !== state) return false;
    set(draft);
    return true;
  };
}

/** A cache setting: the level-3 cache and whether the host's caches are shown. */
function cache(key: "l3" | "host"): Setter {
  return (draft, value) => {
    const on = onOffOf(value);
    if (on === undefined) return false;
    draft.cpuCache[key] = on;
    return true;
  };
}

/** The inverse of what a command line says behind the CPU's model. */
const properties: Readonly<Record<string, Setter>> = {
  kvmclock: timer("kvmclock"),
  "hv-time": timer("hypervclock"),
  "tsc-frequency": (draft, value) => {
    if (!/^\d+$/.test(value)) return false;
    draft.timers.push({ name: "tsc", frequency: BigInt(value) });
    return true;
  },
  "kvm-pv-eoi": switched((draft, eoi) => {
    draft.features.apic = { eoi };
  }),
  "kvm-pv-unhalt": switched((draft, on) => {
    draft.features.pvspinlock = on;
  }),
  "hv-passthrough": only(true, (draft) => {
    hyperv(draft).mode = "passthrough";
  }),
  "hv-relaxed": enlightenment("relaxed"),
  "hv-vapic": enlightenment("vapic"),
  "hv-vpindex": enlightenment("vpindex"),
  "hv-runtime": enlightenment("runtime"),
  "hv-synic": enlightenment("synic"),
  "hv-reset": enlightenment("reset"),
  "hv-frequencies": enlightenment("frequencies"),
  "hv-reenlightenment": enlightenment("reenlightenment"),
  "hv-tlbflush": enlightenment("tlbflush"),
  "hv-ipi": enlightenment("ipi"),
  "hv-evmcs": enlightenment("evmcs"),
  "hv-avic": enlightenment("avic"),
  "hv-spinlocks": (draft, value) => {
    const retries = numberOf(value);
    if (retries === undefined) return false;
    hyperv(draft).spinlocks = { state: true, retries };
    return true;
  },
  "hv-stimer": switched((draft, state) => {
    hyperv(draft).stimer = { ...hyperv(draft).stimer, state };
  }),
  "hv-stimer-direct": only(true, (draft) => {
    hyperv(draft).stimer = { state: true, ...hyperv(draft).stimer, direct: true };
  }),
  "hv-vendor-id": (draft, value) => {
    hyperv(draft).vendorId = { state: true, value };
    return true;
  },
  "hv-crash": only(true, (draft) => draft.devices.panics.push({ model: "hyperv" })),
  kvm: switched((draft, on) => {
    if (!on) kvm(draft).hidden = true;
  }),
  "kvm-hint-dedicated": only(true, (draft) => {
    kvm(draft).hintDedicated = true;
  }),
  "kvm-poll-control": only(true, (draft) => {
    kvm(draft).pollControl = true;
  }),
  "kvm-pv-ipi": only(false, (draft) => {
    kvm(draft).pvIpi = false;
  }),
  pmu: switched((draft, on) => {
    draft.features.pmu = on;
  }),
  "l3-cache": cache("l3"),
  "host-cache-info": cache("host"),
};

/** `+feature` and `-feature` of old are `feature=on` and `feature=off`; a bare word is on. */
function settingOf(part: string): readonly [name: string, value: string] {
  const sign = /^[+-]/.exec(part)?.[0];
  if (sign !== undefined) return [part.slice(1), sign === "+" ? "on" : "off"];
  const equals = part.indexOf("=");
  return equals === -1 ? [part, "on"] : [part.slice(0, equals), part.slice(equals + 1)];
}

const modes: Readonly<Record<string, Cpu["mode"]>> = { host: "host-passthrough", max: "maximum" };

/** `-cpu`: model, features, and what stands elsewhere in documents. */
export function readCpu(draft: Draft, argument: Argument): void {
  const [model = "", ...parts] = argument.value.split(",");
  if (model === "help" || model === "?") throw new NoPlaceError("only shows what there is");
  const { domain } = draft;
  const mode = Object.hasOwn(modes, model) ? modes[model] : "custom";
  const cpu: Cpu = {
    mode: mode ?? "custom",
    ...(mode === "custom" && { match: "exact" as const, model: { fallback: "forbid" as const, name: model } }),
    check: "none",
    features: [],
    pages: [],
  };
  const lost: string[] = [];
  for (const part of parts) {
    const [written, value] = settingOf(part);
    const name = written.replaceAll("_", "-");
    const setter = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (setter?.(draft, value) === true) continue;
    if (!readSetting(draft, cpu, written, value, argument)) lost.push(part);
  }
  finishCache(draft, cpu, lost);
  const { numa, topology } = domain.cpu ?? {};
  domain.cpu = { ...cpu, ...(topology && { topology }), ...(numa && { numa }) };
  if (lost.length === 0) {
    argument.place("/domain/cpu");
    return;
  }
  // QEMU takes the last `-cpu` that it is given.
  throw new NoPlaceError(`'${lost[0]}' of the CPU has no counterpart`);
}

function readSetting(draft: Draft, cpu: Cpu, name: string, value: string, argument: Argument): boolean {
  const on = onOffOf(value);
  switch (name) {
    case "migratable":
      if (on === undefined || (cpu.mode !== "host-passthrough" && cpu.mode !== "maximum")) return false;
      cpu.migratable = on;
      return true;
    case "vendor":
      if (cpu.model === undefined || value.length !== 12) return false;
      cpu.model.vendorId = value;
      return true;
    case "enforce":
    case "check":
      argument.note(`'${name}' is libvirt's own to do`);
      return true;
    case "phys-bits":
      cpu.maxphysaddr = { mode: "emulate", bits: Number(value) };
      return true;
    case "host-phys-bits":
      if (on === true) cpu.maxphysaddr = { mode: "passthrough" };
      return on === true;
    case "host-phys-bits-limit":
      cpu.maxphysaddr = { ...cpu.maxphysaddr, mode: "passthrough", limit: Number(value) };
      return true;
    default:
  }
  if (on === undefined) return false;
  const feature = draft.board.isX86
    ? (featureOfQemu(name) ?? featureOfQemu(name.replaceAll("_", "-")) ?? featureOfQemu(name.replaceAll("-", "_")))
        ?.name
    : name;
  if (feature === undefined) return false;
  const existing = cpu.features.find((each) => each.name === feature);
  const policy = on ? "require" : "disable";
  if (existing) existing.policy = policy;
  else cpu.features.push({ policy, name: feature });
  return true;
}

/** Both settings of the caches together say which mode it is. */
function finishCache(draft: Draft, cpu: Cpu, lost: string[]): void {
  const { l3, host } = draft.cpuCache;
  if (l3 === undefined && host === undefined) return;
  if (l3 === true && host !== true) cpu.cache = { level: 3, mode: "emulate" };
  else if (host === true && l3 !== true) cpu.cache = { mode: "passthrough" };
  else if (l3 === false && host !== true) cpu.cache = { mode: "disable" };
  else lost.push(`host-cache-info=${host === true ? "on" : "off"}`);
}
