import { ErrorCode, Rollback } from "@tsvirt/base";
import { forwardMode, NetworkPort, ownsBridge } from "@tsvirt/model/network";
import type { NetworkPort as Plug, PortRequest } from "../network-ports.ts";
import { withHeader } from "../qemu/definitions/file.ts";
import { randomUuid } from "../qemu/definitions/uuid.ts";
import { networkError, notActive } from "./errors.ts";
import type { NetworkDriver } from "./network-driver.ts";
import type { LiveNetwork, VirtualNetwork } from "./virtual-network.ts";

/** Plugs a guest's interface into a network: see `NetworkPorts.plug`. */
export async function plugIn(driver: NetworkDriver, request: PortRequest): Promise<Plug> {
  const network = driver.networks.lookupByName(request.network);
  const { live } = network;
  if (!live) throw notActive(network.name);
  const known = request.portId === undefined ? undefined : live.ports.get(request.portId);
  const port =
    known ??
    (await addPort(driver, network, {
      uuid: request.portId ?? randomUuid(),
      owner: request.owner,
      mac: { address: request.mac },
      ...(request.portgroup === undefined ? {} : { group: request.portgroup }),
    }));
  const bridge = port.plug !== undefined && "bridge" in port.plug ? port.plug.bridge : undefined;
  if (bridge === undefined) {
    throw networkError(
      ErrorCode.configUnsupported,
      `network '${network.name}' with forward mode '${forwardMode(live.document)}' has no bridge to plug into`,
    );
  }
  return { portId: port.uuid, bridge };
}

/** Makes a port of a running network. It is on disk when this returns. */
export async function addPort(
  driver: NetworkDriver,
  network: VirtualNetwork,
  wanted: NetworkPort,
): Promise<NetworkPort> {
  const { live } = network;
  if (!live) throw notActive(network.name);
  const { uuid } = wanted;
  if (live.ports.has(uuid)) {
    throw networkError(ErrorCode.networkExist, `port with uuid ${uuid} already exists in network '${network.name}'`);
  }
  const port = fillIn(live, wanted);
  await using undo = new Rollback();
  live.ports.set(uuid, port);
  undo.add(() => void live.ports.delete(uuid));
  count(live);
  await driver.host.files.makeDirectory(driver.layout.networkPorts(network.name), { mode: 0o755 });
  await Promise.all([writePort(driver, network, port, uuid), writeMacMap(driver, live)]);
  undo.commit();
  return port;
}

/** Stores a port anew, on disk first. */
export async function changePort(driver: NetworkDriver, network: VirtualNetwork, port: NetworkPort): Promise<void> {
  if (!network.live?.ports.has(port.uuid)) return;
  await writePort(driver, network, port, port.uuid);
  network.live?.ports.set(port.uuid, port);
}

async function writePort(
  driver: NetworkDriver,
  network: VirtualNetwork,
  port: NetworkPort,
  uuid: string,
): Promise<void> {
  const text = withHeader(portText(port), `net-port-create ${uuid}`);
  await driver.store.write(driver.layout.networkPort(network.name, uuid), text);
}

/** What a port takes over from the network and its port group. */
function fillIn({ document }: LiveNetwork, wanted: NetworkPort): NetworkPort {
  const group = document.portGroups.find(({ name, default: isDefault }) =>
    wanted.group === undefined ? isDefault === true : name === wanted.group,
  );
  const port: NetworkPort = { ...wanted };
  const bandwidth = wanted.bandwidth ?? group?.bandwidth;
  if (bandwidth) port.bandwidth = bandwidth;
  const vlan = wanted.vlan ?? group?.vlan ?? document.vlan;
  if (vlan) port.vlan = vlan;
  const isolation = wanted.port ?? document.port;
  if (isolation) port.port = isolation;
  const trust = group?.trustGuestRxFilters ?? document.trustGuestRxFilters;
  if (wanted.rxFilters === undefined && trust !== undefined) port.rxFilters = trust;
  const bridge = document.bridge?.name;
  if (bridge !== undefined) {
    const manager = document.bridge?.macTableManager;
    port.plug = {
      type: ownsBridge(document) ? "network" : "bridge",
      bridge,
      ...(manager === undefined ? {} : { macTableManager: manager }),
    };
  }
  return port;
}

/** Gives a port back; one that is gone is no error. */
export async function unplug(driver: NetworkDriver, network: VirtualNetwork, portId: string): Promise<void> {
  const { live } = network;
  if (!live?.ports.delete(portId)) return;
  count(live);
  await driver.host.files.unlink(driver.layout.networkPort(network.name, portId));
  await writeMacMap(driver, live);
}

/** Forgets all ports: of a network that stops, or of a former run of one that starts. */
export async function forgetPorts(driver: NetworkDriver, network: VirtualNetwork): Promise<void> {
  network.live?.ports.clear();
  const directory = driver.layout.networkPorts(network.name);
  for (const name of await driver.host.files.list(directory)) await driver.host.files.unlink(`${directory}/${name}`);
}

/** Reads the ports that guests had when the last daemon ended. */
export async function loadPorts(driver: NetworkDriver, network: VirtualNetwork, live: LiveNetwork): Promise<void> {
  for (const { path, text } of await driver.store.load(driver.layout.networkPorts(network.name), ".xml")) {
    if (text === undefined) continue;
    try {
      const { value: port, reader } = NetworkPort.read(text, { label: "(networkport)" });
      reader.throwIfFailed(path);
      if (port.uuid !== undefined) live.ports.set(port.uuid, port);
    } catch (error) {
      driver.log.warn("network port not understood", { file: path, error });
    }
  }
  count(live);
}

/** A port as its file and clients see it. */
export function portText(port: NetworkPort): string {
  return NetworkPort.format(port);
}

/** How many guests are on it is part of what a running network shows. */
function count({ document, ports }: LiveNetwork): void {
  if (ports.size > 0) document.connections = ports.size;
  else delete document.connections;
}

/** `virbr0.macs`: which guest has which card, for name look-ups by guest (libnss-libvirt-guest). */
async function writeMacMap(driver: NetworkDriver, { document, ports }: LiveNetwork): Promise<void> {
  const bridge = document.bridge?.name;
  if (bridge === undefined || !ownsBridge(document)) return;
  const macs = new Map<string, string[]>();
  for (const { owner, mac } of ports.values()) macs.set(owner.name, [...(macs.get(owner.name) ?? []), mac.address]);
  const entries = [...macs].map(([domain, each]) => ({ domain, macs: each }));
  const { files } = driver.host;
  await files.makeDirectory(driver.layout.dnsmasqDirectory, { mode: 0o755 });
  await driver.store.write(driver.layout.macMap(bridge), `${JSON.stringify(entries, undefined, 2)}\n`, { mode: 0o644 });
}
