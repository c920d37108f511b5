import { ErrorCode, virtError } from "@tsvirt/base";
import type { CapsDevices, CapsEnum, CapsFeatures, CapsOs, DomainCapabilities } from "@tsvirt/model/capabilities";
import { type Board, boardOf } from "../argv/board.ts";
import type { FirmwareDescriptor } from "../argv/context.ts";
import type { Accelerator, AcceleratorCapabilities, QemuCapabilities } from "../capabilities/capabilities.ts";
import { firmwareSupport } from "../firmware/firmware.ts";
import { legacyDomainCapabilities } from "../legacy/domain-capabilities.ts";
import { cpuModes } from "./cpu-modes.ts";

/** What domain capabilities say besides the emulator. */
export interface DomainCapabilitiesRequest {
  readonly emulator: string;
  readonly virtType: "kvm" | "qemu";
  /** libvirt's name; that of the emulator unless given. */
  readonly arch?: string | undefined;
  /** Name or alias; the emulator's default unless given. */
  readonly machine?: string | undefined;
  /** Model of the host's CPU, where `host-model` depends on it. */
  readonly hostCpuModel?: string | undefined;
  /** The host's architecture: its CPU can be passed on only to guests of the same. */
  readonly hostArch: string;
  readonly firmware: readonly FirmwareDescriptor[];
  /** Firmware images to show instead of those of the descriptors. */
  readonly loaders?: readonly string[] | undefined;
  /** Firmware images to show if no descriptor is for this machine: those of qemu.conf that are there. */
  readonly otherLoaders?: readonly string[] | undefined;
  /** KVM's limit on vCPUs. */
  readonly kvmMaxVcpus: number;
  /** The host can pass devices on with VFIO. */
  readonly hasVfio: boolean;
  /** Versions of TPM that swtpm emulates; empty without swtpm. */
  readonly tpmVersions: readonly string[];
}

/** What guests of an emulator can have (`virConnectGetDomainCapabilities`). Throws for a machine it does not have. */
export function domainCapabilities(caps: QemuCapabilities, request: DomainCapabilitiesRequest): DomainCapabilities {
  const accelerator: Accelerator = request.virtType === "kvm" ? "kvm" : "tcg";
  const available = caps.accelerator(accelerator);
  if (!available) {
    throw virtError(
      ErrorCode.invalidArg,
      request.virtType === "kvm"
        ? `the accel 'kvm' is not supported by '${request.emulator}' on this host`
        : `the accel 'qemu' is not supported by '${request.emulator}' on this host`,
    );
  }
  const machine =
    request.machine === undefined
      ? (caps.defaultMachine(accelerator) ?? caps.machines(accelerator)[0])
      : caps.findMachine(accelerator, request.machine);
  if (!machine) {
    throw virtError(
      ErrorCode.invalidArg,
      `the machine '${request.machine ?? ""}' is not supported by emulator '${request.emulator}'`,
    );
  }
  const arch = request.arch ?? caps.arch;
  if (caps.legacy) {
    const head = { path: request.emulator, domain: request.virtType, machine: machine.name, arch };
    return { ...head, ...legacyDomainCapabilities(caps, request.virtType) };
  }
  const board = boardOf(arch, machine.name);
  const maxCpus = Number(machine.maxCpus);
  return {
    path: request.emulator,
    domain: request.virtType,
    machine: machine.name,
    arch,
    ...(maxCpus > 0 && { vcpu: { max: accelerator === "kvm" ? Math.min(maxCpus, request.kvmMaxVcpus) : maxCpus } }),
    iothreads: { supported: true },
    os: osCapabilities(request, board),
    cpu: {
      modes: cpuModes(caps, {
        accelerator,
        arch,
        machine: machine.name,
        hostArch: request.hostArch,
        hostCpuModel: request.hostCpuModel,
      }),
    },
    memoryBacking: {
      supported: true,
      enums: [choice("sourceType", "file", "anonymous", caps.has("memory-backend-memfd") && "memfd")],
    },
    devices: deviceCapabilities(caps, request, board),
    features: featureCapabilities(caps, available, accelerator, board),
  };
}

/** An enum with those of the values that are not ruled out. */
function choice(name: string, ...values: readonly (string | false)[]): CapsEnum {
  return { name, values: values.filter((value) => value !== false) };
}

function osCapabilities(request: DomainCapabilitiesRequest, board: Board): CapsOs {
  const target = board.arch === "i686" ? "i386" : board.arch === "armv7l" ? "arm" : board.arch;
  const support = firmwareSupport(request.firmware, target, board.machine);
  const loaders = request.loaders ?? (support.files.length > 0 ? support.files : (request.otherLoaders ?? []));
  return {
    supported: true,
    enums: [choice("firmware", ...support.kinds)],
    loader: {
      supported: true,
      values: [...loaders],
      enums: [
        choice("type", "rom", "pflash"),
        choice("readonly", "yes", "no"),
        choice("secure", support.secure && "yes", "no"),
      ],
    },
  };
}

