import { ErrorCode, virtError } from "@tsvirt/base";
import { type FormatDomainOptions, formatDomain } from "@tsvirt/model/domain";
import { migratableForm } from "@tsvirt/qemu";
import {
  DomainControlState,
  DomainMessageType,
  DomainModificationImpact,
  DomainVcpuFlags,
  DomainXmlFlags,
  type Handlers,
  type RemoteProcedures,
  VcpuState,
} from "@tsvirt/rpc";
import { currentDomain, definitionOf, summaryOf } from "../definitions/documents.ts";
import { notRunning } from "../guest/errors.ts";
import type { Guest } from "../guest/guest.ts";
import type { Taint } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { cpuTimeOf, vcpuUsage } from "../stats/usage.ts";
import { checkFlags, guestOf, type ProcedureContext } from "./context.ts";
import { checkMaps, cpuMap } from "./cpu-maps.ts";
import { readScopeOf } from "./scope.ts";
import { stateNumbers } from "./states.ts";

const encoder = new TextEncoder();

/** What users are told of a {@link Taint}. */
const taintTexts: Readonly<Record<Taint, string>> = {
  "custom-argv": "custom configuration parameters specified",
  "custom-monitor": "custom monitor control commands issued",
  "high-privileges": "running with undesirable elevated privileges",
  "shell-scripts": "network configuration using opaque shell scripts",
  "disk-probing": "potentially unsafe disk format probing",
  "external-launch": "managing externally launched configuration",
  "host-cpu": "potentially unsafe use of host CPU passthrough",
  "hook-script": "configuration potentially modified by hook script",
  "cdrom-passthrough": "use of cdrom passthrough",
  "custom-dtb": "custom device tree blob used",
  "custom-ga-command": "custom guest agent control commands issued",
  "custom-hypervisor-feature": "hypervisor feature autodetection override",
  "deprecated-config": "use of deprecated configuration settings",
};

