import { networkRules, ownsBridge } from "@tsvirt/model/network";
import { forgetNetwork } from "./define.ts";
import { stopDnsmasq } from "./dnsmasq/daemon.ts";
import { notActive } from "./errors.ts";
import type { NetworkDriver } from "./network-driver.ts";
import { forgetPorts } from "./ports.ts";
import type { VirtualNetwork } from "./virtual-network.ts";

/** Stops a network (`virNetworkDestroy`). Guests on it keep running, without it. A transient one is gone afterwards. */
export async function stopNetwork(driver: NetworkDriver, network: VirtualNetwork): Promise<void> {
  await network.jobs.run("stop", async () => {
    const { live } = network;
    if (!live) throw notActive(network.name);
    const { document } = live;
    // First, so that a daemon that dies now does not take the rest for a network that runs.
    await driver.store.remove(driver.layout.networkStatus(network.name));
    const bridge = document.bridge?.name;
    if (ownsBridge(document) && bridge !== undefined) {
      const { network: host } = driver.host;
      await stopDnsmasq(live);
      const steps = [() => host.firewall.remove(networkRules(document)), () => host.removeBridge(bridge)];
      for (const step of steps) {
        try {
          await step();
        } catch (error) {
          driver.log.error("network not wholly stopped", { network: network.name, error });
        }
      }
    }
    await forgetPorts(driver, network);
    network.live = undefined;
    driver.log.info("network stopped", { network: network.name });
    driver.emit(network, "stopped");
    if (!network.isPersistent) {
      await forgetNetwork(driver, network.name, bridge);
      driver.networks.remove(network);
    }
  });
}
