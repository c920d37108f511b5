import { type Domain, DomainMemoryModFlags, DomainVcpuFlags, VirtError } from "@tsvirt/client";
import { type Command, command, data, flag, sizeData, uintData } from "../../vsh/command.ts";
import { ShellError } from "../../vsh/errors.ts";
import { attempt } from "../../vsh/shell.ts";
import { affects, exclusive } from "../affects.ts";
import { affinityText, bitmapText } from "../cpu-maps.ts";
import { bits } from "../flags.ts";
import { vcpuStateText } from "../states.ts";

interface VcpuRow {
  readonly vcpu: number;
  readonly cpu: number | string;
  readonly state: string;
  /** Missing when it is not known. */
  readonly time: string | undefined;
  readonly map: Uint8Array;
}

/** The processors of a running guest; `undefined` when it does not run. */
async function liveVcpus(domain: Domain, count: number, maplen: number): Promise<readonly VcpuRow[] | undefined> {
  try {
    const { info, cpumaps } = await domain.connection.remote.domainGetVcpus({
      dom: domain.ref,
      maxinfo: count,
      maplen,
    });
    return info.map(({ number, state, cpuTime, cpu }, at) => ({
      vcpu: number,
      cpu: cpu < 0 ? "N/A" : cpu,
      state: vcpuStateText(state),
      time: cpuTime === 0n ? undefined : `${(Number(cpuTime) / 1e9).toFixed(1)}s`,
      map: cpumaps.subarray(at * maplen, (at + 1) * maplen),
    }));
  } catch (error) {
    if (error instanceof VirtError && !(await domain.isActive())) return undefined;
    throw error;
  }
}

/** The processors of a guest as its definition has them. */
async function definedVcpus(domain: Domain, count: number, maplen: number): Promise<readonly VcpuRow[]> {
  const args = { dom: domain.ref, ncpumaps: count, maplen, flags: DomainVcpuFlags.config };
  const { cpumaps, num } = await domain.connection.remote.domainGetVcpuPinInfo(args);
  return Array.from({ length: num }, (_, vcpu) => ({
    vcpu,
    cpu: "N/A",
    state: "N/A",
    time: "N/A",
    map: cpumaps.subarray(vcpu * maplen, (vcpu + 1) * maplen),
  }));
}

/** Whole KiB of bytes, rounded up. */
const kibOf = (bytes: bigint): bigint => (bytes + 1023n) / 1024n;

