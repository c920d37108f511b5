import {
  attribute,
  child,
  content,
  element,
  type Field,
  type Fields,
  flag,
  oneOf,
  onOff,
  type Reader,
  single,
  text,
  u32,
  unlessZero,
  type XmlElement,
  yesNo,
} from "@tsvirt/codec/xml";
import { kib } from "./scalars.ts";
import { noSize } from "./texts.ts";

/** The local APIC. */
export class ApicFeature extends element("apic", { eoi: attribute.optional(onOff) }) {}

const state = { state: attribute.withDefault(onOff, true) } satisfies Fields;
const neededState = { state: attribute(onOff) } satisfies Fields;

const missing = (node: XmlElement): string => `Missing required attribute 'state' in element '${node.name}'`;
const stateOf = (name?: string): Field<boolean, "optional"> => single("state", onOff, name, { missing });

/** A check: a feature that is on needs a number or name with it. */
function needs(name: "retries" | "size" | "value", text?: string) {
  return (
    value: { state: boolean; retries?: number; size?: number; value?: string },
    node: XmlElement,
    reader: Reader,
  ): void => {
    if (!value.state || value[name] !== undefined) return;
    reader.report(node, text ?? `Missing required attribute '${name}' in element '${node.name}'`);
  };
}

const MIN_RETRIES = 4095;

/** Spinlock hint for Windows. */
export class HypervSpinlocks extends element(
  "spinlocks",
  { ...neededState, retries: attribute.optional(u32) },
  {
    check(spinlocks, node, reader) {
      needs("retries")(spinlocks, node, reader);
      if (spinlocks.state && (spinlocks.retries ?? MIN_RETRIES) < MIN_RETRIES) {
        reader.report(node, `HyperV spinlock retry count must be at least ${MIN_RETRIES}`);
      }
    },
  },
) {}
/** Synthetic timer whose expiry may be delivered directly. */
export class HypervStimer extends element("stimer", { ...neededState, direct: stateOf() }) {}
/** Vendor id that Windows is told; at most 12 characters. */
export class HypervVendorId extends element(
  "vendor_id",
  { ...neededState, value: attribute.optional(text) },
  {
    check(vendor, node, reader) {
      needs("value", "missing 'value' attribute for HyperV feature 'vendor_id'")(vendor, node, reader);
      const { state, value = "" } = vendor;
      if (state && value.length > 12)
        reader.report(node, "HyperV vendor_id value must not be more than 12 characters.");
      else if (state && value.includes(",")) reader.report(node, "HyperV vendor_id value is invalid");
    },
  },
) {}

/** Enlightenments for Windows. https://libvirt.org/formatdomain.html#hypervisor-features */
export class HypervFeature extends element(
  "hyperv",
  {
    mode: attribute.withDefault(oneOf("custom", "passthrough"), "custom"),
    relaxed: stateOf(),
    vapic: stateOf(),
    spinlocks: child.optional(HypervSpinlocks),
    vpindex: stateOf(),
    runtime: stateOf(),
    synic: stateOf(),
    stimer: child.optional(HypervStimer),
    reset: stateOf(),
    vendorId: child.optional(HypervVendorId),
    frequencies: stateOf(),
    reenlightenment: stateOf(),
    tlbflush: stateOf(),
    ipi: stateOf(),
    evmcs: stateOf(),
    avic: stateOf(),
  },
  { expanded: true },
) {}

/** Size of KVM's dirty ring. */
export class KvmDirtyRing extends element(
  "dirty-ring",
  { ...neededState, size: attribute.optional(u32) },
  {
    check(ring, node, reader) {
      needs("size")(ring, node, reader);
      const { state, size = 1024 } = ring;
      const isPower = Number.isInteger(Math.log2(size));
      if (state && (!isPower || size < 1024 || size > 65_536)) {
        reader.report(node, "dirty ring must be power of 2 and ranges [1024, 65536]");
      }
    },
  },
) {}

/** Features of KVM itself. */
export class KvmFeature extends element(
  "kvm",
  {
    hidden: stateOf(),
    hintDedicated: stateOf("hint-dedicated"),
    pollControl: stateOf("poll-control"),
    pvIpi: stateOf("pv-ipi"),
    dirtyRing: child.optional(KvmDirtyRing),
  },
  { expanded: true },
) {}

/** How Xen passes devices through. */
export class XenPassthrough extends element("passthrough", {
  ...state,
  mode: attribute.optional(oneOf("sync_pt", "share_pt")),
}) {}
/** What a Xen guest gets of the host: its memory map, its devices (`<features><xen>`). */
export class XenFeature extends element(
  "xen",
  {
    e820Host: stateOf("e820_host"),
    passthrough: child.optional(XenPassthrough),
  },
  { expanded: true },
) {}

/** Size of a memory area with a unit of its own. */
export class Tseg extends element("tseg", {
  unit: attribute.optional(text),
  size: content.optional(u32, noSize("string(./features/smm/tseg)")),
}) {}
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
export class TcgFeature extends element(
  "tcg",
  { tbCache: unlessZero(kib.optional("tb-cache")) },
  { omitEmpty: true },
) {}

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
    htm: stateOf(),
    nestedHv: stateOf("nested-hv"),
    msrs: single("unknown", oneOf("ignore", "fault")),
    ccfAssist: stateOf("ccf-assist"),
    xen: child.optional(XenFeature),
    cfpc: single("value", oneOf("broken", "workaround", "fixed")),
    sbbc: single("value", oneOf("broken", "workaround", "fixed")),
    ibs: single("value", oneOf("broken", "workaround", "fixed-ibs", "fixed-ccd", "fixed-na")),
    tcg: child.optional(TcgFeature),
    asyncTeardown: single("enabled", yesNo, "async-teardown"),
  },
  { omitEmpty: true },
) {}
