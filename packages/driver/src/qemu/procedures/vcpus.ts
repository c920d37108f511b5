import { ErrorCode, virtError } from "@tsvirt/base";
import { type Domain, parseCpuSet } from "@tsvirt/model/domain";
import {
  type DomainRef,
  DomainVcpuFlags as Flags,
  type Handlers,
  DomainModificationImpact as Impact,
  type RemoteProcedures,
} from "@tsvirt/rpc";
import { writeDefinition } from "../definitions/define.ts";
import { definitionOf, formatDefinition } from "../definitions/documents.ts";
import { checkLiveVcpus, configureVcpus, setLiveVcpus, switchLiveVcpus } from "../devices/vcpus.ts";
import { checkFlags, guestOf, type ProcedureContext } from "./context.ts";
import { scopeOf } from "./scope.ts";

/** Calls that change how many virtual CPUs a guest has, and which. */
export function vcpuProcedures({ driver }: ProcedureContext) {
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

  return {
    domainSetVcpus: ({ dom, nvcpus }) => setVcpus(dom, nvcpus, Impact.live),
    domainSetVcpusFlags: ({ dom, nvcpus, flags }) => setVcpus(dom, nvcpus, flags),

    async domainSetVcpu({ dom, cpumap, state, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainSetVcpu");
      if (state !== 0 && state !== 1) {
        throw virtError(ErrorCode.invalidArg, "state in qemuDomainSetVcpu must be: unsupported state value");
      }
      const ids = parseCpuSet(cpumap);
      if (!ids) throw virtError(ErrorCode.invalidArg, `Failed to parse bitmap '${cpumap}'`);
      const last = ids.at(-1);
      if (last === undefined) throw virtError(ErrorCode.invalidArg, "no vcpus selected for modification");
      const guest = guestOf(driver, dom);
      const enable = state === 1;
      await guest.change("set vcpu", async () => {
        const scope = scopeOf(guest, flags);
        const definition = scope.config ? definitionOf(guest) : undefined;
        const live = scope.live ? guest.requireLive() : undefined;
        for (const [domain, what] of [
          [definition, "persistent"],
          [live?.domain, "live"],
        ] as const) {
          if (domain && last >= (domain.vcpu?.count ?? 1)) {
            throw virtError(ErrorCode.invalidArg, `vcpu ${last} is not present in ${what} config`);
          }
        }
        if (live) checkLiveVcpus(live, ids, enable);
        const changed = definition && configureVcpus(definition, ids, enable);
        if (live) await switchLiveVcpus(driver, guest, live, ids, enable);
        if (changed) await writeDefinition(driver, guest, formatDefinition(changed));
      });
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
