import { ErrorCode, virtError } from "@tsvirt/base";
import type { Descriptor, TapSpec } from "@tsvirt/host";
import type { Interface } from "@tsvirt/model/domain";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";

/** The host's ends of a guest's interfaces, by alias; QEMU inherits them and we close ours. */
export type Taps = ReadonlyMap<string, readonly Descriptor[]>;

/** Names that belong to libvirt's own taps: not kept from one run to the next. */
const OWN_TAP = /^(?:vnet|vif)\d+$/;

/**
 * Connects a guest's interfaces to the host: ports of virtual networks, taps on bridges. What is taken is given back when
 * the guest ends.
 */
export async function connectInterfaces(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<Taps> {
  const taps = new Map<string, readonly Descriptor[]>();
  const interfaces: Interface[] = [];
  for (const each of live.domain.devices?.interfaces ?? []) {
    interfaces.push(await connectInterface(driver, guest, live, each, taps));
  }
  if (live.domain.devices) live.domain = { ...live.domain, devices: { ...live.domain.devices, interfaces } };
  return taps;
}

async function connectInterface(
  driver: QemuDriver,
  guest: Guest,
  live: LiveGuest,
  card: Interface,
  taps: Map<string, readonly Descriptor[]>,
): Promise<Interface> {
  const alias = card.alias ?? "";
  switch (card.type) {
    case "network": {
      const network = card.source?.network ?? "";
      const { networks } = driver;
      if (!networks) throw virtError(ErrorCode.noNetwork, `no network with matching name '${network}'`);
      const port = await networks.plug({
        network,
        mac: card.mac?.address ?? "",
        owner: { uuid: guest.uuid, name: guest.name },
        ...(card.source?.portgroup !== undefined && { portgroup: card.source.portgroup }),
      });
      live.holdings.add(() => networks.unplug(network, port.portId));
      const tap = await makeTap(driver, live, card, port.bridge);
      taps.set(alias, tap.descriptors);
      return {
        ...card,
        source: { ips: [], routes: [], ...card.source, portid: port.portId },
        actual: { type: "network", source: { bridge: port.bridge, ips: [], routes: [] } },
        target: { ...card.target, dev: tap.name },
      };
    }
    case "bridge": {
      const tap = await makeTap(driver, live, card, card.source?.bridge ?? "");
      taps.set(alias, tap.descriptors);
      return { ...card, target: { ...card.target, dev: tap.name } };
    }
    case "ethernet": {
      const tap = await makeTap(driver, live, card, undefined);
      taps.set(alias, tap.descriptors);
      return { ...card, target: { ...card.target, dev: tap.name } };
    }
    default:
      return card;
  }
}

/** The guest's MAC address with a first byte that keeps the bridge from taking it as its own. */
function hostMac(mac: string): string {
  return `fe${mac.slice(2)}`;
}

async function makeTap(driver: QemuDriver, live: LiveGuest, card: Interface, bridge: string | undefined) {
  if (!driver.privileged) {
    throw virtError(ErrorCode.configUnsupported, `interfaces of type '${card.type}' need the system instance`, {
      hint: "Use <interface type='user'> in a session.",
    });
  }
  const wanted = card.target?.dev;
  const spec: TapSpec = {
    name: wanted === undefined || OWN_TAP.test(wanted) ? "vnet%d" : wanted,
    mac: hostMac(card.mac?.address ?? "00:00:00:00:00:00"),
    vnetHeader: card.model?.startsWith("virtio") === true,
    queues: card.driver?.queues ?? 1,
    up: card.linkState !== "down",
    ...(bridge !== undefined && { bridge }),
    ...(card.mtu !== undefined && { mtu: card.mtu }),
  };
  const tap = await driver.host.network.createTap(spec);
  // The tap ends with QEMU's descriptors; what is left to give back are ours.
  live.holdings.add(() => {
    for (const each of tap.descriptors) each.close();
  });
  return tap;
}

/** After the launch QEMU has its own descriptors. */
export function closeTaps(taps: Taps): void {
  for (const descriptors of taps.values()) for (const each of descriptors) each.close();
}
