import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorCode } from "@tsvirt/base";
import { FakeProcesses } from "@tsvirt/host/testing";
import { polkitCheck } from "./polkit.ts";

const action = "org.libvirt.unix.manage";
const peer = { pid: 4242, uid: 1000, gid: 1000, startTime: 987n };
const { signal } = new AbortController();

test("polkit is asked about exactly the process that connected: pid, start time and uid of the socket (A6)", async () => {
  const processes = new FakeProcesses();
  processes.helper("pkcheck", () => ({}));
  await polkitCheck(processes, 1000)(action, peer, signal);
  assert.deepEqual(
    processes.runs.map(({ argv }) => argv),
    [["/usr/bin/pkcheck", "--action-id", action, "--process", "4242,987,1000", "--allow-user-interaction"]],
  );
});

test("a process without a start time is refused unasked: its pid may be another's by now (A6)", async () => {
  const processes = new FakeProcesses();
  processes.helper("pkcheck", () => ({}));
  const unknown = { ...peer, startTime: undefined };
  await assert.rejects(polkitCheck(processes, 1000)(action, unknown, signal), { code: ErrorCode.authFailed });
  assert.deepEqual(processes.runs, []);
});

test("without polkit nobody is let in by it", async () => {
  await assert.rejects(polkitCheck(new FakeProcesses(), 1000)(action, peer, signal), {
    code: ErrorCode.authUnavailable,
  });
});
