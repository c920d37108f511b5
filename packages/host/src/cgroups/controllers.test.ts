import assert from "node:assert/strict";
import { test } from "node:test";
import { findControlMounts } from "./controllers.ts";

const v1 = [
  "tmpfs /sys/fs/cgroup tmpfs rw 0 0",
  "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,cpu,cpuacct 0 0",
  "cgroup /sys/fs/cgroup/my\\040devices cgroup rw,devices 0 0",
  "cgroup /sys/fs/cgroup/systemd cgroup rw,name=systemd 0 0",
  "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0",
].join("\n");

test("version 1 hierarchies are found wherever they are mounted", () => {
  const { places, layout, placements } = findControlMounts(v1, "2:cpu,cpuacct:/system\n1:devices:/\n0::/", "");
  assert.deepEqual(places.get("cpu"), { version: 1, path: "/sys/fs/cgroup/cpu,cpuacct" });
  assert.deepEqual(places.get("cpuacct"), places.get("cpu"));
  assert.deepEqual(places.get("devices"), { version: 1, path: "/sys/fs/cgroup/my devices" });
  assert.equal(places.has("memory"), false);
  assert.equal(layout, "machine");
  assert.equal(placements.get("cpu"), "/system");
});

test("a hierarchy at /dev/cgroup counts before another mount of it and brings the first layout", () => {
  const { places, layout } = findControlMounts(`${v1}\nnone /dev/cgroup cgroup rw,devices 0 0`, "", "");
  assert.deepEqual(places.get("devices"), { version: 1, path: "/dev/cgroup" });
  assert.equal(layout, "libvirt");
});

test("version 2 alone has what it lists, counts CPU time with cpu, and decides on devices by programs", () => {
  const { places } = findControlMounts("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0", "0::/init", "cpu io memory\n");
  assert.deepEqual([...places.keys()].sort(), ["blkio", "cpu", "cpuacct", "devices", "freezer", "memory"]);
  assert.deepEqual(places.get("blkio"), { version: 2, path: "/sys/fs/cgroup" });
});

test("a version 2 hierarchy without controllers beside version 1 has nothing for guests", () => {
  const { places } = findControlMounts(v1, "", "");
  assert.ok([...places.values()].every(({ version }) => version === 1));
});
