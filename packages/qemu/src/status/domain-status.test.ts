import assert from "node:assert/strict";
import { test } from "node:test";
import { DocumentError } from "@tsvirt/codec/xml";
import { type DomainStatus, formatStatus, parseStatus, readStatus } from "./index.ts";

const disk = (target: string, source: string, alias: string): string =>
  `<disk type='network'>${source}<target dev='${target}' bus='virtio'/><alias name='${alias}'/></disk>`;
const rbd = "<source protocol='rbd' name='p/i'><host name='h'/>";
const domain = (devices = ""): string =>
  `<domain type='qemu' id='1'><name>d</name><uuid>00000000-0000-4000-8000-000000000001</uuid><memory>1024</memory><os><type arch='x86_64'>hvm</type></os><devices>${devices}</devices></domain>`;
const status = (inside: string, devices = ""): string =>
  `<domstatus state='running' reason='booted' pid='7'><monitor path='/m' type='unix'/>${inside}${domain(devices)}</domstatus>`;

function read(inside: string, devices = ""): DomainStatus {
  return readStatus(status(inside, devices), "status.xml", () => ({})).value;
}

function refusal(xml: string): string {
  try {
    readStatus(xml, "status.xml", () => ({}));
  } catch (error) {
    if (error instanceof DocumentError) return error.bareMessage;
    throw error;
  }
  return "";
}

const disks = disk("vda", `${rbd}</source>`, "virtio-disk0") + disk("vdb", `${rbd}</source>`, "virtio-disk1");

test("what older versions did not write is filled in", () => {
  const { nodename, fdset, agentTimeout, blockjobs, vcpus, job } = read("<job type='query' async='none'/>");
  assert.deepEqual(
    { nodename, fdset, agentTimeout, blockjobs, vcpus, job },
    {
      nodename: 0,
      fdset: 0,
      agentTimeout: -2,
      blockjobs: { active: false, jobs: [] },
      vcpus: { vcpus: [] },
      job: undefined,
    },
  );
  assert.equal(read("<allowReboot value='default'/>").allowReboot, undefined);
});

test("a migration knows of every disk, and of bitmaps only while it leads away", () => {
  const inside =
    "<disk dev='vdb' migrating='yes'/><disk dev='gone' migrating='yes'/><tempBlockDirtyBitmaps><bitmap name='b' nodename='n'/></tempBlockDirtyBitmaps><migParams><param name='max-bandwidth' value='1'/><param name='compress-level' value='2'/></migParams>";
  const { job } = read(`<job type='none' async='migration out' phase='perform3'>${inside}</job>`, disks);
  assert.deepEqual(job?.disks, [
    { dev: "vda", migrating: false },
    { dev: "vdb", migrating: true },
  ]);
  assert.equal(job?.bitmaps?.bitmaps.length, 1);
  assert.deepEqual([job?.flags, job?.asyncStarted], [0, 0n]);
  assert.deepEqual(
    job?.migrationParameters?.params.map(({ name }) => name),
    ["compress-level", "max-bandwidth"],
  );
  const arriving = read(`<job async='migration in' phase='none'>${inside}</job>`, disks).job;
  assert.deepEqual([arriving?.disks, arriving?.bitmaps, arriving?.phase], [[], undefined, undefined]);
});

test("the source of a migrated disk may stand in the element of older versions", () => {
  const source = "protocol='nbd' name='n'><host name='h' port='49153'/>";
  const job = (inside: string): string =>
    `<job async='migration out'><disk dev='vda' migrating='yes'>${inside}</disk></job>`;
  const now = read(
    job(`<migrationSource type='network' format='raw'><source ${source}</source></migrationSource>`),
    disks,
  );
  const before = read(job(`<migrationSource type='network' format='raw' ${source}</migrationSource>`), disks);
  assert.deepEqual(before.job?.disks, now.job?.disks);
  assert.match(
    formatStatus(before),
    /<migrationSource type='network' format='raw'>\n +<source protocol='nbd' name='n'>/,
  );
});

