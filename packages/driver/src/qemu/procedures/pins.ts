import { ErrorCode, virtError } from "@tsvirt/base";
import { type Domain, formatCpuSet, parseCpuSet } from "@tsvirt/model/domain";
import {
  type DomainRef,
  type Handlers,
  DomainModificationImpact as Impact,
  type RemoteProcedures,
  DomainTunableParameter as Tunable,
} from "@tsvirt/rpc";
import { hasVcpuThreads, pinOf, threadGroupName } from "../cgroups/start-tuning.ts";
import { currentDomain, definitionOf } from "../definitions/documents.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { checkFlags, guestOf, type ProcedureContext } from "./context.ts";
import { checkMaps, cpuMap, mapBits } from "./cpu-maps.ts";
import { readScopeOf } from "./scope.ts";
import { changeTuning, cpuTuneOf } from "./tuned.ts";

/** Calls that say on which of the host's CPUs a guest's threads may run. */
export function pinProcedures({ driver }: ProcedureContext) {
  const pinVcpu = async (dom: DomainRef, vcpu: number, cpumap: Uint8Array, flags: number): Promise<void> => {
    checkFlags(flags, Impact.live | Impact.config, "qemuDomainPinVcpuFlags");
    const guest = guestOf(driver, dom);
    const cpuset = formatCpuSet(mapBits(cpumap));
    await changeTuning(driver, guest, flags, "pin vcpu", {
      config(definition) {
        const { count = 1, current = count } = definition.vcpu ?? {};
        if (vcpu >= count) {
          throw virtError(ErrorCode.invalidArg, `vcpu ${vcpu} is out of range of persistent cpu count ${current}`);
        }
        refuseEmpty(cpuset, "Empty cpu list for pinning");
        return withVcpuPin(definition, vcpu, cpuset);
      },
      async live(live) {
        refuseEmpty(cpuset, "Empty cpu list for pinning");
        if (!hasVcpuThreads(live)) throw virtError(ErrorCode.operationInvalid, "cpu affinity is not supported");
        const { count = 1 } = live.domain.vcpu ?? {};
        if (vcpu >= count) {
          throw virtError(ErrorCode.invalidArg, `vcpu ${vcpu} is out of range of live cpu count ${count}`);
        }
        const tid = live.vcpuThreads.get(vcpu);
        if (tid !== undefined) await bind(driver, live, threadGroupName({ kind: "vcpu", id: vcpu }), tid, cpuset);
        live.domain = withVcpuPin(live.domain, vcpu, cpuset);
        announce(driver, guest, Tunable.cpuVcpupin.replace("%u", String(vcpu)), cpuset);
      },
    });
  };

  return {
    domainPinVcpu: ({ dom, vcpu, cpumap }) => pinVcpu(dom, vcpu, cpumap, Impact.live),
    domainPinVcpuFlags: ({ dom, vcpu, cpumap, flags }) => pinVcpu(dom, vcpu, cpumap, flags),

    async domainPinEmulator({ dom, cpumap, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainPinEmulator");
      const guest = guestOf(driver, dom);
      const cpuset = formatCpuSet(mapBits(cpumap));
      const pinned = (domain: Domain): Domain => ({
        ...domain,
        cputune: { ...cpuTuneOf(domain), emulatorPin: cpuset },
      });
      await changeTuning(driver, guest, flags, "pin emulator", {
        config(definition) {
          refuseEmpty(cpuset, "Empty cpu list for pinning");
          return pinned(definition);
        },
        async live(live) {
          refuseEmpty(cpuset, "Empty cpu list for pinning");
          const pid = live.identity?.pid;
          if (pid !== undefined) await bind(driver, live, threadGroupName({ kind: "emulator" }), pid, cpuset);
          live.domain = pinned(live.domain);
          announce(driver, guest, Tunable.cpuEmulatorpin, cpuset);
        },
      });
    },

    async domainGetVcpuPinInfo({ dom, ncpumaps, maplen, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainGetVcpuPinInfo");
      checkMaps("ncpumaps", ncpumaps, maplen);
      const domain = domainFor(guestOf(driver, dom), flags);
      const count = Math.min(domain.vcpu?.count ?? 1, ncpumaps);
      const cpumaps = new Uint8Array(count * maplen);
      for (let id = 0; id < count; id++) {
        cpumaps.set(await cpumap(driver, maplen, pinOf(domain, { kind: "vcpu", id })), id * maplen);
      }
      return { cpumaps, num: count };
    },

    async domainGetEmulatorPinInfo({ dom, maplen, flags }) {
      checkFlags(flags, Impact.live | Impact.config, "qemuDomainGetEmulatorPinInfo");
      checkMaps("ncpumaps", 1, maplen);
      const domain = domainFor(guestOf(driver, dom), flags);
      return { cpumaps: await cpumap(driver, maplen, pinOf(domain, { kind: "emulator" })), ret: 1 };
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

function domainFor(guest: Guest, flags: number): Domain {
  const scope = readScopeOf(guest, flags);
  return (scope.config ? definitionOf(guest) : undefined) ?? currentDomain(guest);
}

/** A bit for every CPU of a list, or for every online one of the host without a list, in `length` bytes. */
async function cpumap(driver: QemuDriver, length: number, cpuset: string | undefined): Promise<Uint8Array> {
  const online = await driver.host.node.cpuMap();
  return cpuMap(online, length, cpuset === undefined ? undefined : new Set(parseCpuSet(cpuset)));
}

/** Lets a thread run on these CPUs only: its control group first, which no affinity can go beyond. */
export async function bind(
  driver: QemuDriver,
  live: LiveGuest,
  name: string,
  tid: number,
  cpuset: string,
): Promise<void> {
  if (live.group?.has("cpuset")) await live.group.threadGroup(name).write("cpuset", "cpuset.cpus", cpuset);
  driver.host.processes.setAffinity(tid, parseCpuSet(cpuset) ?? []);
}

/** Throws when a client's map has no CPU in it. */
export function refuseEmpty(cpuset: string, text: string): void {
  if (cpuset === "") throw virtError(ErrorCode.invalidArg, text);
}

/** Tells clients of a tuning that is a set of CPUs. */
export function announce(driver: QemuDriver, guest: Guest, name: string, cpuset: string): void {
  driver.events.emit(guest.ref, { kind: "tunable", values: [{ name, type: "string", value: cpuset }] });
}

function withVcpuPin(domain: Domain, vcpu: number, cpuset: string): Domain {
  const tune = cpuTuneOf(domain);
  const others = tune.vcpuPins.filter((pin) => pin.vcpu !== vcpu);
  const vcpuPins = [...others, { vcpu, cpuset }].sort((a, b) => a.vcpu - b.vcpu);
  return { ...domain, cputune: { ...tune, vcpuPins } };
}
