import {
  attribute,
  child,
  content,
  element,
  type Fields,
  flag,
  oneOf,
  onOff,
  single,
  text,
  u32,
  yesNo,
} from "@tsvirt/codec/xml";
import { kib } from "./scalars.ts";

/** The local APIC. */
export class ApicFeature extends element("apic", { eoi: attribute.optional(onOff) }) {}

const state = { state: attribute.withDefault(onOff, true) } satisfies Fields;

/** Spinlock hint for Windows. */
export class HypervSpinlocks extends element("spinlocks", { ...state, retries: attribute.optional(u32) }) {}
/** Synthetic timer whose expiry may be delivered directly. */
export class HypervStimer extends element("stimer", { ...state, direct: single("state", onOff) }) {}
/** Vendor id that Windows is told; at most 12 characters. */
export class HypervVendorId extends element("vendor_id", { ...state, value: attribute.optional(text) }) {}

/** Enlightenments for Windows. https://libvirt.org/formatdomain.html#hypervisor-features */
export class HypervFeature extends element(
  "hyperv",
  {
    mode: attribute.withDefault(oneOf("custom", "passthrough"), "custom"),
    relaxed: single("state", onOff),
    vapic: single("state", onOff),
    spinlocks: child.optional(HypervSpinlocks),
    vpindex: single("state", onOff),
    runtime: single("state", onOff),
    synic: single("state", onOff),
    stimer: child.optional(HypervStimer),
    reset: single("state", onOff),
    vendorId: child.optional(HypervVendorId),
    frequencies: single("state", onOff),
    reenlightenment: single("state", onOff),
    tlbflush: single("state", onOff),
    ipi: single("state", onOff),
    evmcs: single("state", onOff),
    avic: single("state", onOff),
  },
  { expanded: true },
) {}

/** Size of KVM's dirty ring. */
export class KvmDirtyRing extends element("dirty-ring", { ...state, size: attribute.optional(u32) }) {}

/** Features of KVM itself. */
export class KvmFeature extends element(
  "kvm",
  {
    hidden: single("state", onOff),
    hintDedicated: single("state", onOff, "hint-dedicated"),
    pollControl: single("state", onOff, "poll-control"),
    pvIpi: single("state", onOff, "pv-ipi"),
    dirtyRing: child.optional(KvmDirtyRing),
  },
  { expanded: true },
) {}

/** How Xen passes devices through. */
export class XenPassthrough extends element("passthrough", {
  ...state,
  mode: attribute.optional(oneOf("sync_pt", "share_pt")),
}) {}
/** Features of Xen. */
export class XenFeature extends element(
  "xen",
  {
    e820Host: single("state", onOff, "e820_host"),
    passthrough: child.optional(XenPassthrough),
  },
  { expanded: true },
) {}

/** Size of a memory area with a unit of its own. */
export class Tseg extends element("tseg", { unit: attribute.optional(text), size: content(u32) }) {}
/** System management mode. */
export class SmmFeature extends element("smm", { ...state, tseg: child.optional(Tseg) }) {}

/** Interrupt controller of ARM. */
export class GicFeature extends element("gic", { version: attribute.optional(oneOf("2", "3", "host")) }) {}

/** Page table of sPAPR; KiB. */
export class HptFeature extends element("hpt", {
  resizing: attribute.optional(oneOf("enabled", "disabled", "required")),
  maxpagesize: kib.optional(),
}) {}

/** What containers may do. */
export class CapabilitiesFeature extends element("capabilities", {
  policy: attribute.optional(oneOf("default", "allow", "deny")),
}) {}

/** Translation cache of TCG; KiB. */
export class TcgFeature extends element("tcg", { tbCache: kib.optional("tb-cache") }, { omitEmpty: true }) {}

/** Features of the machine. https://libvirt.org/formatdomain.html#hypervisor-features */
export class Features extends element(
  "features",
  {
    acpi: flag(),
    apic: child.optional(ApicFeature),
    pae: flag(),
    hap: single.withDefault("state", onOff, true),
    viridian: flag(),
    privnet: flag(),
    hyperv: child.optional(HypervFeature),
    kvm: child.optional(KvmFeature),
    pvspinlock: single.withDefault("state", onOff, true),
    capabilities: child.optional(CapabilitiesFeature),
    pmu: single.withDefault("state", onOff, true),
    vmport: single.withDefault("state", onOff, true),
    gic: child.optional(GicFeature),
    smm: child.optional(SmmFeature),
    ioapic: single("driver", oneOf("qemu", "kvm")),
    hpt: child.optional(HptFeature),
    vmcoreinfo: single.withDefault("state", onOff, true),
    htm: single("state", onOff),
    nestedHv: single("state", onOff, "nested-hv"),
    msrs: single("unknown", oneOf("ignore", "fault")),
    ccfAssist: single("state", onOff, "ccf-assist"),
    xen: child.optional(XenFeature),
    cfpc: single("value", oneOf("broken", "workaround", "fixed")),
    sbbc: single("value", oneOf("broken", "workaround", "fixed")),
    ibs: single("value", oneOf("broken", "workaround", "fixed-ibs", "fixed-ccd", "fixed-na")),
    tcg: child.optional(TcgFeature),
    asyncTeardown: single("enabled", yesNo, "async-teardown"),
  },
  { omitEmpty: true },
) {}
