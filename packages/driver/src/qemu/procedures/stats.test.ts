import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ErrorCode, parseUuid } from "@tsvirt/base";
import { DomainMemoryStatTags as Tag, type TypedParam } from "@tsvirt/rpc";
import { FakeClient, FakeMachine } from "../../testing/index.ts";

const uuid = "d1d1d1d1-0000-4000-8000-000000000001";
const dom = { name: "vm", uuid: parseUuid(uuid) ?? new Uint8Array(16), id: -1 };
const xml = `<domain type='qemu'>
  <name>vm</name>
  <uuid>${uuid}</uuid>
  <memory>65536</memory>
  <currentMemory>32768</currentMemory>
  <vcpu current='1'>2</vcpu>
  <iothreads>1</iothreads>
  <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'><source file='/images/vm.img'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>
    <interface type='ethernet'><target dev='mytap'/></interface>
    <memballoon model='virtio'/>
  </devices>
</domain>`;
const UNREPORTED = 18_446_744_073_709_551_615n;

let machine: FakeMachine;
let client: FakeClient;

beforeEach(async () => {
  machine = await FakeMachine.create();
  machine.disk("/images/vm.img");
  machine.behaviour = {
    commands: {
      "query-blockstats": () => [
        {
          qdev: "/machine/peripheral/virtio-disk0/virtio-backend",
          stats: {
            rd_operations: 1,
            rd_bytes: 512,
            rd_total_time_ns: 10,
            wr_operations: 2,
            wr_bytes: 1024,
            wr_total_time_ns: 20,
            flush_operations: 3,
            flush_total_time_ns: 30,
          },
          parent: { stats: { wr_highest_offset: 4096 } },
        },
        { qdev: "ide0-1-0", stats: { rd_operations: 9 } },
      ],
      "query-named-block-nodes": () => [
        { "node-name": "libvirt-1-format", image: { "virtual-size": 1_048_576, "actual-size": 8192 } },
      ],
      "query-iothreads": () => [{ id: "iothread1", "thread-id": 5, "poll-max-ns": 32_768, "poll-grow": 0 }],
      "qom-get": ({ property }) =>
        property === "guest-stats"
          ? {
              "last-update": 7,
              stats: { "stat-free-memory": 2048, "stat-swap-in": UNREPORTED, "stat-major-faults": 5 },
            }
          : false,
      "set-action": () => ({}),
    },
  };
  const { counters } = machine.host.network;
  machine.host.network.counters = async (name) => {
    const zero = await counters.call(machine.host.network, name);
    return zero && { ...zero, rxBytes: 1n, rxPackets: 2n, txBytes: 3n, txErrors: 4n };
  };
  client = new FakeClient(await machine.openAll());
  await client.call("domainDefineXml", { xml });
});

async function bulk(stats = 0, flags = 0): Promise<string[]> {
  const { retStats } = await client.call("connectGetAllDomainStats", { doms: [], stats, flags });
  const [only] = retStats;
  assert.ok(only);
  return only.params.map(format);
}

function format({ field, value }: TypedParam): string {
  return `${value.type} ${field}=${value.value}`;
}

test("figures of a running guest, by libvirt's names and types", async () => {
  await client.call("domainCreate", { dom });
  assert.deepEqual(await bulk(), [
    "int state.state=1",
    "int state.reason=1",
    "ullong cpu.time=0",
    "ullong cpu.user=0",
    "ullong cpu.system=0",
    "ullong balloon.current=32768",
    "ullong balloon.maximum=65536",
    "ullong balloon.major_fault=5",
    "ullong balloon.unused=2",
    "ullong balloon.last-update=7",
    "ullong balloon.rss=0",
    "uint vcpu.current=1",
    "uint vcpu.maximum=2",
    "int vcpu.0.state=1",
    "ullong vcpu.0.time=0",
    "ullong vcpu.0.wait=0",
    "uint net.count=1",
    "string net.0.name=mytap",
    "ullong net.0.rx.bytes=3",
    "ullong net.0.rx.pkts=0",
    "ullong net.0.rx.errs=4",
    "ullong net.0.rx.drop=0",
    "ullong net.0.tx.bytes=1",
    "ullong net.0.tx.pkts=2",
    "ullong net.0.tx.errs=0",
    "ullong net.0.tx.drop=0",
    "uint block.count=2",
    "string block.0.name=vda",
    "string block.0.path=/images/vm.img",
    "uint block.0.backingIndex=1",
    "ullong block.0.rd.reqs=1",
    "ullong block.0.rd.bytes=512",
    "ullong block.0.rd.times=10",
    "ullong block.0.wr.reqs=2",
    "ullong block.0.wr.bytes=1024",
    "ullong block.0.wr.times=20",
    "ullong block.0.fl.reqs=3",
    "ullong block.0.fl.times=30",
    "ullong block.0.allocation=4096",
    "ullong block.0.capacity=1048576",
    "ullong block.0.physical=8192",
    "string block.1.name=hdc",
    "ullong block.1.rd.reqs=9",
    "ullong block.1.rd.bytes=0",
    "ullong block.1.rd.times=0",
    "ullong block.1.wr.reqs=0",
    "ullong block.1.wr.bytes=0",
    "ullong block.1.wr.times=0",
    "ullong block.1.fl.reqs=0",
    "ullong block.1.fl.times=0",
    "ullong block.1.allocation=0",
    "uint iothread.count=1",
    "ullong iothread.1.poll-max-ns=32768",
    "uint iothread.1.poll-grow=0",
  ]);
});

