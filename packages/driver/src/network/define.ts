import { ErrorCode } from "@tsvirt/base";
import type { FileChange } from "@tsvirt/host";
import { hostsFileStem, type Network } from "@tsvirt/model/network";
import { readNetwork } from "./documents.ts";
import { networkError } from "./errors.ts";
import { writeDefinition } from "./files.ts";
import type { NetworkDriver } from "./network-driver.ts";
import { startNetwork } from "./start.ts";
import { completeNetwork } from "./validate.ts";
import { VirtualNetwork } from "./virtual-network.ts";

/** A document together with the UUID that it certainly has. */
function identify(network: Network): { readonly name: string; readonly uuid: string } {
  return { name: network.name, uuid: network.uuid ?? "" };
}

/** Stores a definition (`virNetworkDefineXMLFlags`): a new network, or the next start's form of one that exists. */
export async function defineNetwork(
  driver: NetworkDriver,
  xml: string,
  options: { readonly validate: boolean },
): Promise<VirtualNetwork> {
  const document = readNetwork(xml, options);
  const { name, uuid } = identify(document);
  return driver.claims.run("define", async () => {
    await completeNetwork(driver, document);
    const existing = driver.networks.match(name, uuid, { starting: false });
    const network = existing ?? new VirtualNetwork(name, uuid);
    await network.jobs.run("define", async () => {
      await writeDefinition(driver, document);
      network.definition = document;
    });
    if (!existing) driver.networks.add(network);
    driver.emit(network, "defined");
    return network;
  });
}

/** Starts a network that is not stored (`virNetworkCreateXMLFlags`), or one that is, in another form. */
export async function createNetwork(
  driver: NetworkDriver,
  xml: string,
  options: { readonly validate: boolean },
): Promise<VirtualNetwork> {
  const document = readNetwork(xml, options);
  const { name, uuid } = identify(document);
  return driver.claims.run("create", async () => {
    await completeNetwork(driver, document);
    const existing = driver.networks.match(name, uuid, { starting: true });
    const network = existing ?? new VirtualNetwork(name, uuid);
    if (!existing) driver.networks.add(network);
    try {
      await network.jobs.run("start", () => startNetwork(driver, network, document));
    } catch (error) {
      if (!existing) driver.networks.remove(network);
      throw error;
    }
    driver.emit(network, "started");
    return network;
  });
}

/** Removes a definition (`virNetworkUndefine`); a network that runs becomes transient. */
export async function undefineNetwork(driver: NetworkDriver, network: VirtualNetwork): Promise<void> {
  await network.jobs.run("undefine", async () => {
    if (!network.definition) throw networkError(ErrorCode.operationInvalid, "can't undefine transient network");
    const { layout } = driver;
    const steps: FileChange[] = [];
    if (network.autostart) steps.push({ kind: "remove", path: layout.networkAutostart(network.name) });
    // The definition last: as long as it is there, so is the network.
    steps.push({ kind: "remove", path: layout.networkDefinition(network.name) });
    await driver.store.change(steps);
    if (!network.isActive) {
      await forgetNetwork(driver, network.name, network.bridge);
      driver.networks.remove(network);
    }
    network.definition = undefined;
    network.autostart = false;
    driver.emit(network, "undefined");
  });
}

/** Removes what a network that is gone left behind: what its dnsmasq was told and what it gave out. */
export async function forgetNetwork(driver: NetworkDriver, name: string, bridge: string | undefined): Promise<void> {
  const { layout, host } = driver;
  for (const path of [
    layout.dnsmasqFile(name, "conf"),
    layout.dnsmasqFile(hostsFileStem(name), "hostsfile"),
    layout.dnsmasqFile(hostsFileStem(name), "addnhosts"),
    layout.dnsmasqFile(name, "leases"),
    layout.dnsmasqPid(name),
    ...(bridge === undefined ? [] : [layout.leaseStatus(bridge), layout.macMap(bridge)]),
    layout.networkStatus(name),
  ]) {
    await host.files.unlink(path);
  }
}

/** Marks a network to be started with the host, or not (`virNetworkSetAutostart`): a link to its definition. */
export async function setAutostart(driver: NetworkDriver, network: VirtualNetwork, autostart: boolean): Promise<void> {
  await network.jobs.run("autostart", async () => {
    if (!network.isPersistent) {
      throw networkError(ErrorCode.operationInvalid, "cannot set autostart for transient network");
    }
    if (network.autostart === autostart) return;
    const { layout, store, host } = driver;
    if (autostart) {
      await host.files.makeDirectory(layout.networkAutostartDirectory, { mode: 0o755 });
      await store.link(layout.networkDefinition(network.name), layout.networkAutostart(network.name));
    } else {
      await store.remove(layout.networkAutostart(network.name));
    }
    network.autostart = autostart;
  });
}