/** Commands about guests' memory and processors. */
export const commands: readonly Command[] = [
  command({
    name: "setmaxmem",
    help: "change maximum memory limit",
    about: "Change the maximum memory allocation limit in the guest domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      size: sizeData("new maximum memory size, as scaled integer (default KiB)", 1024),
      config: flag("affect next boot"),
      live: flag("affect running domain"),
      current: flag("affect current domain"),
    },
    async run(shell, args) {
      exclusive(args, ["current", "live"], ["current", "config"]);
      const flags = affects(args) | DomainMemoryModFlags.maximum;
      const domain = await shell.domain(args.domain);
      const kib = kibOf(args.size);
      await attempt(domain.setMemory(kib, { flags }), "Unable to change MaxMemorySize");
    },
  }),
  command({
    name: "setmem",
    help: "change memory allocation",
    about: "Change the current memory allocation in the guest domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      size: sizeData("new memory size, as scaled integer (default KiB)", 1024),
      config: flag("affect next boot"),
      live: flag("affect running domain"),
      current: flag("affect current domain"),
    },
    async run(shell, args) {
      exclusive(args, ["current", "live"], ["current", "config"]);
      const flags = affects(args);
      const domain = await shell.domain(args.domain);
      const kib = kibOf(args.size);
      await domain.setMemory(kib, { flags });
    },
  }),
  command({
    name: "setvcpus",
    help: "change number of virtual CPUs",
    about: "Change the number of virtual CPUs in the guest domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      count: uintData("number of virtual CPUs"),
      maximum: flag("set maximum limit on next boot"),
      config: flag("affect next boot"),
      live: flag("affect running domain"),
      current: flag("affect current domain"),
      guest: flag("modify cpu state in the guest"),
      hotpluggable: flag("make added vcpus hot(un)pluggable"),
    },
    async run(shell, args) {
      exclusive(args, ["current", "live"], ["current", "config"], ["guest", "config"]);
      if (args.maximum && !args.config) throw new ShellError("Option --config is required by option --maximum");
      const flags =
        affects(args) |
        bits(
          [args.guest, DomainVcpuFlags.guest],
          [args.maximum, DomainVcpuFlags.maximum],
          [args.hotpluggable, DomainVcpuFlags.hotpluggable],
        );
      const domain = await shell.domain(args.domain);
      const { count } = args;
      if (count === 0) throw new ShellError("Can't set 0 processors for a VM");
      await domain.setVcpus(count, !args.current && flags === 0 ? {} : { flags });
    },
  }),
  command({
    name: "vcpucount",
    help: "domain vcpu counts",
    about: "Returns the number of virtual CPUs used by the domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      maximum: flag("get maximum count of vcpus"),
      active: flag("get number of currently active vcpus"),
      live: flag("get value from running domain"),
      config: flag("get value to be used on next boot"),
      current: flag("get value according to current domain state"),
      guest: flag("retrieve vcpu count from the guest instead of the hypervisor"),
    },
    async run(shell, args) {
      exclusive(args, ["live", "config"], ["active", "maximum"], ["guest", "config"]);
      const domain = await shell.domain(args.domain);
      if (args.maximum || args.active || args.current || args.config || args.live || args.guest) {
        const flags =
          affects(args) | bits([args.maximum, DomainVcpuFlags.maximum], [args.guest, DomainVcpuFlags.guest]);
        const counted = domain.getVcpusFlags({ flags });
        const count = await (args.guest ? attempt(counted, "Failed to retrieve vCPU count from the guest") : counted);
        shell.out.value("count", count);
        return;
      }
      const [persistent, active] = await Promise.all([domain.isPersistent(), domain.isActive()]);
      const counts = [
        ["maximum", "config", persistent, DomainVcpuFlags.maximum | DomainVcpuFlags.config],
        ["maximum", "live", active, DomainVcpuFlags.maximum | DomainVcpuFlags.live],
        ["current", "config", persistent, DomainVcpuFlags.config],
        ["current", "live", active, DomainVcpuFlags.live],
      ] as const;
      for (const [which, when, applies, flags] of counts) {
        if (!applies) continue;
        const count = await domain.getVcpusFlags({ flags });
        shell.out.print(`${which.padEnd(12)} ${when.padEnd(12)} ${String(count).padStart(3)}\n`);
        shell.out.json({ [`${which}${when === "live" ? "Live" : "Config"}`]: count });
      }
    },
  }),
  command({
    name: "vcpuinfo",
    help: "detailed domain vcpu information",
    about: "Returns basic information about the domain virtual CPUs.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      pretty: flag("return human readable output"),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const { remote } = shell.connection;
      const cpus = (await remote.nodeGetCpuMap({ needMap: 0, needOnline: 0, flags: 0 })).ret;
      const { nrVirtCpu } = await domain.getInfo();
      const maplen = Math.ceil(cpus / 8);
      const affinity = (map: Uint8Array) => (args.pretty ? affinityText(map, cpus) : bitmapText(map, cpus));
      const vcpus = await liveVcpus(domain, nrVirtCpu, maplen);
      const rows = vcpus ?? (await definedVcpus(domain, nrVirtCpu, maplen));
      for (const [at, { vcpu, cpu, state, time, map }] of rows.entries()) {
        if (at > 0) shell.out.print("\n");
        shell.out.print(`${"VCPU:".padEnd(15)} ${vcpu}\n`);
        shell.out.print(`${"CPU:".padEnd(15)} ${cpu}\n`);
        shell.out.print(`${"State:".padEnd(15)} ${state}\n`);
        // Without a time virsh forgets the colon.
        if (time !== undefined) shell.out.print(`${(vcpus ? "CPU time:" : "CPU time").padEnd(15)} ${time}\n`);
        shell.out.print(`${"CPU Affinity:".padEnd(15)} ${affinity(map)}\n`);
      }
      shell.out.json(rows.map(({ map, ...row }) => ({ ...row, affinity: affinityText(map, cpus) })));
    },
  }),
];
