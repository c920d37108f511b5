// Virtual networks in a namespace of their own, driven by unmodified virsh; where libvirtd is installed, beside it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { DAEMON_UNDER_TEST, Daemon, type DaemonKind, withSandbox } from "../support/daemon.ts";
import { type Sandbox, sandboxObstacle } from "../support/sandbox.ts";
import { Virsh } from "../support/virsh.ts";

const skip = sandboxObstacle() ?? false;

const networks: Readonly<Record<string, string>> = {
  nat: `<forward mode='nat'/>
  <bridge name='tvnat'/>
  <mac address='52:54:00:11:00:01'/>
  <ip address='10.61.0.1' netmask='255.255.255.0'>
    <dhcp><range start='10.61.0.2' end='10.61.0.99'/><host mac='52:54:00:00:00:09' name='nine' ip='10.61.0.9'/></dhcp>
  </ip>
  <ip family='ipv6' address='fd00:61::1' prefix='64'/>`,
  isolated: `<bridge name='tviso'/>
  <mac address='52:54:00:11:00:02'/>
  <dns><txt name='a' value='b c'/><host ip='10.62.0.5'><hostname>five</hostname></host></dns>
  <ip address='10.62.0.1' netmask='255.255.0.0'/>`,
  route: `<forward mode='route'/>
  <bridge name='tvroute'/>
  <mac address='52:54:00:11:00:03'/>
  <ip address='10.63.0.1' prefix='24'/>
  <route address='10.64.0.0' prefix='16' gateway='10.63.0.2'/>`,
  open: `<forward mode='open'/>
  <bridge name='tvopen'/>
  <mac address='52:54:00:11:00:04'/>
  <ip address='10.65.0.1' netmask='255.255.255.0'/>`,
};

function document(name: string): string {
  const uuid = `11111111-2222-4333-8444-${name.padEnd(12, "0").replace(/[^0-9a-f]/g, "a")}`;
  return `<network>\n  <name>${name}</name>\n  <uuid>${uuid}</uuid>\n  ${networks[name]}\n</network>\n`;
}

/** All that the host and virsh show of the networks, without what differs from run to run. */
async function picture(sandbox: Sandbox, virsh: Virsh): Promise<Readonly<Record<string, string>>> {
  const shown: Record<string, string> = {};
  for (const name of Object.keys(networks)) {
    shown[`live ${name}`] = await virsh.run("net-dumpxml", name);
    shown[`stored ${name}`] = await virsh.run("net-dumpxml", "--inactive", name);
    shown[`info ${name}`] = await virsh.run("net-info", name);
    for (const path of [
      `/etc/libvirt/qemu/networks/${name}.xml`,
      `/run/libvirt/network/${name}.xml`,
      ...["conf", "hostsfile", "addnhosts"].map((kind) => `/var/lib/libvirt/dnsmasq/${name}.${kind}`),
    ]) {
      shown[path] = await readFile(sandbox.outside(path), "utf8");
    }
  }
  shown.list = await virsh.run("net-list", "--all");
  for (const save of ["iptables-save", "ip6tables-save"]) {
    const rules = await sandbox.output([save]);
    shown[save] = rules
      .split("\n")
      .filter((line) => !line.startsWith("#") && !line.startsWith(":"))
      .join("\n");
  }
  const addresses = (await sandbox.output(["ip", "-o", "addr"])).split("\n");
  shown.addresses = addresses
    .map((line) => /^\d+: (tv\S+)\s+(inet6? \S+(?: brd \S+)?)/.exec(line))
    .map((match) => match && `${match[1]} ${match[2]}`)
    .filter((line) => line !== null)
    .sort()
    .join("\n");
  shown.routes = (await sandbox.output(["ip", "route", "show", "10.64.0.0/16"])).replace("linkdown", "").trim();
  shown.forwarding = await sandbox.output(["sysctl", "-n", "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"]);
  return shown;
}

async function startAll(virsh: Virsh): Promise<void> {
  for (const name of Object.keys(networks)) {
    await virsh.define(document(name), "net-define");
    await virsh.run("net-start", name);
  }
  await virsh.run("net-autostart", "nat");
}

async function stopAll(sandbox: Sandbox, virsh: Virsh): Promise<void> {
  for (const name of Object.keys(networks)) {
    await virsh.run("net-destroy", name);
    await virsh.run("net-undefine", name);
  }
  assert.doesNotMatch(await sandbox.output(["ip", "-o", "link"]), / tv/, "no bridge is left");
  assert.doesNotMatch(await sandbox.output(["iptables-save"]), / tv/, "no rule is left");
  assert.equal((await sandbox.run(["sh", "-c", "ls /var/lib/libvirt/dnsmasq"])).stdout, "");
}

test("networks look on the host, on the disk and to virsh exactly as libvirtd's", { skip }, async (context) => {
  const pictures: Partial<Record<DaemonKind, Readonly<Record<string, string>>>> = {};
  for (const kind of ["libvirtd", "tsvirtd"] as const) {
    await withSandbox(context, async (sandbox) => {
      await using _daemon = await Daemon.start(sandbox, kind);
      const virsh = new Virsh(sandbox);
      await startAll(virsh);
      pictures[kind] = await picture(sandbox, virsh);
      await stopAll(sandbox, virsh);
    });
  }
  assert.deepEqual(pictures.tsvirtd, pictures.libvirtd);
});

test("networks outlive a killed daemon; rules and servers that went missing come back", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    const virsh = new Virsh(sandbox);
    const first = await Daemon.start(sandbox, DAEMON_UNDER_TEST);
    await startAll(virsh);
    const before = await picture(sandbox, virsh);
    await first.crash();
    const pid = (await readFile(sandbox.outside("/run/libvirt/network/nat.pid"), "utf8")).trim();
    await sandbox.output(["iptables", "-F", "LIBVIRT_FWX"]);
    await sandbox.output(["iptables", "-F", "LIBVIRT_FWI"]);
    await using second = await Daemon.start(sandbox, DAEMON_UNDER_TEST);
    const after = await picture(sandbox, virsh);
    // What was flushed is put back in another order.
    const sorted = (text: string | undefined): string => (text ?? "").split("\n").sort().join("\n");
    assert.deepEqual(
      { ...after, "iptables-save": sorted(after["iptables-save"]) },
      { ...before, "iptables-save": sorted(before["iptables-save"]) },
    );
    const still = (await readFile(sandbox.outside("/run/libvirt/network/nat.pid"), "utf8")).trim();
    assert.equal(still, pid, "the DHCP server went on");
    await stopAll(sandbox, virsh);
    assert.equal(await second.stop(), 0);
  });
});

for (const [from, to] of [
  ["libvirtd", "tsvirtd"],
  ["tsvirtd", "libvirtd"],
] as const) {
  test(`networks of ${from} are ${to}'s after a swap`, { skip }, async (context) => {
    await withSandbox(context, async (sandbox) => {
      const virsh = new Virsh(sandbox);
      const first = await Daemon.start(sandbox, from);
      await startAll(virsh);
      const before = await virsh.run("net-list", "--all");
      await first.stop();
      await using _second = await Daemon.start(sandbox, to);
      assert.equal(await virsh.run("net-list", "--all"), before);
      await stopAll(sandbox, virsh);
    });
  });
}
