import { qmp } from "@tsvirt/qemu";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";

/** Asks QEMU what is only known once it runs: threads of the virtual CPUs, names of ptys, its devices, the balloon. */
export async function refreshFacts(guest: Guest, live: LiveGuest): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  // Sent together: QEMU answers in order, and nothing waits in between.
  const [chardevs, cpus, peripherals] = await Promise.all([
    session.execute(qmp.queryChardev, {}),
    session.execute(qmp.queryCpusFast, {}),
    session.execute(qmp.qomList, { path: "/machine/peripheral" }),
  ]);
  live.vcpuThreads = new Map(cpus.map((cpu) => [Number(cpu["cpu-index"]), Number(cpu["thread-id"])]));
  live.devices = new Set(peripherals.filter(({ type }) => type.startsWith("child<")).map(({ name }) => name));
  applyChardevs(live, chardevs);
}

interface QueriedChardev {
  readonly label: string;
  readonly filename: string;
  readonly "frontend-open"?: boolean | undefined;
}

/** The names of the ptys, and which channels the guest has open. */
function applyChardevs(live: LiveGuest, chardevs: readonly QueriedChardev[]): void {
  const { devices } = live.domain;
  if (!devices) return;
  const byLabel = new Map(chardevs.map((each) => [each.label, each]));
  const ptyOf = (alias: string | undefined): string | undefined => {
    const filename = byLabel.get(`char${alias ?? ""}`)?.filename;
    // A name QEMU gives is only used as what it is: a pty (threat-model Q4).
    return filename?.startsWith("pty:/dev/pts/") === true && /^pty:\/dev\/pts\/\d+$/.test(filename)
      ? filename.slice(4)
      : undefined;
  };
  for (const device of [...devices.serials, ...devices.parallels, ...devices.channels, ...devices.consoles]) {
    if (device.type !== "pty") continue;
    const path = ptyOf(device.alias);
    if (path !== undefined) device.sources = [{ seclabels: [], ...device.sources[0], path }];
  }
  for (const device of devices.consoles) {
    const path = device.type === "pty" ? device.sources[0]?.path : undefined;
    if (path !== undefined) device.tty = path;
  }
  for (const channel of devices.channels) {
    if (channel.target.type !== "virtio") continue;
    const open = byLabel.get(`char${channel.alias ?? ""}`)?.["frontend-open"];
    if (open !== undefined) channel.target = { ...channel.target, state: open ? "connected" : "disconnected" };
  }
}