function deviceCapabilities(caps: QemuCapabilities, request: DomainCapabilitiesRequest, board: Board): CapsDevices {
  const virtioModels = ["virtio", "virtio-transitional", "virtio-non-transitional"].filter(
    (model) => model === "virtio" || caps.has("virtio-pci-non-transitional"),
  );
  const tpmModels = (["tpm-tis", "tpm-crb", "tpm-spapr", "spapr-tpm-proxy"] as const).filter((model) =>
    caps.has(model),
  );
  const swtpm = request.tpmVersions.length > 0;
  return {
    disk: {
      supported: true,
      enums: [
        choice("diskDevice", "disk", "cdrom", !board.isPseries && "floppy", "lun"),
        choice(
          "bus",
          board.hasIde && "ide",
          !board.isPseries && "fdc",
          "scsi",
          "virtio",
          caps.has("usb-storage") && "usb",
          caps.has("ich9-ahci") && "sata",
        ),
        choice("model", ...virtioModels),
      ],
    },
    graphics: {
      supported: true,
      enums: [
        choice(
          "type",
          caps.has("sdl") && "sdl",
          caps.has("vnc") && "vnc",
          caps.has("spice") && "spice",
          caps.has("egl-headless") && "egl-headless",
          caps.has("display-dbus") && "dbus",
        ),
      ],
    },
    video: {
      supported: true,
      enums: [
        choice(
          "modelType",
          caps.has("VGA") && "vga",
          caps.has("cirrus-vga") && "cirrus",
          caps.has("vmware-svga") && "vmvga",
          caps.has("qxl") && "qxl",
          caps.has("virtio-gpu") && "virtio",
          "none",
          caps.has("bochs-display") && "bochs",
          caps.has("ramfb") && "ramfb",
        ),
      ],
    },
    hostdev: {
      supported: true,
      enums: [
        choice("mode", "subsystem"),
        choice("startupPolicy", "default", "mandatory", "requisite", "optional"),
        choice("subsysType", usbControllers.some((flag) => caps.has(flag)) && "usb", "pci", "scsi"),
        choice("capsType"),
        request.hasVfio && caps.has("vfio-pci") ? choice("pciBackend", "default", "vfio") : choice("pciBackend"),
      ],
    },
    rng: {
      supported: true,
      enums: [
        choice("model", ...(caps.has("virtio-rng") ? virtioModels : [])),
        choice(
          "backendModel",
          caps.has("rng-random") && "random",
          caps.has("rng-egd") && "egd",
          caps.has("rng-builtin") && "builtin",
        ),
      ],
    },
    filesystem: {
      supported: true,
      enums: [choice("driverType", "path", "handle", caps.has("vhost-user-fs") && "virtiofs")],
    },
    tpm:
      tpmModels.length > 0
        ? {
            supported: true,
            enums: [
              choice("model", ...tpmModels),
              choice(
                "backendModel",
                caps.has("tpm-passthrough") && "passthrough",
                swtpm && caps.has("tpm-emulator") && "emulator",
                swtpm && caps.has("tpm-emulator") && "external",
              ),
              ...(swtpm ? [choice("backendVersion", ...request.tpmVersions)] : []),
            ],
          }
        : { supported: false, enums: [] },
    redirdev: caps.has("usb-redir")
      ? { supported: true, enums: [choice("bus", "usb")] }
      : { supported: false, enums: [] },
    channel: {
      supported: true,
      enums: [choice("type", "pty", "unix", caps.has("spice") && "spicevmc")],
    },
  };
}

/** Where a USB device of the host could be plugged in. */
const usbControllers = [
  "piix3-usb-uhci",
  "piix4-usb-uhci",
  "usb-ehci",
  "ich9-usb-ehci1",
  "vt82c686b-usb-uhci",
  "pci-ohci",
  "nec-usb-xhci",
  "qemu-xhci",
] as const;

/** libvirt's names and order of Hyper-V enlightenments. */
const hypervFeatures = [
  "relaxed",
  "vapic",
  "spinlocks",
  "vpindex",
  "runtime",
  "synic",
  "stimer",
  "reset",
  "vendor_id",
  "frequencies",
  "reenlightenment",
  "tlbflush",
  "ipi",
  "evmcs",
  "avic",
] as const;

function featureCapabilities(
  caps: QemuCapabilities,
  available: AcceleratorCapabilities,
  accelerator: Accelerator,
  board: Board,
): CapsFeatures {
  const { sev, sgx, gic } = caps.data;
  const versions = board.isArmVirt
    ? gic
        .filter((each) => (accelerator === "kvm" && each.kernel) || (accelerator === "tcg" && each.emulated))
        .sort((a, b) => Number(a.version) - Number(b.version))
    : [];
  // Of the emulator, whatever the request's type: libvirt's document says so too.
  const { hyperv } = caps.accelerator("kvm") ?? available;
  return {
    gic: {
      supported: versions.length > 0,
      enums: versions.length > 0 ? [choice("version", ...versions.map(({ version }) => String(version)))] : [],
    },
    vmcoreinfo: { supported: caps.has("vmcoreinfo") },
    genid: { supported: caps.has("vmgenid") },
    backingStoreInput: { supported: true },
    backup: { supported: caps.has("incremental-backup") },
    // Whether the host's firmware can do it shows only at a start.
    ...(board.isS390 && {
      s390Pv: { supported: caps.has("confidential-guest-support") && caps.has("s390-pv-guest") },
    }),
    sev: sev
      ? { supported: true, cbitpos: Number(sev.cbitpos), reducedPhysBits: Number(sev.reducedPhysBits) }
      : { supported: false },
    sgx: sgx
      ? {
          supported: true,
          flc: sgx.flc,
          sgx1: sgx.sgx1,
          sgx2: sgx.sgx2,
          sectionSize: { unit: "KiB", size: Math.floor(Number(sgx.sectionSize) / 1024) },
          ...(sgx.sections.length > 0 && {
            sections: {
              sections: sgx.sections.map(({ node, size }) => ({
                node: Number(node),
                size: Math.floor(Number(size) / 1024),
                unit: "KiB",
              })),
            },
          }),
        }
      : { supported: false },
    ...(hyperv &&
      hyperv.length > 0 && {
        hyperv: {
          supported: true,
          enums: [
            choice("features", ...hypervFeatures.filter((name) => hyperv.includes(`hv-${name.replace("_", "-")}`))),
          ],
        },
      }),
  };
}
