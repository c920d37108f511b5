import type { Host } from "@tsvirt/host";
import type { Domain } from "@tsvirt/model/domain";
import { qmp } from "@tsvirt/qemu";
import { DomainStatsTypes as Group, ParamList, type TypedParam, VcpuState } from "@tsvirt/rpc";
import { currentDomain } from "../definitions/documents.ts";
import type { Guest } from "../guest/guest.ts";
import { imageSizes } from "../images/capacity.ts";
import { localPath } from "../images/source-path.ts";
import { memoryFigures } from "../stats/balloon.ts";
import { formatNode, readBlockCounters, readNodeSizes } from "../stats/block-stats.ts";
import { cpuModesOf, cpuTimeOf, residentMemory, vcpuUsage } from "../stats/usage.ts";
import { stateNumbers } from "./states.ts";

/** The groups of `virConnectGetAllDomainStats` that are served. */
export const STATS_GROUPS =
  Group.state | Group.cpuTotal | Group.balloon | Group.vcpu | Group.interface | Group.block | Group.iothread;

/** How to gather figures. */
export interface StatsOptions {
  /** A mask of {@link STATS_GROUPS}. */
  readonly groups: number;
  /** Ask QEMU for what only it knows; without it (a guest that is busy, or whose monitor is lost) that is left out. */
  readonly askQemu: boolean;
}

/**
 * The figures of one guest under libvirt's names (`virConnectGetAllDomainStats`). What cannot be had is left out, as there:
 * monitoring must not go dark because of one guest.
 */
export async function domainStats(host: Host, guest: Guest, options: StatsOptions): Promise<TypedParam[]> {
  const list = new ParamList();
  const wants = (group: number): boolean => (options.groups & group) !== 0;
  const domain = currentDomain(guest);
  if (wants(Group.state)) {
    const { state, reason } = stateNumbers(guest.state);
    list.int("state.state", state).int("state.reason", reason);
  }
  if (wants(Group.cpuTotal)) addCpu(list, host, guest);
  if (wants(Group.balloon)) await addBalloon(list, host, guest, domain, options.askQemu);
  if (wants(Group.vcpu)) addVcpus(list, host, guest, domain);
  if (wants(Group.interface)) await addInterfaces(list, host, guest, domain);
  if (wants(Group.block)) await addBlocks(list, host, guest, domain, options.askQemu);
  if (wants(Group.iothread) && options.askQemu) await addIothreads(list, guest);
  return list.params;
}

function addCpu(list: ParamList, host: Host, guest: Guest): void {
  const time = cpuTimeOf(host.processes, guest);
  const modes = cpuModesOf(host.processes, guest);
  if (time === undefined || !modes) return;
  list.ullong("cpu.time", time).ullong("cpu.user", modes.user).ullong("cpu.system", modes.system);
}

async function addBalloon(list: ParamList, host: Host, guest: Guest, domain: Domain, askQemu: boolean): Promise<void> {
  const maximum = BigInt(domain.memory?.kib ?? 0);
  const current = domain.currentMemory === undefined ? maximum : BigInt(domain.currentMemory);
  list.ullong("balloon.current", current).ullong("balloon.maximum", maximum);
  if (!guest.live) return;
  if (askQemu) for (const [name, value] of await memoryFigures(guest)) list.ullong(`balloon.${name}`, value);
  const rss = residentMemory(host.processes, guest);
  if (rss !== undefined) list.ullong("balloon.rss", rss);
}

function addVcpus(list: ParamList, host: Host, guest: Guest, domain: Domain): void {
  const maximum = domain.vcpu?.count ?? 1;
  list.uint("vcpu.current", domain.vcpu?.current ?? maximum).uint("vcpu.maximum", maximum);
  for (const { number, time } of vcpuUsage(host.processes, guest)) {
    list.int(`vcpu.${number}.state`, VcpuState.running).ullong(`vcpu.${number}.time`, time);
    list.ullong(`vcpu.${number}.wait`, 0n);
  }
}

