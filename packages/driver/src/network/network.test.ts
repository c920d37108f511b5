import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger, systemClock } from "@tsvirt/base";
import { errnoNumber, Layout, SystemError } from "@tsvirt/host";
import { type FakeFiles, FakeHost } from "@tsvirt/host/testing";
import { createNetwork, defineNetwork, setAutostart, undefineNetwork } from "./define.ts";
import { leasesOf, parseDnsmasqLeases, parseStatus } from "./dnsmasq/leases.ts";
import type { NetworkDriver } from "./network-driver.ts";
import { autostartNetworks, openNetworkDriver } from "./open.ts";
import { startNetwork } from "./start.ts";
import { stopNetwork } from "./stop.ts";
import { updateNetwork } from "./update.ts";
import type { VirtualNetwork } from "./virtual-network.ts";

const layout = Layout.system();

const nat = `<network>
  <name>n</name>
  <uuid>0f0f0f0f-0000-4000-8000-00000000d0d0</uuid>
  <forward mode='nat'/>
  <bridge name='virbr3'/>
  <mac address='52:54:00:d0:d0:d0'/>
  <ip address='10.3.0.1' netmask='255.255.255.0'>
    <dhcp><range start='10.3.0.2' end='10.3.0.254'/></dhcp>
  </ip>
</network>`;

/** A machine whose dnsmasq leaves a daemon behind, as the real one does. */
function machine(files?: FakeFiles): FakeHost {
  const host = new FakeHost();
  if (files) host.files = files;
  else host.files.put(`${layout.networkDirectory}/.keep`, "");
  host.processes.helper("dnsmasq", ({ argv }) => {
    const daemon = host.processes.appear(argv);
    const conf = argv.find((each) => each.startsWith("--conf-file="))?.slice("--conf-file=".length) ?? "";
    const name =
      conf
        .split("/")
        .at(-1)
        ?.replace(/\.conf$/, "") ?? "";
    host.files.put(layout.dnsmasqPid(name), `${daemon.identity.pid}\n`);
    return {};
  });
  return host;
}

async function open(host: FakeHost): Promise<NetworkDriver> {
  return openNetworkDriver({ kind: "system", layout, host, log: silentLogger, clock: systemClock });
}

async function start(driver: NetworkDriver, network: VirtualNetwork): Promise<void> {
  const { definition } = network;
  assert.ok(definition);
  await network.jobs.run("start", () => startNetwork(driver, network, definition));
}

/** Everything that a network holds on the machine. */
async function held(host: FakeHost): Promise<unknown> {
  return {
    links: (await host.network.links()).map(({ name }) => name),
    rules: host.network.firewall.rules.length,
    processes: (await host.processes.list()).length,
  };
}

test("a network starts with bridge, address, rules and dnsmasq, and gives all of it back", async () => {
  const host = machine();
  const driver = await open(host);
  const before = await held(host);
  const network = await defineNetwork(driver, nat, { validate: false });
  await start(driver, network);
  assert.equal(host.network.exists("virbr3"), true);
  assert.deepEqual(host.network.addresses.get("virbr3"), [
    { address: "10.3.0.1", prefix: 24, broadcast: "10.3.0.255" },
  ]);
  assert.equal(host.network.settings.get("net/ipv4/ip_forward"), "1");
  assert.ok(host.network.firewall.rules.some(({ chain }) => chain === "LIBVIRT_PRT"));
  assert.match(await host.files.readText(layout.networkStatus("n")), /<networkstatus>/);
  await assert.rejects(start(driver, network), /network is already active/);
  await stopNetwork(driver, network);
  assert.deepEqual(await held(host), before);
  assert.equal(await host.files.facts(layout.networkStatus("n")), undefined);
  await assert.rejects(stopNetwork(driver, network), /network 'n' is not active/);
});

test("whatever step of a start fails, nothing is left (R3)", async () => {
  const failures: readonly ((host: FakeHost) => void)[] = [
    (host) => {
      host.processes.helper("dnsmasq", () => ({ code: 3, stderr: "dnsmasq: no" }));
    },
    (host) => {
      host.network.addAddress = () => Promise.reject(new SystemError(errnoNumber("EINVAL"), "addr"));
    },
    (host) => {
      host.network.firewall.add = () => Promise.reject(new SystemError(errnoNumber("EPERM"), "rule"));
    },
    (host) => {
      host.files.inject = ({ operation, path }) => {
        if (operation === "rename" && path === layout.networkStatus("n")) {
          throw new SystemError(errnoNumber("ENOSPC"), "status");
        }
      };
    },
  ];
  for (const fail of failures) {
    const host = machine();
    const driver = await open(host);
    const before = await held(host);
    const network = await defineNetwork(driver, nat, { validate: false });
    fail(host);
    await assert.rejects(start(driver, network));
    assert.deepEqual(await held(host), before);
    assert.equal(network.isActive, false);
  }
});

