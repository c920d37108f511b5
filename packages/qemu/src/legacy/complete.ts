import { ErrorCode, VirtError, virtError } from "@tsvirt/base";
import { type Disk, type Domain, indexOfTarget } from "@tsvirt/model/domain";
import { CommandWriter } from "../argv/command.ts";
import type { BuildContext, HostFacts } from "../argv/context.ts";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { assignAliases } from "../complete/aliases.ts";
import { type Completing, devicesOf } from "../complete/state.ts";
import { buildLegacyCommandLine } from "./build.ts";
import { inexpressible } from "./validate.ts";

/** Whether the guest's kernel is made for Xen's interface: Xenner's are. */
export function isParavirtual({ os }: Domain): boolean {
  return os.type.value === "xen" || os.type.value === "linux";
}

/** libvirt's words for a guest that needs KVM where there is none. */
export const KVM_MISSING =
  "Domain requires KVM, but it is not available. Check that virtualization is enabled in the host BIOS, and host configuration is setup to load the kvm modules.";

/** Throws unless the emulator runs guests of this kind of operating system: Xenner Xen's, every other one the rest. */
export function requireOsType(domain: Domain, caps: QemuCapabilities, emulator: string): void {
  const xenner = caps.legacy?.xenner === true;
  if (xenner !== isParavirtual(domain)) {
    const kind = domain.os.type.value;
    throw virtError(ErrorCode.configUnsupported, `Emulator '${emulator}' does not support os type '${kind}'`);
  }
  if (!xenner) return;
  if (domain.type !== "kvm") {
    throw virtError(ErrorCode.configUnsupported, `Emulator '${emulator}' does not support virt type '${domain.type}'`);
  }
  if (!caps.accelerator("kvm")) throw virtError(ErrorCode.configUnsupported, KVM_MISSING);
}

/**
 * Reports what an old emulator cannot do of the guest: all that its command line has no words for, or else the first thing
 * that stands in the way when the command line is tried out.
 */
export function validateForLegacy({ domain, devices, caps, facts, accelerator, report }: Completing): void {
  let found = 0;
  const refuse = (place: object, message: string): void => {
    found++;
    report(place, message, ErrorCode.configUnsupported);
  };
  if (accelerator === "kvm" && !caps.accelerator("kvm")) refuse(domain, KVM_MISSING);
  for (const { place, message } of inexpressible(domain, devices, caps)) refuse(place, message);
  if (found > 0) return;
  try {
    buildLegacyCommandLine(new CommandWriter(caps, trialContext(facts), accelerator), domain, devices);
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    report(domain, error.str2 ?? error.message, error.code);
  }
}

/** Stands for whatever a start would make. */
function trialContext({ arch, config, privileged }: HostFacts): BuildContext {
  return {
    domainId: 1,
    hostArch: arch,
    privileged,
    config,
    privateDir: "/",
    channelDir: "/",
    monitor: { path: "/monitor" },
    masterKeyFile: "",
    tap: () => undefined,
    listeningChardev: () => undefined,
    chardevFile: () => undefined,
    otherFd: () => undefined,
    passtSocket: () => "",
    tpmSocket: "",
    memorySubdir: "",
    hugePages: [{ path: "/", sizeKib: 2048, isDefault: true }],
    isHostCdrom: () => false,
    now: 0,
    utcOffset: 0,
    scsiGenericPath: () => "",
    env: {},
  };
}

/** Names every device as its emulator does: drives have their own names there, and cards are told theirs. */
export function assignLegacyAliases(domain: Domain): void {
  for (const disk of devicesOf(domain).disks) disk.alias = driveName(disk);
  assignAliases(domain);
}

/** What QEMU calls a drive that was not given an id (`info block`). */
export function driveName({ device, target, address }: Disk): string {
  const place = address?.type === "drive" ? address : undefined;
  const index = indexOfTarget(target.dev) ?? 0;
  const kind = device === "cdrom" ? "cd" : "hd";
  switch (target.bus) {
    case "fdc":
      return `floppy${place?.unit ?? index}`;
    case "scsi":
      return `scsi${place?.controller ?? Math.floor(index / 7)}-${kind}${place?.unit ?? index % 7}`;
    case "virtio":
      return `virtio${index}`;
    case "xen":
      return `xenblk${index}`;
    case "usb":
      return `usb${index}`;
    default:
      return `ide${place?.bus ?? Math.floor(index / 2)}-${kind}${place?.unit ?? index % 2}`;
  }
}
