import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ErrorCode, Rollback } from "@tsvirt/base";
import { resolveUri } from "./default-uri.ts";
import type { Environment } from "./environment.ts";

/** A user whose libvirt.conf has this text. */
async function user(undo: Rollback, conf: string, variables: Record<string, string> = {}): Promise<Environment> {
  const home = await mkdtemp(join(tmpdir(), "tsvirt-client-"));
  undo.add(() => rm(home, { recursive: true }));
  await mkdir(join(home, ".config/libvirt"), { recursive: true });
  await writeFile(join(home, ".config/libvirt/libvirt.conf"), conf);
  return { home, uid: 1000, variables };
}

const CONF = `# uri_default = "not:///this"
uri_aliases = [
  "hail=qemu+ssh://root@hail.cloud.example.com/system",
  "here=qemu:///system",
]
uri_default = "here"
`;

test("a given URI is taken as it is, an alias is replaced", async () => {
  await using undo = new Rollback();
  const environment = await user(undo, CONF);
  assert.equal(await resolveUri("qemu:///session", environment), "qemu:///session");
  assert.equal(await resolveUri("hail", environment), "qemu+ssh://root@hail.cloud.example.com/system");
  assert.equal(await resolveUri("unknown", environment), "unknown");
});

test("without a URI: the variable, then the file, then nothing", async () => {
  await using undo = new Rollback();
  assert.equal(await resolveUri(undefined, await user(undo, CONF)), "qemu:///system");
  const variables = { LIBVIRT_DEFAULT_URI: "qemu:///session" };
  assert.equal(await resolveUri(undefined, await user(undo, CONF, variables)), "qemu:///session");
  assert.equal(
    await resolveUri("", await user(undo, CONF, { LIBVIRT_DEFAULT_URI: "hail" })),
    "qemu+ssh://root@hail.cloud.example.com/system",
  );
  assert.equal(await resolveUri(undefined, await user(undo, "# nothing\n")), undefined);
  assert.equal(await resolveUri(undefined, { home: "/nonexistent", uid: 1000, variables: {} }), undefined);
});

test("a malformed alias is an error", async () => {
  await using undo = new Rollback();
  const environment = await user(undo, 'uri_aliases = [ "noequals" ]\n');
  await assert.rejects(resolveUri(undefined, environment), { code: ErrorCode.confSyntax });
});
