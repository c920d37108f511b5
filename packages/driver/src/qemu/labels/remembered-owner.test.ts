import assert from "node:assert/strict";
import { test } from "node:test";
import { forgetOwner, type Notes, remembered, rememberOwner, setCount } from "./remembered-owner.ts";

const boot = 1_700_000_000;

class FakeNotes implements Notes {
  readonly all = new Map<string, string>();
  supported = true;

  async getAttribute(name: string): Promise<string | undefined> {
    return this.all.get(name.replace("trusted.libvirt.security.", ""));
  }
  async setAttribute(name: string, value: string): Promise<boolean> {
    if (this.supported) this.all.set(name.replace("trusted.libvirt.security.", ""), value);
    return this.supported;
  }
  async removeAttribute(name: string): Promise<void> {
    this.all.delete(name.replace("trusted.libvirt.security.", ""));
  }
}

test("the owner before the first guest is noted; the others are counted", async () => {
  const file = new FakeNotes();
  assert.equal(await rememberOwner(file, { uid: 1000, gid: 100 }, boot), 1);
  assert.equal(await rememberOwner(file, { uid: 64055, gid: 64055 }, boot + 1), 2);
  assert.deepEqual(await remembered(file, boot), { count: 2, owner: { uid: 1000, gid: 100 } });
  await setCount(file, 1, boot);
  assert.deepEqual(Object.fromEntries(file.all), { dac: "+1000:+100", ref_dac: "1", timestamp_dac: String(boot) });
  await forgetOwner(file);
  assert.equal(file.all.size, 0);
});

test("notes of an earlier boot do not count", async () => {
  const file = new FakeNotes();
  await rememberOwner(file, { uid: 1, gid: 1 }, boot - 1000);
  assert.equal(await rememberOwner(file, { uid: 2, gid: 2 }, boot), 1);
  assert.deepEqual(await remembered(file, boot), { count: 1, owner: { uid: 2, gid: 2 } });
});

test("a file system without attributes keeps none", async () => {
  const file = new FakeNotes();
  file.supported = false;
  assert.equal(await rememberOwner(file, { uid: 1, gid: 1 }, boot), 0);
});

test("damaged notes are none", async () => {
  for (const count of ["", "x", "-1", "1e99"]) {
    const file = new FakeNotes();
    await rememberOwner(file, { uid: 1, gid: 1 }, boot);
    file.all.set("ref_dac", count);
    assert.equal((await remembered(file, boot)).count, 0, count);
  }
});
