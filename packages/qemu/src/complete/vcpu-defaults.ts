import { ErrorCode } from "@tsvirt/base";
import { formatRanges, type NumaCell, type NumberRange, parseRanges, type Vcpu } from "@tsvirt/model/domain";
import type { Completing } from "./state.ts";

/** Which virtual CPUs are there at the start, and in which order (`qemuDomainDefVcpusPostParse`). */
export function checkVcpus({ domain, report }: Completing): void {
  const refuse = (place: object, message: string): void => report(place, message, ErrorCode.configUnsupported);
  const { vcpu = {} } = domain;
  if (vcpu.current === 0) refuse(vcpu, "vcpu 0 can't be offline");
  const [first, ...others] = domain.vcpus?.vcpus ?? [];
  if (first === undefined) return;
  if (first.enabled !== true) refuse(first, "vcpu 0 can't be offline");
  if (first.hotpluggable === true) refuse(first, "vcpu0 can't be hotpluggable");
  if (orderOf(first) > 1) refuse(first, "vcpu0 must be enabled first");
  const isOrdered = orderOf(first) !== 0;
  let before = first;
  for (const item of others) {
    // One that is not there has no place in the order.
    if (item.enabled === true && (orderOf(item) !== 0) !== isOrdered) {
      refuse(item, "all vcpus must have either set or unset order");
    }
    if (item.hotpluggable === false) {
      if (before.hotpluggable === true) {
        refuse(item, "online non-hotpluggable vcpus need to be ordered prior to hotplugable vcpus");
      }
      if (orderOf(before) > orderOf(item)) {
        refuse(item, "online non-hotpluggable vcpus must be ordered in ascending order");
      }
    }
    before = item;
  }
}

function orderOf({ order = 0 }: Vcpu): number {
  return order;
}

/** Virtual CPUs that no NUMA cell has belong to the first (`qemuDomainDefNumaCPUsRectify`). */
export function fillNumaCpus({ domain }: Completing): void {
  const [first, ...others] = domain.cpu?.numa?.cells ?? [];
  if (first === undefined) return;
  const count = domain.vcpu?.count ?? 1;
  const taken = others.flatMap(rangesOf);
  const size = [...rangesOf(first), ...taken].reduce((sum, [low, high]) => sum + high - low + 1, 0);
  if (size >= count) return;
  const free: NumberRange[] = [];
  let next = 0;
  for (const [low, high] of taken.sort((a, b) => a[0] - b[0])) {
    if (low > next) free.push([next, low - 1]);
    next = high + 1;
  }
  if (next < count) free.push([next, count - 1]);
  first.cpus = formatRanges(free);
}

function rangesOf({ cpus }: NumaCell): readonly NumberRange[] {
  return parseRanges(cpus ?? "") ?? [];
}