test("a killed daemon's networks are found again, with ports and dnsmasq; rules that went missing come back", async () => {
  const host = machine();
  const first = await open(host);
  const network = await defineNetwork(first, nat, { validate: false });
  await start(first, network);
  const owner = { name: "vm", uuid: "d54df46f-1ab5-4a22-8618-4560ef5fac2c" };
  const port = await first.plug({ network: "n", mac: "52:54:00:00:00:01", owner });
  assert.equal(port.bridge, "virbr3");
  const rules = host.network.firewall.rules.length;
  host.network.firewall.rules.pop();

  host.files = host.files.afterKill();
  const second = await open(host);
  const found = second.networks.lookupByName("n");
  assert.equal(found.isActive, true);
  assert.deepEqual([...(found.live?.ports.keys() ?? [])], [port.portId]);
  assert.equal(found.live?.document.connections, 1);
  assert.equal(host.network.firewall.rules.length, rules);
  assert.equal((await host.processes.list()).length, 1, "dnsmasq was found, not started again");
  assert.deepEqual(await second.plug({ network: "n", mac: "52:54:00:00:00:01", owner, portId: port.portId }), port);
  await second.unplug("n", port.portId);
  await second.unplug("n", port.portId);
  assert.equal(found.live?.document.connections, undefined);
});

test("a network whose bridge is gone does not run; one whose dnsmasq died gets a new one", async () => {
  const host = machine();
  const first = await open(host);
  await start(first, await defineNetwork(first, nat, { validate: false }));
  host.processes.children[0]?.exit();
  host.files = host.files.afterKill();
  const second = await open(host);
  assert.equal(second.networks.lookupByName("n").isActive, true);
  assert.equal((await host.processes.list()).length, 1);
  await host.network.removeBridge("virbr3");
  host.files = host.files.afterKill();
  const third = await open(host);
  assert.equal(third.networks.lookupByName("n").isActive, false);
});

test("a process that only has the pid of a dnsmasq is not signalled (F7)", async () => {
  const host = machine();
  const first = await open(host);
  await start(first, await defineNetwork(first, nat, { validate: false }));
  const stranger = host.processes.appear(["/usr/bin/editor"]);
  host.files.put(layout.dnsmasqPid("n"), `${stranger.identity.pid}\n`);
  host.files = host.files.afterKill();
  const second = await open(host);
  await stopNetwork(second, second.networks.lookupByName("n"));
  assert.deepEqual(stranger.signals, []);
});

test("names, UUIDs and bridges are claimed once", async () => {
  const driver = await open(machine());
  await defineNetwork(driver, nat, { validate: false });
  const define = (from: string, to: string) => defineNetwork(driver, nat.replace(from, to), { validate: false });
  await assert.rejects(define("<name>n<", "<name>m<"), /bridge name 'virbr3' already in use/);
  const other = nat.replace("virbr3", "virbr4");
  await assert.rejects(
    defineNetwork(driver, other.replace("<name>n<", "<name>m<"), { validate: false }),
    /network 'n' is already defined with uuid 0f0f0f0f-0000-4000-8000-00000000d0d0/,
  );
  await assert.rejects(
    defineNetwork(driver, other.replace("d0d0</uuid>", "d0d1</uuid>"), { validate: false }),
    /network 'n' already exists with uuid/,
  );
  const bare = "<network><name>auto</name><ip address='10.9.0.1' prefix='24'/></network>";
  const [one, two] = await Promise.all([
    defineNetwork(driver, bare, { validate: false }),
    defineNetwork(driver, bare.replace("auto", "auto2"), { validate: false }),
  ]);
  assert.deepEqual([one.bridge, two.bridge], ["virbr0", "virbr1"]);
});

