import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  content,
  element,
  flag,
  i32,
  leaf,
  lenient,
  live,
  once,
  oneOf,
  onOff,
  parseInteger,
  positive,
  type Reader,
  type Scalar,
  single,
  text,
  u32,
  u53,
  u64,
  unlessEmpty,
  unlessZero,
  type XmlElement,
  yesNo,
} from "@tsvirt/codec/xml";
import { cpuSet, kib, kibOf, reportUnit, word } from "./scalars.ts";
import { internalMissing, noSize, unsupportedValue } from "./texts.ts";

/** Turns a size read in some unit into KiB. */
function toKib(value: { kib: number; unit?: string }, node: XmlElement, reader: Reader): void {
  const size = kibOf(value.kib, value.unit);
  if (size === undefined) reportUnit(reader, node, value.unit);
  else Object.assign(value, { kib: size, unit: "KiB" });
}

/** Memory of the guest. */
export class Memory extends element(
  "memory",
  {
    dumpCore: attribute.optional(onOff),
    /** After parsing always `KiB`. */
    unit: attribute.optional(text),
    kib: content(u53, {
      ...noSize("./memory[1]"),
      missing: "Memory size must be specified via <memory> or in the <numa> configuration",
    }),
  },
  { check: toKib },
) {}

const NO_SLOTS = "both maximum memory size and memory slot count must be specified";

/** Upper end of memory hotplug. */
export class MaxMemory extends element(
  "maxMemory",
  {
    slots: unlessEmpty(attribute.optional(u32, undefined, { invalid: "Failed to parse memory slot count" })),
    /** After parsing always `KiB`. */
    unit: attribute.optional(text),
    kib: content(u53, { ...noSize("./maxMemory[1]"), missing: NO_SLOTS }),
  },
  {
    check(value, node, reader) {
      toKib(value, node, reader);
      if ((value.kib === 0) === ((value.slots ?? 0) === 0)) return;
      reader.report(node, NO_SLOTS);
    },
  },
) {}

/** Limits of the host's memory for the guest, KiB. */
export class Memtune extends element(
  "memtune",
  {
    hardLimit: kib.optional("hard_limit", "./memtune/hard_limit[1]"),
    softLimit: kib.optional("soft_limit", "./memtune/soft_limit[1]"),
    minGuarantee: kib.optional("min_guarantee", "./memtune/min_guarantee[1]"),
    swapHardLimit: kib.optional("swap_hard_limit", "./memtune/swap_hard_limit[1]"),
  },
  { omitEmpty: true },
) {}

/** A size of huge pages and the cells that use it. */
export class HugePage extends element(
  "page",
  {
    size: unlessEmpty(attribute(u53, undefined, noSize("./@size"))),
    /** After parsing always `KiB`. */
    unit: attribute.optional(text),
    nodeset: attribute.optional(cpuSet),
  },
  {
    check(page, node, reader) {
      const size = kibOf(page.size, page.unit);
      if (size === undefined) reportUnit(reader, node, page.unit);
      else if (size === 0) reader.report(node, "hugepage size can't be zero", { code: ErrorCode.xmlDetail });
      else Object.assign(page, { size, unit: "KiB" });
    },
  },
) {}
/** Huge pages; without entries the default size. */
export class HugePages extends element("hugepages", { pages: children(HugePage, 256) }) {}
/** When memory is allocated, and with how many threads. */
export class MemoryAllocation extends element(
  "allocation",
  {
    mode: unlessEmpty(
      attribute.optional(
        oneOf("immediate", "ondemand"),
        undefined,
        unsupportedValue("unknown memoryBacking/allocation/mode '%s'"),
      ),
    ),
    threads: unlessEmpty(
      unlessZero(attribute.optional(u32, undefined, { invalid: "Failed to parse memory allocation threads" })),
    ),
  },
  { omitEmpty: true },
) {}

/** What stands behind the guest's memory. */
export class MemoryBacking extends element(
  "memoryBacking",
  {
    hugepages: child.optional(HugePages),
    nosharepages: flag(),
    locked: flag(),
    source: unlessEmpty(
      single(
        "type",
        oneOf("file", "anonymous", "memfd"),
        undefined,
        unsupportedValue("unknown memoryBacking/source/type '%s'"),
      ),
    ),
    access: unlessEmpty(
      single("mode", oneOf("shared", "private"), undefined, unsupportedValue("unknown memoryBacking/access/mode '%s'")),
    ),
    allocation: child.optional(MemoryAllocation),
    discard: flag(),
  },
  { omitEmpty: true },
) {}

const NO_COUNT = "maximum vcpus count must be an integer";

