import {
  attribute,
  child,
  children,
  content,
  element,
  flag,
  leaf,
  oneOf,
  onOff,
  single,
  text,
  u32,
  u53,
  u64,
  uuid,
  yesNo,
} from "@tsvirt/codec/xml";
import { Cpu, NumaInterconnects } from "../domain/cpu.ts";
import { CapsEnum } from "./domain-capabilities.ts";

/** Sleep states of the host. */
export class PowerStates extends element("power_management", {
  suspendMem: flag("suspend_mem"),
  suspendDisk: flag("suspend_disk"),
  suspendHybrid: flag("suspend_hybrid"),
}) {}

/** Ways of migration. */
export class MigrationFeatures extends element("migration_features", {
  live: flag(),
  uriTransports: child.optional(
    class UriTransports extends element("uri_transports", {
      uriTransports: leaf.list(text, "uri_transport"),
    }) {},
  ),
}) {}

/** Page size and number of pages of a NUMA node. */
export class CellPages extends element("pages", {
  unit: attribute.optional(text),
  size: attribute(u64),
  count: content(u64),
}) {}
/** Distance to another NUMA node. */
export class CellSibling extends element("sibling", { id: attribute(u32), value: attribute(u32) }) {}
/** A CPU of the host. */
export class CellCpu extends element("cpu", {
  id: attribute(u32),
  socketId: attribute.optional(u32, "socket_id"),
  dieId: attribute.optional(u32, "die_id"),
  coreId: attribute.optional(u32, "core_id"),
  siblings: attribute.optional(text),
}) {}
/** A size with a unit. */
export class CellMemory extends element("memory", { unit: attribute.optional(text), size: content(u53) }) {}
/** Distances to the other NUMA nodes. */
export class CellDistances extends element("distances", { siblings: children(CellSibling) }) {}
/** CPUs of a NUMA node. */
export class CellCpus extends element("cpus", { num: attribute(u32), cpus: children(CellCpu) }) {}
/** A memory-side cache of a NUMA node. */
export class CellCache extends element("cache", {
  level: attribute(u32),
  associativity: attribute.optional(oneOf("none", "direct", "full")),
  policy: attribute.optional(oneOf("none", "writeback", "writethrough")),
  size: child(
    class CellCacheSize extends element("size", { value: attribute(u64), unit: attribute.optional(text) }) {},
  ),
  line: child.optional(
    class CellCacheLine extends element("line", { value: attribute(u32), unit: attribute.optional(text) }) {},
  ),
}) {}
/** A NUMA node of the host. */
export class HostCell extends element("cell", {
  id: attribute(u32),
  memory: child.optional(CellMemory),
  pages: children(CellPages),
  distances: child.optional(CellDistances),
  caches: children(CellCache),
  cpus: child.optional(CellCpus),
}) {}
/** NUMA nodes of the host. */
export class HostCells extends element("cells", { num: attribute(u32), cells: children(HostCell) }) {}
/** The NUMA nodes, and how fast they reach each other's memory. */
export class HostTopology extends element("topology", {
  cells: child(HostCells),
  interconnects: child.optional(NumaInterconnects),
}) {}

/** What of a cache can be given out. */
export class CacheControl extends element("control", {
  granularity: attribute.optional(u53),
  min: attribute.optional(u53),
  unit: attribute.optional(text),
  type: attribute(oneOf("both", "code", "data")),
  maxAllocs: attribute.optional(u32),
}) {}
/** A cache of the host. */
export class CacheBank extends element("bank", {
  id: attribute(u32),
  level: attribute(u32),
  type: attribute(oneOf("both", "code", "data")),
  size: attribute(u53),
  unit: attribute.optional(text),
  cpus: attribute(text),
  controls: children(CacheControl),
}) {}
/** Events that can be counted for a cache. */
export class CacheMonitor extends element("monitor", {
  level: attribute.optional(u32),
  reuseThreshold: attribute.optional(u32),
  maxMonitors: attribute.optional(u32),
  features: children(class MonitorFeature extends element("feature", { name: attribute(text) }) {}),
}) {}
/** Processor caches, and how guests' shares of them can be set and watched (resctrl). */
export class HostCache extends element("cache", {
  banks: children(CacheBank),
  monitor: child.optional(CacheMonitor),
}) {}

