import assert from "node:assert/strict";
import { cpus, totalmem } from "node:os";
import { test } from "node:test";
import { openHost } from "../open-host.ts";
import type { CpuPlace, NumaCell } from "./node-information.ts";
import { parseDmidecode } from "./smbios.ts";
import { parseCpuinfo, parseCpuList, parseMeminfo } from "./sysfs.ts";
import { summarizeTopology } from "./topology.ts";

test("the kernel's list form is expanded, and not without bound", () => {
  assert.deepEqual(parseCpuList("0-3,8,10-11\n"), [0, 1, 2, 3, 8, 10, 11]);
  assert.deepEqual(parseCpuList("\n"), []);
  assert.ok(parseCpuList("0-4294967295").length <= 65_536);
});

test("memory of the machine and of a node are told in the same words", () => {
  const lines = "MemTotal:       100 kB\nMemFree:  7 kB\nActive(anon):   3 kB\nHugePages_Total:  0\n";
  const inNode =
    "Node 0 MemTotal:       100 kB\nNode 0 MemFree:  7 kB\nNode 0 Active(anon):   3 kB\nNode 0 HugePages_Total:  0\n";
  assert.deepEqual(parseMeminfo(inNode), parseMeminfo(lines));
  assert.equal(parseMeminfo(lines).get("MemFree"), 7n);
});

test("one map for each processor", () => {
  const found = parseCpuinfo("processor\t: 0\nflags\t\t: fpu vme\n\nprocessor\t: 1\nflags\t\t: fpu\n\n");
  assert.deepEqual(
    found.map((each) => [each.get("processor"), each.get("flags")]),
    [
      ["0", "fpu vme"],
      ["1", "fpu"],
    ],
  );
});

function cell(id: number, places: readonly Omit<CpuPlace, "die">[]): NumaCell {
  return { id, memory: 0n, pages: [], distances: [], cpus: places.map((place) => ({ ...place, die: 0 })) };
}

test("a regular machine is counted level by level, an irregular one is flat", () => {
  const twoThreads = [0, 2].flatMap((core) => [
    { id: core, socket: 0, core, siblings: [core, core + 1] },
    { id: core + 1, socket: 0, core, siblings: [core, core + 1] },
  ]);
  assert.deepEqual(summarizeTopology([cell(0, twoThreads)], 4), { nodes: 1, sockets: 1, cores: 2, threads: 2 });
  const uneven = [...twoThreads.slice(0, 2), { id: 2, socket: 1, core: 0, siblings: [2] }];
  assert.deepEqual(summarizeTopology([cell(0, uneven)], 3), { nodes: 1, sockets: 1, cores: 3, threads: 1 });
});

test("SMBIOS tables under libvirt's names", () => {
  const found = parseDmidecode(`BIOS Information
\tVendor: ACME
\tRelease Date: 01/02/2020
\tCharacteristics:
\t\tPCI is supported

System Information
\tManufacturer: ACME: and sons
\tUUID: 00112233-4455-6677-8899-aabbccddeeff

Memory Device
\tSize: 8 GB

Memory Device
\tSize: 16 GB
`);
  assert.deepEqual(found.bios, { vendor: "ACME", date: "01/02/2020" });
  assert.deepEqual(found.system, {
    manufacturer: "ACME: and sons",
    uuid: "00112233-4455-6677-8899-aabbccddeeff",
  });
  assert.deepEqual(
    found.memoryDevices.map(({ size }) => size),
    ["8 GB", "16 GB"],
  );
});

test("this machine: what it says is consistent with itself and with Node", async () => {
  const { node } = openHost();
  const [summary, cells, map, all, times] = await Promise.all([
    node.summary(),
    node.numa(),
    node.cpuMap(),
    node.memory(),
    node.cpuTimes(),
  ]);
  assert.equal(summary.cpus, cpus().length);
  assert.equal(map.filter((online) => online).length, summary.cpus);
  assert.equal(cells.flatMap((each) => each.cpus).length, summary.cpus);
  assert.equal(all?.total, BigInt(totalmem()) / 1024n);
  assert.ok(times && times.idle > 0n);
  assert.equal(await node.cpuTimes(100_000), undefined);
  assert.equal(await node.memory(100_000), undefined);
  assert.equal(await node.freePages(0, 3), undefined);
  assert.equal(await node.bootId(), await node.bootId());
});
