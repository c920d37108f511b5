import { group, isJsonObject, JsonError, key, list, OptionError, oneOf, parseJson, text } from "@tsvirt/codec/options";
import type { FirmwareDescriptor } from "../argv/context.ts";

/** What a guest needs of its firmware. */
export interface FirmwareRequest {
  readonly kind: "bios" | "efi";
  /** QEMU's name of the target: `x86_64`, `i386`, … */
  readonly target: string;
  /** Versioned machine type. */
  readonly machine: string;
  /** Wanted (true), unwanted (false), or all the same. */
  readonly secureBoot?: boolean | undefined;
  readonly enrolledKeys?: boolean | undefined;
  /** The loader must be protected from the guest's operating system. */
  readonly secureLoader?: boolean | undefined;
  /** `<smm state='off'/>` rules out firmware that needs it. */
  readonly smm?: boolean | undefined;
  /** Sleep states that must work. */
  readonly s3?: boolean | undefined;
  readonly s4?: boolean | undefined;
  readonly sev?: "sev" | "sev-es" | undefined;
  /** Nothing the firmware stores survives. */
  readonly stateless?: boolean | undefined;
}

/** The firmware that was found. */
export interface FirmwareChoice {
  readonly device: "flash" | "memory" | "kernel";
  readonly file: string;
  /** Initial contents of the guest's variable store; flash only. */
  readonly nvramTemplate?: string;
  readonly requiresSmm: boolean;
  readonly secureBoot: boolean;
}

// QEMU's docs/interop/firmware.json.
const file = group({ filename: key(text), format: key(text) });
const descriptor = group({
  "interface-types": key(list(text)),
  mapping: key(
    group({
      device: key(oneOf("flash", "kernel", "memory")),
      mode: key.optional(oneOf("split", "combined", "stateless")),
      executable: key.optional(file),
      "nvram-template": key.optional(file),
      filename: key.optional(text),
    }),
  ),
  targets: key(list(group({ architecture: key(text), machines: key(list(text)) }))),
  features: key(list(text)),
});
type Descriptor = ReturnType<typeof descriptor.fromJson>;

/** Picks the first firmware that suits; `undefined` if none does. Descriptors that cannot be read are passed over. */
export function chooseFirmware(
  descriptors: readonly FirmwareDescriptor[],
  request: FirmwareRequest,
): FirmwareChoice | undefined {
  for (const { text: source } of descriptors) {
    const firmware = readDescriptor(source);
    const choice = firmware && suits(firmware, request) ? choiceOf(firmware, request) : undefined;
    if (choice) return choice;
  }
  return undefined;
}

/** What can be had for one target and machine: for domain capabilities. */
export function firmwareSupport(
  descriptors: readonly FirmwareDescriptor[],
  target: string,
  machine: string,
): {
  readonly kinds: readonly string[];
  readonly secure: boolean;
  readonly files: readonly string[];
  readonly features: readonly string[];
} {
  const found = descriptors
    .map(({ text: source }) => readDescriptor(source))
    .filter((firmware) => firmware !== undefined)
    .filter((firmware) => targets(firmware, target, machine));
  const kinds = new Set<string>();
  const files: string[] = [];
  for (const firmware of found) {
    for (const type of firmware["interface-types"]) kinds.add(type === "uefi" ? "efi" : type);
    const { executable, filename } = firmware.mapping;
    files.push(executable?.filename ?? filename ?? "");
  }
  return {
    kinds: [...kinds].filter((kind) => kind === "efi" || kind === "bios").sort(),
    secure: found.some(({ features }) => features.includes("requires-smm") && features.includes("secure-boot")),
    files: [...new Set(files)],
    features: [...new Set(found.flatMap(({ features }) => features))],
  };
}

function readDescriptor(source: string): Descriptor | undefined {
  try {
    const value = parseJson(source);
    return isJsonObject(value) ? descriptor.fromJson(value, "", "json") : undefined;
  } catch (error) {
    if (error instanceof JsonError || error instanceof OptionError) return undefined;
    throw error;
  }
}

function targets(firmware: Descriptor, target: string, machine: string): boolean {
  return firmware.targets.some(
    ({ architecture, machines }) =>
      architecture === target && machines.some((pattern) => matchesGlob(pattern, machine)),
  );
}

function suits(firmware: Descriptor, request: FirmwareRequest): boolean {
  const has = (feature: string): boolean => firmware.features.includes(feature);
  const kind = request.kind === "efi" ? "uefi" : "bios";
  if (!firmware["interface-types"].includes(kind)) return false;
  if (!targets(firmware, request.target, request.machine)) return false;
  if (request.s3 === true && !has("acpi-s3")) return false;
  if (request.s4 === true && !has("acpi-s4")) return false;
  if (request.secureBoot !== undefined && request.secureBoot !== has("secure-boot")) return false;
  if (request.enrolledKeys !== undefined && request.enrolledKeys !== has("enrolled-keys")) return false;
  if (request.secureLoader !== undefined && request.secureLoader !== has("requires-smm")) return false;
  if (request.smm === false && has("requires-smm")) return false;
  return request.sev === undefined || has(`amd-${request.sev}`);
}

function choiceOf(firmware: Descriptor, request: FirmwareRequest): FirmwareChoice | undefined {
  const { device, mode = "split", executable, filename } = firmware.mapping;
  const template = firmware.mapping["nvram-template"];
  const features = {
    requiresSmm: firmware.features.includes("requires-smm"),
    secureBoot: firmware.features.includes("secure-boot"),
  };
  if (device !== "flash") return filename === undefined ? undefined : { device, file: filename, ...features };
  if (executable?.format !== "raw") return undefined;
  const wanted = request.stateless === true ? "stateless" : "split";
  // A guest that asks for nothing may have any; a combined image would need a copy of its own.
  if (mode === "combined" || (request.stateless !== undefined && mode !== wanted)) return undefined;
  if (mode === "split" && template?.format !== "raw") return undefined;
  return {
    device,
    file: executable.filename,
    ...(mode === "split" && template && { nvramTemplate: template.filename }),
    ...features,
  };
}

/** `pc-q35-*` and the like: `*`, `?` and nothing else. Linear in the length of both. */
function matchesGlob(pattern: string, value: string): boolean {
  let p = 0;
  let star = -1;
  let resume = 0;
  for (let v = 0; v < value.length; ) {
    if (p < pattern.length && (pattern[p] === "?" || pattern[p] === value[v])) {
      p++;
      v++;
    } else if (pattern[p] === "*") {
      star = p++;
      resume = v;
    } else if (star !== -1) {
      p = star + 1;
      v = ++resume;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
