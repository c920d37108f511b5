import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeFiles } from "@tsvirt/host/testing";
import { recallOwner, rememberOwner } from "./remembered-owner.ts";

const boot = 1_700_000_000;

test("the owner before the first guest comes back after the last one", async () => {
  const files = new FakeFiles();
  files.put("/disk", "x");
  assert.equal(await rememberOwner(files, "/disk", { uid: 1000, gid: 100 }, boot), true);
  await rememberOwner(files, "/disk", { uid: 64055, gid: 64055 }, boot + 1);
  assert.equal(await recallOwner(files, "/disk", boot), undefined);
  assert.deepEqual(await recallOwner(files, "/disk", boot), { uid: 1000, gid: 100 });
  assert.equal(await recallOwner(files, "/disk", boot), undefined);
  assert.equal(await files.getAttribute("/disk", "trusted.libvirt.security.dac"), undefined);
});

test("notes of an earlier boot do not count", async () => {
  const files = new FakeFiles();
  files.put("/disk", "x");
  await rememberOwner(files, "/disk", { uid: 1, gid: 1 }, boot - 1000);
  await rememberOwner(files, "/disk", { uid: 2, gid: 2 }, boot);
  assert.deepEqual(await recallOwner(files, "/disk", boot), { uid: 2, gid: 2 });
});

test("libvirt's own notes are understood", async () => {
  const files = new FakeFiles();
  files.put("/disk", "x");
  await files.setAttribute("/disk", "trusted.libvirt.security.dac", "+0:+0");
  await files.setAttribute("/disk", "trusted.libvirt.security.ref_dac", "1");
  await files.setAttribute("/disk", "trusted.libvirt.security.timestamp_dac", String(boot));
  assert.deepEqual(await recallOwner(files, "/disk", boot), { uid: 0, gid: 0 });
});