/** Number of virtual CPUs: `count` at most, `current` at the start. */
export class VcpuCount extends element(
  "vcpu",
  {
    placement: attribute.optional(oneOf("static", "auto")),
    cpuset: attribute.optional(cpuSet),
    current: attribute.optional(u32),
    count: content.optional(u32, { invalid: NO_COUNT }),
  },
  {
    check({ count }, node, reader) {
      if (count === undefined) reader.report(node, NO_COUNT);
    },
  },
) {}

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
  id: attribute(positive(0xffff_ffff)),
  ...threadPool,
  poll: child.optional(IoThreadPoll),
}) {}
/** Ids of the I/O threads. */
export class IoThreadIds extends element("iothreadids", { iothreads: children(IoThread) }) {}
/** QEMU's main loop thread. */
export class DefaultIoThread extends element("defaultiothread", { ...threadPool }) {}

/** Host CPUs of one virtual CPU. */
export class VcpuPin extends element("vcpupin", {
  vcpu: attribute(u32),
  cpuset: attribute(cpuSet, undefined, internalMissing("missing cpuset for vcpupin")),
}) {}
/** Host CPUs of one I/O thread. */
export class IoThreadPin extends element("iothreadpin", {
  iothread: attribute(positive(0xffff_ffff)),
  cpuset: attribute(cpuSet, undefined, internalMissing("missing cpuset for iothreadpin")),
}) {}

const scheduler = {
  scheduler: attribute(oneOf("batch", "idle", "fifo", "rr")),
  priority: attribute.optional(i32),
};
function checkPriority(value: { scheduler: string; priority?: number }, node: XmlElement, reader: Reader): void {
  if (value.priority !== undefined || (value.scheduler !== "fifo" && value.scheduler !== "rr")) return;
  reader.report(node, `Missing required attribute 'priority' in element '${node.name}'`);
}
/** Scheduler of QEMU's own threads. */
export class EmulatorSched extends element("emulatorsched", { ...scheduler }, { check: checkPriority }) {}
/** Scheduler of virtual CPUs. */
export class VcpuSched extends element(
  "vcpusched",
  {
    vcpus: attribute(cpuSet, undefined, { missing: "Missing attribute 'vcpus' in element 'vcpusched'" }),
    ...scheduler,
  },
  { check: checkPriority },
) {}
/** Scheduler of I/O threads. */
export class IoThreadSched extends element(
  "iothreadsched",
  {
    iothreads: attribute(cpuSet, undefined, { missing: "Missing attribute 'iothreads' in element 'iothreadsched'" }),
    ...scheduler,
  },
  { check: checkPriority },
) {}

/** Part of a CPU cache. */
export class TuneCache extends element(
  "cache",
  {
    id: attribute(u32),
    level: attribute(u32),
    type: attribute(oneOf("both", "code", "data")),
    size: attribute(u53, undefined, noSize("./@size")),
    unit: attribute.optional(text),
  },
  {
    check({ size, unit }, node, reader) {
      if (kibOf(size, unit) === undefined) reportUnit(reader, node, unit);
    },
  },
) {}
/** Monitor of a resource group. */
export class TuneMonitor extends element("monitor", {
  level: attribute.optional(u32),
  vcpus: attribute(cpuSet, undefined, {
    missing: "Missing monitor attribute 'vcpus'",
    invalid: "Invalid monitor attribute 'vcpus' value '%s'",
  }),
}) {}
/** Cache allocation. */
export class CacheTune extends element(
  "cachetune",
  {
    vcpus: attribute(cpuSet, undefined, {
      missing: "Missing cachetune attribute 'vcpus'",
      invalid: "Invalid cachetune attribute 'vcpus' value '%s'",
    }),
    id: live(attribute.optional(text)),
    caches: children(TuneCache),
    monitors: children(TuneMonitor),
  },
  {
    check({ monitors }, _node, reader) {
      const without = monitors.find((monitor) => monitor.level === undefined);
      if (without !== undefined) reader.reportValue(without, "Missing required attribute 'level' in element 'monitor'");
    },
  },
) {}
/** Memory bandwidth of a node, percent. */
export class TuneNode extends element("node", { id: attribute(u32), bandwidth: attribute(u32) }) {}
/** Memory bandwidth allocation. */
export class MemoryTune extends element("memorytune", {
  vcpus: attribute(cpuSet, undefined, {
    missing: "Missing memorytune attribute 'vcpus'",
    invalid: "Invalid memorytune attribute 'vcpus' value '%s'",
  }),
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
    shares: leaf.optional(u64, undefined, { invalid: "can't parse cputune shares value" }),
    period: unlessZero(leaf.optional(u64, undefined, { invalid: "can't parse cputune period value" })),
    quota: unlessZero(signed(quota, undefined, { invalid: "can't parse cputune quota value" })),
    globalPeriod: unlessZero(
      leaf.optional(u64, "global_period", { invalid: "can't parse cputune global period value" }),
    ),
    globalQuota: unlessZero(signed(quota, "global_quota", { invalid: "can't parse cputune global quota value" })),
    emulatorPeriod: unlessZero(
      leaf.optional(u64, "emulator_period", { invalid: "can't parse cputune emulator period value" }),
    ),
    emulatorQuota: unlessZero(signed(quota, "emulator_quota", { invalid: "can't parse cputune emulator quota value" })),
    iothreadPeriod: unlessZero(
      leaf.optional(u64, "iothread_period", { invalid: "can't parse cputune iothread period value" }),
    ),
    iothreadQuota: unlessZero(signed(quota, "iothread_quota", { invalid: "can't parse cputune iothread quota value" })),
    vcpuPins: children(VcpuPin),
    emulatorPin: once(
      single("cpuset", cpuSet, "emulatorpin", internalMissing("missing cpuset for emulatorpin")),
      "only one emulatorpin is supported",
    ),
    iothreadPins: children(IoThreadPin),
    emulatorSched: child.optional(EmulatorSched),
    vcpuScheds: children(VcpuSched),
    iothreadScheds: children(IoThreadSched),
    cachetunes: children(CacheTune, 256),
    memorytunes: children(MemoryTune, 256),
  },
  { omitEmpty: true },
) {}

