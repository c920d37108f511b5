import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { ErrorCode, parseUuid } from "@tsvirt/base";
import { parseDomain } from "@tsvirt/model/domain";
import { DomainModificationImpact as Impact } from "@tsvirt/rpc";
import { FakeClient, FakeMachine } from "../../testing/index.ts";
import { vcpuStates } from "./vcpus.ts";

const uuid = "d1d1d1d1-0000-4000-8000-000000000001";
const dom = { name: "vm", uuid: parseUuid(uuid) ?? new Uint8Array(16), id: -1 };
const withVcpus = (vcpus: string): string => `<domain type='qemu'>
  <name>vm</name>
  <uuid>${uuid}</uuid>
  <memory>65536</memory>
  ${vcpus}
  <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>
</domain>`;

test("virtual CPUs are the first so many, or those that are listed", () => {
  const states = (vcpus: string): string =>
    vcpuStates(parseDomain(withVcpus(vcpus), { inactive: true }))
      .map(({ enabled, hotpluggable }) => (enabled ? (hotpluggable ? "P" : "E") : "-"))
      .join("");
  assert.equal(states(""), "E");
  assert.equal(states("<vcpu>3</vcpu>"), "EEE");
  assert.equal(states("<vcpu current='1'>3</vcpu>"), "E--");
  const listed = `<vcpu current='2'>3</vcpu>
    <vcpus>
      <vcpu id='0' enabled='yes' hotpluggable='no'/>
      <vcpu id='1' enabled='no' hotpluggable='yes'/>
      <vcpu id='2' enabled='yes' hotpluggable='yes'/>
    </vcpus>`;
  assert.equal(states(listed), "E-P");
});

let machine: FakeMachine;
let client: FakeClient;
/** Whether the guest lets go of a CPU when it is asked. */
let obedient: boolean;

beforeEach(async () => {
  machine = await FakeMachine.create();
  obedient = true;
  const plugged = new Set(["vcpu0"]);
  machine.behaviour = {
    commands: {
      "query-hotpluggable-cpus": () =>
        [2, 1, 0].map((socket) => ({
          type: "qemu64-x86_64-cpu",
          "vcpus-count": 1,
          props: { "socket-id": socket },
          ...(plugged.has(`vcpu${socket}`) && { "qom-path": `/machine/peripheral/vcpu${socket}` }),
        })),
      device_add: ({ id }) => {
        plugged.add(String(id));
        return {};
      },
      device_del: ({ id }) => {
        if (obedient) {
          plugged.delete(String(id));
          machine.last.qemu.emit("DEVICE_DELETED", { device: String(id), path: `/machine/peripheral/${id}` });
        }
        return {};
      },
    },
  };
  client = new FakeClient(await machine.openAll());
  await client.call("domainDefineXml", { xml: withVcpus("<vcpu current='1'>3</vcpu>") });
  await client.call("domainCreate", { dom });
});

const set = (nvcpus: number, flags: number = Impact.live): Promise<unknown> =>
  client.call("domainSetVcpusFlags", { dom, nvcpus, flags });
const count = async (flags: number): Promise<number> => (await client.call("domainGetVcpusFlags", { dom, flags })).num;
const plugs = (command: string): object[] =>
  machine.last.qemu.received.flatMap((each) => (each.execute === command ? [{ ...(each.arguments as object) }] : []));

test("CPUs are plugged into a running guest in order, and the last ones taken out first", async () => {
  await set(3);
  assert.deepEqual(plugs("device_add"), [
    { driver: "qemu64-x86_64-cpu", id: "vcpu1", "socket-id": 1 },
    { driver: "qemu64-x86_64-cpu", id: "vcpu2", "socket-id": 2 },
  ]);
  assert.deepEqual([await count(Impact.live), await count(Impact.config)], [3, 1]);
  await set(2);
  assert.deepEqual(plugs("device_del"), [{ id: "vcpu2" }]);
  assert.match(await machine.host.files.readText("/run/libvirt/qemu/vm.xml"), /<vcpu[^>]* current='2'>3<\/vcpu>/);
});

test("the definition is changed with what runs, or alone", async () => {
  await set(2, Impact.live | Impact.config);
  await set(3, Impact.config);
  assert.deepEqual([await count(Impact.live), await count(Impact.config)], [2, 3]);
});

test("a guest that does not let go in time says so, and has what it had", async () => {
  await set(2);
  obedient = false;
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const slow = set(1);
    slow.catch(() => undefined);
    while (plugs("device_del").length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    await new Promise<void>((resolve) => setImmediate(resolve));
    mock.timers.tick(5_000);
    await assert.rejects(slow, { code: ErrorCode.operationTimeout });
  } finally {
    mock.timers.reset();
  }
  assert.equal(await count(Impact.live), 2);
});

test("what cannot be is refused in libvirt's words before anything is changed", async () => {
  await assert.rejects(set(4), {
    code: ErrorCode.invalidArg,
    message: "invalid argument: requested vcpus is greater than max allowable vcpus for the live domain: 4 > 3",
  });
  await assert.rejects(set(4, Impact.config), /for the persistent domain: 4 > 3/);
  await assert.rejects(set(2, Impact.live | 4), /maximum vcpu count of a live domain can't be modified/);
  await assert.rejects(set(0), { code: ErrorCode.invalidArg });
  assert.deepEqual(plugs("device_add"), []);
});

test("what each CPU does, and where it may run, has bounds (W2)", async () => {
  const { info, cpumaps } = await client.call("domainGetVcpus", { dom, maxinfo: 3, maplen: 1 });
  assert.deepEqual([info.length, [...cpumaps]], [1, [0b11]]);
  const huge = { dom, maxinfo: 3, maplen: 0x7fff_ffff };
  await assert.rejects(client.call("domainGetVcpus", huge), /maxinfo \* maplen > REMOTE_CPUMAPS_MAX/);
  const pins = { dom, ncpumaps: 3, maplen: 0x7fff_ffff, flags: 0 };
  await assert.rejects(client.call("domainGetVcpuPinInfo", pins), /maxinfo \* maplen > REMOTE_CPUMAPS_MAX/);
  await assert.rejects(client.call("domainGetEmulatorPinInfo", { ...pins, maplen: -1 }), /maplen must be non-negative/);
});
