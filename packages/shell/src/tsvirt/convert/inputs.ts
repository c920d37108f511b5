import { readFile } from "node:fs/promises";
import { ErrorCode, virtError } from "@tsvirt/base";
import { parseJson } from "@tsvirt/codec/options";
import type { DomainHooks } from "@tsvirt/model/domain";
import { capabilitiesOfReplies, declaredCapabilities, QemuCapabilities, qemuHooks } from "@tsvirt/qemu";
import { type HostProfile, readHostProfile } from "../host-profile.ts";
import type { ConvertOptions } from "./options.ts";

/** Options of every command that completes domains as QEMU's driver does. */
export const qemuOptions = {
  "--capabilities": { takes: "FILE", help: "what the emulator can do: a recorded probe, or what tsvirt probe wrote" },
  "--host": { takes: "FILE", help: "facts that stand in for this machine's (JSON)" },
  "--abi-update": { help: "a new definition: the newest defaults" },
} as const;

/** Files that several conversions of one run share. */
export class Inputs {
  readonly #capabilities = new Map<string, Promise<CapabilitySource>>();
  readonly #hosts = new Map<string, Promise<HostProfile>>();

  /** What `file` says of an emulator for `arch`. Throws a `VirtError` when no file is named or it holds no capabilities. */
  async capabilities(file: string | undefined, arch: string): Promise<QemuCapabilities> {
    if (file === undefined) throw virtError(ErrorCode.invalidArg, "--capabilities is needed");
    let found = this.#capabilities.get(file);
    if (!found) {
      found = readCapabilities(file);
      this.#capabilities.set(file, found);
    }
    return (await found)(arch);
  }

  /** Without a file, a privileged host with libvirt's defaults. */
  host(file: string | undefined): Promise<HostProfile> {
    const key = file ?? "";
    let found = this.#hosts.get(key);
    if (!found) {
      found = readHostProfile(file);
      this.#hosts.set(key, found);
    }
    return found;
  }

  /** QEMU's part of completing the domain in `xml`, as {@link qemuOptions} ask for it. */
  async hooks(options: ConvertOptions<keyof typeof qemuOptions>, xml: string): Promise<DomainHooks> {
    const host = await this.host(options.value("--host"));
    const caps = await this.capabilities(options.value("--capabilities"), archOf(xml, host));
    return qemuHooks(caps, host.facts, { abiUpdate: options.flag("--abi-update") });
  }
}

/** The capabilities of an emulator for an architecture; those of a real one are for its own. */
type CapabilitySource = (arch: string) => QemuCapabilities;

async function readCapabilities(file: string): Promise<CapabilitySource> {
  const text = await readFile(file, "utf8");
  const probed = file.endsWith(".replies") ? await capabilitiesOfReplies(text) : QemuCapabilities.parse(text);
  if (probed) return () => probed;
  const declared = parseJson(text);
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
