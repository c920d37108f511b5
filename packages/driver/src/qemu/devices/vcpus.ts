import { ErrorCode, endsWithin, virtError } from "@tsvirt/base";
import { isJsonObject, type JsonObject } from "@tsvirt/codec/options";
import type { Domain } from "@tsvirt/model/domain";
import { qmp } from "@tsvirt/qemu";
import { applyThreadTuning, hasVcpuThreads, threadGroupName } from "../cgroups/start-tuning.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import { requireQmp } from "../monitor/require-qmp.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { refreshFacts } from "../start/facts.ts";
import { saveStatus } from "../status/save.ts";

/** One virtual CPU of a guest. */
interface VcpuState {
  readonly id: number;
  readonly enabled: boolean;
  readonly hotpluggable: boolean;
}

/** Every virtual CPU that a guest may have: those of its `<vcpus>`, or the first so many. */
export function vcpuStates(domain: Domain): VcpuState[] {
  const count = domain.vcpu?.count ?? 1;
  const current = domain.vcpu?.current ?? count;
  const listed = new Map(domain.vcpus?.vcpus.map((each) => [each.id, each]));
  return Array.from({ length: count }, (_, id) => {
    const one = listed.get(id);
    return one
      ? { id, enabled: one.enabled === true, hotpluggable: one.hotpluggable === true }
      : { id, enabled: id < current, hotpluggable: id >= current };
  });
}

/** The domain with these virtual CPUs, each one named since they are no longer simply the first ones. */
function withStates(domain: Domain, states: readonly VcpuState[]): Domain {
  let order = 0;
  const vcpus = states.map(({ id, enabled, hotpluggable }) => ({
    id,
    enabled,
    hotpluggable,
    ...(enabled && { order: ++order }),
  }));
  const current = states.filter(({ enabled }) => enabled).length;
  const { current: _, ...vcpu } = domain.vcpu ?? {};
  return {
    ...domain,
    vcpu: { ...vcpu, ...(current !== states.length && { current }) },
    vcpus: { vcpus },
  };
}

/** How long the guest may take to let go of a processor, in milliseconds. */
const UNPLUG_LIMIT = 5_000;

/** Plugs virtual CPUs into a running guest, or takes plugged ones out, until it has `wanted`. Within a job. */
export async function setLiveVcpus(driver: QemuDriver, guest: Guest, live: LiveGuest, wanted: number): Promise<void> {
  requireQmp(live, guest.name, "changing the number of vCPUs");
  const states = vcpuStates(live.domain);
  const now = states.filter(({ enabled }) => enabled).length;
  const plug = states.filter(({ enabled }) => !enabled).slice(0, Math.max(0, wanted - now));
  const removable = states.filter(({ enabled, hotpluggable }) => enabled && hotpluggable);
  const unplug = removable.toReversed().slice(0, Math.max(0, now - wanted));
  if (now + plug.length - unplug.length !== wanted) {
    throw virtError(
      ErrorCode.configUnsupported,
      "failed to find appropriate hotpluggable vcpus to reach the desired target vcpu count",
    );
  }
  for (const { id } of plug) await plugVcpu(guest, live, id);
  for (const { id } of unplug) await unplugVcpu(guest, live, id);
  await afterSwitch(driver, guest, live, new Set([...plug, ...unplug].map(({ id }) => id)));
}

/** Which virtual CPUs the document has now, and what their threads are to have. */
async function afterSwitch(
  driver: QemuDriver,
  guest: Guest,
  live: LiveGuest,
  changed: ReadonlySet<number>,
): Promise<void> {
  const states = vcpuStates(live.domain);
  live.domain = withStates(
    live.domain,
    states.map((each) => (changed.has(each.id) ? { ...each, enabled: !each.enabled, hotpluggable: true } : each)),
  );
  const before = new Set(live.vcpuThreads.values());
  await refreshFacts(driver, guest, live);
  const there = new Set(live.vcpuThreads.values());
  for (const id of changed) {
    const tid = live.vcpuThreads.get(id);
    if (tid !== undefined && !before.has(tid) && hasVcpuThreads(live)) {
      await applyThreadTuning(driver, live, { kind: "vcpu", id, tid });
    } else if (tid === undefined && there.size < before.size) {
      await live.group?.threadGroup(threadGroupName({ kind: "vcpu", id })).remove();
    }
  }
  await saveStatus(driver, guest);
}

