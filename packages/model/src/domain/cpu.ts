import {
  attribute,
  child,
  children,
  content,
  element,
  integer,
  leaf,
  once,
  oneOf,
  onOff,
  positive,
  type Reader,
  refined,
  scaledBytes,
  text,
  u32,
  u53,
  u64,
  unlessEmpty,
  writtenIf,
  type XmlElement,
  yesNo,
} from "@tsvirt/codec/xml";
import { cpuSet, kibOf, reportUnit, signed } from "./scalars.ts";
import { noSize, unsupportedValue } from "./texts.ts";

const vendorId = refined("12 characters", ["GenuineIntel"], (value) => (/^[^,]{12}$/.test(value) ? value : undefined));

/** Why a vendor is none. */
function badVendorId(model: XmlElement): string {
  const found = model.attribute("vendor_id") ?? "";
  return found.length === 12 ? "vendor id is invalid" : "vendor_id must be exactly 12 characters long";
}

/** The CPU model: a name from libvirt's CPU map. */
export class CpuModel extends element(
  "model",
  {
    fallback: unlessEmpty(
      attribute.optional(oneOf("allow", "forbid"), undefined, unsupportedValue("Invalid fallback attribute")),
    ),
    vendorId: unlessEmpty(attribute.optional(vendorId, "vendor_id", { invalid: badVendorId })),
    name: content.optional(text),
  },
  { omitEmpty: true },
) {}

/** Sockets, dies, cores and threads; their product is the number of virtual CPUs. */
export class CpuTopology extends element("topology", {
  sockets: attribute(positive(0xffff_ffff)),
  dies: attribute.withDefault(positive(0xffff_ffff), 1),
  cores: attribute(positive(0xffff_ffff)),
  threads: attribute(positive(0xffff_ffff)),
}) {}

/** Caches that the guest is told. */
export class CpuCache extends element(
  "cache",
  {
    level: attribute.optional(signed(0, 0x7fff_ffff)),
    mode: attribute(oneOf("emulate", "passthrough", "disable")),
  },
  {
    check({ level = 1 }, node, reader) {
      if (level < 1 || level > 3) reader.report(node, "invalid CPU cache level, must be in range [1,3]");
    },
  },
) {}

/** Width of physical addresses. */
export class CpuMaxPhysAddr extends element("maxphysaddr", {
  mode: attribute(oneOf("emulate", "passthrough")),
  bits: attribute.optional(signed(0, 0x7fff_ffff)),
  limit: attribute.optional(u32),
}) {}

const filled = refined("a name", ["vmx"], (value) => (value === "" ? undefined : value));

/** A CPU feature and what to do about it. */
export class CpuFeature extends element("feature", {
  policy: attribute.optional(
    oneOf("force", "require", "optional", "disable", "forbid"),
    undefined,
    unsupportedValue("Invalid CPU feature policy"),
  ),
  name: attribute(filled, undefined, { missing: "Invalid CPU feature name", invalid: "Invalid CPU feature name" }),
  migratable: attribute.optional(yesNo),
}) {}

/** Distance to another NUMA cell; 10 is the cell itself. */
export class NumaSibling extends element("sibling", {
  id: attribute(u32),
  value: attribute(integer(10, 255)),
}) {}
/** Distances to the other NUMA cells. */
export class NumaDistances extends element("distances", { siblings: children(NumaSibling) }) {}

const missingIn =
  (name: string) =>
  (cache: XmlElement): string =>
    `Missing '${name}' attribute in cache element for NUMA node ${cache.parent?.attribute("id") ?? "0"}`;

function badLevel(cache: XmlElement): string {
  return `Invalid 'level' attribute in cache element for NUMA node ${cache.parent?.attribute("id") ?? "0"}`;
}

/** Cache of a NUMA cell's memory. */
export class NumaCache extends element(
  "cache",
  {
    level: attribute(positive(0xffff_ffff), undefined, { missing: missingIn("level"), invalid: badLevel }),
    associativity: attribute(oneOf("none", "direct", "full"), undefined, {
      invalid: "Invalid cache associativity '%s'",
      missing: missingIn("associativity"),
    }),
    policy: attribute(oneOf("none", "writeback", "writethrough"), undefined, {
      invalid: "Invalid cache policy '%s'",
      missing: "Invalid cache policy '(null)'",
    }),
    size: child(
      class NumaCacheSize extends element("size", {
        value: unlessEmpty(attribute(u32, undefined, noSize("./size/@value"))),
        unit: attribute.optional(text),
      }) {},
      { missing: "missing element or attribute './size/@value'" },
    ),
    line: writtenIf(
      child(
        class NumaCacheLine extends element("line", {
          value: unlessEmpty(attribute(u32, undefined, noSize("./line/@value"))),
          unit: attribute.optional(text),
        }) {},
        { missing: "missing element or attribute './line/@value'" },
      ),
      ({ value }) => value !== 0,
    ),
  },
  {
    check({ size, line }) {
      // Where libvirt looks for units there are none.
      size.unit = "KiB";
      line.unit = "B";
    },
  },
) {}

