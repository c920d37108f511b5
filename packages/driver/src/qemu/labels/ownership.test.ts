import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { deferred } from "@tsvirt/base";
import type { Owner } from "@tsvirt/host";
import { parseDomain } from "@tsvirt/model/domain";
import { QemuConf } from "@tsvirt/qemu";
import { FakeMachine } from "../../testing/index.ts";
import { defineGuest } from "../definitions/define.ts";
import { attachDevice, detachDisk } from "../devices/attach.ts";
import type { Guest } from "../guest/guest.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { startGuest } from "../start/start-guest.ts";
import { destroyGuest } from "../stop/destroy.ts";
import { startLabel } from "./dac-label.ts";

const QEMU = "64055:106";
const [TOP, BASE, ISO, KERNEL] = ["/images/top.qcow2", "/images/base.qcow2", "/images/cd.iso", "/boot/kernel"];
const ALL = [TOP, BASE, ISO, KERNEL];

const disk = (path: string, dev: string, more = "", source = ""): string =>
  `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${path}'>${source}</source>` +
  `<target dev='${dev}' bus='virtio'/>${more}</disk>`;
const chain = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${TOP}'/>
  <backingStore type='file'><format type='raw'/><source file='${BASE}'/><backingStore/></backingStore>
  <target dev='vda' bus='virtio'/></disk>`;
const cdrom = `<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='${ISO}'/><target dev='sda' bus='sata'/><readonly/></disk>`;

const xml = (number: number, devices: string, labels = ""): string => `<domain type='qemu'>
  <name>vm${number}</name>
  <uuid>d1d1d1d1-0000-4000-8000-00000000000${number}</uuid>
  <memory>65536</memory>
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type><kernel>${KERNEL}</kernel></os>
  <devices>${devices}</devices>${labels}
