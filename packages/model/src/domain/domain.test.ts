import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { DocumentError } from "@tsvirt/codec/xml";
import { type DomainHooks, formatDomain, noDevices, parseDevice, parseDomain, readDomain } from "./index.ts";

const fixtures = new URL("../../fixtures/domain/", import.meta.url);

/** Compares with a stored file; `UPDATE_GOLDEN=1` rewrites it and fails all the same, so that nothing lands unseen. */
async function golden(name: string, actual: string): Promise<void> {
  const file = new URL(name, fixtures);
  const stored = await readFile(file, "utf8").catch(() => "");
  if (stored === actual) return;
  if (process.env.UPDATE_GOLDEN === "1") await writeFile(file, actual);
  assert.equal(actual, stored, name);
}

function failure(run: () => unknown): DocumentError {
  try {
    run();
  } catch (error) {
    if (error instanceof DocumentError) return error;
    throw error;
  }
  return assert.fail("no error");
}

/** A hypervisor that only knows which video card to take. */
const hooks: DomainHooks = { defaultVideo: () => ({ model: { type: "cirrus", heads: 1 } }) };

const minimal = (inside: string, before = ""): string =>
  `<domain type='qemu'>\n  <name>x</name>\n  <memory>1024</memory>\n  ${before}<os><type>hvm</type></os>\n  <devices>${inside}</devices>\n</domain>\n`;

for (const name of ["server", "old-spellings", "running"]) {
  test(`golden: ${name}`, async () => {
    const xml = await readFile(new URL(`${name}.xml`, fixtures), "utf8");
    const { value, warnings } = readDomain(xml, { file: `${name}.xml`, hooks });
    await golden(`${name}.live.xml`, formatDomain(value, { secure: true }));
    await golden(`${name}.inactive.xml`, formatDomain(value, { inactive: true }));
    await golden(`${name}.migratable.xml`, formatDomain(value, { migratable: true, secure: true }));
    const lines = warnings.map((w) => `${name}.xml:${w.line}:${w.column}: ${w.message}${w.hint && ` (${w.hint})`}`);
    await golden(`${name}.warnings.txt`, lines.map((line) => `${line}\n`).join(""));
  });
}

test("what was written is read as the same, and written the same again", async () => {
  const names = (await readdir(fixtures)).filter((name) => /\.(?:live|inactive)\.xml$/.test(name));
  assert.ok(names.length >= 6);
  for (const name of names) {
    const xml = await readFile(new URL(name, fixtures), "utf8");
    const { value, warnings } = readDomain(xml, { hooks });
    assert.deepEqual(warnings, [], name);
    assert.equal(formatDomain(value, { secure: true }), xml, name);
  }
});

test("reading a persistent definition forgets what only a running guest has", async () => {
  const xml = await readFile(new URL("running.xml", fixtures), "utf8");
  const inactive = formatDomain(parseDomain(xml, { inactive: true, hooks }), { secure: true });
  for (const gone of [
    "id='7'",
    "/dev/pts",
    "vnet3",
    "portid",
    "index='2'",
    "<mirror",
    "5903",
    "virtio-disk0",
    "imagelabel",
  ]) {
    assert.ok(!inactive.includes(gone), `${gone} in ${inactive}`);
  }
  assert.ok(inactive.includes("passwd='s3cret'"));
});

test("passwords need the right to see them", async () => {
  const domain = parseDomain(await readFile(new URL("running.xml", fixtures), "utf8"));
  assert.doesNotMatch(formatDomain(domain), /passwd|s3cret/);
  assert.doesNotMatch(formatDomain(domain, { migratable: true }), /passwd|s3cret/);
});

test("formatting changes nothing in the domain", async () => {
  const domain = parseDomain(await readFile(new URL("running.xml", fixtures), "utf8"), { hooks });
  const before = structuredClone(domain);
  formatDomain(domain, { inactive: true });
  assert.deepEqual(domain, before);
});