/** Calls that say what a guest is and does. None of them waits for QEMU. */
export function infoProcedures({ driver }: ProcedureContext) {
  const { processes, node } = driver.host;
  const find = (dom: Parameters<typeof guestOf>[1]): Guest => guestOf(driver, dom);
  return {
    domainGetInfo({ dom }) {
      const guest = find(dom);
      const summary = summaryOf(guest);
      return {
        state: stateNumbers(guest.state).state,
        maxMem: summary.maxMemory,
        memory: summary.memory,
        nrVirtCpu: summary.vcpus,
        cpuTime: cpuTimeOf(processes, guest) ?? 0n,
      };
    },
    domainGetState({ dom, flags }) {
      checkFlags(flags, 0, "qemuDomainGetState");
      return stateNumbers(find(dom).state);
    },
    domainGetControlInfo({ dom, flags }) {
      checkFlags(flags, 0, "qemuDomainGetControlInfo");
      const guest = find(dom);
      const live = guest.requireLive();
      if (!live.monitor) return { state: DomainControlState.error, details: 2, stateTime: 0n };
      const { job } = guest;
      if (!job) return { state: DomainControlState.ok, details: 0, stateTime: 0n };
      return {
        state: DomainControlState.job,
        details: 0,
        stateTime: BigInt(Math.trunc(performance.now() - job.startedAt)),
      };
    },
    domainGetOsType({ dom }) {
      return { type: summaryOf(find(dom)).osType };
    },
    domainIsActive({ dom }) {
      return { active: find(dom).isActive ? 1 : 0 };
    },
    domainIsPersistent({ dom }) {
      return { persistent: find(dom).isPersistent ? 1 : 0 };
    },
    domainIsUpdated({ dom }) {
      return { updated: find(dom).updated ? 1 : 0 };
    },

    domainGetXmlDesc({ dom, flags }, call) {
      const known =
        DomainXmlFlags.secure | DomainXmlFlags.inactive | DomainXmlFlags.updateCpu | DomainXmlFlags.migratable;
      checkFlags(flags, known, "qemuDomainGetXMLDesc");
      const guest = find(dom);
      const has = (bit: number): boolean => (flags & bit) !== 0;
      const options: FormatDomainOptions = {
        inactive: has(DomainXmlFlags.inactive) || has(DomainXmlFlags.migratable),
        // A2: the migratable form shows secrets too, and the table asks for the same right.
        secure: !call.readOnly && (has(DomainXmlFlags.secure) || has(DomainXmlFlags.migratable)),
        migratable: has(DomainXmlFlags.migratable),
      };
      const { live } = guest;
      if (live && !options.inactive) return { xml: formatDomain({ ...live.domain, id: guest.id }, options) };
      const make = (): string => {
        const domain = definitionOf(guest) ?? live?.document ?? currentDomain(guest);
        return formatDomain(options.migratable === true ? migratableForm(domain) : domain, options);
      };
      const form = options.secure === true ? flags | DomainXmlFlags.secure : flags & ~DomainXmlFlags.secure;
      return { xml: guest.definition === undefined ? make() : driver.documents.get(guest.definition, form, make) };
    },

    domainGetMaxMemory({ dom }) {
      return { memory: summaryOf(find(dom)).maxMemory };
    },
    domainGetMaxVcpus({ dom }) {
      const guest = find(dom);
      if (!guest.isActive) throw notRunning();
      return { num: currentDomain(guest).vcpu?.count ?? 1 };
    },
    domainGetVcpusFlags({ dom, flags }) {
      const known =
        DomainModificationImpact.live |
        DomainModificationImpact.config |
        DomainVcpuFlags.maximum |
        DomainVcpuFlags.guest |
        DomainVcpuFlags.hotpluggable;
      checkFlags(flags, known, "qemuDomainGetVcpusFlags");
      const guest = find(dom);
      const scope = readScopeOf(guest, flags);
      if ((flags & DomainVcpuFlags.guest) !== 0) {
        if (!scope.live) {
          throw virtError(
            ErrorCode.invalidArg,
            "vCPU count provided by the guest agent can only be requested for live domains",
          );
        }
        throw virtError(ErrorCode.argumentUnsupported, "QEMU guest agent is not configured");
      }
      const { vcpu } = (scope.config ? definitionOf(guest) : undefined) ?? currentDomain(guest);
      const count = vcpu?.count ?? 1;
      return { num: (flags & DomainVcpuFlags.maximum) !== 0 ? count : (vcpu?.current ?? count) };
    },
    async domainGetVcpus({ dom, maxinfo, maplen }) {
      checkMaps("maxinfo", maxinfo, maplen);
      const guest = find(dom);
      if (!guest.isActive) {
        throw virtError(ErrorCode.operationInvalid, "cannot retrieve vcpu information on inactive domain");
      }
      const online = await node.cpuMap();
      const used = vcpuUsage(processes, guest).slice(0, maxinfo);
      const cpumaps = new Uint8Array(used.length * maplen);
      for (const [index, { number }] of used.entries()) {
        const tid = guest.live?.vcpuThreads.get(number);
        const allowed = tid === undefined ? undefined : new Set(processes.affinity(tid));
        cpumaps.set(cpuMap(online, maplen, allowed), index * maplen);
      }
      return {
        info: used.map(({ number, time, cpu }) => ({ number, state: VcpuState.running, cpuTime: time, cpu })),
        cpumaps,
      };
    },

    domainGetMessages({ dom, flags }) {
      checkFlags(flags, DomainMessageType.deprecation | DomainMessageType.tainting, "qemuDomainGetMessages");
      const guest = find(dom);
      const wants = (type: number): boolean => flags === 0 || (flags & type) !== 0;
      const { live } = guest;
      const msgs: string[] = [];
      if (live && wants(DomainMessageType.tainting)) {
        msgs.push(...[...live.taints].map((each) => `tainted: ${taintTexts[each]}`));
      }
      return { msgs };
    },

    nodeGetSecurityModel() {
      const { model, doi } = driver.security[0] ?? { model: "none", doi: "0" };
      return { model: encoder.encode(`${model}\0`), doi: encoder.encode(`${doi}\0`) };
    },
    async domainGetSecurityLabel({ dom }) {
      const [label = noLabel] = await confinement(driver, find(dom));
      return label;
    },
    async domainGetSecurityLabelList({ dom }) {
      const guest = find(dom);
      if (!guest.isActive) return { labels: [], ret: 0 };
      const owner = guest.live?.domain.seclabels.find((label) => label.model === "dac")?.label;
      const labels = [
        ...(driver.security.length > 0 ? await confinement(driver, guest) : [noLabel]),
        { label: encoder.encode(`${owner ?? "+0:+0"}\0`), enforcing: 0 },
      ];
      return { labels, ret: labels.length };
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

const noLabel = { label: new Uint8Array(0), enforcing: 0 };

/** The labels that the kernel's modules know a running guest's process by, in their order. */
function confinement(driver: QemuDriver, guest: Guest): Promise<{ label: Uint8Array; enforcing: number }[]> {
  return Promise.all(
    driver.security.map(async (security) => {
      const { live } = guest;
      const stated = live?.domain.seclabels.find(({ model, type }) => model === security.model && type !== "none");
      if (!live || !stated) return noLabel;
      const { label, enforcing } = await security.processLabel(live.domain, stated);
      return { label: label === "" ? new Uint8Array(0) : encoder.encode(`${label}\0`), enforcing: enforcing ? 1 : 0 };
    }),
  );
}
