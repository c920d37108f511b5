import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorCode, VirtError } from "@tsvirt/base";
import * as qmp from "../qmp/commands.ts";
import { QmpError } from "../qmp/errors.ts";
import { FakeHmp } from "../testing/index.ts";
import * as hmp from "./commands.ts";

test("a text monitor is ready when it says its version", async () => {
  const session = new FakeHmp({ "info version": () => "0.12.3 (qemu-kvm-0.12.3)\n" }).open();
  assert.deepEqual(await session.start(), {
    major: 0,
    minor: 12,
    micro: 3,
    package: "(qemu-kvm-0.12.3)",
    capabilities: [],
  });
});

test("what QMP would tell of our own commands is told before they return", async () => {
  const told: string[] = [];
  const fake = new FakeHmp({ cont: () => "", stop: () => "", system_reset: () => "", system_powerdown: () => "" });
  const session = fake.open(({ name }) => told.push(name));
  await session.execute(qmp.cont, {});
  assert.deepEqual(told, ["RESUME"]);
  await session.execute(qmp.stop, {});
  await session.execute(qmp.systemReset, {});
  await session.execute(qmp.systemPowerdown, {});
  assert.deepEqual(told, ["RESUME", "STOP", "RESET"]);
  assert.deepEqual(fake.received, ["cont", "stop", "system_reset", "system_powerdown"]);
});

test("a refused command tells nothing", async () => {
  const told: string[] = [];
  const session = new FakeHmp({ cont: () => "Could not open '/a.img'\n" }).open(({ name }) => told.push(name));
  await assert.rejects(session.execute(qmp.cont, {}), QmpError);
  assert.deepEqual(told, []);
});

test("questions of QMP are asked in the monitor's words", async () => {
  const session = new FakeHmp({
    "info status": () => "VM status: paused (watchdog)\n",
    "info chardev": () => "serial0: filename=pty:/dev/pts/4\n",
    "info cpus": () => "* CPU #0: pc=0x0 thread_id=77\n",
    "info blockstats": () => "virtio0: rd_bytes=1 wr_bytes=2 rd_operations=3 wr_operations=4\n",
    "info balloon": () => "balloon: actual=128\n",
    "info block": () => "ide0-hd0: removable=0 file=/a ro=0 drv=raw encrypted=0\n",
    "info migrate": () => "",
    "info network": () => "VLAN 0 devices:\n",
  }).open();
  const status = await session.execute(qmp.queryStatus, {});
  assert.deepEqual([status.status, status.running], ["watchdog", false]);
  assert.deepEqual(await session.execute(qmp.queryChardev, {}), [{ label: "charserial0", filename: "pty:/dev/pts/4" }]);
  assert.equal(Number((await session.execute(qmp.queryCpusFast, {}))[0]?.["thread-id"]), 77);
  const [drive] = await session.execute(qmp.queryBlockstats, {});
  assert.deepEqual(drive?.stats, { rd_bytes: 1n, wr_bytes: 2n, rd_operations: 3n, wr_operations: 4n });
  assert.equal(BigInt((await session.execute(qmp.queryBalloon, {})).actual), 134_217_728n);
  assert.equal((await session.execute(qmp.queryBlock, {}))[0]?.device, "ide0-hd0");
  assert.deepEqual(await session.execute(qmp.queryMigrate, {}), {});
  assert.match(await session.execute(qmp.humanMonitorCommand, { "command-line": "info network" }), /VLAN 0/);
  assert.deepEqual(await session.passThrough("info network"), { return: "VLAN 0 devices:\r\n" });
});

test("settings are typed as each release takes them", async () => {
  const fake: FakeHmp = new FakeHmp({
    balloon: () => "",
    set_link: (line) => (/ (?:up|down)$/.test(line) ? "Parameter 'up' expects 'on' or 'off'\n" : ""),
    "change vnc password": () => fake.askPassword(),
    sendkey: () => "",
    getfd: () => "",
    migrate_set_speed: () => "",
    migrate: () => "",
    nmi: () => "",
    screendump: () => "",
  });
  const session = fake.open();
  await session.execute(qmp.balloon, { value: 100 * 1_048_576 + 1 });
  await session.execute(qmp.setLink, { name: "net0", up: false });
  await session.execute(qmp.setPassword, { protocol: "vnc", password: "s3" });
  await session.execute(qmp.expirePassword, { protocol: "vnc", time: "never" });
  await session.execute(qmp.sendKey, { keys: [{ type: "number", data: 0x1e }], "hold-time": 10 });
  await session.execute(qmp.getfd, { fdname: "m" }, { fds: [9] });
  await session.execute(qmp.migrateSetParameters, { "max-bandwidth": 33_554_432 });
  await session.execute(qmp.migrate, { uri: "fd:m" });
  await session.execute(qmp.injectNmi, {});
  await session.execute(qmp.screendump, { filename: "/tmp/a b" });
  assert.deepEqual(fake.received, [
    "balloon 101",
    "set_link net0 down",
    "set_link net0 off",
    "change vnc password",
    "s3",
    "expire_password vnc never",
    "sendkey 0x1e 10",
    "getfd m",
    "migrate_set_speed 32m",
    'migrate -d "fd:m"',
    "nmi 0",
    'screendump "/tmp/a b"',
  ]);
  assert.deepEqual(fake.fds, [9]);
  await assert.rejects(session.execute(qmp.expirePassword, { protocol: "vnc", time: "now" }), QmpError);
});

test("what has no counterpart is an unsupported operation, by name", async () => {
  const session = new FakeHmp({}).open();
  for (const name of ["blockdev-add", "toString", "qom-list"]) {
    await assert.rejects(
      session.executeJson(name),
      (error) =>
        error instanceof VirtError &&
        error.code === ErrorCode.operationUnsupported &&
        error.message.includes(`'${name}' is not available on the text monitor`),
    );
  }
  const byName = { keys: [{ type: "qcode", data: "a" }] };
  await assert.rejects(session.execute(qmp.sendKey, byName), /not available on the text monitor/);
});

test("the monitor's own commands are there with their types", async () => {
  const session = new FakeHmp({ savevm: () => "", pci_add: () => "OK domain 0, bus 0, slot 6, function 0\n" }).open();
  await session.run(hmp.savevm, { name: "before" });
  assert.equal((await session.run(hmp.pciAdd, { kind: "nic", args: "model=e1000" })).slot, 6);
});

test("quitting ends the conversation, which is no failure", async () => {
  const session = new FakeHmp({}).open();
  const done = session.execute(qmp.quit, {});
  session.close();
  await done;
});
