import { ErrorCode, endsWithin, virtError } from "@tsvirt/base";
import { isJsonObject, type JsonObject } from "@tsvirt/codec/options";
import type { Domain } from "@tsvirt/model/domain";
import { qmp } from "@tsvirt/qemu";
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
  const changed = new Set([...plug, ...unplug].map(({ id }) => id));
  live.domain = withStates(
    live.domain,
    states.map((each) => (changed.has(each.id) ? { ...each, enabled: !each.enabled, hotpluggable: true } : each)),
  );
  await refreshFacts(driver, guest, live);
  await saveStatus(driver, guest);
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
