import { ErrorCode, virtError } from "@tsvirt/base";
import { isJsonArray, isJsonObject, type JsonValue } from "@tsvirt/codec/options";
import { type AcceleratorCapabilities, CACHE_FORMAT, QemuCapabilities } from "./capabilities.ts";

/**
 * Capabilities that somebody wrote down instead of probing: for an emulator of any architecture, without an emulator.
 * A JSON object of
 * - `flags`: names of capabilities,
 * - `flagsAlwaysSetPerArch`: by architecture, names that are added,
 * - `machines`: by accelerator (`kvm`, `hvf`, `qemu`) and architecture, names of machine types, first the preferred one,
 * - `cpuModels`: by family (`x86`, `arm`, `ppc64`, `s390x`), names of CPU models,
 * - `gic`: versions of ARM's interrupt controller,
 * - `version`: major × 1,000,000 + minor × 1,000 + micro.
 *
 * `undefined` if the value is not of this form. Throws a `VirtError` for an architecture without machine types.
 */
export function declaredCapabilities(value: JsonValue, guestArch: string): QemuCapabilities | undefined {
  if (!isJsonObject(value) || !isJsonArray(value.flags) || !isJsonObject(value.machines)) return undefined;
  const arch = emulatorArchs.get(guestArch) ?? guestArch;
  const cpus = strings(member(value.cpuModels, cpuFamily(arch)));
  const kvm = acceleratorOf(strings(member(member(value.machines, "kvm"), arch)), cpus);
  const tcg = acceleratorOf(strings(member(member(value.machines, "qemu"), arch)), cpus);
  if (!kvm && !tcg) {
    throw virtError(ErrorCode.invalidArg, `the capabilities name no machine type of architecture '${arch}'`);
  }
  return new QemuCapabilities({
    format: CACHE_FORMAT,
    version: typeof value.version === "number" ? value.version : 0,
    package: "",
    arch,
    flags: [
      ...new Set([
        ...strings(value.flags),
        ...strings(member(value.flagsAlwaysSetPerArch, arch)),
        ...(strings(member(member(value.machines, "hvf"), arch)).length > 0 ? ["hvf"] : []),
      ]),
    ],
    ...(kvm && { kvm }),
    ...(tcg && { tcg }),
    gic: (isJsonArray(value.gic) ? value.gic : [])
      .filter((version) => typeof version === "number")
      .map((version) => ({ version, emulated: true, kernel: true })),
  });
}

/** Guests that have no emulator of their own. */
const emulatorArchs: ReadonlyMap<string, string> = new Map([
  ["ppc64le", "ppc64"],
  ["s390", "s390x"],
]);

function acceleratorOf(machines: readonly string[], cpus: readonly string[]): AcceleratorCapabilities | undefined {
  if (machines.length === 0) return undefined;
  return {
    cpus: cpus.map((name) => ({ name, usable: "unknown", deprecated: false })),
    machines: machines.map((name) => ({
      name,
      maxCpus: 0,
      hotplugCpus: false,
      isDefault: false,
      numaMemSupported: true,
      deprecated: false,
    })),
  };
}

/** CPU models are listed by what several architectures share. */
function cpuFamily(arch: string): string {
  if (arch === "x86_64" || arch === "i686") return "x86";
  if (arch === "aarch64" || arch === "armv7l" || arch === "armv6l") return "arm";
  return arch.startsWith("ppc") ? "ppc64" : arch;
}

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function strings(value: JsonValue | undefined): string[] {
  return isJsonArray(value) ? value.filter((item) => typeof item === "string") : [];
}