/** Refuses what cannot be switched on or off in a running guest, in libvirt's order. */
export function checkLiveVcpus(live: LiveGuest, ids: readonly number[], enable: boolean): void {
  const states = vcpuStates(live.domain);
  for (const id of ids) {
    const vcpu = states[id];
    if (!vcpu) continue;
    if (vcpu.enabled === enable) {
      throw virtError(ErrorCode.invalidArg, `vcpu '${id}' is already in requested state`);
    }
    if (vcpu.enabled && !vcpu.hotpluggable)
      throw virtError(ErrorCode.operationUnsupported, `vcpu '${id}' can't be unplugged`);
  }
  if (ids.length !== 1) {
    throw virtError(ErrorCode.operationUnsupported, "only one hotpluggable entity can be selected");
  }
}

/** Switches virtual CPUs of a running guest on or off, which {@link checkLiveVcpus} has let pass. Within a job. */
export async function switchLiveVcpus(
  driver: QemuDriver,
  guest: Guest,
  live: LiveGuest,
  ids: readonly number[],
  enable: boolean,
): Promise<void> {
  requireQmp(live, guest.name, "changing the number of vCPUs");
  for (const id of ids) await (enable ? plugVcpu(guest, live, id) : unplugVcpu(guest, live, id));
  await afterSwitch(driver, guest, live, new Set(ids));
}

/** The definition with these virtual CPUs on or off; each is named then, and can be plugged. Throws libvirt's refusals. */
export function configureVcpus(definition: Domain, ids: readonly number[], enable: boolean): Domain {
  const states = vcpuStates(definition);
  const [first] = ids;
  if (first === 0) {
    throw virtError(ErrorCode.invalidArg, "vCPU '0' can't be modified");
  }
  const chosen = new Set(ids);
  // What cannot be plugged has to stay together at the beginning.
  const after = states.slice((first ?? 0) + 1);
  if (after.some(({ id, enabled, hotpluggable }) => enabled && !hotpluggable && !chosen.has(id))) {
    throw virtError(
      ErrorCode.invalidArg,
      `vcpu '${first}' can't be modified as it is followed by non-hotpluggable online vcpus`,
    );
  }
  const changed = states.map((each) => (chosen.has(each.id) ? { ...each, enabled: enable, hotpluggable: true } : each));
  const domain = withStates(definition, changed);
  // The order in which they were plugged is not known any more.
  const vcpus = (domain.vcpus?.vcpus ?? []).map(({ order: _, ...each }) => each);
  return { ...domain, vcpus: { vcpus } };
}

/** Plugs the virtual CPUs that the guest is to boot with although the command line does not have them. */
export async function plugBootVcpus(guest: Guest, live: LiveGuest): Promise<void> {
  if (!live.domain.vcpus) return;
  const late = vcpuStates(live.domain).filter(({ enabled, hotpluggable }) => enabled && hotpluggable);
  for (const { id } of late) await plugVcpu(guest, live, id);
}

async function plugVcpu(guest: Guest, live: LiveGuest, id: number): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  // QEMU lists places from the last to the first; each knows its sockets, cores and threads.
  const places = (await session.execute(qmp.queryHotpluggableCpus, {})).toReversed();
  const place = places[id];
  if (!place) throw virtError(ErrorCode.invalidArg, `vcpu ${id} is not present in live config`);
  if (place["qom-path"] !== undefined) return;
  const props: JsonObject = isJsonObject(place.props) ? place.props : {};
  await session.execute(qmp.deviceAdd, { driver: place.type, id: `vcpu${id}`, ...props });
}

async function unplugVcpu(guest: Guest, live: LiveGuest, id: number): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  const alias = `vcpu${id}`;
  const released = new Promise<void>((resolve) => {
    live.unplugWaiters.set(alias, resolve);
  });
  try {
    await session.execute(qmp.deviceDel, { id: alias });
    if (!(await endsWithin(released, UNPLUG_LIMIT))) {
      throw virtError(
        ErrorCode.operationTimeout,
        `the guest did not let go of vcpu ${id}; it may do so later, if its system supports it`,
      );
    }
  } finally {
    live.unplugWaiters.delete(alias);
  }
}
