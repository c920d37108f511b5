import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ErrorCode, parseUuid } from "@tsvirt/base";
import { DomainModificationImpact as Impact, DomainMetadataType as Kind } from "@tsvirt/rpc";
import { FakeClient, FakeMachine } from "../../testing/index.ts";

const uuid = "d1d1d1d1-0000-4000-8000-000000000001";
const dom = { name: "vm", uuid: parseUuid(uuid) ?? new Uint8Array(16), id: -1 };
const xml = `<domain type='qemu'>
  <name>vm</name>
  <uuid>${uuid}</uuid>
  <memory>65536</memory>
  <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>
</domain>`;
const URI = "http://example.org/app";

let machine: FakeMachine;
let client: FakeClient;

beforeEach(async () => {
  machine = await FakeMachine.create();
  client = new FakeClient(await machine.openAll());
  await client.call("domainDefineXml", { xml });
});

function set(type: number, metadata: string | undefined, { key, uri, flags = 0 }: SetOptions = {}): Promise<unknown> {
  return client.call("domainSetMetadata", {
    dom,
    type,
    flags,
    ...(metadata !== undefined && { metadata }),
    ...(key !== undefined && { key }),
    ...(uri !== undefined && { uri }),
  });
}

interface SetOptions {
  readonly key?: string;
  readonly uri?: string;
  readonly flags?: number;
}

async function get(type: number, uri?: string, flags = 0): Promise<string> {
  const { metadata } = await client.call("domainGetMetadata", { dom, type, flags, ...(uri !== undefined && { uri }) });
  return metadata;
}

const stored = (): Promise<string> => machine.host.files.readText("/etc/libvirt/qemu/vm.xml");
const absent = { code: ErrorCode.noDomainMetadata, message: /Requested metadata element is not present/ };

test("title and description are set, read, and removed by an empty text", async () => {
  await set(Kind.title, "a <title>");
  await set(Kind.description, "two\nlines");
  assert.equal(await get(Kind.title), "a <title>");
  assert.equal(await get(Kind.description), "two\nlines");
  assert.match(await stored(), /<title>a &lt;title&gt;<\/title>\n {2}<description>two\nlines<\/description>/);
  await set(Kind.title, "");
  await assert.rejects(get(Kind.title), absent);
  assert.equal(await get(Kind.description), "two\nlines");
});

test("an application's element is stored under its prefix and given back without", async () => {
  await set(Kind.element, "<app a='1'><b/>text</app>", { key: "my", uri: URI });
  assert.match(await stored(), /<my:app xmlns:my="http:\/\/example.org\/app" a="1">/);
  assert.equal(await get(Kind.element, URI), '<app a="1"><b/>text</app>');
  await assert.rejects(get(Kind.element, "http://example.org/other"), absent);
});

test("one element for each namespace: the next replaces it, none removes it, others stay", async () => {
  await set(Kind.element, "<one/>", { key: "k", uri: URI });
  await set(Kind.element, "<other/>", { key: "o", uri: "urn:other" });
  await set(Kind.element, "<two/>", { key: "k", uri: URI });
  assert.equal(await get(Kind.element, URI), "<two/>");
  assert.equal((await stored()).match(/<k:/g)?.length, 1);
  await set(Kind.element, undefined, { uri: URI });
  await assert.rejects(get(Kind.element, URI), absent);
  assert.equal(await get(Kind.element, "urn:other"), "<other/>");
});

test("of a running guest what runs is changed, or the definition, or both", async () => {
  await client.call("domainCreate", { dom });
  await set(Kind.title, "now", { flags: Impact.live });
  await assert.rejects(get(Kind.title, undefined, Impact.config), absent);
  await set(Kind.title, "both", { flags: Impact.live | Impact.config });
  assert.equal(await get(Kind.title, undefined, Impact.config), "both");
  assert.equal(await get(Kind.title, undefined, Impact.live), "both");
  assert.match(await machine.host.files.readText("/run/libvirt/qemu/vm.xml"), /<title>both<\/title>/);
  await client.call("domainDestroy", { dom });
  await assert.rejects(set(Kind.title, "x", { flags: Impact.live }), /domain is not running/);
});

test("what libvirt refuses is refused in its words, and changes nothing", async () => {
  const before = await stored();
  const refusals: readonly (readonly [Promise<unknown>, RegExp])[] = [
    [set(Kind.title, "two\nlines"), /metadata title can't contain newlines/],
    [set(Kind.element, "<a/>", { key: "k" }), /uri in virDomainSetMetadata must not be NULL/],
    [set(Kind.element, "<a/>", { uri: URI }), /key in virDomainSetMetadata must not be NULL/],
    [set(Kind.element, "<a>", { key: "k", uri: URI }), /failed to parse metadata XML/],
    [set(9, "x"), /unknown metadata type 9/],
    [set(Kind.title, "x", { flags: 8 }), /unsupported flags \(0x8\) in function qemuDomainSetMetadata/],
  ];
  for (const [refused, message] of refusals) await assert.rejects(refused, { message });
  assert.equal(await stored(), before);
});

test("a change is told to whoever listens", async () => {
  await client.call("connectDomainEventCallbackRegisterAny", { eventId: 23, dom });
  await set(Kind.element, "<a/>", { key: "k", uri: URI });
  assert.deepEqual(
    client.events.map(({ message }) => message),
    [{ callbackId: 0, dom, type: Kind.element, nsuri: URI }],
  );
});
