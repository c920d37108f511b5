import type { Hostdev } from "@tsvirt/model/domain";
import type { QemuConf } from "../settings/qemu-conf.ts";

/** A huge page mount of the host. */
export interface HugePageMount {
  readonly path: string;
  readonly sizeKib: number;
  readonly isDefault: boolean;
}

/** What of qemu.conf a command line, or completing a definition, may depend on. Absent = libvirt's default. */
export type QemuConfig = Partial<QemuConf>;

/** What completing a definition must know of the host. */
export interface HostFacts {
  /** A privileged (system) instance. */
  readonly privileged: boolean;
  /** libvirt's name of the host's architecture. */
  readonly arch: string;
  readonly config: QemuConfig;
  /** Where files of firmware variables are made, e.g. `/var/lib/libvirt/qemu/nvram`. */
  readonly nvramDir: string;
  /** Initial variables for a flash image, as qemu.conf or the build pairs them. */
  nvramTemplateFor(loader: string): string | undefined;
  /** Contents of the firmware descriptors that apply, in their order of preference. */
  readonly firmware: readonly FirmwareDescriptor[];
  /** The default emulator of an architecture, if one is installed. */
  emulatorFor(arch: string): string | undefined;
  /** A PCI device of the host by its address, `0001:01:00.0`; `undefined` if there is none. */
  pciDevice?(address: string): HostPciDevice | undefined;
  /** Path of Xenner, which runs Xen's paravirtual guests, if it is installed. */
  readonly xenner?: string | undefined;
  /** Whether the host can give its devices to guests (VFIO); absent if nobody has looked. */
  readonly vfio?: boolean;
  /** Versions of TPM that the host can emulate; absent if nobody has looked. */
  readonly tpmVersions?: readonly string[];
  /** Of the daemon's own environment: `QEMU_AUDIO_DRV` and `SDL_AUDIODRIVER` choose where sound goes. */
  readonly env?: Readonly<Record<string, string>>;
  /** The host's CPU, for emulators that cannot say what a guest may have of it. Absent: not known. */
  readonly hostCpu?: HostCpu;
  /** The model of security that labels without one are of; `none` unless given. */
  readonly securityModel?: string;
  /** Random bytes: for UUIDs and MAC addresses. */
  random(count: number): Uint8Array;
}

/** What addresses depend on of a PCI device of the host. */
export interface HostPciDevice {
  /** Number of the IOMMU group: the devices that can only be given away together. */
  readonly iommuGroup?: number;
  /** It is a PCI Express device; false for conventional PCI. */
  readonly isExpress?: boolean;
}

/** A CPU as libvirt's capabilities describe a host's: a model of its map and the features beyond it. */
export interface HostCpu {
  readonly model?: string | undefined;
  readonly vendor?: string | undefined;
  readonly features: readonly string[];
}

/** A firmware image and what it is for: a file of QEMU's firmware interface (docs/interop/firmware.json). */
export interface FirmwareDescriptor {
  readonly path: string;
  readonly text: string;
}

/** The host's end of a tap device. */
export interface TapDescriptors {
  /** One a queue. */
  readonly fds: readonly number[];
  /** vhost-net descriptors; empty = without vhost. */
  readonly vhostFds: readonly number[];
}

/** What a command line to be run by hand needs besides. */
export interface ByHand {
  /** The file that the value of a secret is to be put into; noted. */
  secretFile(id: string, whose: string): string;
  /** Something that must be there before, or that is other than the document says. One sentence. */
  note(text: string): void;
}

/**
 * What has been made for one start of a guest. Where something is not there, the command line names a path and QEMU
 * opens it itself.
 */
