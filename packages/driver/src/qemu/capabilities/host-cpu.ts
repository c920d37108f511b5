import type { CpuDescription } from "@tsvirt/host";
import { describeCpu, featureOfQemu } from "@tsvirt/qemu";

/** The vendors of x86 processors by what CPUID says; libvirt's names. */
const vendors: ReadonlyMap<string, string> = new Map([
  ["GenuineIntel", "Intel"],
  ["AuthenticAMD", "AMD"],
  ["HygonGenuine", "Hygon"],
]);

/** Linux flags whose libvirt name does not follow from them. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ["nonstop_tsc", "invtsc"],
  ["tsc_deadline_timer", "tsc-deadline"],
  ["avx512_vpopcntdq", "avx512-vpopcntdq"],
]);

/** What the host's capabilities say of its CPU: a model of libvirt's map, and the features beyond it. */
export interface HostCpu {
  readonly model: string | undefined;
  readonly vendor: string | undefined;
  readonly features: readonly string[];
}

/**
 * Describes an x86 host's CPU from what the kernel lists in `/proc/cpuinfo`: unlike libvirt, which asks the processor
 * itself, a feature that the kernel has switched off is not shown.
 */
export function hostCpu(cpu: CpuDescription): HostCpu {
  const vendor = vendors.get(cpu.vendor);
  const features = new Set<string>();
  for (const flag of cpu.flags) {
    const name = featureName(flag);
    if (name !== undefined) features.add(name);
  }
  // Linux does not list it: it is its own doing, wherever there is xsave.
  if (features.has("xsave")) features.add("osxsave");
  const { family, model, stepping } = cpu;
  const found = describeCpu({ ...(vendor !== undefined && { vendor }), family, model, stepping, features }, "host");
  return { model: found?.model, vendor: found?.vendor ?? vendor, features: found?.require ?? [...features] };
}

/** libvirt's name of a feature that Linux calls `flag`; `undefined` for what is no CPUID feature, or not in the map. */
function featureName(flag: string): string | undefined {
  const candidates = [
    otherNames.get(flag) ?? flag,
    flag.replaceAll("_", "-"),
    flag.replaceAll("_", "."),
    flag.replaceAll("_", ""),
    flag.replace("_", "."),
  ];
  for (const candidate of candidates) {
    const feature = featureOfQemu(candidate);
    if (feature) return feature.name;
  }
  return undefined;
}