test("figures of a guest that is off are those of its definition and its images", async () => {
  assert.deepEqual(await bulk(), [
    "int state.state=5",
    "int state.reason=0",
    "ullong balloon.current=32768",
    "ullong balloon.maximum=65536",
    "uint vcpu.current=1",
    "uint vcpu.maximum=2",
    "uint block.count=2",
    "string block.0.name=vda",
    "string block.0.path=/images/vm.img",
    "ullong block.0.allocation=0",
    "ullong block.0.capacity=0",
    "ullong block.0.physical=0",
    "string block.1.name=hdc",
  ]);
});

test("a guest whose QEMU does not answer is still in the list, with what the host knows", async () => {
  await client.call("domainCreate", { dom });
  machine.behaviour = {};
  const { qemu } = machine.last;
  const before = await bulk();
  qemu.sayRaw("not json\n");
  await new Promise<void>((resolve) => setImmediate(resolve));
  const after = await bulk();
  assert.ok(after.includes("int state.state=1") && after.includes("string block.0.name=vda"));
  assert.ok(before.length > after.length);
});

test("groups are chosen; unknown ones are left out, or refused when they must be there", async () => {
  assert.deepEqual(await bulk(1), ["int state.state=5", "int state.reason=0"]);
  assert.deepEqual(await bulk(1 | (1 << 20)), ["int state.state=5", "int state.reason=0"]);
  await assert.rejects(bulk(1 | (1 << 20), 0x8000_0000), { code: ErrorCode.argumentUnsupported });
});

test("one disk's counters, and all together", async () => {
  await client.call("domainCreate", { dom });
  const one = await client.call("domainBlockStats", { dom, path: "vda" });
  assert.deepEqual(one, { rdReq: 1n, rdBytes: 512n, wrReq: 2n, wrBytes: 1024n, errs: -1n });
  const all = await client.call("domainBlockStats", { dom, path: "" });
  assert.equal(all.rdReq, 10n);
  const { params, nparams } = await client.call("domainBlockStatsFlags", { dom, path: "vda", nparams: 0, flags: 4 });
  assert.deepEqual([params.length, nparams], [0, 8]);
  const first = await client.call("domainBlockStatsFlags", { dom, path: "vda", nparams: 2, flags: 0 });
  assert.deepEqual(first.params.map(format), ["llong wr_bytes=1024", "llong wr_operations=2"]);
  await assert.rejects(client.call("domainBlockStats", { dom, path: "vdz" }), { message: /invalid path: vdz/ });
});

test("memory figures by their tags, as many as were asked for", async () => {
  await client.call("domainCreate", { dom });
  const { stats } = await client.call("domainMemoryStats", { dom, maxStats: 20, flags: 0 });
  assert.deepEqual(stats, [
    { tag: Tag.actualBalloon, val: 32_768n },
    { tag: Tag.majorFault, val: 5n },
    { tag: Tag.unused, val: 2n },
    { tag: Tag.lastUpdate, val: 7n },
    { tag: Tag.rss, val: 0n },
  ]);
  assert.equal((await client.call("domainMemoryStats", { dom, maxStats: 1, flags: 0 })).stats.length, 1);
});

test("an interface is found by its device or its MAC, and receives what the tap sends", async () => {
  await client.call("domainCreate", { dom });
  const { rxBytes, txBytes, rxErrs } = await client.call("domainInterfaceStats", { dom, device: "mytap" });
  assert.deepEqual([rxBytes, txBytes, rxErrs], [3n, 1n, 4n]);
  await assert.rejects(client.call("domainInterfaceStats", { dom, device: "eth9" }), {
    message: "invalid argument: 'eth9' is not a known interface",
  });
});
