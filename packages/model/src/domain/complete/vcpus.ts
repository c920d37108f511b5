import { ErrorCode } from "@tsvirt/base";
import type { Domain } from "../domain.ts";
import { parseCpuSet, parseRanges } from "../scalars.ts";
import type { Report } from "./report.ts";

/** Completes the number of virtual CPUs and the state of each. */
export function completeVcpus(domain: Domain, report: Report): void {
  const vcpu = domain.vcpu ?? {};
  domain.vcpu = vcpu;
  vcpu.placement ??= "static";
  vcpu.count ??= 1;
  if (vcpu.count === 0) report(vcpu, "domain config must have at least one vcpu");
  const list = domain.vcpus?.vcpus;
  if (list !== undefined && domain.vcpus !== undefined) {
    list.sort((a, b) => a.id - b.id);
    const known = new Map(list.map((item) => [item.id, item]));
    for (const item of list) {
      if (item.id >= vcpu.count) report(item, `vcpu id '${item.id}' is out of range of maximum vcpu count`);
      item.enabled ??= false;
    }
    // libvirt lists every virtual CPU as soon as one is listed.
    domain.vcpus.vcpus = Array.from({ length: Math.min(vcpu.count, 4096) }, (_, id) => {
      const item = known.get(id) ?? { id, enabled: true };
      item.hotpluggable ??= item.enabled !== true;
      if (item.enabled !== true && item.hotpluggable === false) {
        report(item, `vcpu '${id}' is both offline and not hotpluggable`);
      }
      return item;
    });
    const online = domain.vcpus.vcpus.filter((item) => item.enabled === true).length;
    vcpu.current = online;
  }
  if (vcpu.current !== undefined && vcpu.current > vcpu.count) {
    report(vcpu, `maxvcpus must not be less than current vcpus (${vcpu.count} < ${vcpu.current})`);
  }
  if (vcpu.current === vcpu.count) delete vcpu.current;
  completeCpuTune(domain, report);
}

function completeCpuTune(domain: Domain, report: Report): void {
  const tune = domain.cputune;
  if (tune === undefined) return;
  const seen = new Set<number>();
  for (const pin of tune.vcpuPins) {
    if (seen.has(pin.vcpu)) report(pin, `duplicate vcpupin for vcpu '${pin.vcpu}'`, ErrorCode.internalError);
    seen.add(pin.vcpu);
  }
  const pinned = new Set<number>();
  for (const pin of tune.iothreadPins) {
    const { iothread } = pin;
    if (pinned.has(iothread)) {
      report(pin, `duplicate iothreadpin for same iothread '${iothread}'`, ErrorCode.internalError);
    }
    pinned.add(iothread);
  }
  tune.vcpuPins = tune.vcpuPins.filter((pin) => pin.vcpu < (domain.vcpu?.count ?? 1)).sort((a, b) => a.vcpu - b.vcpu);
  for (const [key, list] of [
    ["vcpus", tune.vcpuScheds],
    ["iothreads", tune.iothreadScheds],
  ] as const) {
    const ranges = list
      .flatMap((item) =>
        (parseRanges("vcpus" in item ? item.vcpus : item.iothreads) ?? []).map((range) => ({ item, range })),
      )
      .sort((a, b) => a.range[0] - b.range[0]);
    let end = -1;
    for (const { item, range } of ranges) {
      if (range[0] <= end) {
        report(item, `'${key.slice(0, -1)}sched' attributes '${key}' must not overlap`, ErrorCode.xmlDetail);
        return;
      }
      end = range[1];
    }
  }
  tune.vcpuScheds = split(tune.vcpuScheds, "vcpus");
  tune.iothreadScheds = split(tune.iothreadScheds, "iothreads");
}

/** libvirt writes a line for each thread, in their order. */
function split<K extends "vcpus" | "iothreads", T extends { [key in K]: string }>(items: readonly T[], key: K): T[] {
  const single = items.flatMap((item) =>
    (parseCpuSet(item[key]) ?? []).map((id) => ({ id, item: { ...item, [key]: String(id) } })),
  );
  return single.sort((a, b) => a.id - b.id).map(({ item }) => item);
}
