import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { Logger } from "@tsvirt/base";
import { ConfError, formatNotice } from "@tsvirt/codec/conf";
import { hasErrno, Layout } from "@tsvirt/host";
import { FakeHost } from "@tsvirt/host/testing";
import { QemuConf } from "@tsvirt/qemu";
import type { InstanceKind } from "../../driver.ts";
import { qemuUser } from "./qemu-user.ts";
import { readSettings } from "./read-settings.ts";

const FILE = "/etc/libvirt/qemu.conf";

async function read(text: string, { kind = "system" as InstanceKind, host = new FakeHost() } = {}) {
  host.files.put(FILE, text);
  const notices: string[] = [];
  const log = new Logger("", ({ fields }) => notices.push(String(fields.notice)));
  return { host, notices, ...(await readSettings(host, Layout.system(), kind, log)) };
}

test("without a file everything has its default", async () => {
  const { settings } = await readSettings(new FakeHost(), Layout.system(), "system", new Logger("", () => undefined));
  assert.equal(settings.user, undefined);
  assert.equal(settings.dynamic_ownership, true);
  assert.equal(settings.clear_emulator_capabilities, true);
  assert.equal(settings.max_core, 0n);
  assert.equal(settings.memory_backing_dir, "/var/lib/libvirt/qemu/ram");
  assert.equal(settings.vnc_tls_x509_cert_dir, "/etc/pki/qemu");
  assert.equal(settings.vnc_tls_x509_verify, false);
  assert.equal(settings.chardev_tls_x509_verify, true);
});

for (const [text, message] of [
  ["remote_display_port_min = 5899", "1:1: remote_display_port_min: port must be greater than or equal to 5900"],
  [
    "remote_display_port_min = 6000\nremote_display_port_max = 5999",
    "2:1: remote_display_port_max: port must be between the minimal port and 65535",
  ],
  ["remote_websocket_port_min = 5699", "1:1: remote_websocket_port_min: port must be greater than or equal to 5700"],
  ['\nmigration_host = "localhost"', "2:1: migration_host must not be the address of the local machine: localhost"],
  ['migration_address = "[::1]"', "1:1: migration_address must not be the address of the local machine: ::1"],
  ['security_driver = [ "dac", "dac" ]', "1:1: Duplicate security driver dac"],
  ['security_driver = "tomoyo"', "1:1: Security driver tomoyo not found"],
  ['cgroup_controllers = [ "cpu", "gpu" ]', "1:1: Unknown cgroup controller 'gpu'"],
  ['cgroup_device_acl = [ "null" ]', "1:1: 'null' is no absolute path of a device"],
  ['namespaces = [ "net" ]', "1:1: Unknown namespace: net"],
  ['nvram = [ "/x" ]', "1:1: Invalid nvram format: '/x'"],
  ['max_core = "much"', `1:1: expected a number of bytes, or "unlimited", for 'max_core' parameter`],
  ['stdio_handler = "tty"', `1:1: expected one of "file", "logd" for 'stdio_handler' parameter`],
  ['spice_tls_x509_cert_dir = "/gone"', "1:1: spice_tls_x509_cert_dir directory '/gone' does not exist"],
  ['default_tls_x509_cert_dir = "/gone"', "1:1: default_tls_x509_cert_dir directory '/gone' does not exist"],
] as const) {
  test(`refuses ${text}`, async () => {
    await assert.rejects(read(text), { name: "ConfError", message: `${FILE}:${message}` });
  });
}

test("a lock manager is refused, as guests would run without their locks", async () => {
  await assert.rejects(read('lock_manager = "lockd"'), /qemu\.conf:1:1: lock manager 'lockd' is not supported/);
  await read('lock_manager = "nop"');
});

test("what has no effect is named, with its place", async () => {
  const { notices } = await read('\nmac_filter = 1\nuser = "+0"\n');
  assert.deepEqual(notices, [`${FILE}:2:1: 'mac_filter' has no effect`]);
  const session = await read('user = "x"', { kind: "session" });
  assert.deepEqual(session.notices, [`${FILE}:1:1: 'user' has no effect in a session: guests run as its user`]);
});

