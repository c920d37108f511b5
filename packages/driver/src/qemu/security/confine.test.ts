import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { FakeMachine } from "../../testing/index.ts";
import { hostCapabilities } from "../capabilities/host-capabilities.ts";
import { defineGuest } from "../definitions/define.ts";
import { startGuest } from "../start/start-guest.ts";
import { destroyGuest } from "../stop/destroy.ts";

const UUID = "d1d1d1d1-0000-4000-8000-000000000001";
const NAME = `libvirt-${UUID}`;
const RULES = `/etc/apparmor.d/libvirt/${NAME}.files`;
const LOADED = "/sys/kernel/security/apparmor/profiles";

const document = (label = ""): string => `<domain type='qemu'>
  <name>vm</name><uuid>${UUID}</uuid><memory>65536</memory>
  <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>${label}
  <devices><disk type='file' device='disk'><source file='/images/vm.img'/><target dev='vda'/></disk></devices>
</domain>`;

let machine: FakeMachine;

beforeEach(async () => {
  machine = await FakeMachine.create();
  machine.disk("/images/vm.img");
  const { files, processes } = machine.host;
  files.put("/etc/apparmor.d/libvirt/TEMPLATE.qemu", "\nprofile LIBVIRT_TEMPLATE {\n}\n");
  files.put(LOADED, "tsvirtd (enforce)\n");
  files.put("/proc/self/attr/current", "tsvirtd (enforce)\n");
  processes.helper("apparmor_parser", ({ argv }) => {
    files.put(LOADED, `tsvirtd (enforce)\n${argv[1] === "-R" ? "" : `${NAME} (enforce)\n`}`);
    return {};
  });
});

const settings = (text: string): void => machine.host.files.put("/etc/libvirt/qemu.conf", text);
const refusal = (text: RegExp) => (error: unknown) => error instanceof Error && text.test(error.message);

test("a guest's program starts in its profile, which goes when the guest ends", async () => {
  const driver = await machine.open();
  const guest = await defineGuest(driver, document(), { validate: false });
  await startGuest(driver, guest, {});
  const { spec } = machine.last.child;
  assert.deepEqual(spec.label, { model: "apparmor", value: NAME });
  assert.equal(spec.noNewPrivileges, false);
  const rules = machine.host.files.snapshot()[RULES] ?? "";
  assert.match(rules, /"\/images\/vm.img" rwk,/);
  assert.match(rules, /"\/var\/lib\/libvirt\/qemu\/domain-1-vm\/\{,\*\*\}" rwk,/);
  assert.deepEqual(guest.live?.domain.seclabels[0], {
    type: "dynamic",
    model: "apparmor",
    relabel: true,
    label: NAME,
    imagelabel: NAME,
  });
  await destroyGuest(driver, guest, { graceful: false });
  assert.equal(machine.host.files.snapshot()[RULES], undefined);
  assert.equal(machine.host.files.snapshot()[LOADED], "tsvirtd (enforce)\n");
  assert.match(machine.host.files.snapshot()[`/etc/apparmor.d/libvirt/${NAME}`] ?? "", new RegExp(`profile ${NAME} `));
});

test("the host says which model it has", async () => {
  assert.match(await hostCapabilities(await machine.open()), /<secmodel>\s*<model>apparmor<\/model>\s*<doi>0<\/doi>/);
});

test("a profile that does not load is no start", async () => {
  machine.host.processes.helper("apparmor_parser", () => ({ code: 1, stderr: "no" }));
  const driver = await machine.open();
  const guest = await defineGuest(driver, document(), { validate: false });
  await assert.rejects(startGuest(driver, guest, {}), refusal(/cannot load AppArmor profile 'libvirt-d1.*: no/));
  assert.equal(guest.isActive, false);
});

test("security_driver, security_default_confined and security_require_confined", async () => {
  settings('security_driver = "none"\n');
  const unconfined = await machine.open();
  assert.deepEqual(unconfined.security, []);
  await unconfined.close();
  settings("security_default_confined = 0\n");
  const open = await machine.open();
  const guest = await defineGuest(open, document(), { validate: false });
  await startGuest(open, guest, {});
  assert.equal(machine.last.child.spec.label, undefined);
  await destroyGuest(open, guest, { graceful: false });
  await open.close();
  settings("security_require_confined = 1\n");
  const strict = await machine.open();
  const other = await defineGuest(strict, document("<seclabel type='none' model='apparmor'/>"), { validate: false });
  await assert.rejects(startGuest(strict, other, {}), refusal(/Unconfined guests are not allowed on this host/));
});

test("a daemon that is confined by nothing confines nobody", async () => {
  machine.host.files.put("/proc/self/attr/current", "unconfined\n");
  const driver = await machine.open();
  assert.deepEqual(driver.security, []);
  await driver.close();
  settings('security_driver = "apparmor"\n');
  await assert.rejects(machine.open(), refusal(/Security driver apparmor not enabled/));
});
