import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Rollback } from "@tsvirt/base";
import { capturedIo } from "../../testing/captured-io.ts";
import { doctor } from "./doctor.ts";

interface Finding {
  readonly what: string;
  readonly grade: string;
  readonly detail: string;
  readonly hint: string | null;
}

test("without an emulator no guest can run, and the rest is still told", async () => {
  const { io, said } = capturedIo({ PATH: "/nonexistent", HOME: "/nonexistent" });
  assert.equal(await doctor(["--json"], io), 1);
  const findings = JSON.parse(said.out) as readonly Finding[];
  const of = (what: string): Finding | undefined => findings.find((finding) => finding.what === what);
  assert.equal(of("emulator")?.grade, "missing");
  assert.match(of("emulator")?.hint ?? "", /apt-get install/);
  assert.equal(of("qemu:///session")?.grade, "note");
  assert.ok(of("kvm"));
  for (const { grade, detail, hint } of findings) {
    assert.ok(detail !== "");
    if (grade === "missing") assert.ok(hint, "what is missing can be had");
  }
});

test("emulators on the path are found", async () => {
  await using undo = new Rollback();
  const directory = await mkdtemp(join(tmpdir(), "tsvirt-doctor-"));
  undo.add(() => rm(directory, { recursive: true }));
  const emulator = join(directory, "qemu-system-riscv64");
  await writeFile(emulator, "");
  await chmod(emulator, 0o755);
  const { io, said } = capturedIo({ PATH: directory });
  assert.equal(await doctor([], io), 0);
  assert.match(said.out, new RegExp(`^ok +emulator: ${emulator}$`, "m"));
});

test("wrong use is told on standard error", async () => {
  const { io, said } = capturedIo();
  assert.equal(await doctor(["--foo"], io), 2);
  assert.match(said.err, /^usage: tsvirt doctor/);
  assert.equal(said.out, "");
});
