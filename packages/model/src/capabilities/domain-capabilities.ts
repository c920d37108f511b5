import { attribute, child, children, content, element, leaf, oneOf, text, u32, u53, yesNo } from "@tsvirt/codec/xml";
import { CpuFeature } from "../domain/cpu.ts";

/** Values that an attribute may have. */
export class CapsEnum extends element("enum", { name: attribute(text), values: leaf.list(text, "value") }) {}

const supported = { supported: attribute(yesNo) };
const enums = { ...supported, enums: children(CapsEnum) };

/** Number of virtual CPUs. */
export class CapsVcpu extends element("vcpu", { max: attribute(u32) }) {}
/** Whether there are I/O threads. */
export class CapsIothreads extends element("iothreads", supported) {}
/** Firmware images. */
export class CapsLoader extends element("loader", {
  ...supported,
  values: leaf.list(text, "value"),
  enums: children(CapsEnum),
}) {}
/** How guests boot. */
export class CapsOs extends element("os", { ...enums, loader: child.optional(CapsLoader) }) {}

/** A CPU model that a guest can ask for. */
export class CapsCpuModel extends element("model", {
  usable: attribute.optional(oneOf("yes", "no", "unknown")),
  deprecated: attribute.optional(yesNo),
  vendor: attribute.optional(text),
  fallback: attribute.optional(oneOf("allow", "forbid")),
  name: content(text),
}) {}
/** Width of physical addresses. */
export class CapsMaxPhysAddr extends element("maxphysaddr", {
  mode: attribute(text),
  limit: attribute.optional(u32),
  bits: attribute.optional(u32),
}) {}
/** A way of choosing the guest's CPU. */
export class CapsCpuMode extends element("mode", {
  name: attribute(oneOf("host-passthrough", "maximum", "host-model", "custom")),
  ...enums,
  models: children(CapsCpuModel),
  vendor: leaf.optional(text),
  maxphysaddr: child.optional(CapsMaxPhysAddr),
  features: children(CpuFeature),
}) {}
/** Ways of choosing the guest's CPU. */
export class CapsCpu extends element("cpu", { modes: children(CapsCpuMode) }) {}

/** What may stand behind the guest's memory. */
export class CapsMemoryBacking extends element("memoryBacking", enums) {}

/** Kinds of disks, their buses and models (`<disk>`). */
export class CapsDisk extends element("disk", enums) {}
/** Kinds of displays. */
export class CapsGraphics extends element("graphics", enums) {}
/** Models of video cards. */
export class CapsVideo extends element("video", enums) {}
/** Ways to hand devices of the host to the guest. */
export class CapsHostdev extends element("hostdev", enums) {}
/** Models of random number generators, and where the numbers come from. */
export class CapsRng extends element("rng", enums) {}
/** Ways to share directories of the host. */
export class CapsFilesystem extends element("filesystem", enums) {}
/** Models, back ends and versions of TPMs. */
export class CapsTpm extends element("tpm", enums) {}
/** Buses whose devices can be redirected from a client. */
export class CapsRedirdev extends element("redirdev", enums) {}
/** Kinds of channels into the guest. */
export class CapsChannel extends element("channel", enums) {}
/** Models and back ends of crypto devices. */
export class CapsCrypto extends element("crypto", enums) {}
/** Devices a guest can have. */
export class CapsDevices extends element("devices", {
  disk: child.optional(CapsDisk),
  graphics: child.optional(CapsGraphics),
  video: child.optional(CapsVideo),
  hostdev: child.optional(CapsHostdev),
  rng: child.optional(CapsRng),
  filesystem: child.optional(CapsFilesystem),
  tpm: child.optional(CapsTpm),
  redirdev: child.optional(CapsRedirdev),
  channel: child.optional(CapsChannel),
  crypto: child.optional(CapsCrypto),
}) {}

/** ARM interrupt controllers. */
export class CapsGic extends element("gic", enums) {}
/** Dumps by the guest's kernel. */
export class CapsVmcoreinfo extends element("vmcoreinfo", supported) {}
/** Generation ids. */
export class CapsGenid extends element("genid", supported) {}
/** Backing chains in documents. */
export class CapsBackingStoreInput extends element("backingStoreInput", supported) {}
/** Incremental backups. */
export class CapsBackup extends element("backup", supported) {}
/** Asynchronous teardown. */
export class CapsAsyncTeardown extends element("async-teardown", supported) {}
/** AMD's encryption of memory. */
export class CapsSev extends element("sev", {
  ...supported,
  cbitpos: leaf.optional(u32),
  reducedPhysBits: leaf.optional(u32),
  maxGuests: leaf.optional(u32),
  maxESGuests: leaf.optional(u32),
}) {}
/** Size of an enclave section. */
export class CapsSectionSize extends element("section_size", { unit: attribute.optional(text), size: content(u53) }) {}
/** Enclaves of Intel. */
export class CapsSgx extends element("sgx", {
  ...supported,
  flc: leaf.optional(yesNo),
  sgx1: leaf.optional(yesNo),
  sgx2: leaf.optional(yesNo),
  sectionSize: child.optional(CapsSectionSize),
  sections: child.optional(
    class CapsSections extends element("sections", {
      sections: children(
        class CapsSection extends element("section", {
          node: attribute(u32),
          size: attribute(u53),
          unit: attribute.optional(text),
        }) {},
      ),
    }) {},
  ),
}) {}
/** Enlightenments for Windows. */
export class CapsHyperv extends element("hyperv", enums) {}
/** Features a guest can have. */
export class CapsFeatures extends element("features", {
  gic: child.optional(CapsGic),
  vmcoreinfo: child.optional(CapsVmcoreinfo),
  genid: child.optional(CapsGenid),
  backingStoreInput: child.optional(CapsBackingStoreInput),
  backup: child.optional(CapsBackup),
  asyncTeardown: child.optional(CapsAsyncTeardown),
  s390Pv: child.optional(class CapsS390Pv extends element("s390-pv", supported) {}),
  sev: child.optional(CapsSev),
  sgx: child.optional(CapsSgx),
  hyperv: child.optional(CapsHyperv),
}) {}

/** What guests of one emulator can have. https://libvirt.org/formatdomaincaps.html */
export class DomainCapabilities extends element("domainCapabilities", {
  path: leaf(text),
  domain: leaf(text),
  machine: leaf.optional(text),
  arch: leaf(text),
  vcpu: child.optional(CapsVcpu),
  iothreads: child.optional(CapsIothreads),
  os: child.optional(CapsOs),
  cpu: child.optional(CapsCpu),
  memoryBacking: child.optional(CapsMemoryBacking),
  devices: child.optional(CapsDevices),
  features: child.optional(CapsFeatures),
}) {}