/** A NUMA cell of the guest. Memory in KiB. */
export class NumaCell extends element(
  "cell",
  {
    id: attribute.optional(u32),
    cpus: attribute.optional(cpuSet),
    memory: unlessEmpty(attribute.optional(u53, undefined, noSize("./@memory"))),
    unit: attribute.optional(text),
    memAccess: attribute.optional(oneOf("shared", "private")),
    discard: attribute.optional(yesNo),
    distances: child.optional(NumaDistances),
    caches: children(NumaCache),
  },
  {
    check(cell, node, reader) {
      if (cell.memory === undefined) {
        reader.report(node, "missing element or attribute './@memory'");
        return;
      }
      const size = kibOf(cell.memory, cell.unit);
      if (size === undefined) reportUnit(reader, node, cell.unit);
      else Object.assign(cell, { memory: size, unit: "KiB" });
    },
  },
) {}

/** Latency between two NUMA cells. */
export class NumaLatency extends element("latency", {
  initiator: attribute(u32),
  target: attribute(u32),
  cache: attribute.optional(u32),
  type: attribute(oneOf("access", "read", "write")),
  value: attribute(u64),
}) {}
/** Bandwidth between two NUMA cells. */
export class NumaBandwidth extends element(
  "bandwidth",
  {
    initiator: attribute(u32),
    target: attribute(u32),
    cache: attribute.optional(u32),
    type: attribute(oneOf("access", "read", "write")),
    value: unlessEmpty(attribute(u64, undefined, noSize("./@value"))),
    /** After parsing always `KiB`. */
    unit: unlessEmpty(attribute.optional(text)),
  },
  {
    check(bandwidth, node, reader) {
      const { value, unit } = bandwidth;
      const bytes = scaledBytes(String(value), unit, "KiB");
      if (bytes === undefined) reportUnit(reader, node, unit);
      else Object.assign(bandwidth, { value: (bytes + 1023n) / 1024n, unit: "KiB" });
    },
  },
) {}
/** How fast NUMA cells reach each other. */
export class NumaInterconnects extends element("interconnects", {
  latencies: children(NumaLatency),
  bandwidths: children(NumaBandwidth),
}) {}
/** NUMA cells of the guest. */
export class CpuNuma extends element("numa", {
  cells: children(NumaCell),
  interconnects: child.optional(NumaInterconnects),
}) {}

/** Microcode of a host CPU. */
export class CpuMicrocode extends element("microcode", { version: attribute(u32) }) {}
/** Signature of a host CPU. */
export class CpuSignature extends element("signature", {
  family: attribute(u32),
  model: attribute(u32),
  stepping: attribute(u32),
}) {}
/** A counter of a host CPU. */
export class CpuCounter extends element("counter", {
  name: attribute(text),
  frequency: attribute(u64),
  scaling: attribute.optional(yesNo),
}) {}
/** A page size of a host CPU. */
export class CpuPages extends element("pages", { unit: attribute.optional(text), size: attribute(u64) }) {}

function checkFeatures({ features }: { features: readonly CpuFeature[] }, _node: XmlElement, reader: Reader): void {
  const seen = new Set<string>();
  for (const feature of features) {
    if (seen.has(feature.name)) reader.reportValue(feature, `CPU feature '${feature.name}' specified more than once`);
    seen.add(feature.name);
  }
}

/** The guest's CPU. https://libvirt.org/formatdomain.html#cpu-model-and-topology */
export class Cpu extends element(
  "cpu",
  {
    mode: attribute.optional(
      oneOf("custom", "host-model", "host-passthrough", "maximum"),
      undefined,
      unsupportedValue("Invalid mode attribute '%s'"),
    ),
    match: attribute.optional(oneOf("minimum", "exact", "strict")),
    check: attribute.optional(oneOf("none", "partial", "full")),
    migratable: attribute.optional(onOff),
    arch: leaf.optional(text),
    model: child.optional(CpuModel),
    vendor: leaf.optional(text),
    microcode: child.optional(CpuMicrocode),
    signature: child.optional(CpuSignature),
    counter: child.optional(CpuCounter),
    topology: child.optional(CpuTopology),
    cache: once(child.optional(CpuCache), "at most one CPU cache element may be specified"),
    maxphysaddr: child.optional(CpuMaxPhysAddr),
    features: children(CpuFeature),
    pages: children(CpuPages),
    numa: child.optional(CpuNuma),
  },
  { check: checkFeatures },
) {}
