import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkSocketPath, Layout } from "./layout.ts";

test("the system instance is where libvirtd's is", () => {
  const layout = Layout.system();
  assert.equal(layout.socket("libvirt-sock"), "/run/libvirt/libvirt-sock");
  assert.equal(layout.domainDefinition("vm"), "/etc/libvirt/qemu/vm.xml");
  assert.equal(layout.domainAutostart("vm"), "/etc/libvirt/qemu/autostart/vm.xml");
  assert.equal(layout.domainStatus("vm"), "/run/libvirt/qemu/vm.xml");
  assert.equal(layout.domainMonitor(3, "vm"), "/var/lib/libvirt/qemu/domain-3-vm/monitor.sock");
  assert.equal(layout.domainLog("vm"), "/var/log/libvirt/qemu/vm.log");
  assert.equal(layout.domainManagedSave("vm"), "/var/lib/libvirt/qemu/save/vm.save");
  assert.equal(
    layout.domainChannel(3, "vm", "org.qemu.guest_agent.0"),
    "/var/lib/libvirt/qemu/channel/target/domain-3-vm/org.qemu.guest_agent.0",
  );
  assert.equal(layout.networkDefinition("default"), "/etc/libvirt/qemu/networks/default.xml");
  assert.equal(layout.networkStatus("default"), "/run/libvirt/network/default.xml");
  assert.equal(layout.dnsmasqFile("default", "conf"), "/var/lib/libvirt/dnsmasq/default.conf");
  assert.equal(layout.leaseStatus("virbr0"), "/var/lib/libvirt/dnsmasq/virbr0.status");
});

test("the session instance follows the XDG variables and falls back to HOME", () => {
  const plain = Layout.session({ HOME: "/home/u" });
  assert.equal(plain.domainDefinition("vm"), "/home/u/.config/libvirt/qemu/vm.xml");
  assert.equal(plain.runDirectory, "/home/u/.cache/libvirt");
  const moved = Layout.session({ HOME: "/home/u", XDG_CONFIG_HOME: "/c", XDG_CACHE_HOME: "/k", XDG_RUNTIME_DIR: "/r" });
  assert.equal(moved.domainStatus("vm"), "/r/libvirt/qemu/run/vm.xml");
  assert.equal(moved.domainRun(1, "vm"), "/c/libvirt/qemu/lib/domain-1-vm");
  assert.equal(moved.qemuLogDirectory, "/k/libvirt/qemu/log");
  assert.throws(() => Layout.session({}), /HOME/);
});

test("an embedded instance keeps everything below its root", () => {
  const layout = Layout.embed("/srv/x/");
  assert.equal(layout.domainDefinition("vm"), "/srv/x/etc/qemu/vm.xml");
  assert.equal(layout.domainRun(1, "vm"), "/srv/x/lib/qemu/domain-1-vm");
  assert.throws(() => Layout.embed("relative"), /absolute/);
});

test("a run's directory has the first 20 characters of the name", () => {
  assert.equal(
    Layout.system().domainRun(12, "a-very-long-name-of-a-guest"),
    "/var/lib/libvirt/qemu/domain-12-a-very-long-name-of-",
  );
});

const hostileName = fc.oneof(
  fc.constantFrom("", ".", "..", "../x", "a/b", "/", "a\nb", "a\u0000b", "\u007f", "x".repeat(252)),
  fc.string().map((text) => `${text}/`),
);

test("no name leads out of its directory: a bad one is refused, a good one stays below", () => {
  const layout = Layout.system();
  fc.assert(
    fc.property(hostileName, (name) => {
      assert.throws(() => layout.domainDefinition(name), { name: "VirtError" });
      assert.throws(() => layout.networkStatus(name), { name: "VirtError" });
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
      let path: string;
      try {
        path = layout.domainDefinition(name);
      } catch (error) {
        assert.ok(error instanceof Error && error.name === "VirtError");
        return;
      }
      assert.equal(path, `/etc/libvirt/qemu/${name}.xml`);
      assert.ok(!name.includes("/") && Buffer.byteLength(`${name}.xml`) <= 255);
    }),
  );
});

test("a socket path that the kernel cannot take is refused by name", () => {
  assert.equal(checkSocketPath(`/${"x".repeat(106)}`).length, 107);
  assert.throws(() => checkSocketPath(`/${"x".repeat(107)}`), /too long/);
  assert.throws(() => checkSocketPath(`/${"é".repeat(54)}`), /too long/);
});
