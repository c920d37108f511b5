import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Logger, type LogRecord, parseUuid } from "@tsvirt/base";
import { DomainXmlFlags as Xml } from "@tsvirt/rpc";
import { FakeClient, FakeMachine } from "./testing/index.ts";

// S1 and A2 of the threat model: a planted password is where it has to be, 0600, and nowhere else.

const PASSWORD = "pl4nted";
const uuid = "d1d1d1d1-0000-4000-8000-000000000001";
const dom = { name: "vm", uuid: parseUuid(uuid) ?? new Uint8Array(16), id: -1 };
const xml = `<domain type='qemu'>
  <name>vm</name>
  <uuid>${uuid}</uuid>
  <memory>65536</memory>
  <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>
  <devices>
    <graphics type='vnc' port='-1' autoport='yes' passwd='${PASSWORD}'/>
  </devices>
</domain>`;

let machine: FakeMachine;
let client: FakeClient;
let reader: FakeClient;
let log: LogRecord[];
/** What the display is told. */
let told: object[];

beforeEach(async () => {
  machine = await FakeMachine.create();
  log = [];
  told = [];
  const note = (args: object) => {
    told.push({ ...args });
    return {};
  };
  machine.behaviour = { commands: { set_password: note, expire_password: note } };
  machine.log = new Logger("", (record) => log.push(record));
  const driver = await machine.openAll();
  client = new FakeClient(driver);
  reader = new FakeClient(driver, { readOnly: true });
  await client.call("domainDefineXml", { xml });
});

/** Files in which the password is, with their modes. */
async function holders(): Promise<Record<string, string>> {
  const { files } = machine.host;
  const found: Record<string, string> = {};
  for (const [path, text] of Object.entries(files.snapshot())) {
    if (text.includes(PASSWORD)) found[path] = ((await files.facts(path))?.mode ?? 0).toString(8);
  }
  return found;
}

test("a display's password reaches QEMU over its monitor alone, and files that are root's alone", async () => {
  await client.call("domainCreate", { dom });
  const { argv, env } = machine.last.child.spec;
  assert.doesNotMatch(JSON.stringify([argv, env]), new RegExp(PASSWORD));
  assert.deepEqual(told, [
    { protocol: "vnc", password: PASSWORD },
    { protocol: "vnc", time: "never" },
  ]);
  // The definition, and what another daemon needs to take the guest over: libvirt's status file, and our copy of it.
  assert.deepEqual(await holders(), {
    "/etc/libvirt/qemu/vm.xml": "600",
    "/run/libvirt/qemu/vm.xml": "600",
    [`/var/lib/libvirt/qemu/monitors/${uuid}.xml`]: "600",
  });
  await client.call("domainDestroy", { dom });
  assert.deepEqual(Object.keys(await holders()), ["/etc/libvirt/qemu/vm.xml"]);
});

test("it is in no log, no event and no error", async () => {
  await client.call("connectDomainEventCallbackRegisterAny", { eventId: 0 });
  await client.call("domainCreate", { dom });
  const changed = `<graphics type='vnc' port='-1' autoport='yes' passwd='${PASSWORD}2'/>`;
  await client.call("domainUpdateDeviceFlags", { dom, xml: changed, flags: 1 });
  machine.last.qemu.received.length = 0;
  const broken = changed.replace("port='-1'", "port='any'");
  await assert.rejects(client.call("domainUpdateDeviceFlags", { dom, xml: broken, flags: 1 }), (error: Error) => {
    assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, new RegExp(PASSWORD));
    return true;
  });
  await client.call("domainDestroy", { dom });
  const said = [...log, ...client.events].map((each) => JSON.stringify(each, plain));
  assert.doesNotMatch(said.join("\n"), new RegExp(PASSWORD));
  assert.ok(log.length > 0 && client.events.length > 0);
});

/** JSON of values that have none. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value instanceof Error ? value.stack : value;
}

test("documents show it to those alone who may see it and ask for it", async () => {
  const shows = async (who: FakeClient, flags: number): Promise<boolean> => {
    const document = await who.call("domainGetXmlDesc", { dom, flags });
    return document.xml.includes(PASSWORD);
  };
  for (const run of [false, true]) {
    if (run) await client.call("domainCreate", { dom });
    for (const inactive of [0, Xml.inactive]) {
      assert.equal(await shows(client, inactive), false);
      assert.equal(await shows(client, inactive | Xml.secure), true);
      // The migratable form shows them too, and needs the same right (A2).
      assert.equal(await shows(client, inactive | Xml.migratable), true);
      for (const flags of [0, Xml.secure, Xml.migratable]) assert.equal(await shows(reader, inactive | flags), false);
    }
  }
});

test("an empty password locks a display (S4)", async () => {
  await client.call("domainCreate", { dom });
  told.length = 0;
  const locked = "<graphics type='vnc' port='-1' autoport='yes' passwd=''/>";
  await client.call("domainUpdateDeviceFlags", { dom, xml: locked, flags: 1 });
  assert.deepEqual(told, [
    { protocol: "vnc", password: "" },
    { protocol: "vnc", time: "now" },
  ]);
});
