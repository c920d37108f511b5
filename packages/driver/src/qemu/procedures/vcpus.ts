import { ErrorCode, virtError } from "@tsvirt/base";
import type { Domain } from "@tsvirt/model/domain";
import {
  type DomainRef,
  DomainVcpuFlags as Flags,
  type Handlers,
  DomainModificationImpact as Impact,
  type RemoteProcedures,
} from "@tsvirt/rpc";
import { writeDefinition } from "../definitions/define.ts";
import { currentDomain, definitionOf, formatDefinition } from "../definitions/documents.ts";
import { setLiveVcpus } from "../devices/vcpus.ts";
import { checkFlags, guestOf, type ProcedureContext } from "./context.ts";
import { checkMaps, cpuMap } from "./cpu-maps.ts";
import { readScopeOf, scopeOf } from "./scope.ts";

/** Calls that change how many virtual CPUs a guest has, and tell where they may run. */
export function vcpuProcedures({ driver }: ProcedureContext) {
  const { node } = driver.host;

  const setVcpus = async (dom: DomainRef, wanted: number, flags: number): Promise<void> => {
    const known = Impact.live | Impact.config | Flags.maximum | Flags.guest | Flags.hotpluggable;
    checkFlags(flags, known, "qemuDomainSetVcpusFlags");
    const guest = guestOf(driver, dom);
    if ((flags & Flags.guest) !== 0) {
      throw virtError(ErrorCode.argumentUnsupported, "QEMU guest agent is not configured");
    }
    await guest.change("set vcpus", async () => {
      const scope = scopeOf(guest, flags);
      const definition = scope.config ? definitionOf(guest) : undefined;
      if ((flags & Flags.maximum) !== 0) {
        if (scope.live) {
          throw virtError(ErrorCode.operationInvalid, "maximum vcpu count of a live domain can't be modified");
        }
        if (definition) await writeDefinition(driver, guest, formatDefinition(withMaximum(definition, wanted)));
        return;
      }
      const live = scope.live ? guest.requireLive() : undefined;
      if (live) checkCount(live.domain, wanted, "live");
      if (definition) checkCount(definition, wanted, "persistent");
      if (live) await setLiveVcpus(driver, guest, live, wanted);
      if (definition) await writeDefinition(driver, guest, formatDefinition(withCurrent(definition, wanted)));
    });
  };

  /** A bit for every online CPU of the host, in `length` bytes, limited to a document's list of CPUs. */
  const cpumap = async (length: number, cpuset: string | undefined): Promise<Uint8Array> => {
    const online = await node.cpuMap();
    return cpuMap(online, length, cpuset === undefined ? undefined : new Set(cpusIn(cpuset, online.length)));
  };

  return {
    domainSetVcpus: ({ dom, nvcpus }) => setVcpus(dom, nvcpus, Impact.live),
    domainSetVcpusFlags: ({ dom, nvcpus, flags }) => setVcpus(dom, nvcpus, flags),

    async domainGetVcpuPinInfo({ dom, ncpumaps, maplen, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainGetVcpuPinInfo");
      checkMaps("ncpumaps", ncpumaps, maplen);
      const guest = guestOf(driver, dom);
      const scope = readScopeOf(guest, flags);
      const domain = (scope.config ? definitionOf(guest) : undefined) ?? currentDomain(guest);
      const count = Math.min(domain.vcpu?.count ?? 1, ncpumaps);
      const cpumaps = new Uint8Array(count * maplen);
      for (let vcpu = 0; vcpu < count; vcpu++) {
        const pinned = domain.cputune?.vcpuPins.find((pin) => pin.vcpu === vcpu)?.cpuset;
        cpumaps.set(await cpumap(maplen, pinned ?? domain.vcpu?.cpuset), vcpu * maplen);
      }
      return { cpumaps, num: count };
    },

    async domainGetEmulatorPinInfo({ dom, maplen, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainGetEmulatorPinInfo");
      checkMaps("ncpumaps", 1, maplen);
      const guest = guestOf(driver, dom);
      const scope = readScopeOf(guest, flags);
      const domain = (scope.config ? definitionOf(guest) : undefined) ?? currentDomain(guest);
      const pinned = domain.cputune?.emulatorPin ?? domain.vcpu?.cpuset;
      return { cpumaps: await cpumap(maplen, pinned), ret: 1 };
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

function checkCount(domain: Domain, wanted: number, what: "live" | "persistent"): void {
  const most = domain.vcpu?.count ?? 1;
  if (wanted < 1)
    throw virtError(ErrorCode.invalidArg, "argument out of range: the number of vcpus must be at least 1");
  if (wanted > most) {
    throw virtError(
      ErrorCode.invalidArg,
      `requested vcpus is greater than max allowable vcpus for the ${what} domain: ${wanted} > ${most}`,
    );
  }
}

function withCurrent(domain: Domain, wanted: number): Domain {
  const { current: _, ...vcpu } = domain.vcpu ?? {};
  const { vcpus: _individual, ...rest } = domain;
  return { ...rest, vcpu: { ...vcpu, ...(wanted !== (vcpu.count ?? 1) && { current: wanted }) } };
}

function withMaximum(domain: Domain, wanted: number): Domain {
  const { topology } = domain.cpu ?? {};
  if (topology && topology.sockets * topology.dies * topology.cores * topology.threads !== wanted) {
    throw virtError(ErrorCode.invalidArg, "CPU topology doesn't match the desired vcpu count");
  }
  const { current, ...vcpu } = domain.vcpu ?? {};
  const { vcpus: _individual, ...rest } = domain;
  const kept = Math.min(current ?? vcpu.count ?? 1, wanted);
  return { ...rest, vcpu: { ...vcpu, count: wanted, ...(kept !== wanted && { current: kept }) } };
}

/** The CPUs of a list such as `0-3,^2`, which the document's parser has checked; never more than `limit`. */
function cpusIn(list: string, limit: number): number[] {
  const cpus = new Set<number>();
  for (const part of list.split(",")) {
    const match = /^\s*(\^?)([0-9]+)(?:-([0-9]+))?\s*$/.exec(part);
    if (!match) continue;
    const first = Number(match[2]);
    const last = Math.min(match[3] === undefined ? first : Number(match[3]), limit - 1);
    for (let cpu = first; cpu <= last; cpu++) {
      if (match[1] === "^") cpus.delete(cpu);
      else cpus.add(cpu);
    }
  }
  return [...cpus];
}
