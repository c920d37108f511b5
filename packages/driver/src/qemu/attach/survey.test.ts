import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { silentLogger } from "@tsvirt/base";
import { FakeMachine } from "../../testing/index.ts";
import { attachProcess } from "./attach-process.ts";
import { type SurveyedQemu, surveyProcesses } from "./survey.ts";

const EMULATOR = "/usr/bin/qemu-system-x86_64";

let machine: FakeMachine;

beforeEach(async () => {
  machine = await FakeMachine.create();
});

function survey(...pids: readonly number[]): Promise<SurveyedQemu[]> {
  return surveyProcesses(machine.host, silentLogger, {
    stateDirectories: ["/run/libvirt/qemu"],
    ...(pids.length > 0 && { pids }),
  });
}

test("what nobody manages is listed with what attaching would do", async () => {
  const argv = ["-name", "one", "-qmp", "unix:/q,server,nowait", "-monitor", "stdio", "-no-such-option"] as const;
  const first = machine.appear([EMULATOR, ...argv]);
  machine.serveMonitor(first, "/q");
  const second = machine.appear([EMULATOR, "-m", "64"]);
  machine.appear(["/bin/sleep", "1"]);
  machine.appear([EMULATOR, "-chardev", "socket,id=charmonitor,fd=21,server=on,wait=off"]);
  const [one, two, ...more] = await survey();
  assert.deepEqual(more, []);
  assert.deepEqual(
    [one?.pid, one?.name, one?.monitor, one?.refusal],
    [first.identity.pid, "one", "QMP unix:/q", undefined],
  );
  assert.deepEqual(
    one?.passedOver.map(({ monitor }) => monitor),
    ["HMP compat_monitor1"],
  );
  assert.deepEqual(
    one.unplaced.map(({ argument, fate }) => [argument, fate]),
    [["-no-such-option", "commandline"]],
  );
  assert.equal(two?.name, `attach-pid-${second.identity.pid}`);
  assert.match(two.refusal ?? "", /^it has no monitor that can be used: start QEMU with/);
});

test("what is managed is not listed, and says whose it is when it is asked for", async () => {
  const qemu = machine.appear([EMULATOR, "-name", "one", "-qmp", "unix:/q,server,nowait"]);
  machine.serveMonitor(qemu, "/q");
  await attachProcess(await machine.open(), qemu.identity.pid);
  assert.deepEqual(await survey(), []);
  const [asked] = await survey(qemu.identity.pid);
  assert.equal(asked?.refusal, "it is domain 'one' already");
});

test("a number that nobody has is answered too", async () => {
  const [asked] = await survey(4000);
  assert.match(asked?.refusal ?? "", /^there is no process with this number/);
});
