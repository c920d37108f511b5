import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { formatUuid, VirtError } from "@tsvirt/base";
import { escapeXml } from "@tsvirt/codec/xml";
import { DomainSnapshotCreateFlags } from "@tsvirt/rpc";
import { FakeClient, FakeMachine } from "./testing/index.ts";

// F2 of the threat model: whatever an object is called, no file is touched outside of where its kind belongs.

/** Names that lead elsewhere, or would, if anybody built a path from them carelessly. */
const EVIL: readonly string[] = [
  "",
  ".",
  "..",
  "/",
  "/etc/shadow",
  "../vm",
  "../../../../etc/cron.d/x",
  "a/b",
  "a/../b",
  "./a",
  "a/",
  "\\..\\x",
  "..\\",
  "...",
  ". .",
  ".hidden",
  ".new",
  ".x.aaaaaaaaaaaa.new",
  "autostart",
  "networks",
  "a\nb",
  "a\tb",
  "a\rb",
  "a\u007fb",
  "a\u0085b",
  "x".repeat(251),
  "x".repeat(252),
  "x".repeat(300),
  "é".repeat(126),
  "é".repeat(127),
  "%2e%2e",
  "~root",
  "$(id)",
  "`id`",
  "-rf",
  "--help",
  "*",
  "a b",
  "'\"",
  "a,b=c",
  "__proto__",
  "constructor",
  "toString",
  "vm.xml",
  "CON",
  "\u202efdp",
];

/** Where state may be. */
const HOMES = [
  /^\/etc\/libvirt\/qemu\/[^/]+\.xml$/,
  /^\/etc\/libvirt\/qemu\/autostart\/[^/]+\.xml$/,
  /^\/etc\/libvirt\/qemu\/networks\/(?:autostart\/)?[^/]+\.xml$/,
  /^\/run\/libvirt\/(?:qemu|network)\/[^/]+$/,
  /^\/run\/libvirt\/qemu\/labelled\/[0-9a-f-]{36}\.json$/,
  /^\/var\/lib\/libvirt\/qemu\/channel\/target\/domain-\d+-[^/]+\/[^/]+$/,
  /^\/var\/lib\/libvirt\/qemu\/(?:domain-\d+-[^/]+|monitors|intents|snapshot\/[^/]+|save)\/[^/]+$/,
  /^\/var\/lib\/libvirt\/dnsmasq\/[^/]+$/,
  /^\/var\/log\/libvirt\/qemu\/[^/]+\.log$/,
  /^\/var\/cache\/libvirt\/qemu\//,
];

const domainXml = (name: string, uuid: string): string => `<domain type='qemu'>
  <name>${escapeXml(name)}</name>
  <uuid>${uuid}</uuid>
  <memory>65536</memory>
  <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/><source file='/images/vm.img'/><target dev='vda'/>
    </disk>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
  </devices>
</domain>`;

let machine: FakeMachine;
let client: FakeClient;
let before: ReadonlySet<string>;
let next = 0;

const newUuid = (): string => {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(12, ++next);
  bytes[6] = 0x40;
  return formatUuid(bytes);
};

beforeEach(async () => {
  machine = await FakeMachine.create();
  machine.disk("/images/vm.img");
  machine.host.processes.helper("dnsmasq", () => ({}));
  client = new FakeClient(await machine.openAll());
  before = new Set(Object.keys(machine.host.files.snapshot()));
});

/** Fails for a file that is not where files of its kind are. */
function checkFiles(name: string): void {
  for (const path of Object.keys(machine.host.files.snapshot())) {
    if (before.has(path)) continue;
    assert.ok(
      HOMES.some((home) => home.test(path)),
      `${JSON.stringify(name)} made ${JSON.stringify(path)}`,
    );
    assert.ok(!path.split("/").some((part) => part === ".." || part === "."), path);
  }
  assert.equal(machine.host.files.snapshot()["/images/vm.img"], "");
}

/** What it gives, or a refusal. Any other exception is a failure. */
async function allowed<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    assert.ok(error instanceof VirtError, String(error));
    return undefined;
  }
}

