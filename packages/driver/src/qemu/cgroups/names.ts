import { ErrorCode, virtError } from "@tsvirt/base";
import { controllers, type GroupLayout } from "@tsvirt/host";

/** Longest name of a machine, as systemd's manager of machines has it. */
const MACHINE_NAME = 64;
/** Directories at the top of a hierarchy that are no partitions of ours. */
const WELL_KNOWN = new Set(["machine", "user", "system", "machine.slice", "user.slice", "system.slice"]);

/** The steps from the root of a hierarchy to a guest's own group, and whether those before it are ours to make. */
export interface GroupPath {
  readonly partition: readonly string[];
  readonly name: string;
  readonly mayMakePartition: boolean;
}

/** Where a guest's group is, by libvirt's rules for the layout; `placement` is the daemon's own group. */
export function groupPath(
  guest: { readonly id: number; readonly name: string; readonly partition?: string | undefined },
  layout: GroupLayout,
  placement: string,
): GroupPath {
  if (layout === "libvirt") {
    const own = placement.split("/").filter((step) => step !== "");
    return { partition: [...own, "libvirt", "qemu"], name: escapeStep(guest.name), mayMakePartition: true };
  }
  const { partition = "/machine" } = guest;
  if (!partition.startsWith("/")) {
    throw virtError(ErrorCode.configUnsupported, `Resource partition '${partition}' must start with '/'`);
  }
  const steps = partition.split("/").filter((step) => step !== "");
  return {
    partition: steps.map((step, index) => partitionStep(step, index)),
    name: escapeStep(`${machineName(guest.id, guest.name)}.libvirt-qemu`),
    mayMakePartition: partition === "/machine",
  };
}

/** `qemu-ID-NAME` of what can be in a host's name. */
export function machineName(id: number, name: string): string {
  let text = `qemu-${id}-`;
  let skip = true;
  for (const letter of name) {
    if (text.length >= MACHINE_NAME) break;
    const isSeparator = letter === "." || letter === "-";
    if (isSeparator ? skip : !/[a-zA-Z0-9]/.test(letter)) continue;
    text += letter;
    skip = isSeparator;
  }
  return text.replace(/[-.]+$/, "");
}

function partitionStep(step: string, index: number): string {
  if (step === "..") throw virtError(ErrorCode.configUnsupported, "Resource partition must not leave its hierarchy");
  if (index === 0 && WELL_KNOWN.has(step)) return step;
  return escapeStep(step.includes(".") ? step : `${step}.partition`);
}

/** What the kernel could take for a file of its own gets an underscore. */
function escapeStep(step: string): string {
  const isKernels =
    /^[_.]/.test(step) ||
    ["notify_on_release", "release_agent", "tasks"].includes(step) ||
    ["cgroup", ...controllers].some((name) => step.startsWith(`${name}.`));
  return isKernels ? `_${step}` : step;
}
