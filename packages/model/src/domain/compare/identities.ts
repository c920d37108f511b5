import type { Located } from "../../compare/located.ts";

/**
 * What tells the items of a list apart: paths within them whose values together name one. Lists that are not here are compared
 * as sets, what remains in order.
 */
const identities: Readonly<Record<string, readonly string[]>> = {
  "/domain/blkiotune/device": ["path"],
  "/domain/cpu/cache": ["@level"],
  "/domain/cpu/feature": ["@name"],
  "/domain/cpu/numa/cell": ["@id"],
  "/domain/cputune/cachetune": ["@vcpus"],
  "/domain/cputune/iothreadpin": ["@iothread"],
  "/domain/cputune/memorytune": ["@vcpus"],
  "/domain/cputune/vcpupin": ["@vcpu"],
  "/domain/cputune/vcpusched": ["@vcpus"],
  "/domain/clock/timer": ["@name"],
  "/domain/devices/audio": ["@id"],
  "/domain/devices/channel": ["target/@type", "target/@name"],
  "/domain/devices/controller": ["@type", "@index"],
  "/domain/devices/disk": ["target/@dev"],
  "/domain/devices/disk/source/host": ["@name"],
  "/domain/devices/filesystem": ["target/@dir"],
  "/domain/devices/graphics": ["@type"],
  "/domain/devices/interface": ["mac/@address"],
  "/domain/devices/lease": ["lockspace", "key"],
  "/domain/devices/shmem": ["@name"],
  "/domain/iothreadids/iothread": ["@id"],
  "/domain/keywrap/cipher": ["@name"],
  "/domain/numatune/memnode": ["@cellid"],
  "/domain/perf/event": ["@name"],
  "/domain/seclabel": ["@model"],
  "/domain/sysinfo": ["@type"],
  "/domain/vcpus/vcpu": ["@id"],
};

/** Lists whose order says something. */
const ordered: ReadonlySet<string> = new Set([
  "/domain/os/boot",
  "/domain/os/initarg",
  "/domain/qemu:commandline/qemu:arg",
  "/domain/qemu:commandline/qemu:env",
  "/domain/devices/redirfilter/usbdev",
  "/domain/sysinfo/oemStrings/entry",
]);

/** See `CompareRules.identity`. */
export function identityOf(pattern: string, item: Located): string | undefined {
  const paths = Object.hasOwn(identities, pattern) ? identities[pattern] : undefined;
  if (paths === undefined) return undefined;
  const parts = paths.flatMap((path) => {
    const value = item.text(path);
    return value === undefined || value === "" ? [] : [`${path}=${quoted(value)}`];
  });
  // USB companions share the index of their controller.
  const model = pattern === "/domain/devices/controller" ? item.text("@model") : undefined;
  if (model?.startsWith("ich9-") === true) parts.push(`@model=${quoted(model)}`);
  return parts.length === 0 ? undefined : parts.join(" and ");
}

/** XPath 1.0 has no escapes. */
function quoted(value: string): string {
  return value.includes("'") ? `"${value.replaceAll('"', "")}"` : `'${value}'`;
}

/** See `CompareRules.isOrdered`. */
export function isOrderedList(pattern: string): boolean {
  return ordered.has(pattern);
}

/** The patterns above, for a test that each names something that is declared. */
export const identityPatterns: readonly (readonly [pattern: string, paths: readonly string[]])[] = [
  ...Object.entries(identities),
  ...[...ordered].map((pattern) => [pattern, []] as const),
];