/** libvirt reads these with strtoul, which counts downwards from the largest for a negative number. */
const wrapping32: Scalar<number> = {
  ...u32,
  parse(value) {
    const number = parseInteger(value);
    return number === undefined || number > 0xffff_ffffn || number < -0xffff_ffffn
      ? undefined
      : Number(BigInt.asUintN(32, number));
  },
};
const wrapping64: Scalar<bigint> = {
  ...u64,
  parse(value) {
    const number = parseInteger(value);
    return number === undefined || number >= 1n << 64n || number <= -(1n << 64n)
      ? undefined
      : BigInt.asUintN(64, number);
  },
};

/** Limits of one block device. */
export class BlkioDevice extends element("device", {
  path: leaf(text, undefined, { missing: "missing per-device path", missingCode: ErrorCode.configUnsupported }),
  weight: unlessZero(leaf.optional(wrapping32, undefined, unsupportedValue("could not parse weight %s"))),
  readIopsSec: unlessZero(
    leaf.optional(wrapping32, "read_iops_sec", unsupportedValue("could not parse read iops sec %s")),
  ),
  writeIopsSec: unlessZero(
    leaf.optional(wrapping32, "write_iops_sec", unsupportedValue("could not parse write iops sec %s")),
  ),
  readBytesSec: unlessZero(
    leaf.optional(wrapping64, "read_bytes_sec", unsupportedValue("could not parse read bytes sec %s")),
  ),
  writeBytesSec: unlessZero(
    leaf.optional(wrapping64, "write_bytes_sec", unsupportedValue("could not parse write bytes sec %s")),
  ),
}) {}
/** Share of the host's block I/O. */
export class BlkioTune extends element(
  "blkiotune",
  { weight: unlessZero(lenient(leaf.optional(u32))), devices: children(BlkioDevice) },
  { omitEmpty: true },
) {}

const memoryMode = oneOf("strict", "preferred", "interleave", "restrictive");
/** Host nodes for the guest's memory. */
export class NumatuneMemory extends element("memory", {
  mode: attribute.optional(memoryMode, undefined, unsupportedValue("Unsupported NUMA memory tuning mode '%s'")),
  nodeset: attribute.optional(cpuSet),
  placement: attribute.optional(
    oneOf("static", "auto"),
    undefined,
    unsupportedValue("Unsupported NUMA memory placement mode '%s'"),
  ),
}) {}
/** Host nodes for one cell of the guest. */
export class NumatuneNode extends element("memnode", {
  cellid: attribute(u32),
  mode: attribute.optional(memoryMode),
  nodeset: attribute(cpuSet, undefined, { missing: "Missing required nodeset attribute in memnode element" }),
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

const perfEvent = word(
  "cmt",
  "mbmt",
  "mbml",
  "cpu_cycles",
  "instructions",
  "cache_references",
  "cache_misses",
  "branch_instructions",
  "branch_misses",
  "bus_cycles",
  "stalled_cycles_frontend",
  "stalled_cycles_backend",
  "ref_cpu_cycles",
  "cpu_clock",
  "task_clock",
  "page_faults",
  "context_switches",
  "cpu_migrations",
  "page_faults_min",
  "page_faults_maj",
  "alignment_faults",
  "emulation_faults",
);

/** A hardware counter of the guest's process. */
export class PerfEvent extends element("event", { name: attribute(perfEvent), enabled: attribute(yesNo) }) {}
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