test("namespaces are nothing for sessions", async () => {
  await assert.rejects(read('namespaces = [ "mount" ]', { kind: "session" }), /cannot use namespaces in session mode/);
});

test("certificates: the purpose's directory, libvirt's for it, or the default one", async () => {
  const host = new FakeHost();
  for (const directory of ["/etc/pki/libvirt-vnc", "/pki/all", "/pki/nbd"]) await host.files.makeDirectory(directory);
  const { settings } = await read(
    `default_tls_x509_cert_dir = "/pki/all"
default_tls_x509_verify = 0
default_tls_x509_secret_uuid = "d1d1d1d1-0000-4000-8000-000000000001"
nbd_tls_x509_cert_dir = "/pki/nbd"
migrate_tls_x509_verify = 1`,
    { host },
  );
  assert.equal(settings.vnc_tls_x509_cert_dir, "/etc/pki/libvirt-vnc");
  assert.equal(settings.spice_tls_x509_cert_dir, "/pki/all");
  assert.equal(settings.nbd_tls_x509_cert_dir, "/pki/nbd");
  assert.equal(settings.chardev_tls_x509_verify, false);
  assert.equal(settings.migrate_tls_x509_verify, true);
  assert.equal(settings.nbd_tls_x509_secret_uuid, "d1d1d1d1-0000-4000-8000-000000000001");
});

test("guests' user: a name, a number, +number; unknown ones are refused with their place", async () => {
  for (const [text, uid, gid] of [
    ["", 0, 0],
    ['user = "root"', 0, 0],
    ['user = "+0"\ngroup = "+0"', 0, 0],
  ] as const) {
    const { host, settings, complain } = await read(text);
    const user = await qemuUser(host, settings, "system", complain);
    assert.deepEqual([user?.uid, user?.gid], [uid, gid], text);
  }
  for (const text of ['user = "nobody-of-that-name"', 'group = "no-such-group"']) {
    const { host, settings, complain } = await read(`\n${text}`);
    await assert.rejects(qemuUser(host, settings, "system", complain), (error) => {
      assert.ok(error instanceof ConfError);
      return /qemu\.conf:2:1: Failed to parse (user|group) 'no/.test(error.message);
    });
  }
});

test("a number that the host has no name for is a user all the same", async () => {
  const { host, settings, complain } = await read('user = "+4711"\ngroup = "4712"');
  const user = await qemuUser(host, settings, "system", complain);
  assert.deepEqual(user, { uid: 4711, gid: 4712, groups: [4712] });
});

test("every key of the installed libvirt's qemu.conf is declared", async (context) => {
  const text = await readFile(FILE, "utf8").catch((error: unknown) => {
    if (hasErrno(error, "ENOENT") || hasErrno(error, "EACCES")) return undefined;
    throw error;
  });
  if (text === undefined) return context.skip("libvirt's qemu.conf is not installed");
  const keys = [...text.matchAll(/^#?([a-z_0-9]+) *= */gm)].map(([, key]) => key ?? "");
  assert.ok(keys.length > 70);
  assert.deepEqual(
    keys.filter((key) => !Object.hasOwn(QemuConf.fields, key)),
    [],
  );
});

test("the documented sample is up to date", async () => {
  const url = new URL("../../../../../docs/reference/qemu.conf", import.meta.url);
  const sample = QemuConf.sample();
  assert.deepEqual(QemuConf.parse(sample, "sample").notices.map(formatNotice), []);
  const stored = await readFile(url, "utf8").catch((error: unknown) => {
    if (hasErrno(error, "ENOENT")) return "";
    throw error;
  });
  if (stored === sample) return;
  if (process.env.UPDATE_GOLDEN === "1") await writeFile(url, sample);
  assert.fail("docs/reference/qemu.conf is stale: run this test with UPDATE_GOLDEN=1");
});