/** The memory controller of some CPUs: how its bandwidth can be given out, percent. */
export class BandwidthNode extends element("node", {
  id: attribute(u32),
  cpus: attribute(text),
  control: child.optional(
    class BandwidthControl extends element("control", {
      granularity: attribute(u32),
      min: attribute(u32),
      maxAllocs: attribute(u32),
    }) {},
  ),
}) {}
/** Memory bandwidth, and how guests' shares of it can be set and watched (resctrl). */
export class HostMemoryBandwidth extends element("memory_bandwidth", {
  nodes: children(BandwidthNode),
  monitor: child.optional(CacheMonitor),
}) {}

/** A security model and the labels it gives by hypervisor. */
export class SecModel extends element("secmodel", {
  model: leaf(text),
  doi: leaf(text),
  baselabels: children(
    class BaseLabel extends element("baselabel", { type: attribute(text), label: content(text) }) {},
  ),
}) {}

/** What the host has: processors, memory, security models. https://libvirt.org/formatcaps.html */
export class CapabilitiesHost extends element("host", {
  uuid: leaf.optional(uuid),
  cpu: child.optional(Cpu),
  powerManagement: child.optional(PowerStates),
  iommu: single("support", yesNo),
  migrationFeatures: child.optional(MigrationFeatures),
  netprefix: leaf.optional(text),
  topology: child.optional(HostTopology),
  cache: child.optional(HostCache),
  memoryBandwidth: child.optional(HostMemoryBandwidth),
  secmodels: children(SecModel),
}) {}

/** A machine that an emulator has. */
export class GuestMachine extends element("machine", {
  canonical: attribute.optional(text),
  maxCpus: attribute.optional(u32),
  deprecated: attribute.optional(yesNo),
  name: content(text),
}) {}

/** A hypervisor that can run a guest, with what differs from the others. */
export class GuestDomain extends element("domain", {
  type: attribute(text),
  emulator: leaf.optional(text),
  loader: leaf.optional(text),
  machines: children(GuestMachine),
}) {}

/** An architecture guests can have. */
export class GuestArch extends element("arch", {
  name: attribute(text),
  wordsize: leaf(u32),
  emulator: leaf.optional(text),
  loader: leaf.optional(text),
  machines: children(GuestMachine),
  domains: children(GuestDomain),
}) {}

const toggle = { default: attribute(onOff), toggle: attribute(yesNo) };
/** Whether ACPI is on, and can be switched. */
export class AcpiToggle extends element("acpi", toggle) {}
/** Whether the APIC is on, and can be switched. */
export class ApicToggle extends element("apic", toggle) {}
/** Whether disks can be snapshotted. */
export class DiskSnapshotToggle extends element("disksnapshot", toggle) {}
/** Whether nested paging is on, and can be switched. */
export class HapToggle extends element("hap", toggle) {}
/** Features that guests can have. */
export class GuestFeatures extends element("features", {
  pae: flag(),
  nonpae: flag(),
  ia64BigEndian: flag("ia64_be"),
  acpi: child.optional(AcpiToggle),
  apic: child.optional(ApicToggle),
  cpuselection: flag(),
  deviceboot: flag(),
  disksnapshot: child.optional(DiskSnapshotToggle),
  hap: child.optional(HapToggle),
  externalSnapshot: flag(),
}) {}

/** A kind of guest the host can run. */
export class CapabilitiesGuest extends element("guest", {
  osType: leaf(text, "os_type"),
  arch: child(GuestArch),
  features: child.optional(GuestFeatures),
}) {}

/** Types of storage pools that the storage driver has. */
export class CapabilitiesPool extends element("pool", { enums: children(CapsEnum) }) {}

/** What the host is and which guests it can run. https://libvirt.org/formatcaps.html */
export class Capabilities extends element("capabilities", {
  host: child(CapabilitiesHost),
  guests: children(CapabilitiesGuest),
  pools: child.optional(CapabilitiesPool),
}) {}
