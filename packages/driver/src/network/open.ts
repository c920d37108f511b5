import { type Clock, ErrorCode, type Logger } from "@tsvirt/base";
import { type Host, type Layout, Store } from "@tsvirt/host";
import { type Network, networkRules, ownsBridge } from "@tsvirt/model/network";
import type { InstanceKind } from "../driver.ts";
import { withoutHeader } from "../qemu/definitions/file.ts";
import { findDnsmasq, startDnsmasq } from "./dnsmasq/daemon.ts";
import { NetworkStatus, readNetwork } from "./documents.ts";
import { networkError } from "./errors.ts";
import { writeDefinition } from "./files.ts";
import { NetworkDriver } from "./network-driver.ts";
import { loadPorts } from "./ports.ts";
import { startNetwork } from "./start.ts";
import { completeNetwork } from "./validate.ts";
import { type LiveNetwork, VirtualNetwork } from "./virtual-network.ts";

/** What {@link openNetworkDriver} needs; see `DriverOptions`. */
export interface NetworkOpenOptions {
  readonly kind: InstanceKind;
  readonly layout: Layout;
  readonly host: Host;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Opens the networks of an instance: takes their lock, reads definitions, finds the networks that run. */
export async function openNetworkDriver(options: NetworkOpenOptions): Promise<NetworkDriver> {
  const { host, layout } = options;
  const log = options.log.child("network");
  const { files } = host;
  const fresh = (await files.facts(layout.networkDirectory)) === undefined;
  await files.makeDirectory(layout.networkDirectory, { mode: 0o755 });
  await files.makeDirectory(layout.networkStateDirectory, { mode: 0o755 });
  const lock = await files.lock(layout.networkDriverLock);
  if (!lock) {
    throw networkError(
      ErrorCode.operationFailed,
      `Failed to acquire pid file '${layout.networkDriverLock}': Resource temporarily unavailable`,
    );
  }
  await files.replaceLockText(lock, `${process.pid}\n`);
  const store = new Store(files, layout.intentsDirectory);
  const driver = new NetworkDriver({ ...options, log, store, lock });
  try {
    await store.recover([layout.networkDirectory, layout.networkStateDirectory, layout.dnsmasqDirectory]);
    if (fresh && options.kind === "system") await writeDefinition(driver, await defaultNetwork(driver));
    await loadDefinitions(driver);
    await adoptNetworks(driver);
  } catch (error) {
    await driver.close();
    throw error;
  }
  return driver;
}

/** The network of a new installation, as libvirt's packages bring it along: translated, 192.168.122.0/24, not autostarted. */
async function defaultNetwork(driver: NetworkDriver): Promise<Network> {
  const network = readNetwork(`<network>
  <name>default</name>
  <forward mode='nat'/>
  <bridge name='virbr0' stp='on' delay='0'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='192.168.122.2' end='192.168.122.254'/>
    </dhcp>
  </ip>
</network>`);
  await completeNetwork(driver, network);
  return network;
}

/** As SIGHUP asks for: new and changed definitions count, rules and servers are made anew, nothing goes away. */
export async function reloadNetworks(driver: NetworkDriver): Promise<void> {
  await driver.claims.run("reload", () => loadDefinitions(driver));
  await refreshNetworks(driver);
}

async function loadDefinitions(driver: NetworkDriver): Promise<void> {
  const { layout, log, store, networks } = driver;
  const marked = new Set(await driver.host.files.list(layout.networkAutostartDirectory));
  for (const { name: fileName, path, text, error } of await store.load(layout.networkDirectory, ".xml")) {
    if (text === undefined) {
      log.error("network definition not readable", { file: path, error });
      continue;
    }
    try {
      const document = readNetwork(withoutHeader(text), { file: path });
      if (fileName !== `${document.name}.xml`) {
        log.error("network definition does not match its file's name", { file: path, name: document.name });
        continue;
      }
      // One that is there already was read from this very file: names and files go together.
      const known = networks.match(document.name, document.uuid ?? "", { starting: false });
      const network = known ?? new VirtualNetwork(document.name, document.uuid ?? "");
      network.definition = document;
      network.autostart = marked.has(fileName);
      if (!known) networks.add(network);
    } catch (problem) {
      log.error("network definition not understood", { file: path, error: problem });
    }
  }
}

/** Takes over the networks that run: their status files name them, the kernel and dnsmasq say what is left of them. */
async function adoptNetworks(driver: NetworkDriver): Promise<void> {
  const { layout, log, store, networks, host } = driver;
  for (const { path, text } of await store.load(layout.networkStateDirectory, ".xml")) {
    if (text === undefined) continue;
    try {
      const { value: status, reader } = NetworkStatus.read(withoutHeader(text));
      reader.throwIfFailed(path);
      const document = status.network;
      const { name, uuid } = document;
      const bridge = document.bridge?.name;
      if (uuid === undefined) continue;
      if (ownsBridge(document) && (bridge === undefined || !host.network.exists(bridge))) {
        // The machine was started anew, or somebody took the bridge away: it does not run any more.
        log.warn("network is gone", { network: name, bridge });
        await store.remove(path);
        continue;
      }
      const network = networks.findByUuid(uuid) ?? new VirtualNetwork(name, uuid);
      if (!networks.findByUuid(uuid)) networks.add(network);
      const live: LiveNetwork = { document, ports: new Map(), dnsmasq: undefined };
      await loadPorts(driver, network, live);
      network.live = live;
    } catch (error) {
      log.error("network status not understood", { file: path, error });
    }
  }
  await refreshNetworks(driver);
}

/** Makes anew what others may have removed while no daemon ran: packet filter rules and dnsmasq. */
export async function refreshNetworks(driver: NetworkDriver): Promise<void> {
  const { host, log } = driver;
  for (const network of driver.networks.all) {
    const { live } = network;
    if (!live || !ownsBridge(live.document)) continue;
    try {
      const rules = networkRules(live.document);
      if (rules.length > 0 && driver.privileged) {
        await host.network.firewall.setUp();
        await host.network.firewall.add(rules);
      }
      live.dnsmasq = (await findDnsmasq(driver, live.document)) ?? (await startDnsmasq(driver, live.document));
    } catch (error) {
      log.error("network not wholly restored", { network: network.name, error });
    }
  }
}

/** Starts what is marked autostart, once per boot of the machine: the mark is in a directory that boots clear. */
export async function autostartNetworks(driver: NetworkDriver): Promise<void> {
  const { layout, host, log } = driver;
  if (await host.files.facts(layout.networkAutostartedMark)) return;
  await driver.store.write(layout.networkAutostartedMark, "");
  for (const network of driver.networks.all) {
    const { definition } = network;
    if (!network.autostart || network.isActive || !definition) continue;
    try {
      await network.jobs.run("start", () => startNetwork(driver, network, definition));
      driver.emit(network, "started");
    } catch (error) {
      log.error("network not started", { network: network.name, error });
    }
  }
}
