import { ErrorCode, virtError } from "@tsvirt/base";
import type { DomainHooks } from "@tsvirt/model/domain";
import {
  capabilitiesOfReplies,
  declaredCapabilities,
  isCapabilityFlag,
  QemuCapabilities,
  qemuHooks,
} from "@tsvirt/qemu";
import { askEmulator } from "../ask-emulator.ts";
import { anyHost, type HostProfile, readHostProfile, thisHost } from "../host-profile.ts";
import { jsonOf, readInput } from "../user-files.ts";
import type { ConvertOptions } from "./options.ts";

/** Options of every command that completes domains as QEMU's driver does. */
export const qemuOptions = {
  "--capabilities": {
    takes: "FILE",
    help: "what the emulator can do: a recorded probe, or what tsvirt probe wrote (default: this machine's is asked)",
  },
  "--host": {
    takes: "FILE",
    help: "facts of the host (JSON; default: this machine's, or with --capabilities libvirt's defaults)",
  },
  "--abi-update": { help: "a new definition: the newest defaults" },
} as const;

/** Options that say for which host and emulator a conversion is. */
export type HostOptions = ConvertOptions<"--capabilities" | "--host">;

/** What several conversions of one run share. */
export class Inputs {
  readonly #capabilities = new Map<string, Promise<CapabilitySource>>();
  readonly #hosts = new Map<string, Promise<HostProfile>>();

  /**
   * What an emulator for `arch` can do: as `--capabilities` says, or else as this machine's says itself. Throws a `VirtError`
   * when the file holds no capabilities, a `ShellError` when there is no such emulator.
   */
  async capabilities(options: HostOptions, arch: string): Promise<QemuCapabilities> {
    const file = options.value("--capabilities");
    const found = once(this.#capabilities, file ?? `qemu-system-${arch}`, async (key) => {
      if (file !== undefined) return readCapabilities(file);
      const asked = await askEmulator(key === "qemu-system-i686" ? "qemu-system-i386" : key);
      return () => asked;
    });
    return (await found)(arch);
  }

  /** The host: as `--host` says, or else any if the emulator is not this machine's, or else this machine. */
  host(options: HostOptions): Promise<HostProfile> {
    const file = options.value("--host");
    const isElsewhere = options.value("--capabilities") !== undefined;
    return once(this.#hosts, file ?? (isElsewhere ? "any" : "this"), async () => {
      if (file !== undefined) return readHostProfile(file);
      return isElsewhere ? anyHost() : thisHost();
    });
  }

  /** QEMU's part of completing the domain in `xml`, as {@link qemuOptions} ask for it. */
  async hooks(options: ConvertOptions<keyof typeof qemuOptions>, xml: string): Promise<DomainHooks> {
    const host = await this.host(options);
    const caps = await this.capabilities(options, archOf(xml, host));
    return qemuHooks(caps, host.facts, { abiUpdate: options.flag("--abi-update") });
  }

  /** {@link Inputs.hooks} for a guest that runs: nothing is checked, and the emulator could do what is said of it. */
  async hooksForRunning(
    options: ConvertOptions<keyof typeof qemuOptions>,
    xml: string,
  ): Promise<(flags: readonly string[] | undefined) => DomainHooks> {
    const host = await this.host(options);
    const probed = await this.capabilities(options, archOf(xml, host));
    return (flags) => {
      const others = flags === undefined ? [] : probed.data.flags.filter((flag) => !flags.includes(flag));
      const caps = flags === undefined ? probed : probed.withNames(flags.filter(isCapabilityFlag), others);
      return qemuHooks(caps, host.facts, { abiUpdate: false, skipValidation: true });
    };
  }
}

/** Makes what is under a key at the first use. */
function once<T>(map: Map<string, Promise<T>>, key: string, make: (key: string) => Promise<T>): Promise<T> {
  let found = map.get(key);
  if (!found) {
    found = make(key);
    map.set(key, found);
  }
  return found;
}

/** The capabilities of an emulator for an architecture; those of a real one are for its own. */
type CapabilitySource = (arch: string) => QemuCapabilities;

async function readCapabilities(file: string): Promise<CapabilitySource> {
  const text = await readInput(file);
  const probed = file.endsWith(".replies") ? await capabilitiesOfReplies(text) : QemuCapabilities.parse(text);
  if (probed) return () => probed;
  const declared = jsonOf(text, file);
  return (arch) => {
    const found = declaredCapabilities(declared, arch);
    if (!found)
      throw virtError(ErrorCode.invalidArg, `${file} is neither a recorded nor a written set of capabilities`);
    return found;
  };
}

/** The architecture that a domain document names, before anything else of it is read. */
export function archOf(xml: string, host: HostProfile): string {
  return /<type\b[^>]*\barch\s*=\s*["']([^"']*)["']/.exec(xml)?.[1] ?? host.facts.arch;
}
