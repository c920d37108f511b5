import type { Domain } from "@tsvirt/model/domain";
import { buildCommandLine } from "../argv/build.ts";
import type { BuildContext, CommandLine, HugePageMount, QemuConfig } from "../argv/context.ts";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";

/** Facts of the host a command line to be run by hand is for. */
export interface StandaloneOptions {
  /** Where the sockets are made that libvirt has in directories of its own. Default: where QEMU is run. */
  readonly directory?: string;
  readonly config?: QemuConfig;
  readonly hugePages?: readonly HugePageMount[];
  /** Seconds since the epoch. */
  readonly now: number;
  /** Local time minus UTC, seconds. */
  readonly utcOffset: number;
  readonly renderNode?: string | undefined;
  isHostCdrom(path: string): boolean;
}

/** A command line that needs no daemon, and what has to be known before it is run. */
export interface StandaloneCommandLine extends CommandLine {
  /** Sentences: files to be made, programs to be started, and where the guest is other than its document says. */
  readonly notes: readonly string[];
}

/**
 * The command line by which a person runs a guest: QEMU inherits no descriptor, starts the guest at once, opens its
 * files itself and has a monitor of its own. `domain` is complete (see {@link buildCommandLine}). What only a daemon can
 * give is replaced by the nearest thing QEMU has, or must be made before: the notes say which.
 */
export function standaloneCommandLine(
  domain: Domain,
  caps: QemuCapabilities,
  options: StandaloneOptions,
): StandaloneCommandLine {
  const notes: string[] = [];
  const note = (text: string): void => {
    notes.push(text);
  };
  const here = `${options.directory ?? "."}/${domain.name}`;
  const context: BuildContext = {
    domainId: -1,
    // It is run where its emulator has KVM, if it has.
    hostArch: caps.arch,
    privileged: false,
    config: { ...options.config, memory_backing_dir: options.config?.memory_backing_dir ?? "/dev/shm" },
    privateDir: here,
    channelDir: options.directory ?? ".",
    monitor: { path: `${here}.monitor` },
    masterKeyFile: `${here}.key`,
    byHand: {
      note,
      secretFile: (id, whose) => {
        note(`${id}: put the ${whose} into '${here}.${id}' (chmod 600)`);
        return `${here}.${id}`;
      },
    },
    tap: () => undefined,
    listeningChardev: () => undefined,
    chardevFile: () => undefined,
    otherFd: () => undefined,
    passtSocket: (alias) => `${here}.${alias}.passt`,
    virtiofsSocket: (alias) => {
      const path = `${here}.${alias}.virtiofsd`;
      const shared = domain.devices?.filesystems.find((each) => each.alias === alias)?.source?.dir ?? "";
      note(`${alias}: start 'virtiofsd --socket-path=${path} --shared-dir=${shared}' before`);
      return path;
    },
    get tpmSocket() {
      const path = `${here}.swtpm`;
      const kind = domain.devices?.tpms.some(({ backend }) => "version" in backend && backend.version === "1.2");
      note(
        `tpm: start 'swtpm socket ${kind === true ? "" : "--tpm2 "}--tpmstate dir=DIR --ctrl type=unixio,path=${path}' before`,
      );
      return path;
    },
    memorySubdir: domain.name,
    hugePages: options.hugePages ?? [],
    isHostCdrom: options.isHostCdrom,
    now: options.now,
    utcOffset: options.utcOffset,
    renderNode: options.renderNode,
    scsiGenericPath: (hostdev) => {
      note(`${hostdev.alias ?? "hostdev"}: put the device's number into '/dev/sgN' ('lsscsi -g' shows it)`);
      return "/dev/sgN";
    },
    env: {},
  };
  const line = buildCommandLine(domain, caps, context);
  return { ...line, notes };
}
