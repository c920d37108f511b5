import { ErrorCode } from "@tsvirt/base";
import type { CapabilityFlag } from "../../capabilities/flags.ts";
import type { Completing } from "../state.ts";

/** What this QEMU or this machine lacks of `<features>` (`qemuValidateDomainDefFeatures`). */
export function validateFeatures(state: Completing): void {
  const { domain, board, caps, report } = state;
  const { features } = domain;
  if (!features) return;
  const refuse = (message: string): void => report(features, message, ErrorCode.configUnsupported);
  const notHere = (name: string): void =>
    refuse(
      `The '${name}' feature is not supported for architecture '${board.arch}' or machine type '${board.machine}'`,
    );
  if (features.apic?.eoi !== undefined && !board.isX86) {
    refuse(
      `The 'eoi' attribute of the 'apic' feature is not supported for architecture '${board.arch}' or machine type '${board.machine}'`,
    );
  }
  if (features.hyperv && !board.isX86 && !board.isArmVirt) {
    refuse(`Hyperv features are not supported for architecture '${board.arch}' or machine type '${board.machine}'`);
  }
  if (features.pvspinlock !== undefined && !board.isX86) notHere("pvspinlock");
  if (features.pmu === false && board.arch.startsWith("ppc64")) {
    refuse(`PMU is always enabled for architecture '${board.arch}'`);
  }
  if (features.vmport !== undefined) {
    const possible = board.isI440fx || board.isQ35 || board.isIsapc;
    if (!possible || !caps.has("machine-vmport-opt")) refuse("vmport is not available with this QEMU binary");
  }
  if (features.gic && !board.isArmVirt) notHere("gic");
  if (features.ioapic !== undefined && !board.isX86) notHere("ioapic");
  validatePseries(state, refuse, notHere);
  if (features.vmcoreinfo === true && !caps.has("vmcoreinfo")) {
    refuse("vmcoreinfo is not available with this QEMU binary");
  }
  if (features.tcg) {
    if (domain.type !== "qemu") refuse(`TCG features are incompatible with domain type '${domain.type}'`);
    else if ((features.tcg.tbCache ?? 0) % 1024 !== 0) refuse("tb-cache size must be an integer multiple of MiB");
  }
}

/** What only sPAPR machines have, and the flag and words for each. */
const pseriesFeatures: readonly {
  readonly key: "htm" | "nestedHv" | "ccfAssist" | "cfpc" | "sbbc" | "ibs";
  readonly name: string;
  readonly flag: CapabilityFlag;
  readonly what: string;
}[] = [
  { key: "htm", name: "htm", flag: "machine.pseries.cap-htm", what: "HTM" },
  { key: "nestedHv", name: "nested-hv", flag: "machine.pseries.cap-nested-hv", what: "Nested HV" },
  { key: "ccfAssist", name: "ccf-assist", flag: "machine.pseries.cap-ccf-assist", what: "ccf-assist" },
  { key: "cfpc", name: "cfpc", flag: "machine.pseries.cap-cfpc", what: "cfpc" },
  { key: "sbbc", name: "sbbc", flag: "machine.pseries.cap-sbbc", what: "sbbc" },
  { key: "ibs", name: "ibs", flag: "machine.pseries.cap-ibs", what: "ibs" },
];

function validatePseries(
  { domain, board, caps }: Completing,
  refuse: (message: string) => void,
  notHere: (name: string) => void,
): void {
  const { features } = domain;
  const hpt = features?.hpt;
  if (hpt) {
    if (!board.isPseries) notHere("hpt");
    else if ((hpt.maxpagesize ?? 0) > 0 && !caps.has("machine.pseries.cap-hpt-max-page-size")) {
      refuse("Configuring the page size for HPT guests is not supported by this QEMU binary");
    }
  }
  for (const { key, name, flag, what } of pseriesFeatures) {
    if (features?.[key] === undefined) continue;
    if (!board.isPseries) notHere(name);
    else if (!caps.has(flag)) refuse(`${what} configuration is not supported by this QEMU binary`);
  }
}
