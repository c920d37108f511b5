import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { probeTranscript } from "@tsvirt/qemu/testing";
import { type EmulatorStamp, formatCache, parseCache } from "./cache.ts";

const stamp: EmulatorStamp = { path: "/usr/bin/qemu", mtime: 1n, ctime: 2n, kvm: true, version: "1" };

test("what an emulator said is read again, until anything it depends on changes", async () => {
  const transcript = new URL("../../../../qemu/fixtures/probe/qemu-7.2-x86_64.transcript", import.meta.url);
  const capabilities = await probeTranscript(await readFile(transcript, "utf8"));
  const text = formatCache(stamp, capabilities);
  assert.deepEqual(parseCache(text, stamp)?.data, capabilities.data);
  const stale: Partial<EmulatorStamp>[] = [
    { path: "/x" },
    { mtime: 3n },
    { ctime: 3n },
    { kvm: false },
    { version: "2" },
  ];
  for (const change of stale) assert.equal(parseCache(text, { ...stamp, ...change }), undefined);
  for (const torn of ["", "{", text.slice(0, 60), text.slice(0, -50), `x${text}`]) {
    assert.equal(parseCache(torn, stamp), undefined);
  }
});