</domain>`;

let machine: FakeMachine;
let driver: QemuDriver;

async function open(conf = ""): Promise<void> {
  machine.host.files.put("/etc/libvirt/qemu.conf", `user = "libvirt-qemu"\ngroup = "kvm"\n${conf}\n`);
  driver = await machine.open();
}

beforeEach(async () => {
  machine = await FakeMachine.create();
  for (const path of ALL) machine.disk(path);
  await own(TOP, { uid: 1000, gid: 100 });
});

async function own(path: string, owner: Owner): Promise<void> {
  await machine.host.files.chown(path, owner);
}

async function ownerOf(path: string): Promise<string> {
  const facts = await machine.host.files.facts(path);
  return `${facts?.uid}:${facts?.gid}`;
}

async function notesOf(path: string): Promise<(string | undefined)[]> {
  const names = ["dac", "ref_dac", "timestamp_dac"].map((name) => `trusted.libvirt.security.${name}`);
  return Promise.all(names.map((name) => machine.host.files.getAttribute(path, name)));
}

async function start(number: number, devices: string, labels = ""): Promise<Guest> {
  const guest = await defineGuest(driver, xml(number, devices, labels), { validate: false });
  await startGuest(driver, guest, {});
  return guest;
}

test("files are QEMU's while the guest runs, with their owner noted as libvirt notes it", async () => {
  await open();
  const guest = await start(1, chain + cdrom);
  for (const path of ALL) assert.equal(await ownerOf(path), QEMU, path);
  assert.deepEqual(await notesOf(TOP), ["+1000:+100", "1", String(await driver.bootTime())]);
  await destroyGuest(driver, guest, { graceful: false });
  for (const path of ALL) {
    assert.equal(await ownerOf(path), path === TOP ? "1000:100" : "0:0", path);
    assert.deepEqual(await notesOf(path), [undefined, undefined, undefined]);
  }
  assert.deepEqual(await machine.host.files.list(machine.layout.labelledDirectory), []);
});

test("what several guests share goes back after the last of them", async () => {
  await open();
  const [first, second] = [await start(1, cdrom), await start(2, cdrom)];
  assert.equal((await notesOf(ISO))[1], "2");
  await destroyGuest(driver, first, { graceful: false });
  assert.deepEqual([await ownerOf(ISO), (await notesOf(ISO))[1]], [QEMU, "1"]);
  await destroyGuest(driver, second, { graceful: false });
  assert.equal(await ownerOf(ISO), "0:0");
});

test("a file that another guest has under another user is refused, and stays as it is", async () => {
  await open();
  await start(1, disk(TOP, "vda", "<shareable/>"));
  const other = await defineGuest(
    driver,
    xml(
      2,
      disk(TOP, "vda", "<shareable/>"),
      "<seclabel type='static' model='dac' relabel='yes'><label>+7:+8</label></seclabel>",
    ),
    { validate: false },
  );
  await assert.rejects(
    startGuest(driver, other, {}),
    /Setting different DAC user or group on \/images\/top.qcow2 which is/,
  );
  assert.deepEqual([await ownerOf(TOP), (await notesOf(TOP))[1]], [QEMU, "1"]);
});

test("labels: static ones without relabelling, images with their own, images left alone", async () => {
  await open();
  const label = (text: string): string => `<seclabel model='dac' relabel='yes'><label>${text}</label></seclabel>`;
  const alone = "<seclabel model='dac' relabel='no'/>";
  await start(1, disk(TOP, "vda", "", label("+5:kvm")) + disk(BASE, "vdb", "", alone));
  assert.deepEqual([await ownerOf(TOP), await ownerOf(BASE)], ["5:106", "0:0"]);
  await start(
    2,
    disk(ISO, "vda"),
    "<seclabel type='static' model='dac'><label>libvirt-qemu:libvirt</label></seclabel>",
  );
  assert.equal(await ownerOf(ISO), "0:0");
  assert.deepEqual(machine.last.child.spec.credentials, { uid: 64055, gid: 120, groups: [120, 106] });
});

for (const [labels, message] of [
  ["<seclabel type='static' model='dac'><label>7</label></seclabel>", /Failed to parse uid and gid from '7'/],
  ["<seclabel type='static' model='dac'><label>nobody-here:0</label></seclabel>", /Failed to parse user 'nobody-here'/],
  [
    "<seclabel type='static' model='dac'><label>0:nogroup-here</label></seclabel>",
    /Failed to parse group 'nogroup-here'/,
  ],
] as const) {
  test(`refuses ${labels}`, async () => {
    await open();
    await assert.rejects(start(1, cdrom, labels), message);
    assert.equal(await ownerOf(ISO), "0:0");
  });
}

test("guests that must be confined may not ask for the contrary", () => {
  const domain = parseDomain(xml(1, "", "<seclabel type='none' model='dac'/>"));
  const user = { uid: 64055, gid: 106, groups: [106] };
  const conf = QemuConf.defaults();
  assert.equal(startLabel(domain, user, conf)?.type, "none");
  assert.throws(
    () => startLabel(domain, user, { ...conf, security_require_confined: true }),
    /Unconfined guests are not allowed on this host/,
  );
});

test("dynamic_ownership = 0 changes nothing; remember_owner = 0 gives files to root", async () => {
  await open("dynamic_ownership = 0");
  await start(1, chain);
  assert.equal(await ownerOf(TOP), "1000:100");
  machine.crash();
  await open("remember_owner = 0");
  const guest = await start(2, disk(BASE, "vda"));
  assert.deepEqual([await ownerOf(BASE), await notesOf(BASE)], [QEMU, [undefined, undefined, undefined]]);
  await destroyGuest(driver, guest, { graceful: false });
  assert.equal(await ownerOf(BASE), "0:0");
});

test("an image that is plugged out goes back at once", async () => {
  machine.behaviour = {
    commands: {
      "blockdev-add": () => ({}),
      "blockdev-del": () => ({}),
      device_add: () => ({}),
      device_del: ({ id }) => {
        machine.last.qemu.emit("DEVICE_DELETED", { device: id ?? "", path: "/x" });
        return {};
      },
    },
  };
  await open();
  const guest = await start(1, disk(BASE, "vda"));
  await attachDevice(driver, guest, disk(TOP, "vdb"), { live: true, config: false });
  assert.equal(await ownerOf(TOP), QEMU);
  const removed = deferred<void>();
  driver.events.onDomainEvent((_, { kind }) => {
    if (kind === "deviceRemoved") removed.resolve();
  });
  await detachDisk(driver, guest, disk(TOP, "vdb"), { live: true, config: false });
  await removed.promise;
  assert.deepEqual([await ownerOf(TOP), await ownerOf(BASE)], ["1000:100", QEMU]);
});

test("links that QEMU's user may have put there are not followed", async () => {
  await open();
  const { files } = machine.host;
  machine.disk("/etc/shadow");
  await files.makeDirectory("/qemus");
  await own("/qemus", { uid: 64055, gid: 106 });
  await files.symlink("/etc/shadow", "/qemus/disk");
  await files.chown("/etc/shadow", { uid: 0, gid: 42 });
  await own("/etc", { uid: 0, gid: 0 });
  const link = await files.facts("/qemus/disk", { followLinks: false });
  assert.equal(link?.kind, "link");
  // A link of root's is root's word; one of QEMU's user is not.
  files.adoptLink("/qemus/disk", { uid: 64055, gid: 106 });
  await assert.rejects(start(1, disk("/qemus/disk", "vda")), /cannot follow symlink '\/qemus\/disk'/);
  assert.equal(await ownerOf("/etc/shadow"), "0:42");
});

test("the first directory that QEMU's user cannot search is named, with the remedy", async () => {
  await open();
  await machine.host.files.makeDirectory("/root/my images", { mode: 0o700 });
  await machine.host.files.chmod("/root/my images", 0o700);
  machine.disk("/root/my images/x");
  machine.host.processes.helper("stat", ({ argv }) => ({ code: argv.at(-1) === "/root/my images/." ? 1 : 0 }));
  await assert.rejects(
    start(1, disk("/root/my images/x", "vda")),
    /Cannot access storage file '\/root\/my images\/x' \(as uid:64055, gid:106\): user libvirt-qemu cannot search directory '\/root\/my images' \(chmod o\+x '\/root\/my images'\): Permission denied/,
  );
  const [asked] = machine.host.processes.runs.filter(({ argv }) => argv[0] === "stat");
  assert.deepEqual(asked?.credentials, { uid: 64055, gid: 106, groups: [106] });
  assert.deepEqual(asked?.capabilities, []);
});

test("after a restart the label of the run is still no part of the document", async () => {
  await open();
  await start(1, chain);
  machine.crash();
  await open();
  const guest = driver.guests.findByName("vm1");
  assert.deepEqual(guest?.live?.document.seclabels, []);
  assert.equal(guest?.live?.domain.seclabels[0]?.imagelabel, "+64055:+106");
});