test("guests may be called what they like where that is a file's name, and nothing else happens elsewhere", async () => {
  let defined = 0;
  for (const name of EVIL) {
    const made = await allowed(client.call("domainDefineXml", { xml: domainXml(name, newUuid()) }));
    checkFiles(name);
    if (!made) continue;
    defined++;
    const { dom } = made;
    assert.equal(dom.name, name);
    await allowed(client.call("domainSetAutostart", { dom, autostart: 1 }));
    await allowed(client.call("domainCreate", { dom }));
    checkFiles(name);
    await allowed(client.call("domainManagedSave", { dom, flags: 0 }));
    await allowed(client.call("domainDestroy", { dom }));
    checkFiles(name);
    await client.call("domainUndefineFlags", { dom, flags: 1 });
    checkFiles(name);
    assert.equal(await allowed(client.call("domainLookupByName", { name })), undefined);
  }
  assert.ok(defined > 20, `${defined} of ${EVIL.length}`);
});

test("nothing of an undefined guest stays, whatever it was called", async () => {
  for (const name of EVIL) {
    const made = await allowed(client.call("domainDefineXml", { xml: domainXml(name, newUuid()) }));
    if (made) await client.call("domainUndefine", { dom: made.dom });
  }
  const left = Object.keys(machine.host.files.snapshot()).filter((path) => !before.has(path));
  assert.deepEqual(left, []);
});

test("a guest is renamed to what could be defined, and to nothing else", async () => {
  const { dom } = await client.call("domainDefineXml", { xml: domainXml("victim", newUuid()) });
  let current = dom;
  for (const name of EVIL) {
    const renamed = await allowed(client.call("domainRename", { dom: current, newName: name, flags: 0 }));
    checkFiles(name);
    if (renamed) current = { ...current, name };
    const { dom: found } = await client.call("domainLookupByUuid", { uuid: dom.uuid });
    assert.equal(found.name, current.name);
    const files = Object.keys(machine.host.files.snapshot()).filter((path) => !before.has(path));
    assert.deepEqual(files, [`/etc/libvirt/qemu/${current.name}.xml`]);
  }
});

test("networks, defined and transient, stay where networks are", async () => {
  for (const name of EVIL) {
    const xml = `<network>
      <name>${escapeXml(name)}</name><uuid>${newUuid()}</uuid><bridge name='virbr7'/>
      <ip address='10.9.0.1' netmask='255.255.255.0'/>
    </network>`;
    const made = await allowed(client.call("networkDefineXml", { xml }));
    checkFiles(name);
    if (made) {
      await allowed(client.call("networkSetAutostart", { net: made.net, autostart: 1 }));
      await allowed(client.call("networkCreate", { net: made.net }));
      checkFiles(name);
      await allowed(client.call("networkDestroy", { net: made.net }));
      await client.call("networkUndefine", { net: made.net });
      checkFiles(name);
    }
    const transient = await allowed(client.call("networkCreateXml", { xml }));
    checkFiles(name);
    if (transient) await client.call("networkDestroy", { net: transient.net });
    checkFiles(name);
  }
});

test("a snapshot's name leads its overlay nowhere", async () => {
  const flags =
    DomainSnapshotCreateFlags.noMetadata | DomainSnapshotCreateFlags.diskOnly | DomainSnapshotCreateFlags.atomic;
  const { dom } = await client.call("domainDefineXml", { xml: domainXml("vm", newUuid()) });
  await client.call("domainCreate", { dom });
  const files = (): string[] => Object.keys(machine.host.files.snapshot());
  const known = new Set(files());
  for (const name of EVIL) {
    const xmlDesc = `<domainsnapshot><name>${escapeXml(name)}</name></domainsnapshot>`;
    await allowed(client.call("domainSnapshotCreateXml", { dom, xmlDesc, flags }));
    for (const path of files()) assert.ok(known.has(path) || /^\/images\/vm\.[^/]+$/.test(path), path);
  }
});