test("a transient network is gone when it stops; undefining a running one makes it transient", async () => {
  const driver = await open(machine());
  const events: string[] = [];
  driver.onEvent(({ name }, event) => events.push(`${name} ${event}`));
  const network = await createNetwork(driver, nat, { validate: false });
  await assert.rejects(undefineNetwork(driver, network), /can't undefine transient network/);
  await assert.rejects(setAutostart(driver, network, true), /cannot set autostart for transient network/);
  await defineNetwork(driver, nat, { validate: false });
  await undefineNetwork(driver, network);
  assert.equal(network.isActive, true);
  await stopNetwork(driver, network);
  assert.equal(driver.networks.findByName("n"), undefined);
  assert.deepEqual(events, ["n started", "n defined", "n undefined", "n stopped"]);
});

test("autostart is done once a boot", async () => {
  const host = machine();
  const driver = await open(host);
  const network = await defineNetwork(driver, nat, { validate: false });
  await setAutostart(driver, network, true);
  assert.equal(await host.files.readLink(layout.networkAutostart("n")), layout.networkDefinition("n"));
  await autostartNetworks(driver);
  assert.equal(network.isActive, true);
  await stopNetwork(driver, network);
  await autostartNetworks(driver);
  assert.equal(network.isActive, false);
});

test("an acknowledged definition survives a power cut; one that cannot be read is kept and passed over", async () => {
  const host = machine();
  await defineNetwork(await open(host), nat, { validate: false });
  host.files = host.files.afterPowerCut();
  host.files.put(`${layout.networkDirectory}/torn.xml`, "<network><name>torn");
  const driver = await open(host);
  assert.deepEqual(
    driver.networks.all.map(({ name }) => name),
    ["n"],
  );
  assert.ok(await host.files.facts(`${layout.networkDirectory}/torn.xml`));
});

test("a new installation has libvirt's default network", async () => {
  const host = new FakeHost();
  host.processes.helper("dnsmasq", () => ({}));
  const driver = await open(host);
  const network = driver.networks.lookupByName("default");
  assert.equal(network.autostart, false);
  assert.equal(network.bridge, "virbr0");
  assert.match(await host.files.readText(layout.networkDefinition("default")), /192\.168\.122\.254/);
});

test("a known guest added while the network runs reaches dnsmasq's file and its process, and no restart", async () => {
  const host = machine();
  const driver = await open(host);
  const network = await defineNetwork(driver, nat, { validate: false });
  await start(driver, network);
  const xml = "<host mac='52:54:00:00:00:01' name='h1' ip='10.3.0.7'/>";
  const change = { command: "addLast", section: "ip-dhcp-host", parentIndex: -1, live: true, config: false } as const;
  await updateNetwork(driver, network, { ...change, xml });
  assert.equal(await host.files.readText(layout.dnsmasqFile("n", "hostsfile")), "52:54:00:00:00:01,10.3.0.7,h1\n");
  assert.deepEqual(host.processes.children[0]?.signals, [1]);
  assert.deepEqual(network.definition?.ips[0]?.dhcp?.hosts, [], "what is stored is not changed");
  await assert.rejects(updateNetwork(driver, network, { ...change, xml }), /there is an existing dhcp host entry/);
  const range = "<range start='10.3.0.2' end='10.3.0.254'/>";
  await updateNetwork(driver, network, { ...change, section: "ip-dhcp-range", command: "delete", xml: range });
  assert.equal(host.processes.children.length, 2, "a range needs a restart");
});

test("a change that fails leaves both forms as they were", async () => {
  const host = machine();
  const driver = await open(host);
  const network = await defineNetwork(driver, nat, { validate: false });
  await start(driver, network);
  const change = { command: "delete", section: "dns-txt", parentIndex: -1, live: true, config: true } as const;
  const before = structuredClone([network.definition, network.live?.document]);
  await assert.rejects(updateNetwork(driver, network, { ...change, xml: "<txt name='none'/>" }), /couldn't locate/);
  assert.deepEqual([network.definition, network.live?.document], before);
});

test("leases of libvirt's helper and of dnsmasq itself", async () => {
  const status = JSON.stringify([
    {
      "ip-address": "10.3.0.9",
      "mac-address": "52:54:00:00:00:01",
      hostname: "vm",
      "client-id": "01:52",
      "expiry-time": 0,
    },
    { "ip-address": "10.3.0.8", "mac-address": "52:54:00:00:00:02", "expiry-time": 5 },
  ]);
  const host = machine();
  host.files.put(layout.leaseStatus("virbr3"), status);
  const driver = await open(host);
  const { definition } = await defineNetwork(driver, nat, { validate: false });
  assert.ok(definition);
  const leases = await leasesOf(driver, definition);
  assert.deepEqual(
    leases.map(({ address, prefix, hostname, family }) => [address, prefix, hostname, family]),
    [["10.3.0.9", 24, "vm", "ipv4"]],
    "expired ones are not told",
  );
  assert.deepEqual(await leasesOf(driver, definition, "52:54:00:00:00:03"), []);
  assert.throws(() => parseStatus("{}", "f"), /Malformed lease_entries/);
  assert.throws(() => parseStatus("[{}]", "f"), /without mac-address/);
  assert.throws(() => parseStatus("[", "f"), /invalid json in file: f/);
  const own =
    "1700000000 52:54:00:00:00:01 10.3.0.9 vm 01:52\nduid 00:01\n0 77 fd00::9 * 00:03:00:01:52:54:00:00:00:05\n";
  assert.deepEqual(
    parseDnsmasqLeases(own).map(({ mac, address, iaid, hostname }) => [mac, address, iaid, hostname]),
    [
      ["52:54:00:00:00:01", "10.3.0.9", undefined, "vm"],
      ["52:54:00:00:00:05", "fd00::9", "77", undefined],
    ],
  );
});
