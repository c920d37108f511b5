// What libvirt itself makes of our example documents, asked through its built-in test driver: no daemon, no root.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { DocumentError } from "@tsvirt/codec/xml";
import { type DomainHooks, formatDomain, parseDomain } from "@tsvirt/model/domain";
import { parseNetwork } from "@tsvirt/model/network";

const run = promisify(execFile);
const fixtures = new URL("../../packages/model/fixtures/domain/", import.meta.url);

/** The test driver knows one type and architecture, takes this video card, and has no memory hotplug. */
function forTestDriver(xml: string): string {
  return xml
    .replace(/<domain type=(['"])\w+\1/, "<domain type=$1test$1")
    .replace(/ arch=(['"])\w+\1/, " arch=$1i686$1")
    .replace(/ machine=(['"])[^'"]*\1/, "")
    .replace(/^.*<maxMemory.*\n/m, "")
    .replace(/^.*<memory model=.*\n/m, "");
}
const hooks: DomainHooks = { defaultVideo: () => ({ model: { type: "cirrus", heads: 1 } }) };

/** Defines a document with stock virsh; gives what it shows afterwards, or its error. */
async function libvirt(xml: string, uuid: string): Promise<string> {
  const printed = await asked(xml, (file) => `define ${file}; dumpxml ${uuid} --inactive --security-info`);
  // The driver names the host's end of every interface at once.
  const start = printed.startsWith("error: ") ? -1 : printed.indexOf("<domain ");
  return (start < 0 ? printed : printed.slice(start)).replace(/^ *<target dev='testnet\d+'\/>\n/gm, "");
}

/** What stock virsh prints when it does something with a document. */
async function asked(xml: string, script: (file: string) => string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "tsvirt-documents-"));
  try {
    const file = join(directory, "document.xml");
    await writeFile(file, xml);
    return (await run("virsh", ["-q", "-c", "test:///default", script(file)], { encoding: "utf8" })).stdout;
  } catch (error) {
    if (!(error instanceof Error) || !("stderr" in error)) throw error;
    return String(error.stderr);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function obstacle(): Promise<string | undefined> {
  try {
    await run("virsh", ["-c", "test:///default", "version"]);
    return undefined;
  } catch {
    return "needs libvirt-clients with the test driver";
  }
}
const skip = await obstacle();

for (const name of ["server", "running"]) {
  test(`${name}: libvirt shows the document as we do`, { skip: skip ?? false }, async () => {
    const xml = forTestDriver(await readFile(new URL(`${name}.xml`, fixtures), "utf8"));
    const ours = parseDomain(xml, { inactive: true, hooks });
    const theirs = await libvirt(xml, ours.uuid ?? "");
    assert.equal(formatDomain(ours, { inactive: true, secure: true }), theirs);
  });
}

const refused = [
  "<domain type='test'/>",
  "<domain type='test'><name>x</name></domain>",
  "<domain type='nosuch'><name>x</name></domain>",
  "<domain type='test'><name>x</name><os><type>hvm</type></os></domain>",
  "<domain type='test'><name>a/b</name><memory>1</memory><os><type>hvm</type></os></domain>",
  "<domain type='test'><name>x</name><memory unit='furlong'>1</memory><os><type>hvm</type></os></domain>",
  "<network><name>x</name></network>",
  "<domain type='test'><name>x</nam></domain>",
  "no document",
];
const devices = [
  "<disk type='fiel'/>",
  "<disk type='file'><source file='/a'/></disk>",
  "<disk type='file'><target dev='vda'/></disk>",
  "<disk type='file'><source file='/a'/><target dev='vda' bus='nosuch'/></disk>",
  "<controller type='nosuch'/>",
  "<controller type='ide' index='x'/>",
  "<interface type='network'/>",
  "<interface type='user'><mac address='01:00:00:00:00:00'/></interface>",
  "<serial type='unix'/>",
  "<memballoon model='nosuch'/>",
  "<watchdog model='ib700' action='explode'/>",
  "<graphics type='nosuch'/>",
  "<graphics type='vnc' listen='1.2.3.4'><listen type='address' address='1.2.3.5'/></graphics>",
  "<input type='nosuch'/>",
  "<hub type='usb'><address type='pci' bus='0x100'/></hub>",
  "<hub type='usb'><address type='nosuch'/></hub>",
  "<serial type='nosuch'/>",
  "<serial type='pty'><target type='nosuch'/></serial>",
  "<channel type='unix'><source mode='bind' path='/a'/></channel>",
  "<controller type='scsi' model='nosuch'/>",
  "<video><model type='nosuch'/></video>",
  "<rng model='virtio'><backend model='nosuch'/></rng>",
  "<hostdev mode='subsystem' type='nosuch'/>",
  "<hostdev mode='subsystem' type='usb'><source><address bus='1'/></source></hostdev>",
  "<interface type='bridge'><source bridge='b'/><virtualport type='802.1Qbh'/></interface>",
  "<interface type='bridge'><source network='n'/></interface>",
  "<disk type='network'><source protocol='rbd'/><target dev='vda'/></disk>",
  "<disk type='file'><source file='/a'/><target dev='nosuch'/></disk>",
];
const networks = [
  "",
  "<forward mode='nosuch'/>",
  "<bridge delay='x'/>",
  "<ip address='x'/>",
  "<ip address='fd00::1' prefix='64'/>",
  "<ip address='10.0.0.1' prefix='77'/>",
  "<ip address='10.0.0.1' prefix='24' netmask='255.255.255.0'/>",
  "<ip address='10.0.0.1' prefix='24'><dhcp><host/></dhcp></ip>",
  "<ip address='10.0.0.1' prefix='24'><dhcp><range start='10.0.0.9'/></dhcp></ip>",
  "<ip address='10.0.0.1' prefix='24'><dhcp><range start='10.0.0.9' end='10.0.0.3'/></dhcp></ip>",
  "<route address='10.1.0.0' gateway='10.0.0.2'/>",
  "<route family='ipv6' address='10.1.0.0' prefix='24' gateway='10.0.0.2'/>",
  "<bandwidth><inbound peak='3'/></bandwidth>",
  "<portgroup name='a'><virtualport type='nosuch'/></portgroup>",
];
for (const inside of devices) {
  refused.push(
    `<domain type='test'><name>x</name><memory>1</memory><os><type arch='i686'>hvm</type></os><devices>${inside}</devices></domain>`,
  );
}

test("what libvirt refuses we refuse in its words", { skip: skip ?? false }, async () => {
  const differences: string[] = [];
  for (const xml of refused) {
    const theirs = refusal(await libvirt(xml, "x"));
    const ours = bare(() => parseDomain(xml, { hooks }));
    if (ours !== theirs) differences.push(`${xml}\n  libvirt: ${theirs}\n  we:      ${ours}`);
  }
  assert.deepEqual(differences, []);
});

test("so it is with networks", { skip: skip ?? false }, async () => {
  const differences: string[] = [];
  for (const inside of networks) {
    const xml = inside === "" ? "<network/>" : `<network><name>x</name>${inside}</network>`;
    const theirs = refusal(await asked(xml, (file) => `net-define ${file}`));
    const ours = bare(() => parseNetwork(xml));
    if (ours !== theirs) differences.push(`${xml}\n  libvirt: ${theirs}\n  we:      ${ours}`);
  }
  assert.deepEqual(differences, []);
});

/** The reason in what virsh printed. */
function refusal(printed: string): string {
  const reason = /^error: Failed to define (?:domain|network) from .*\nerror: ([\s\S]*?)(?:\nerror: |\n\n|\n?$)/.exec(
    printed,
  );
  return reason?.[1] ?? "accepted";
}

function bare(parse: () => unknown): string {
  try {
    parse();
    return "accepted";
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return error.bareMessage;
  }
}
