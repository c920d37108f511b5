import { ErrorCode, Rollback } from "@tsvirt/base";
import type { InterfaceAddress } from "@tsvirt/host";
import {
  broadcastOf,
  formatIp,
  forwardMode,
  ipPrefix,
  type Network,
  networkOf,
  networkRules,
  ownsBridge,
  parseIp,
  prefixOf,
} from "@tsvirt/model/network";
import { startDnsmasq, stopDnsmasq } from "./dnsmasq/daemon.ts";
import { copyNetwork } from "./documents.ts";
import { networkError } from "./errors.ts";
import { writeStatus } from "./files.ts";
import type { NetworkDriver } from "./network-driver.ts";
import { forgetPorts } from "./ports.ts";
import type { LiveNetwork, VirtualNetwork } from "./virtual-network.ts";

/** Starts a network as `document` says, within one of its jobs. What was made is undone when a step fails. */
export async function startNetwork(driver: NetworkDriver, network: VirtualNetwork, document: Network): Promise<void> {
  if (network.isActive) throw networkError(ErrorCode.operationInvalid, "network is already active");
  const started = driver.clock.monotonic();
  const live: LiveNetwork = { document: copyNetwork(document), ports: new Map(), dnsmasq: undefined };
  if (ownsBridge(live.document) && live.document.forward?.mode === "nat") {
    // What is not said is said in what runs: libvirt's default range of ports.
    const { forward } = live.document;
    forward.nat = { ...forward.nat, port: forward.nat?.port ?? { start: 1024, end: 65535 } };
  }
  await using undo = new Rollback();
  await forgetPorts(driver, network);
  if (ownsBridge(live.document)) await startVirtual(driver, network, live, undo);
  else if (live.document.bridge?.macTableManager === "libvirt" && live.document.bridge.name !== undefined) {
    await driver.host.network.setVlanFiltering(live.document.bridge.name);
  }
  network.live = live;
  undo.add(() => {
    network.live = undefined;
  });
  await writeStatus(driver, network);
  undo.commit();
  driver.log.info("network started", {
    network: network.name,
    bridge: network.bridge,
    ms: Math.round(driver.clock.monotonic() - started),
  });
}

async function startVirtual(
  driver: NetworkDriver,
  network: VirtualNetwork,
  live: LiveNetwork,
  undo: Rollback,
): Promise<void> {
  const { document } = live;
  const { network: host } = driver.host;
  const bridge = document.bridge?.name;
  if (bridge === undefined) {
    throw networkError(ErrorCode.internalError, `network '${network.name}' has no bridge name defined`);
  }
  await checkRoutes(driver, document);
  await host.createBridge({
    name: bridge,
    mac: document.mac?.address ?? "",
    stp: document.bridge?.stp !== "off",
    delay: document.bridge?.delay ?? 0,
    ...(document.mtu ? { mtu: document.mtu.size } : {}),
  });
  undo.add(async () => void (await host.removeBridge(bridge)));
  await setIpv6(driver, document, bridge);
  const rules = networkRules(document);
  if (rules.length > 0) {
    await host.firewall.setUp();
    undo.add(() => host.firewall.remove(rules));
    await host.firewall.add(rules);
  }
  for (const address of addressesOf(document)) await host.addAddress(bridge, address);
  if (document.bridge?.macTableManager === "libvirt") await host.setVlanFiltering(bridge);
  await host.setUp(bridge, true);
  await addRoutes(driver, document, bridge);
  if (forwardMode(document) !== "none") await enableForwarding(driver, document);
  live.dnsmasq = await startDnsmasq(driver, document);
  undo.add(() => stopDnsmasq(live));
  if (document.bandwidth) await host.setBandwidth(bridge, document.bandwidth, { shared: true });
}

/** An address of ours that the host routes elsewhere already would cut it off from there. */
async function checkRoutes(driver: NetworkDriver, document: Network): Promise<void> {
  const routes = await driver.host.network.routes();
  for (const ip of document.ips) {
    const bytes = parseIp(ip.address ?? "");
    const prefix = ipPrefix(ip);
    if (bytes?.length !== 4 || prefix === undefined) continue;
    const subnet = `${formatIp(networkOf(bytes, prefix))}/${prefix}`;
    const taken = routes.find(({ to }) => to === subnet);
    if (taken) {
      throw networkError(ErrorCode.internalError, `Network is already in use by interface ${taken.interface}`);
    }
  }
}

/** The host's addresses on the network. */
function addressesOf(document: Network): readonly InterfaceAddress[] {
  return document.ips.flatMap((ip): InterfaceAddress[] => {
    const bytes = parseIp(ip.address ?? "");
    if (bytes === undefined) return [];
    const prefix = ipPrefix(ip);
    if (prefix === undefined) {
      throw networkError(
        ErrorCode.internalError,
        `bridge '${document.bridge?.name}' has an invalid netmask or IP address`,
      );
    }
    const address = formatIp(bytes);
    return [
      bytes.length === 4 ? { address, prefix, broadcast: formatIp(broadcastOf(bytes, prefix)) } : { address, prefix },
    ];
  });
}

/** Guests must not be able to lead the host astray with router advertisements of their own. */
async function setIpv6(driver: NetworkDriver, document: Network, bridge: string): Promise<void> {
  const v6 = document.ips.some((ip) => parseIp(ip.address ?? "")?.length === 16);
  const set = (name: string, value: string): Promise<boolean> =>
    driver.host.network.writeSetting(`net/ipv6/conf/${bridge}/${name}`, value);
  // A kernel without IPv6 has none of these.
  if (!(await set("disable_ipv6", v6 ? "0" : "1"))) return;
  await set("accept_ra", "0");
  await set("autoconf", "0");
}

/** A route that cannot be set does not keep the network from starting. */
async function addRoutes(driver: NetworkDriver, document: Network, bridge: string): Promise<void> {
  for (const { address, netmask, prefix, gateway, metric } of document.routes) {
    const bytes = parseIp(address);
    const mask = netmask === undefined ? undefined : parseIp(netmask);
    const via = parseIp(gateway);
    if (bytes === undefined || via === undefined) continue;
    const length = prefix ?? (mask === undefined ? undefined : prefixOf(mask)) ?? (bytes.length === 4 ? 32 : 128);
    try {
      await driver.host.network.addRoute(bridge, {
        to: `${formatIp(bytes)}/${length}`,
        via: formatIp(via),
        metric: metric ?? 1,
      });
    } catch (error) {
      driver.log.warn("route not set", { network: document.name, address, error });
    }
  }
}

async function enableForwarding(driver: NetworkDriver, document: Network): Promise<void> {
  const has = (length: number): boolean => document.ips.some((ip) => parseIp(ip.address ?? "")?.length === length);
  for (const [wanted, path] of [
    [has(4), "net/ipv4/ip_forward"],
    [has(16), "net/ipv6/conf/all/forwarding"],
  ] as const) {
    if (wanted && !(await driver.host.network.writeSetting(path, "1"))) {
      throw networkError(ErrorCode.systemError, "failed to enable IP forwarding: No such file or directory");
    }
  }
}
