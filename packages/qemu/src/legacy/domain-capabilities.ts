import type { DomainCapabilities } from "@tsvirt/model/capabilities";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";

type Parts = Pick<DomainCapabilities, "iothreads" | "os" | "cpu" | "memoryBacking" | "devices" | "features">;

function choice(name: string, ...values: readonly (string | false)[]) {
  return { name, values: values.filter((value) => value !== false) };
}

/** What guests of an emulator from before QMP can have: what its command line has words for, and nothing since. */
export function legacyDomainCapabilities(caps: QemuCapabilities, hypervisor: "kvm" | "qemu"): Parts {
  const xenner = caps.legacy?.xenner === true;
  const no = { supported: false, enums: [] };
  const none = { enums: [], models: [], features: [] };
  const models = caps.accelerator(hypervisor === "kvm" ? "kvm" : "tcg")?.cpus ?? [];
  return {
    iothreads: { supported: false },
    os: {
      supported: true,
      enums: [],
      loader: { supported: !xenner, values: [], enums: xenner ? [] : [choice("type", "rom")] },
    },
    cpu: {
      modes: [
        { name: "host-passthrough", supported: hypervisor === "kvm" && caps.hasLegacy("cpu.host"), ...none },
        { name: "maximum", supported: false, ...none },
        { name: "host-model", supported: false, ...none },
        {
          name: "custom",
          supported: models.length > 0,
          ...none,
          models: models.map(({ name, usable }) => ({ name, usable })),
        },
      ],
    },
    memoryBacking: { supported: true, enums: [choice("sourceType", "anonymous")] },
    devices: {
      disk: {
        supported: true,
        enums: [
          choice("diskDevice", "disk", "cdrom", "floppy"),
          xenner
            ? choice("bus", "xen")
            : choice("bus", "ide", "fdc", "scsi", caps.hasLegacy("drive") && "virtio", "usb"),
        ],
      },
      graphics: { supported: true, enums: [choice("type", "sdl", "vnc", caps.hasLegacy("spice") && "spice")] },
      video: {
        supported: true,
        enums: [
          choice(
            "modelType",
            "vga",
            "cirrus",
            caps.hasLegacy("vga.vmware") && "vmvga",
            caps.hasLegacy("vga.qxl") && "qxl",
          ),
        ],
      },
      hostdev: {
        supported: true,
        enums: [
          choice("mode", "subsystem"),
          choice("startupPolicy", "default", "mandatory", "requisite", "optional"),
          choice("subsysType", "usb", caps.hasLegacy("pcidevice") && "pci"),
          choice("capsType"),
          choice("pciBackend"),
        ],
      },
      rng: no,
      filesystem: no,
      tpm: no,
      redirdev: no,
      channel: no,
    },
    features: {
      gic: no,
      vmcoreinfo: { supported: false },
      genid: { supported: false },
      backingStoreInput: { supported: false },
      backup: { supported: false },
      sev: { supported: false },
      sgx: { supported: false },
    },
  };
}
