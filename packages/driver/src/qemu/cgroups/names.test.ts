import assert from "node:assert/strict";
import { test } from "node:test";
import { groupPath, machineName } from "./names.ts";

test("a machine's name has what a host's name may have, and no more than fits", () => {
  assert.equal(machineName(3, "web.1"), "qemu-3-web.1");
  assert.equal(machineName(3, "..a_b--c-"), "qemu-3-ab-c");
  assert.equal(machineName(3, "é"), "qemu-3");
  assert.equal(machineName(1, "x".repeat(200)).length, 64);
});

test("both layouts", () => {
  const guest = { id: 7, name: "vm" };
  assert.deepEqual(groupPath(guest, "machine", "/system"), {
    partition: ["machine"],
    name: "qemu-7-vm.libvirt-qemu",
    mayMakePartition: true,
  });
  assert.deepEqual(groupPath(guest, "libvirt", "/system"), {
    partition: ["system", "libvirt", "qemu"],
    name: "vm",
    mayMakePartition: true,
  });
});

test("an administrator's partitions get their suffix and are not made; names never pass for the kernel's files", () => {
  const path = groupPath({ id: 7, name: "vm", partition: "/machine/prod/cpu.x" }, "machine", "/");
  assert.deepEqual(path.partition, ["machine", "prod.partition", "_cpu.x"]);
  assert.equal(path.mayMakePartition, false);
  assert.equal(groupPath({ id: 1, name: "tasks" }, "libvirt", "/").name, "_tasks");
  assert.equal(groupPath({ id: 1, name: "_a" }, "libvirt", "/").name, "__a");
  assert.throws(() => groupPath({ id: 1, name: "x", partition: "prod" }, "machine", "/"), /must start with '\/'/);
  assert.throws(() => groupPath({ id: 1, name: "x", partition: "/a/../b" }, "machine", "/"), /must not leave/);
});
