import { ErrorCode, formatUuid, virtError } from "@tsvirt/base";
import type { Domain } from "@tsvirt/model/domain";
import type { HostFacts } from "../argv/context.ts";

/** What libvirt fills in whatever the hypervisor is (`virDomainDefPostParse`, before the driver's part). */
export function fillCommonDefaults(domain: Domain, facts: HostFacts): void {
  domain.uuid ??= newUuid(facts);
  if (domain.genid === "") domain.genid = newUuid(facts);
  fillMemory(domain);
  domain.vcpu ??= { count: 1 };
  domain.vcpu.count ??= 1;
  domain.vcpu.placement ??= "static";
  const { count, current } = domain.vcpu;
  if (current !== undefined && current > count) {
    throw virtError(
      ErrorCode.configUnsupported,
      `maxvcpus must not be less than current vcpus (${count} < ${current})`,
    );
  }
  if (current === count) delete domain.vcpu.current;
  domain.clock ??= { offset: "utc", timers: [] };
  domain.clock.offset ??= "utc";
  domain.onPoweroff ??= "destroy";
  domain.onReboot ??= "restart";
  domain.onCrash ??= "destroy";
  numberIothreads(domain);
}

/** A random UUID (version 4). */
export function newUuid(facts: HostFacts): string {
  const bytes = facts.random(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return formatUuid(bytes);
}

function fillMemory(domain: Domain): void {
  const cells = domain.cpu?.numa?.cells ?? [];
  const modules = (domain.devices?.memories ?? []).reduce((sum, { target }) => sum + target.size, 0);
  const inCells = cells.reduce((sum, { memory }) => sum + (memory ?? 0), 0);
  let total = domain.memory?.kib ?? 0;
  if (inCells > 0) total = inCells + modules;
  else if (domain.memory === undefined || total === 0) {
    if (domain.currentMemory === undefined)
      throw virtError(ErrorCode.xmlError, "Memory size must be specified via <memory> or in the <numa> configuration");
    total = domain.currentMemory;
  }
  domain.memory = { ...domain.memory, unit: "KiB", kib: total };
  if (domain.currentMemory === undefined || domain.currentMemory > total || domain.currentMemory === 0) {
    domain.currentMemory = total;
  }
  const max = domain.maxMemory;
  if (max && max.slots === undefined) {
    throw virtError(ErrorCode.xmlError, "maximum memory size must be specified when specifying number of memory slots");
  }
}

/** Threads without ids get the lowest free ones. */
function numberIothreads(domain: Domain): void {
  const wanted = domain.iothreads ?? 0;
  const listed = domain.iothreadids?.iothreads ?? [];
  if (wanted === 0 && listed.length === 0) return;
  domain.iothreadids ??= { iothreads: [] };
  const { iothreads } = domain.iothreadids;
  for (let id = 1; iothreads.length < wanted; id++) {
    if (!iothreads.some((each) => each.id === id)) iothreads.push({ id });
  }
  domain.iothreads = Math.max(wanted, iothreads.length);
}
