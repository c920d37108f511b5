// What our AppArmor helper allows guests beside what libvirt's own does, by dry runs of both on the same documents: those of
// a corpus ($TSVIRT_CORPUS, or ../../shared/corpus beside the checkout) when there is one, and our own in any case.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { access, readdir, readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const STOCK = "/usr/lib/libvirt/virt-aa-helper";
const OURS = fileURLToPath(new URL("../../bin/tsvirt-aa-helper", import.meta.url));
const root = new URL("../../", import.meta.url);

interface Answer {
  /** The rules, sorted; `undefined` when the document was refused. */
  readonly rules: readonly string[] | undefined;
  readonly said: string;
}

async function ask(program: string, uuid: string, xml: string): Promise<Answer> {
  const child = spawn(program, ["-d", "-r", "-u", `libvirt-${uuid}`]);
  // One that does not read on has its reasons, which are in its status.
  child.stdin.on("error", () => undefined);
  child.stdin.end(xml);
  const [said, status] = await Promise.all([
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.on("error", reject).on("close", resolve);
    }),
  ]);
  // Comments are theirs or ours; a rule stands behind two spaces.
  const rules = said.split("\n").filter((line) => /^ {2}[^#\s]/.test(line));
  // libvirt says some of them twice.
  return { rules: status === 0 ? [...new Set(rules)].sort() : undefined, said };
}

/** Where we differ on purpose (docs/compatibility.md): what both say when that is left out. */
function comparable(rules: readonly string[], xml: string): readonly string[] {
  const persistent = [...xml.matchAll(/<memory model=['"]virtio-pmem['"].*?<path>(.*?)<\/path>/gs)].map((m) => m[1]);
  return rules
    .filter((rule) => !persistent.some((path) => rule === `  "${path}" rw,`))
    .map((rule) => rule.replace("/(null)/", "/tpm2/"));
}

async function there(path: string | URL): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

async function documents(): Promise<ReadonlyMap<string, string>> {
  const corpus = process.env.TSVIRT_CORPUS ?? fileURLToPath(new URL("../../shared/corpus", root));
  const directories = ["packages/model/fixtures/domain/"].map((path) => fileURLToPath(new URL(path, root)));
  for (const name of ["qemuxml2argvdata", "genericxml2xmlindata"]) {
    if (await there(`${corpus}/data/${name}`)) directories.push(`${corpus}/data/${name}`);
  }
  const found = new Map<string, string>();
  for (const directory of directories) {
    for (const name of await readdir(directory)) {
      if (name.endsWith(".xml")) found.set(name, await readFile(`${directory}/${name}`, "utf8"));
    }
  }
  return found;
}

const skip = (await there(STOCK)) ? false : "needs virt-aa-helper of libvirt-daemon-system";

test("a guest is allowed what libvirt's helper allows it", { skip }, async (t) => {
  const tally = { same: 0, refused: 0, onlyWeRefuse: [] as string[], onlyTheyRefuse: [] as string[] };
  for (const [name, xml] of await documents()) {
    const uuid = /<uuid>\s*([\dA-Fa-f-]{36})\s*<\/uuid>/.exec(xml)?.[1]?.toLowerCase();
    if (uuid === undefined || !xml.includes("<domain")) continue;
    const [theirs, ours] = await Promise.all([ask(STOCK, uuid, xml), ask(OURS, uuid, xml)]);
    if (theirs.rules === undefined && ours.rules === undefined) tally.refused++;
    else if (theirs.rules === undefined) tally.onlyTheyRefuse.push(name);
    else if (ours.rules === undefined) tally.onlyWeRefuse.push(name);
    else {
      assert.deepEqual(comparable(ours.rules, xml), comparable(theirs.rules, xml), name);
      tally.same++;
    }
  }
  t.diagnostic(JSON.stringify(tally));
  const asked = tally.same + tally.refused + tally.onlyWeRefuse.length + tally.onlyTheyRefuse.length;
  assert.ok(tally.same > 0);
  // libvirt's parser refuses a little that we leave to the check of a definition, and the other way round.
  assert.ok(tally.same + tally.refused >= 0.97 * asked, JSON.stringify(tally));
});
