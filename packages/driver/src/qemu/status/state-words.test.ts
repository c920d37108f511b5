import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { parseXml } from "@tsvirt/codec/xml";
import { formatStatus, parseStatus } from "@tsvirt/qemu/status";
import { withoutHeader } from "../definitions/file.ts";
import type { GuestState, OffReason, PauseReason, RunReason } from "../guest/state.ts";
import { stateFromWords, stateToWords } from "./state-words.ts";

const fixtures = ["libvirt-9.0-many-devices.xml", "libvirt-9.0-fake-reboot.xml"];

const load = async (name: string): Promise<string> =>
  withoutHeader(await readFile(new URL(`../../../fixtures/status/${name}`, import.meta.url), "utf8"));

for (const name of fixtures) {
  test(`${name}: libvirt's status file is written again as libvirt wrote it`, async () => {
    const text = await load(name);
    assert.equal(formatStatus(parseStatus(text, name)), text);
  });
}

test("what a daemon needs to take a guest over is read from libvirt's file", async () => {
  const status = parseStatus(await load("libvirt-9.0-fake-reboot.xml"), "x");
  assert.equal(status.fakereboot, true);
  assert.deepEqual(status.taints, ["custom-monitor"]);
  assert.equal(status.monitor?.path, "/var/lib/libvirt/qemu/domain-2-d1/monitor.sock");
  assert.equal(status.vcpus?.vcpus.length, 1);
  assert.equal(status.domain.devices?.disks[0]?.source?.index, 1);
  assert.equal(status.domain.id, 2);
  assert.equal(stateFromWords(status).kind, "paused");
});

test("a torn file is an error, at every place it can be torn", async () => {
  const text = await load("libvirt-9.0-fake-reboot.xml");
  for (const part of [0, 0.1, 0.5, 0.9]) {
    assert.throws(() => parseStatus(text.slice(0, Math.floor(text.length * part)), "x"), { name: "DocumentError" });
  }
});

const runs: RunReason[] = ["booted", "unpaused", "saveCanceled", "postcopyFailed", "migrationCanceled"];
const pauses: PauseReason[] = ["user", "ioerror", "crashed", "shuttingDown", "fromSnapshot"];
const offs: OffReason[] = ["destroyed", "fromSnapshot"];
const states: GuestState[] = [
  ...runs.map((reason): GuestState => ({ kind: "running", pid: 7, reason })),
  ...pauses.map((reason): GuestState => ({ kind: "paused", pid: 7, reason })),
  ...offs.map((reason): GuestState => ({ kind: "shutoff", reason })),
  { kind: "starting", pid: 7 },
  { kind: "shutdown", pid: 7, reason: "unknown" },
  { kind: "crashed", pid: 7, reason: "panicked" },
  { kind: "pmsuspended", pid: 7 },
];

test("every state comes back from libvirt's words for it", () => {
  for (const state of states) assert.deepEqual(stateFromWords(stateToWords(state)), state);
});

test("the formatted file is well formed", async () => {
  const status = parseStatus(await load("libvirt-9.0-many-devices.xml"), "x");
  assert.equal(parseXml(formatStatus(status)).name, "domstatus");
});
