import {
  attribute,
  child,
  children,
  content,
  element,
  flag,
  i32,
  leaf,
  live,
  oneOf,
  onOff,
  type Reader,
  single,
  text,
  u32,
  u53,
  u64,
  type XmlElement,
  yesNo,
} from "@tsvirt/codec/xml";
import { cpuSet, kib, kibOf } from "./scalars.ts";

/** Turns a size read in some unit into KiB. */
function toKib(value: { kib: number; unit?: string }, node: XmlElement, reader: Reader): void {
  const size = kibOf(value.kib, value.unit);
  if (size === undefined) reader.report(node, `unknown suffix '${value.unit ?? ""}'`, { attribute: "unit" });
  else Object.assign(value, { kib: size, unit: "KiB" });
}

/** Memory of the guest. */
export class Memory extends element(
  "memory",
  {
    dumpCore: attribute.optional(onOff),
    /** After parsing always `KiB`. */
    unit: attribute.optional(text),
    kib: content(u53, { invalid: "could not parse element 'memory': '%s'" }),
  },
  { check: toKib },
) {}

/** Upper end of memory hotplug. */
export class MaxMemory extends element(
  "maxMemory",
  {
    slots: attribute.optional(u32),
    /** After parsing always `KiB`. */
    unit: attribute.optional(text),
    kib: content(u53),
  },
  { check: toKib },
) {}

/** Limits of the host's memory for the guest, KiB. */
export class Memtune extends element(
  "memtune",
  {
    hardLimit: kib.optional("hard_limit"),
    softLimit: kib.optional("soft_limit"),
    minGuarantee: kib.optional("min_guarantee"),
    swapHardLimit: kib.optional("swap_hard_limit"),
  },
  { omitEmpty: true },
) {}

/** A size of huge pages and the cells that use it. */
export class HugePage extends element(
  "page",
  {
    size: attribute(u53),
    /** After parsing always `KiB`. */
    unit: attribute.optional(text),
    nodeset: attribute.optional(cpuSet),
  },
  {
    check(page, node, reader) {
      const size = kibOf(page.size, page.unit);
      if (size === undefined) reader.report(node, `unknown suffix '${page.unit ?? ""}'`, { attribute: "unit" });
      else Object.assign(page, { size, unit: "KiB" });
    },
  },
) {}
/** Huge pages; without entries the default size. */
export class HugePages extends element("hugepages", { pages: children(HugePage, 256) }) {}
/** When memory is allocated, and with how many threads. */
export class MemoryAllocation extends element(
  "allocation",
  { mode: attribute.optional(oneOf("immediate", "ondemand")), threads: attribute.optional(u32) },
  { omitEmpty: true },
) {}

/** What stands behind the guest's memory. */
export class MemoryBacking extends element(
  "memoryBacking",
  {
    hugepages: child.optional(HugePages),
    nosharepages: flag(),
    locked: flag(),
    source: single("type", oneOf("file", "anonymous", "memfd")),
    access: single("mode", oneOf("shared", "private")),
    allocation: child.optional(MemoryAllocation),
    discard: flag(),
  },
  { omitEmpty: true },
) {}

/** Number of virtual CPUs: `count` at most, `current` at the start. */
export class VcpuCount extends element("vcpu", {
  placement: attribute.optional(oneOf("static", "auto")),
  cpuset: attribute.optional(cpuSet),
  current: attribute.optional(u32, undefined, { invalid: "invalid current vcpu count" }),
  count: content.optional(u32, { invalid: "maximum vcpus must be an integer" }),
}) {}

/** One virtual CPU. */
export class Vcpu extends element("vcpu", {
  id: attribute(u32, undefined, { missing: "missing vcpu id" }),
  enabled: attribute.optional(yesNo),
  hotpluggable: attribute.optional(yesNo),
  order: attribute.optional(u32),
}) {}
/** State of each virtual CPU. */
export class Vcpus extends element("vcpus", { vcpus: children(Vcpu) }) {}

/** Polling of an I/O thread, nanoseconds. */
export class IoThreadPoll extends element(
  "poll",
  { max: attribute.optional(u64), grow: attribute.optional(u64), shrink: attribute.optional(u64) },
  { omitEmpty: true },
) {}
const threadPool = {
  threadPoolMin: attribute.optional(i32, "thread_pool_min"),
  threadPoolMax: attribute.optional(i32, "thread_pool_max"),
};
/** An I/O thread. */
export class IoThread extends element("iothread", {
  id: attribute(u32),
  ...threadPool,
  poll: child.optional(IoThreadPoll),
}) {}
/** Ids of the I/O threads. */
export class IoThreadIds extends element("iothreadids", { iothreads: children(IoThread) }) {}
/** QEMU's main loop thread. */
export class DefaultIoThread extends element("defaultiothread", { ...threadPool }) {}

/** Host CPUs of one virtual CPU. */
export class VcpuPin extends element("vcpupin", { vcpu: attribute(u32), cpuset: attribute(cpuSet) }) {}
/** Host CPUs of one I/O thread. */
export class IoThreadPin extends element("iothreadpin", { iothread: attribute(u32), cpuset: attribute(cpuSet) }) {}