export interface BuildContext {
  /** -1 for a command line that is only shown. */
  readonly domainId: number;
  /** libvirt's name of the host's architecture. */
  readonly hostArch: string;
  readonly privileged: boolean;
  readonly config: QemuConfig;
  /** Directory of this run: master key, monitor socket. */
  readonly privateDir: string;
  /** Directory of this run for sockets that guests' channels are reached by. */
  readonly channelDir: string;
  /** Listening socket of the monitor; its path if QEMU is to make it. */
  readonly monitor: { readonly fd: number } | { readonly path: string };
  /** File of the master key that encrypted secrets refer to. */
  readonly masterKeyFile: string;
  /** Encrypts a secret with the master key; base64 of ciphertext and initialisation vector. Absent: secrets are an error. */
  readonly encryptSecret?: (id: string, plain: Uint8Array) => { readonly data: string; readonly iv: string };
  /** The value of a libvirt secret by UUID or usage. */
  readonly secretValue?: (secret: {
    readonly type: string;
    readonly uuid?: string | undefined;
    readonly usage?: string | undefined;
  }) => Uint8Array;
  /** The tap of an interface by alias (`net0`). */
  readonly tap: (alias: string) => TapDescriptors | undefined;
  /** Listening socket of a character device by alias (`serial0`), for `type='unix'` in mode `bind`. */
  readonly listeningChardev: (alias: string) => number | undefined;
  /** Open file of a character device by alias, and of its log by `ALIAS-log`; they become fd sets. */
  readonly chardevFile: (alias: string) => number | undefined;
  /** Other descriptors by alias: `vhostfd` of a vsock or vhost-scsi device, the VFIO group of a host device, … */
  readonly otherFd: (alias: string) => number | undefined;
  /** Socket of the passt process that serves an interface, by alias. */
  readonly passtSocket: (alias: string) => string;
  /** Socket of the virtiofsd process that serves a filesystem, by alias. */
  readonly virtiofsSocket?: (alias: string) => string | undefined;
  /** Socket of the swtpm process of this guest. */
  readonly tpmSocket: string;
  /** Name of this run's directory below huge page mounts and the memory directory, e.g. `3-vm`. */
  readonly memorySubdir: string;
  readonly hugePages: readonly HugePageMount[];
  /** Start stopped, waiting for a migration, e.g. `defer`. */
  readonly incoming?: string;
  /** Descriptors that the client has lent under this name (`virDomainFDAssociate`). */
  readonly fdGroup?: (name: string) => readonly number[] | undefined;
  /** The path is a CD-ROM drive of the host. */
  readonly isHostCdrom: (path: string) => boolean;
  /** Nodes of the host a guest without `<numatune>` nodes may use, as advised by numad. */
  readonly autoNodeset?: string;
  /** Nodes of the host's memory. Absent: not known, and not checked. */
  readonly numaNodes?: readonly number[];
  /** Seconds since the epoch. */
  readonly now: number;
  /** Local time minus UTC, seconds. */
  readonly utcOffset: number;
  /** The host's graphics device for displays that render without a window. */
  readonly renderNode?: string | undefined;
  /** `/dev/sgN` of a SCSI device of the host. */
  readonly scsiGenericPath: (hostdev: Hostdev) => string;
  /** The host is in FIPS mode. */
  readonly fips?: boolean;
  /**
   * The command line is for a person to run: nothing has been made for it and no daemon follows, so the guest starts at
   * once, QEMU opens everything itself, and what has to be there first is noted.
   */
  readonly byHand?: ByHand;
  /** Of the daemon's own environment what QEMU is given too (`QEMU_AUDIO_DRV`, `SDL_AUDIODRIVER`, `PATH`). */
  readonly env: Readonly<Record<string, string>>;
}

/** Why an argument is there: a value of the document, or an element in that value. Absent: it stands in every command line. */
export interface Cause {
  readonly value: object;
  /** Name of a child element of the value's. */
  readonly element?: string;
}

/** A command line, and what the launcher must set up for it. */
export interface CommandLine {
  readonly emulator: string;
  readonly args: readonly string[];
  /** For each argument, the part of the document that made it. */
  readonly causes: readonly (Cause | undefined)[];
  /** Environment, complete: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Descriptors the arguments name; the child needs them under these numbers. */
  readonly fds: readonly number[];
}
