import {
  attribute,
  child,
  element,
  flag,
  hex64,
  leaf,
  live,
  oneOf,
  single,
  text,
  u32,
  unlessZero,
  uuid,
  yesNo,
} from "@tsvirt/codec/xml";
import { deviceInfo } from "./device.ts";
import { cpuSet, kib } from "./scalars.ts";

/** Where a memory device's bytes are on the host. Sizes in KiB. */
export class MemoryDeviceSource extends element(
  "source",
  {
    nodemask: leaf.optional(cpuSet),
    pagesize: unlessZero(kib.optional()),
    path: leaf.optional(text),
    alignsize: kib.optional(),
    pmem: flag(),
  },
  { omitEmpty: true },
) {}

const MIN_LABEL = 128;

/** Label area of an NVDIMM, KiB. */
export class MemoryDeviceLabel extends element(
  "label",
  { size: unlessZero(kib.optional(undefined, "./label/size")) },
  {
    omitEmpty: true,
    check({ size = MIN_LABEL }, node, reader) {
      if (size < MIN_LABEL) reader.report(node, "nvdimm label must be at least 128KiB");
    },
  },
) {}

/** How the guest sees a memory device. Sizes in KiB. */
export class MemoryDeviceTarget extends element("target", {
  size: kib(undefined, "./size"),
  node: leaf.optional(u32, undefined, { invalid: "invalid value of memory device node" }),
  label: child.optional(MemoryDeviceLabel),
  readonly: flag(),
  block: kib.optional(),
  requested: kib.optional(),
  current: live(kib.optional()),
  address: single("base", hex64),
}) {}

/** A DIMM or another memory device. https://libvirt.org/formatdomain.html#memory-devices */
export class MemoryDevice extends element(
  "memory",
  {
    model: attribute(oneOf("dimm", "nvdimm", "virtio-pmem", "virtio-mem", "sgx-epc")),
    access: attribute.optional(oneOf("shared", "private")),
    discard: attribute.optional(yesNo),
    uuid: leaf.optional(uuid),
    source: child.optional(MemoryDeviceSource),
    target: child(MemoryDeviceTarget, { missing: "missing <target> element for <memory> device" }),
    ...deviceInfo,
  },
  { expanded: true },
) {}
