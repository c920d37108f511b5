import { ErrorCode, virtError } from "@tsvirt/base";
import { Cpu } from "@tsvirt/model/domain";
import {
  baselineX86Cpu,
  type ComparedCpu,
  type CpuComparison,
  compareX86Cpu,
  featuresOfAccelerator,
  hostModelCpu,
} from "@tsvirt/qemu";
import {
  ConnectBaselineCpuFlags as Baseline,
  ConnectCompareCpuFlags as Compare,
  type Handlers,
  type RemoteProcedures,
} from "@tsvirt/rpc";
import { type FoundEmulator, findEmulator } from "../capabilities/emulator-request.ts";
import { hostCpu } from "../capabilities/host-cpu.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { checkFlags, type ProcedureContext } from "./context.ts";

/** libvirt's `virCPUCompareResult`. */
const results = { incompatible: 0, identical: 1, superset: 2 } as const;

/** Features of hosts that say nothing of guests: cache monitoring. */
const hostOnly = new Set(["cmt", "mbm_total", "mbm_local"]);

const compareFlags = Compare.failIncompatible | Compare.validateXml;
const baselineFlags = Baseline.expandFeatures | Baseline.migratable;

/** Calls that compare CPUs and look for common ones. */
export function cpuProcedures({ driver }: ProcedureContext) {
  return {
    async connectCompareCpu({ xml, flags }) {
      checkFlags(flags, compareFlags, "qemuConnectCompareCPU");
      if (!isX86(driver.host.node.architecture)) {
        throw virtError(ErrorCode.noSupport, `cannot compare CPUs of ${driver.host.node.architecture} architecture`);
      }
      const cpu = parseCpu(xml, (flags & Compare.validateXml) !== 0);
      const host = await describeHost(driver);
      if (host.model === undefined) return verdict({ result: "incompatible", reason: "unknown host CPU" }, flags);
      return verdict(compareX86Cpu(host, cpu), flags);
    },

    async connectCompareHypervisorCpu({ emulator, arch, virttype, xmlCpu, flags }) {
      checkFlags(flags, compareFlags, "qemuConnectCompareHypervisorCPU");
      const found = await findEmulator(driver, { emulator, arch, virttype });
      const cpu = parseCpu(xmlCpu, (flags & Compare.validateXml) !== 0);
      if (!isX86(found.arch)) {
        const text = `comparing with the hypervisor CPU is not supported for arch ${found.arch}`;
        throw virtError(ErrorCode.operationUnsupported, text);
      }
      const host = hostModelCpu(found.accelerator);
      if (!host) {
        const text = `QEMU '${found.path}' does not support reporting CPU model for virttype '${found.virtType}'`;
        throw virtError(ErrorCode.operationUnsupported, text);
      }
      return verdict(compareX86Cpu(host, cpu), flags);
    },

    connectBaselineCpu({ xmlCpus, flags }) {
      checkFlags(flags, baselineFlags, "qemuConnectBaselineCPU");
      const cpus = xmlCpus.map((xml) => parseCpu(xml, false));
      for (const { arch } of cpus) {
        if (arch === undefined) throw virtError(ErrorCode.xmlError, "Missing CPU architecture");
      }
      const [first] = cpus;
      if (first?.arch !== undefined && !isX86(first.arch)) {
        throw virtError(ErrorCode.noSupport, `cannot compute baseline CPU of ${first.arch} architecture`);
      }
      const cpu = baselineX86Cpu(cpus, {
        migratable: (flags & Baseline.migratable) !== 0,
        expand: (flags & Baseline.expandFeatures) !== 0,
      });
      return { cpu: Cpu.format({ ...cpu, features: cpu.features.filter(({ name }) => !hostOnly.has(name)) }) };
    },

    async connectBaselineHypervisorCpu({ emulator, arch, virttype, xmlCpus, flags }) {
      checkFlags(flags, baselineFlags, "qemuConnectBaselineHypervisorCPU");
      const cpus = xmlCpus.map((xml) => parseCpu(xml, false));
      const found = await findEmulator(driver, { emulator, arch, virttype });
      return { cpu: Cpu.format(hypervisorBaseline(found, cpus, flags)) };
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

function hypervisorBaseline(found: FoundEmulator, cpus: readonly Cpu[], flags: number): Cpu {
  const { accelerator } = found;
  if (accelerator.cpus.length === 0) {
    const text = `QEMU '${found.path}' does not support any CPU models for virttype '${found.virtType}'`;
    throw virtError(ErrorCode.operationUnsupported, text);
  }
  if (!isX86(found.arch)) {
    const text = `computing baseline hypervisor CPU is not supported for arch ${found.arch}`;
    throw virtError(ErrorCode.operationUnsupported, text);
  }
  const migratable = (flags & Baseline.migratable) !== 0;
  const features = featuresOfAccelerator(accelerator, migratable);
  const cpu = baselineX86Cpu(cpus, {
    offered: accelerator.cpus,
    // What the emulator says of its features is migratable already.
    ...(features.length > 0 ? { features } : { migratable }),
    expand: (flags & Baseline.expandFeatures) !== 0,
  });
  return { ...cpu, ...(cpu.model && { model: { ...cpu.model, fallback: "forbid" } }) };
}

function parseCpu(xml: string, strict: boolean): Cpu {
  return Cpu.parse(xml, { label: "(CPU_definition)", strict });
}

function verdict(comparison: CpuComparison, flags: number): { result: number } {
  if (comparison.result === "incompatible" && (flags & Compare.failIncompatible) !== 0) {
    throw virtError(ErrorCode.cpuIncompatible, comparison.reason);
  }
  return { result: results[comparison.result] };
}

/** The host's CPU in a document's form. */
async function describeHost(driver: QemuDriver): Promise<ComparedCpu> {
  const { model, vendor, features } = hostCpu(await driver.host.node.cpu());
  return {
    ...(model !== undefined && { model: { name: model } }),
    ...(vendor !== undefined && { vendor }),
    features: features.map((name) => ({ name })),
  };
}

function isX86(arch: string): boolean {
  return arch === "x86_64" || arch === "i686";
}
