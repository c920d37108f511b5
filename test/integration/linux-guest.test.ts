// A Linux guest on the default network, driven by unmodified virsh and python3-libvirt on the daemon's default sockets.
import assert from "node:assert/strict";
import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { DAEMON_UNDER_TEST, Daemon, withSandbox } from "../support/daemon.ts";
import { type LinuxGuest, linuxGuest } from "../support/guest/linux-guest.ts";
import { CHECKOUT, type Sandbox, sandboxObstacle } from "../support/sandbox.ts";
import { TINY_BANNER, tinyGuest } from "../support/tiny-guest.ts";
import { until } from "../support/until.ts";
import { Virsh } from "../support/virsh.ts";

const skip = sandboxObstacle() ?? false;

async function linuxDomain(sandbox: Sandbox, guest: LinuxGuest): Promise<string> {
  for (const [name, path] of [
    ["vmlinuz", guest.kernel],
    ["initrd.gz", guest.initrd],
  ] as const) {
    const target = sandbox.outside(`/var/lib/libvirt/images/${name}`);
    await copyFile(path, target);
    await chmod(target, 0o644);
  }
  return `<domain type='qemu'>
  <name>lin</name>
  <memory unit='MiB'>256</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>/var/lib/libvirt/images/vmlinuz</kernel>
    <initrd>/var/lib/libvirt/images/initrd.gz</initrd>
    <cmdline>console=ttyS0 quiet</cmdline>
  </os>
  <features><acpi/><apic/></features>
  <devices>
    <interface type='network'>
      <source network='default'/>
      <model type='virtio'/>
    </interface>
    <serial type='pty'/>
    <console type='pty'/>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
  </devices>
</domain>
`;
}

test("a Linux guest boots to its shell, gets an address by DHCP, answers ping and shuts down", {
  skip,
}, async (context) => {
  const guest = await linuxGuest(context);
  if (guest === undefined) return;
  await withSandbox(context, async (sandbox) => {
    const domain = await linuxDomain(sandbox, guest);
    await using _daemon = await Daemon.start(sandbox, DAEMON_UNDER_TEST);
    const virsh = new Virsh(sandbox);
    await virsh.run("net-start", "default");
    await virsh.define(domain);
    await virsh.run("start", "lin");
    await using console = await virsh.console("lin");
    const minute = () => AbortSignal.timeout(90_000);
    const address = (await console.text.find(/GUEST-ADDRESS eth0 (192\.168\.122\.\d+)/, { signal: minute() }))[1] ?? "";
    await console.text.find(/GUEST-READY[\s\S]*# /, { signal: minute() });
    console.type("echo $((6 * 7))-`hostname`\r");
    await console.text.find(/\n42-guest\r/);
    await sandbox.output(["busybox", "ping", "-c", "1", "-W", "10", address]);
    const leases = await virsh.run("net-dhcp-leases", "default");
    assert.match(leases, new RegExp(`ipv4\\s+${address.replaceAll(".", "\\.")}/24`));
    assert.match(await virsh.run("domiflist", "lin"), /vnet\d+\s+network\s+default\s+virtio\s+52:54:00:/);
    await virsh.run("shutdown", "lin");
    await virsh.state("lin", "shut off");
    await until(async () => (await sandbox.emulators()).length === 0, { what: "the emulator's end" });
    assert.doesNotMatch(await sandbox.output(["ip", "-o", "link"]), /vnet/);
    await virsh.run("net-destroy", "default");
    assert.doesNotMatch(await sandbox.output(["ip", "-o", "link"]), /virbr0/);
    await virsh.run("undefine", "lin");
    assert.equal(await virsh.run("list", "--all", "--name"), "");
  });
});

test("virsh leads a guest through its whole life", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await using _daemon = await Daemon.start(sandbox, DAEMON_UNDER_TEST);
    const virsh = new Virsh(sandbox);
    await virsh.define(await tinyGuest(sandbox, "tiny"));
    assert.match(await virsh.run("list", "--all"), /^-\s+tiny\s+shut off$/);
    await virsh.run("start", "tiny", "--paused");
    await virsh.state("tiny", "paused");
    {
      await using console = await virsh.console("tiny");
      await virsh.run("resume", "tiny");
      await console.text.find(new RegExp(TINY_BANNER));
      await console.ask("k", /You pressed: k/);
      await virsh.run("send-key", "tiny", "KEY_X");
      await console.text.find(/You pressed: x/);
      await virsh.run("reset", "tiny");
      await console.text.find(new RegExp(TINY_BANNER));
    }
    assert.equal(await virsh.run("domid", "tiny"), "1");
    await virsh.run("suspend", "tiny");
    assert.equal(await virsh.run("domstate", "tiny", "--reason"), "paused (user)");
    await virsh.run("resume", "tiny");
    assert.equal(await virsh.run("domstate", "tiny", "--reason"), "running (unpaused)");
    assert.match(await virsh.run("qemu-monitor-command", "tiny", '{"execute":"query-status"}'), /"status":"running"/);
    await virsh.run("autostart", "tiny");
    assert.match(await virsh.run("dominfo", "tiny"), /^Autostart:\s+enable$/m);
    await virsh.run("destroy", "tiny");
    assert.equal(await virsh.run("domstate", "tiny", "--reason"), "shut off (destroyed)");
    await virsh.run("domrename", "tiny", "renamed");
    await virsh.run("start", "renamed");
    await virsh.powerOff("renamed");
    await virsh.run("undefine", "renamed");
    assert.equal(await virsh.run("list", "--all", "--name"), "");
  });
});

const PYTHON = join(CHECKOUT, "test/support/python/life.py");

test("python3-libvirt leads a guest through its whole life and sees its events", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await using _daemon = await Daemon.start(sandbox, DAEMON_UNDER_TEST);
    const uuid = "7d2f4a86-5f0b-4c51-9a53-63d2b6f6a001";
    const said = JSON.parse(
      await sandbox.output(["/usr/bin/python3", PYTHON], { input: await tinyGuest(sandbox, "py", { uuid }) }),
    );
    assert.equal(said.uuid, uuid);
    assert.equal(said.persistent, 1);
    assert.deepEqual(said.state, [1, 1], "running, booted");
    assert.equal(said.id, 1);
    assert.ok(said.console.includes(TINY_BANNER));
    assert.deepEqual(said.suspended, [3, 1], "paused by the user");
    assert.match(said.xml, /<domain type='qemu' id='1'>/);
    assert.deepEqual(said.list, ["py"]);
    assert.deepEqual(said.missing, [42, 10, "Domain not found: no domain with matching name 'nobody'"]);
    assert.deepEqual(said.final, [5, 1], "shut off after a shutdown");
    assert.deepEqual(said.events, [
      [0, 0], // defined, added
      [4, 0], // resumed, unpaused
      [2, 0], // started, booted
      [3, 0], // suspended, paused
      [4, 0], // resumed, unpaused
      [6, 1], // shutdown, by the host
      [5, 0], // stopped, shutdown
      [1, 0], // undefined, removed
    ]);
  });
});