test("jobs on disks are sorted, and active only if one of a known disk is not over", () => {
  const job = (name: string, target: string, state: string): string =>
    `<blockjob name='${name}' type='copy' state='${state}'><disk dst='${target}'/></blockjob>`;
  const jobs = (inside: string): string => `<blockjobs active='yes'>${inside}</blockjobs>`;
  const active = read(jobs(`${job("b", "vda", "ready")}${job("a", "vda", "failed")}<blockjob/>`), disks).blockjobs;
  assert.deepEqual([active?.active, active?.jobs.map(({ name }) => name)], [true, ["a", "b"]]);
  assert.equal(read(jobs(job("a", "sda", "running")), disks).blockjobs?.active, false);
  const broken = read(jobs("<blockjob name='a' type='x' state='y' newstate='z'/>"), disks).blockjobs?.jobs[0];
  assert.deepEqual([broken?.type, broken?.state, broken?.newState], ["broken", "failed", undefined]);
});

test("names of objects are made of aliases where they were not written", () => {
  const auth = "<auth username='u'><secret type='ceph' usage='u'/></auth>";
  const luks = "<encryption format='luks'><secret type='passphrase' usage='u'/></encryption>";
  const known = "<privateData><objects><secret type='auth' alias='mine'/></objects></privateData>";
  const devices =
    disk("vda", `${rbd}${auth}${luks}</source>`, "d0") + disk("vdb", `${rbd}${auth}${known}</source>`, "d1");
  const scsi =
    "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host0'/><address bus='0' target='0' unit='0'/></source><alias name='hostdev0'/></hostdev>";
  const { disks: found, hostdevs } = read("", devices + scsi).domain.devices ?? {};
  const secrets = (index: number) => found?.[index]?.source?.privateData?.objects?.secrets;
  assert.deepEqual(secrets(0), [
    { type: "auth", alias: "d0-secret0" },
    { type: "encryption", alias: "d0-luks-secret0" },
  ]);
  assert.deepEqual(secrets(1), [{ type: "auth", alias: "mine" }]);
  assert.deepEqual(hostdevs?.[0]?.source?.privateData?.nodenames?.nodenames, [
    { type: "storage", name: "libvirt-hostdev0-backend" },
  ]);
});

test("a running emulator's domain is completed with what the emulator could do", () => {
  let seen: readonly string[] | undefined;
  const caps = "<qemuCaps><flag name='kvm'/><flag name='no-longer-known'/></qemuCaps>";
  readStatus(status(caps), "x", (flags) => {
    seen = flags;
    return {};
  });
  assert.deepEqual(seen, ["kvm", "no-longer-known"]);
});

test("what libvirt refuses is refused in its words", () => {
  const job = (inside: string): string => status(`<job type='none' async='migration out'>${inside}</job>`);
  const refused: readonly (readonly [xml: string, text: string])[] = [
    [`<domstatus state='running' pid='1'>${domain()}</domstatus>`, "internal error: no monitor path"],
    ["<domstatus state='running' pid='1'><monitor path='/m'/></domstatus>", "internal error: no domain config"],
    [status("<job type='x'/>"), "internal error: Unknown job type x"],
    [status("<job async='x'/>"), "internal error: Unknown async job type x"],
    [job("<migParams><param name='x' value='1'/></migParams>"), "internal error: unknown migration parameter 'x'"],
    [
      job("<migParams><param name='max-bandwidth' value='a'/></migParams>"),
      "internal error: invalid value 'a' for migration parameter 'max-bandwidth'",
    ],
    [
      job("<tempBlockDirtyBitmaps><bitmap name='b'/></tempBlockDirtyBitmaps>"),
      "internal error: malformed <tempBlockDirtyBitmaps> in status XML",
    ],
    [
      status("<slirp><helper alias='net0' pid='1'><feature name='x'/></helper></slirp>"),
      "internal error: Unknown slirp feature x",
    ],
    [status("<agentTimeout>x</agentTimeout>"), "internal error: failed to parse agent timeout"],
    [status("<backups><domainbackup/><domainbackup/></backups>"), "internal error: only one backup job is supported"],
  ];
  for (const [xml, text] of refused) assert.equal(refusal(xml), text, xml);
});

test("a file that is not completed is written again as it was", () => {
  const plain = parseStatus(status("<vcpus><vcpu id='0' pid='8'/></vcpus><lockstate>l</lockstate><prDaemon/>"), "x");
  assert.equal(formatStatus(parseStatus(formatStatus(plain), "x")), formatStatus(plain));
});