test("a console that stands for a serial port shows what the serial port is now", () => {
  const domain = parseDomain(minimal("<serial type='pty'/>"), { hooks });
  domain.id = 1;
  const [serial] = domain.devices?.serials ?? [];
  assert.ok(serial !== undefined);
  serial.sources = [{ path: "/dev/pts/9", seclabels: [] }];
  serial.alias = "serial0";
  assert.match(
    formatDomain(domain),
    /<console type='pty' tty='\/dev\/pts\/9'>\s*<source path='\/dev\/pts\/9'\/>\s*<target type='serial' port='0'\/>\s*<alias name='serial0'\/>/,
  );
});

test("missing identifiers are made by the sources given", () => {
  const xml = minimal("<interface type='user'/>", "<genid/>");
  const domain = parseDomain(xml, {
    newUuid: () => "00000000-0000-4000-8000-000000000001",
    newMac: () => "52:54:00:00:00:07",
  });
  assert.equal(domain.uuid, "00000000-0000-4000-8000-000000000001");
  assert.equal(domain.genid, "00000000-0000-4000-8000-000000000001");
  assert.equal(domain.devices?.interfaces[0]?.mac?.address, "52:54:00:00:00:07");
  const random = parseDomain(xml);
  assert.match(random.uuid ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(random.devices?.interfaces[0]?.mac?.address ?? "", /^52:54:00:(?:[0-9a-f]{2}:){2}[0-9a-f]{2}$/);
});

test("refusals say what libvirt says, and where", () => {
  const disk = (inside: string, attributes = "type='file'"): string => minimal(`<disk ${attributes}>${inside}</disk>`);
  const cases: readonly (readonly [string, string])[] = [
    ["<domain type='qemu'/>", "missing name information"],
    ["<domain><name>x</name><os><type>hvm</type></os></domain>", "internal error: missing domain type attribute"],
    ["<domain type='foo'><name>x</name></domain>", "unsupported configuration: invalid domain type foo"],
    ["<domain type='qemu'><name>x</name></domain>", "XML error: an os <type> must be specified"],
    [
      "<domain type='qemu'><name>x</name><os><type>xyz</type></os></domain>",
      "unsupported configuration: unknown OS type 'xyz'",
    ],
    ["<network/>", "XML error: expecting root element of 'domain', not 'network'"],
    [
      "<domain type='qemu'><name>a/b</name><os><type>hvm</type></os></domain>",
      "XML error: name a/b cannot contain '/'",
    ],
    [
      "<domain type='qemu'><name>x</name><os><type>hvm</type></os></domain>",
      "XML error: Memory size must be specified via <memory> or in the <numa> configuration",
    ],
    [disk("<target dev='vda'/>"), "missing source information for device vda"],
    [disk("<source file='/a'/>"), "missing target information for device /a"],
    [
      disk("<source file='/a'/><target dev='vda' bus='nosuch'/>"),
      "XML error: Invalid value for attribute 'bus' in element 'target': 'nosuch'.",
    ],
    [
      minimal("<interface type='network'><source bridge='x'/></interface>"),
      "XML error: Missing required attribute 'network' in element 'source'",
    ],
    [
      minimal("<interface type='user'><mac address='01:00:00:00:00:00'/></interface>"),
      "XML error: expected unicast mac address, found multicast '01:00:00:00:00:00'",
    ],
    [minimal("<serial type='unix'/>"), "internal error: Missing source path attribute for char device"],
    [
      minimal("<controller type='ide' index='0'/><controller type='ide' index='0'/>"),
      "XML error: Multiple 'ide' controllers with index '0'",
    ],
    [
      minimal("<memballoon model='nosuch'/>"),
      "XML error: Invalid value for attribute 'model' in element 'memballoon': 'nosuch'.",
    ],
    [minimal("", "<vcpu current='3'>2</vcpu>"), "XML error: maxvcpus must not be less than current vcpus (2 < 3)"],
  ];
  for (const [xml, expected] of cases) {
    const error = failure(() => parseDomain(xml, { hooks }));
    assert.equal(error.bareMessage, expected, xml);
    assert.ok(error.message.startsWith(expected), error.message);
    assert.ok(error.line >= 1 && error.path.startsWith("/"), `${error.line} ${error.path}`);
  }
});

test("a misspelt value names its place and what was meant", () => {
  const error = failure(() => parseDomain(minimal("\n    <disk type='fiel'>\n    </disk>"), { file: "vm.xml" }));
  assert.match(
    error.message,
    /^XML error: Invalid value for attribute 'type' in element 'disk': 'fiel'\. \(vm\.xml:6:11, \/domain\/devices\/disk: expected one of file, .*; did you mean 'file'\?\)/,
  );
});

test("names that would leave their directory are refused", () => {
  for (const name of [".", "..", "a/b", "/etc/passwd"]) {
    assert.throws(() => parseDomain(minimal("").replace("<name>x", `<name>${name}`)), DocumentError, name);
  }
  for (const name of ["__proto__", "constructor", "a b", "näme", "-x", "a;b", "$(x)", "a'b\""]) {
    const escaped = name.replaceAll('"', "&quot;");
    const domain = parseDomain(minimal("").replace("<name>x", `<name>${escaped}`));
    assert.equal(domain.name, name);
    assert.equal(parseDomain(formatDomain(domain)).name, name);
  }
});

test("a large number in a document makes nothing large", () => {
  const domain = parseDomain(
    minimal(
      "<disk type='file'><source file='/a'/><target dev='sda' bus='scsi'/><address type='drive' controller='4000000000'/></disk>",
    ),
    { hooks },
  );
  assert.ok((domain.devices?.controllers.length ?? 0) <= 1024);
  assert.throws(() => parseDomain(minimal("", "<vcpu cpuset='0-4000000000'>1</vcpu>")), DocumentError);
});

test("no devices are no devices", () => {
  const domain = parseDomain(minimal(""));
  assert.deepEqual(domain.devices, noDevices());
});

test("a device alone is read like one in a domain, with places of its own", () => {
  const { device, devices } = parseDevice(
    "<disk type='file'>\n  <source file='/a'/>\n  <target dev='vdb' bus='virtio'/>\n</disk>",
  );
  assert.equal(device.kind, "disk");
  assert.equal(devices.disks.length, 1);
  assert.equal(failure(() => parseDevice("<foo/>")).bareMessage, "XML error: unknown device type 'foo'");
  const error = failure(() => parseDevice("<disk type='file'\n  device='tape'><target dev='vda'/></disk>"));
  assert.deepEqual([error.line, error.column, error.path], [2, 3, "/disk"]);
});

test("ciphers of s390's keys are written in one order, none twice; protected guests of s390 have nothing to be set", () => {
  const of = (inside: string): string =>
    `<domain type='kvm'><name>t</name><memory>1024</memory><os><type>hvm</type></os>${inside}</domain>`;
  const written = formatDomain(
    parseDomain(
      of(`<keywrap><cipher name='dea' state='on'/><cipher name='aes' state='off'/></keywrap>
<launchSecurity type='s390-pv'><policy>0x1</policy></launchSecurity>`),
    ),
  );
  assert.match(written, /<keywrap>\n {4}<cipher name='aes' state='off'\/>\n {4}<cipher name='dea' state='on'\/>/);
  assert.match(written, /<launchSecurity type='s390-pv'\/>/);
  assert.doesNotMatch(formatDomain(parseDomain(of("<keywrap/>"))), /keywrap/);
  assert.throws(
    () => parseDomain(of("<keywrap><cipher name='aes' state='on'/><cipher name='aes' state='on'/></keywrap>")),
    /internal error: A domain definition can have no more than one cipher node with name aes/,
  );
  assert.throws(
    () => parseDomain(of("<launchSecurity type='sev'><cbitpos>47</cbitpos></launchSecurity>")),
    /failed to get launch security policy/,
  );
});
