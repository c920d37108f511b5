import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openHost } from "../open-host.ts";
import type { FirewallRule } from "./host-network.ts";
import { savedRule } from "./iptables-firewall.ts";
import { checkInterfaceName } from "./linux-network.ts";
import { NftFirewall } from "./nft-firewall.ts";

// Tests against the real kernel run in network and mount namespaces of their own: this file starts itself again there.
const INSIDE = "TSVIRT_TEST_NETNS";
const inside = process.env[INSIDE] === "1";
const root = process.geteuid?.() === 0;
const { network, processes } = openHost();

test("the network of the kernel", { skip: inside ? "the outer half" : !root && "needs root" }, async () => {
  const argv = [...process.execArgv, "--test-reporter=tap", fileURLToPath(import.meta.url)];
  const child = spawn("unshare", ["-mn", process.execPath, ...argv], {
    env: { ...process.env, [INSIDE]: "1", NODE_TEST_CONTEXT: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  assert.equal(code, 0, output);
  assert.match(output, /# pass [4-9]/, output);
});

test("names that could be options or paths are no interface names", () => {
  for (const bad of ["", "-x", "a/b", "..", "a b", "abcdefghijklmnop", "a:1"]) {
    assert.throws(() => checkInterfaceName(bad), { name: "VirtError" }, bad);
  }
  assert.equal(checkInterfaceName("virbr0"), "virbr0");
});

const real = { skip: !inside && "runs in its own namespaces" };

test("a bridge with address, mtu and spanning tree, made and removed", real, async () => {
  await network.createBridge({ name: "tbr0", mac: "52:54:00:d0:d0:01", stp: true, delay: 4, mtu: 1400 });
  await network.addAddress("tbr0", { address: "10.77.0.1", prefix: 24, broadcast: "10.77.0.255" });
  await network.setUp("tbr0", true);
  const link = await network.link("tbr0");
  assert.deepEqual(
    { ...link, index: 0 },
    { name: "tbr0", index: 0, mac: "52:54:00:d0:d0:01", mtu: 1400, up: true, master: undefined, kind: "bridge" },
  );
  const { stdout } = await processes.check({ argv: ["ip", "-o", "-d", "link", "show", "tbr0"] });
  assert.match(stdout, /forward_delay 400 .*stp_state 1/);
  assert.ok((await network.routes()).some(({ to, interface: name }) => to === "10.77.0.0/24" && name === "tbr0"));
  await assert.rejects(network.createBridge({ name: "tbr0", mac: "52:54:00:d0:d0:01", stp: false, delay: 0 }), {
    name: "SystemError",
    message: "error creating bridge interface tbr0: File exists",
  });
  assert.equal(await network.removeBridge("tbr0"), true);
  assert.equal(await network.removeBridge("tbr0"), false);
});

test("a tap is in its bridge, ends with its descriptors, and its number is not used again", real, async () => {
  await network.createBridge({ name: "tbr1", mac: "52:54:00:d0:d0:02", stp: false, delay: 0 });
  const spec = { name: "vnet%d", mac: "fe:54:00:00:00:01", bridge: "tbr1", vnetHeader: true, up: true };
  const tap = await network.createTap(spec);
  assert.equal(tap.name, "vnet0");
  const link = await network.link("vnet0");
  assert.deepEqual([link?.kind, link?.master, link?.mac, link?.up], ["tap", "tbr1", "fe:54:00:00:00:01", true]);
  assert.equal((await network.counters("vnet0"))?.rxBytes, 0n);
  for (const each of tap.descriptors) each.close();
  assert.equal(await network.link("vnet0"), undefined);
  const several = await network.createTap({ ...spec, queues: 3 });
  assert.equal(several.name, "vnet1");
  assert.equal(several.descriptors.length, 3);
  for (const each of several.descriptors) each.close();
  await assert.rejects(network.createTap({ ...spec, bridge: "nobridge" }), /nobridge/);
  assert.equal(await network.link("vnet2"), undefined, "a tap that could not be plugged in is gone");
  assert.equal(await network.removeBridge("tbr1"), true);
});

test("a persistent tap outlives its descriptors until it is removed", real, async () => {
  const tap = await network.createTap({
    name: "ptap0",
    mac: "fe:54:00:00:00:02",
    vnetHeader: false,
    up: false,
    persistent: true,
    owner: { uid: 1000, gid: 1000 },
  });
  for (const each of tap.descriptors) each.close();
  assert.equal((await network.link("ptap0"))?.kind, "tap");
  assert.equal(await network.removeTap("ptap0"), true);
  assert.equal(await network.link("ptap0"), undefined);
});

const rules: readonly FirewallRule[] = [
  {
    family: "ipv4",
    table: "nat",
    chain: "LIBVIRT_PRT",
    source: "10.1.0.0/24",
    notDestination: "10.1.0.0/24",
    protocol: "tcp",
    jump: "MASQUERADE",
    toPorts: "1024-65535",
  },
  {
    family: "ipv4",
    table: "nat",
    chain: "LIBVIRT_PRT",
    source: "10.1.0.0/24",
    jump: "SNAT",
    toSource: "1.2.3.4-1.2.3.10",
  },
  { family: "ipv4", table: "filter", chain: "LIBVIRT_FWI", out: "tbr9", jump: "REJECT" },
  {
    family: "ipv4",
    table: "filter",
    chain: "LIBVIRT_FWI",
    destination: "10.1.0.0/24",
    out: "tbr9",
    established: true,
    jump: "ACCEPT",
  },
  {
    family: "ipv4",
    table: "filter",
    chain: "LIBVIRT_INP",
    in: "tbr9",
    protocol: "udp",
    destinationPort: 53,
    jump: "ACCEPT",
  },
  { family: "ipv6", table: "filter", chain: "LIBVIRT_FWI", out: "tbr9", jump: "REJECT" },
  { family: "ipv6", table: "filter", chain: "LIBVIRT_FWX", in: "tbr9", out: "tbr9", jump: "ACCEPT" },
];

async function saved(): Promise<string> {
  const [four, six] = await Promise.all(
    ["iptables-save", "ip6tables-save"].map((name) => processes.check({ argv: [name] })),
  );
  return `${four?.stdout}${six?.stdout}`
    .split("\n")
    .filter((line) => line.startsWith("-A"))
    .join("\n");
}

test("firewall rules are added once, removed wholly, and chains are made once", real, async () => {
  const { firewall } = network;
  await firewall.setUp();
  const bare = await saved();
  assert.match(bare, /-A FORWARD -j LIBVIRT_FWX\n-A FORWARD -j LIBVIRT_FWI\n-A FORWARD -j LIBVIRT_FWO/);
  await firewall.setUp();
  assert.equal(await saved(), bare);
  await Promise.all([firewall.add(rules), firewall.add(rules)]);
  const once = await saved();
  const lines = once.split("\n");
  for (const rule of rules) {
    const line = `-A ${rule.chain} ${savedRule(rule).join(" ")}`;
    const families = rules.filter((each) => each.chain === rule.chain && each.jump === rule.jump).length;
    assert.ok(lines.filter((each) => each === line).length === 1 || families > 1, line);
  }
  assert.equal(lines.length, bare.split("\n").length + rules.length);
  assert.ok(
    lines.indexOf("-A LIBVIRT_FWI -o tbr9 -j REJECT --reject-with icmp-port-unreachable") >
      lines.findIndex((line) => line.includes("LIBVIRT_FWI -d")),
  );
  await firewall.remove(rules);
  await firewall.remove(rules);
  assert.equal(await saved(), bare);
});

test("the same through nft, where there is no iptables", real, async (context) => {
  if ((await processes.findProgram("nft")) === undefined) {
    context.skip("nft is not installed");
    return;
  }
  const firewall = new NftFirewall(processes);
  const list = async (): Promise<string> => {
    const both = ["ip", "ip6"].map((family) =>
      processes.check({ argv: ["nft", "list", "table", family, "libvirt_network"] }),
    );
    return (await Promise.all(both)).map(({ stdout }) => stdout).join("");
  };
  await firewall.setUp();
  const bare = await list();
  await firewall.setUp();
  assert.equal(await list(), bare);
  await Promise.all([firewall.add(rules), firewall.add(rules)]);
  const once = await list();
  assert.equal(once.match(/comment "[0-9a-f]{24}"/g)?.length, rules.length);
  assert.match(
    once,
    /ip daddr != 10\.1\.0\.0\/24 meta l4proto tcp counter packets 0 bytes 0 masquerade to :1024-65535/,
  );
  assert.match(once, /snat to 1\.2\.3\.4-1\.2\.3\.10/);
  assert.match(once, /ct state established,related .*accept[^\n]*\n\s*oifname "tbr9" counter packets 0 bytes 0 reject/);
  await firewall.remove(rules);
  await firewall.remove(rules);
  assert.equal(await list(), bare);
});

test("kernel settings are read and written by name only", real, async () => {
  assert.equal(await network.writeSetting("net/ipv4/ip_forward", "1"), true);
  assert.equal(await network.readSetting("net/ipv4/ip_forward"), "1");
  assert.equal(await network.readSetting("net/ipv4/no_such_thing"), undefined);
  assert.equal(await network.writeSetting("net/ipv4/no_such_thing", "1"), false);
  await assert.rejects(network.readSetting("../../etc/passwd"), /Invalid argument/);
});
