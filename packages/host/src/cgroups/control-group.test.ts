import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeControlFiles } from "../testing/index.ts";
import { type ControlGroup, makeControlGroup } from "./control-group.ts";
import { type Controller, controllers, findControlMounts } from "./controllers.ts";
import {
  blkioWeight,
  changeDevices,
  cpuUsage,
  memoryLimit,
  readBandwidth,
  restrictDevices,
  setBandwidth,
  setBlkioDevice,
  setMemoryLimit,
  UNLIMITED_KIB,
} from "./controls.ts";
import type { DeviceRule } from "./device-program.ts";

const all: ReadonlySet<Controller> = new Set(controllers);

async function make(files: FakeControlFiles): Promise<ControlGroup> {
  const read = async (path: string): Promise<string> => (await files.read(path)) ?? "";
  const unified = await read("/sys/fs/cgroup/unified/cgroup.controllers");
  const mounts = findControlMounts(await read("/proc/mounts"), await read("/proc/self/cgroup"), unified);
  return (await makeControlGroup(files, mounts, all, () => ["machine", "vm"])).group;
}

test("a new version 1 group has its parent's CPUs and memory, also for its threads", async () => {
  const files = new FakeControlFiles();
  files.mount(["cpu", "cpuset"]);
  const group = await make(files);
  const threads = await group.makeThreadGroup("vcpu0");
  assert.equal(await threads.read("cpuset", "cpuset.cpus"), "0-1");
  await threads.addThread(77);
  assert.equal(files.files.get("/sys/fs/cgroup/cpu/machine/vm/vcpu0/tasks"), "77");
});

test("a removed group leaves nothing, its threads' groups included", async () => {
  const files = new FakeControlFiles();
  files.mount(["cpu", "cpuset"]);
  const group = await make(files);
  await group.makeThreadGroup("emulator");
  await group.remove();
  await group.remove();
  assert.equal(
    [...files.files.keys()].some((path) => path.includes("/vm/")),
    false,
  );
});

test("where we may not make a group the controller is as if it were not mounted", async () => {
  const files = new FakeControlFiles();
  files.mount(["cpu", "memory"]);
  files.failures.set("/sys/fs/cgroup/cpu/machine", "EPERM");
  const group = await make(files);
  assert.deepEqual([group.has("cpu"), group.has("memory")], [false, true]);
});

test("version 2 controllers are enabled on the way down, and groups of threads are threaded", async () => {
  const files = new FakeControlFiles();
  files.mount(["unified"]);
  const group = await make(files);
  const threads = await group.makeThreadGroup("vcpu1");
  await threads.addThread(5);
  const root = "/sys/fs/cgroup/unified/machine";
  const enabled = files.writes.filter(([path]) => path === `${root}/cgroup.subtree_control`).map(([, text]) => text);
  assert.deepEqual(new Set(enabled), new Set(["+cpu", "+cpuset", "+memory", "+io"]));
  assert.equal(files.files.get(`${root}/vm/vcpu1/cgroup.type`), "threaded");
  assert.equal(files.files.get(`${root}/vm/vcpu1/cgroup.threads`), "5");
});

for (const names of [["cpu", "cpuacct", "memory", "blkio"], ["unified"]]) {
  test(`bandwidth, memory and weight come back as they were set (${names.join(", ")})`, async () => {
    const files = new FakeControlFiles();
    files.mount(names);
    const group = await make(files);
    await setBandwidth(group, { period: 50_000n, quota: 20_000n });
    await setBandwidth(group, { period: 0n, quota: 30_000n });
    assert.deepEqual(await readBandwidth(group), { period: 50_000n, quota: 30_000n });
    await assert.rejects(
      setBandwidth(group, { period: 5n, quota: 0n }),
      /cfs_period '5' must be in range \(1000, 1000000\)/,
    );
    assert.equal(await memoryLimit(group, "hard"), UNLIMITED_KIB);
    await setMemoryLimit(group, "hard", 4096n);
    assert.equal(await memoryLimit(group, "hard"), 4096n);
    await assert.rejects(setMemoryLimit(group, "soft", UNLIMITED_KIB + 1n), /must be less than/);
    assert.ok((await blkioWeight(group)) > 0);
    await setBlkioDevice(group, "8:0", "writeIops", 50n);
    assert.match(files.writes.at(-1)?.join(" ") ?? "", /8:0 (wiops=)?50$/);
    assert.ok((await cpuUsage(group)).total > 0n);
  });
}

test("devices: everything is denied first; a change adds before it takes away", async () => {
  const files = new FakeControlFiles();
  files.mount(["devices"]);
  const group = await make(files);
  const none: DeviceRule = { type: "char", major: 1, minor: 3, access: "rw" };
  const disk: DeviceRule = { type: "block", major: 7, minor: 0, access: "rw" };
  await restrictDevices(group, [none]);
  await changeDevices(group, [none], [none, disk]);
  await changeDevices(group, [none, disk], [none]);
  assert.deepEqual(
    files.writes.map(([path, text]) => `${path.split("/").at(-1)} ${text}`),
    ["devices.deny a", "devices.allow c 1:3 rw", "devices.allow b 7:0 rw", "devices.deny b 7:0 rw"],
  );
});