const scheduler = {
  scheduler: attribute(oneOf("batch", "idle", "fifo", "rr")),
  priority: attribute.optional(i32),
};
/** Scheduler of QEMU's own threads. */
export class EmulatorSched extends element("emulatorsched", { ...scheduler }) {}
/** Scheduler of virtual CPUs. */
export class VcpuSched extends element("vcpusched", { vcpus: attribute(cpuSet), ...scheduler }) {}
/** Scheduler of I/O threads. */
export class IoThreadSched extends element("iothreadsched", { iothreads: attribute(cpuSet), ...scheduler }) {}

/** Part of a CPU cache. */
export class TuneCache extends element("cache", {
  id: attribute(u32),
  level: attribute(u32),
  type: attribute(oneOf("both", "code", "data")),
  size: attribute(u53),
  unit: attribute.optional(text),
}) {}
/** Monitor of a resource group. */
export class TuneMonitor extends element("monitor", {
  level: attribute.optional(u32),
  vcpus: attribute(cpuSet),
}) {}
/** Cache allocation. */
export class CacheTune extends element("cachetune", {
  vcpus: attribute(cpuSet),
  id: live(attribute.optional(text)),
  caches: children(TuneCache),
  monitors: children(TuneMonitor),
}) {}
/** Memory bandwidth of a node, percent. */
export class TuneNode extends element("node", { id: attribute(u32), bandwidth: attribute(u32) }) {}
/** Memory bandwidth allocation. */
export class MemoryTune extends element("memorytune", {
  vcpus: attribute(cpuSet),
  id: live(attribute.optional(text)),
  nodes: children(TuneNode),
  monitors: children(TuneMonitor),
}) {}

const signed = leaf.optional<bigint>;
const quota = {
  expects: "a number",
  domain: { kind: "bigint", min: -(1n << 63n), max: (1n << 63n) - 1n },
  parse: (value: string) => (/^-?\d{1,19}$/.test(value.trim()) ? BigInt(value.trim()) : undefined),
  format: (value: bigint) => String(value),
} as const;

/** CPU time of the guest on the host. Periods and quotas in microseconds. https://libvirt.org/formatdomain.html#cpu-tuning */
export class CpuTune extends element(
  "cputune",
  {
    shares: leaf.optional(u64),
    period: leaf.optional(u64),
    quota: signed(quota),
    globalPeriod: leaf.optional(u64, "global_period"),
    globalQuota: signed(quota, "global_quota"),
    emulatorPeriod: leaf.optional(u64, "emulator_period"),
    emulatorQuota: signed(quota, "emulator_quota"),
    iothreadPeriod: leaf.optional(u64, "iothread_period"),
    iothreadQuota: signed(quota, "iothread_quota"),
    vcpuPins: children(VcpuPin),
    emulatorPin: single("cpuset", cpuSet, "emulatorpin"),
    iothreadPins: children(IoThreadPin),
    emulatorSched: child.optional(EmulatorSched),
    vcpuScheds: children(VcpuSched),
    iothreadScheds: children(IoThreadSched),
    cachetunes: children(CacheTune, 256),
    memorytunes: children(MemoryTune, 256),
  },
  { omitEmpty: true },
) {}

/** Limits of one block device. */
export class BlkioDevice extends element("device", {
  path: leaf(text, undefined, { missing: "missing per-device path" }),
  weight: leaf.optional(u32),
  readIopsSec: leaf.optional(u32, "read_iops_sec"),
  writeIopsSec: leaf.optional(u32, "write_iops_sec"),
  readBytesSec: leaf.optional(u64, "read_bytes_sec"),
  writeBytesSec: leaf.optional(u64, "write_bytes_sec"),
}) {}
/** Share of the host's block I/O. */
export class BlkioTune extends element(
  "blkiotune",
  { weight: leaf.optional(u32), devices: children(BlkioDevice) },
  { omitEmpty: true },
) {}

const memoryMode = oneOf("strict", "preferred", "interleave", "restrictive");
/** Host nodes for the guest's memory. */
export class NumatuneMemory extends element("memory", {
  mode: attribute.optional(memoryMode),
  nodeset: attribute.optional(cpuSet),
  placement: attribute.optional(oneOf("static", "auto")),
}) {}
/** Host nodes for one cell of the guest. */
export class NumatuneNode extends element("memnode", {
  cellid: attribute(u32, undefined, { missing: "Missing required cellid attribute in memnode element" }),
  mode: attribute.optional(memoryMode),
  nodeset: attribute.optional(cpuSet),
}) {}
/** Host nodes for the guest. */
export class Numatune extends element(
  "numatune",
  { memory: child.optional(NumatuneMemory), memnodes: children(NumatuneNode) },
  { omitEmpty: true },
) {}

/** Fibre channel identity of the guest's I/O. */
export class FibreChannel extends element("fibrechannel", { appid: attribute(text) }) {}
/** Where the guest's processes are accounted. */
export class Resource extends element(
  "resource",
  { partition: leaf.optional(text), fibrechannel: child.optional(FibreChannel) },
  { omitEmpty: true },
) {}

/** A hardware counter of the guest's process. */
export class PerfEvent extends element("event", { name: attribute(text), enabled: attribute(yesNo) }) {}
/** Hardware counters of the guest's process. */
export class Perf extends element("perf", { events: children(PerfEvent) }, { omitEmpty: true }) {}

/** Which sleep states the guest may use. */
export class PowerManagement extends element(
  "pm",
  {
    suspendToMem: single("enabled", yesNo, "suspend-to-mem"),
    suspendToDisk: single("enabled", yesNo, "suspend-to-disk"),
  },
  { omitEmpty: true },
) {}
