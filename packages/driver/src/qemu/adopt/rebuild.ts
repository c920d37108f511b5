import { VirtError } from "@tsvirt/base";
import { type Domain, parseDomain } from "@tsvirt/model/domain";
import type { DomainStatus } from "@tsvirt/qemu/status";
import { definitionOf } from "../definitions/documents.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import type { FoundQemu } from "./processes.ts";

/**
 * A status for a guest of which only the process is left: its definition if there is one, else as much as its command line
 * says at a glance. Enough to show it, reach its monitor and end it.
 */
export function rebuildStatus(driver: QemuDriver, qemu: FoundQemu): DomainStatus {
  const id = idOf(qemu);
  return {
    state: "running",
    reason: "unknown",
    pid: qemu.facts.pid,
    taints: [],
    deprecations: [],
    process: { startTime: qemu.facts.startTime },
    ...(qemu.directory !== undefined && {
      libDir: qemu.directory,
      monitor: { path: `${qemu.directory}/monitor.sock`, type: "unix" as const },
    }),
    domain: { ...domainOf(driver, qemu), ...(id !== undefined && { id }) },
  };
}

/** The number in `…/domain-ID-NAME`. */
function idOf(qemu: FoundQemu): number | undefined {
  const match = /\/domain-(\d{1,9})-/.exec(qemu.directory ?? "");
  return match ? Number(match[1]) : undefined;
}

function domainOf(driver: QemuDriver, qemu: FoundQemu): Domain {
  const guest = driver.guests.findByUuid(qemu.uuid);
  try {
    const definition = guest && definitionOf(guest);
    if (definition) return definition;
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    driver.log.warn("definition of a running guest not understood", { domain: qemu.name, error: error.message });
  }
  return fromCommandLine(qemu);
}

function fromCommandLine(qemu: FoundQemu): Domain {
  const { argv } = qemu.facts;
  const after = (option: string): string => {
    const at = argv.indexOf(option);
    return at >= 0 ? (argv[at + 1] ?? "") : "";
  };
  const memory = /^(?:size=)?(\d{1,12})([kMG])?/.exec(after("-m"));
  const unit = memory?.[2] === "k" ? 1 : memory?.[2] === "G" ? 1024 * 1024 : 1024;
  const kib = memory ? Number(memory[1]) * unit : 0;
  const vcpus = Number(/^(\d{1,5})/.exec(after("-smp"))?.[1] ?? "1");
  const emulator = argv[0] ?? "";
  const arch = /qemu-system-([a-z0-9_]+)$/.exec(emulator)?.[1] ?? "x86_64";
  const skeleton = parseDomain("<domain type='qemu'><name>x</name><os><type>hvm</type></os></domain>");
  return {
    ...skeleton,
    type: after("-accel") === "kvm" || after("-machine").includes("accel=kvm") ? "kvm" : "qemu",
    name: qemu.name,
    uuid: qemu.uuid,
    memory: { unit: "KiB", kib },
    currentMemory: kib,
    vcpu: { count: vcpus },
    os: { ...skeleton.os, type: { ...skeleton.os.type, arch, machine: after("-machine").split(",")[0] ?? "" } },
  };
}