async function addInterfaces(list: ParamList, host: Host, guest: Guest, domain: Domain): Promise<void> {
  if (!guest.live) return;
  const interfaces = domain.devices?.interfaces ?? [];
  list.uint("net.count", interfaces.length);
  for (const [index, { target }] of interfaces.entries()) {
    const name = target?.dev;
    if (name === undefined) continue;
    const key = `net.${index}`;
    list.string(`${key}.name`, name);
    const counted = await host.network.counters(name);
    if (!counted) continue;
    // The tap's point of view is the opposite of the guest's.
    list.ullong(`${key}.rx.bytes`, counted.txBytes).ullong(`${key}.rx.pkts`, counted.txPackets);
    list.ullong(`${key}.rx.errs`, counted.txErrors).ullong(`${key}.rx.drop`, counted.txDropped);
    list.ullong(`${key}.tx.bytes`, counted.rxBytes).ullong(`${key}.tx.pkts`, counted.rxPackets);
    list.ullong(`${key}.tx.errs`, counted.rxErrors).ullong(`${key}.tx.drop`, counted.rxDropped);
  }
}

async function addBlocks(list: ParamList, host: Host, guest: Guest, domain: Domain, askQemu: boolean): Promise<void> {
  const disks = domain.devices?.disks ?? [];
  const { live } = guest;
  const ask = live !== undefined && askQemu;
  const counters = ask ? await readBlockCounters(live, guest.name) : undefined;
  const nodes = ask ? await readNodeSizes(live, guest.name) : undefined;
  list.uint("block.count", disks.length);
  for (const [index, disk] of disks.entries()) {
    const key = `block.${index}`;
    list.string(`${key}.name`, disk.target.dev);
    const path = localPath(disk.source);
    if (path !== undefined) list.string(`${key}.path`, path);
    if (disk.source?.index !== undefined) list.uint(`${key}.backingIndex`, disk.source.index);
    const counted = disk.alias === undefined ? undefined : counters?.get(disk.alias);
    if (counted) {
      list.ullong(`${key}.rd.reqs`, counted.readRequests).ullong(`${key}.rd.bytes`, counted.readBytes);
      list.ullong(`${key}.rd.times`, counted.readTime);
      list.ullong(`${key}.wr.reqs`, counted.writeRequests).ullong(`${key}.wr.bytes`, counted.writeBytes);
      list.ullong(`${key}.wr.times`, counted.writeTime);
      list.ullong(`${key}.fl.reqs`, counted.flushRequests).ullong(`${key}.fl.times`, counted.flushTime);
      list.ullong(`${key}.allocation`, counted.highestOffset);
    }
    const node = formatNode(disk, live);
    const open = node === undefined ? undefined : nodes?.get(node);
    if (open) list.ullong(`${key}.capacity`, open.capacity).ullong(`${key}.physical`, open.allocated);
    else if (path !== undefined && (!live || nodes?.size === 0)) {
      const sizes = await imageSizes(host, path, disk.driver?.type ?? "raw").catch(() => undefined);
      if (sizes) {
        list.ullong(`${key}.allocation`, sizes.allocation).ullong(`${key}.capacity`, sizes.capacity);
        list.ullong(`${key}.physical`, sizes.physical);
      }
    }
  }
}

async function addIothreads(list: ParamList, guest: Guest): Promise<void> {
  const { live } = guest;
  if (!live || (live.domain.iothreads ?? 0) === 0) return;
  const threads = await live.requireMonitor(guest.name).session.execute(qmp.queryIothreads, {});
  list.uint("iothread.count", threads.length);
  for (const thread of threads) {
    const id = /^iothread([0-9]+)$/.exec(thread.id)?.[1];
    if (id === undefined) continue;
    const { "poll-max-ns": longest, "poll-grow": grow, "poll-shrink": shrink } = thread;
    if (longest !== undefined) list.ullong(`iothread.${id}.poll-max-ns`, BigInt(longest));
    if (grow !== undefined) list.uint(`iothread.${id}.poll-grow`, Number(grow));
    if (shrink !== undefined) list.uint(`iothread.${id}.poll-shrink`, Number(shrink));
  }
}
