import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Rollback } from "@tsvirt/base";
import { convert } from "./convert.ts";
import { readConvertOptions } from "./options.ts";

async function run(...args: string[]): Promise<{ status: number; out: string; failures: string[] }> {
  let out = "";
  const failures: string[] = [];
  const status = await convert(args, {
    write: (text) => {
      out += text;
    },
    fail: (message) => failures.push(message),
  });
  return { status, out, failures };
}

async function directory(undo: Rollback): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "tsvirt-convert-"));
  undo.add(() => rm(path, { recursive: true }));
  return path;
}

test("options with a value take the next word, the others none", () => {
  const table = { "--var": { takes: "NAME=VALUE", help: "" }, "--flag": { help: "" } } as const;
  const options = readConvertOptions(["--var", "A=1", "f.xml", "--flag", "--var", "B=2"], table);
  assert.deepEqual(options.values("--var"), ["A=1", "B=2"]);
  assert.equal(options.value("--var"), "B=2");
  assert.equal(options.flag("--flag"), true);
  assert.deepEqual(options.files, ["f.xml"]);
  assert.throws(() => readConvertOptions(["--var"], table), /option --var needs a value/);
  assert.throws(() => readConvertOptions(["--constructor"], table), /unknown option --constructor/);
});

test("a file that fails leaves its message and does not stop the others", async () => {
  await using undo = new Rollback();
  const dir = await directory(undo);
  await writeFile(join(dir, "good.xml"), "<network><name>n</name></network>");
  await writeFile(join(dir, "bad.xml"), "<network>");
  const out = join(dir, "out");
  const args = ["format", "--kind", "network", "--out-dir", out, join(dir, "bad.xml"), join(dir, "good.xml")];
  const { status, failures } = await run(...args);
  assert.equal(status, 1);
  assert.deepEqual((await readdir(out)).sort(), ["bad.err", "good.xml"]);
  assert.equal(failures.length, 1);
  assert.equal(failures[0], `${join(dir, "bad.xml")}: ${(await readFile(join(out, "bad.err"), "utf8")).trimEnd()}`);
});

test("a batch goes on after failures, and keeps each conversion's output apart", async () => {
  await using undo = new Rollback();
  const dir = await directory(undo);
  await writeFile(join(dir, "n.xml"), "<network><name>n</name></network>");
  const stdout = join(dir, "stdout");
  const format = ["format", "--kind", "network", "--out-dir", dir, join(dir, "n.xml")];
  const jobs = [{ args: ["nosuch"], stdout }, { args: format }];
  await writeFile(join(dir, "jobs"), jobs.map((job) => JSON.stringify(job)).join("\n"));
  assert.equal((await run("batch", join(dir, "jobs"))).status, 0);
  assert.match(await readFile(`${stdout}.err`, "utf8"), /unknown command 'nosuch'/);
  assert.match(await readFile(join(dir, "n.xml"), "utf8"), /<name>n<\/name>/);
});

test("help names every command and every option; what is unknown is refused", async () => {
  const { status, out } = await run("--help");
  assert.equal(status, 0);
  for (const name of ["to-argv", "format", "domcapabilities", "batch"])
    assert.match(out, new RegExp(`^  ${name} `, "m"));
  assert.match((await run("to-argv", "--help")).out, /--incoming URI .*restored\n/);
  const unknown = await run("to-native");
  assert.equal(unknown.status, 1);
  assert.match(unknown.failures[0] ?? "", /unknown command 'to-native'/);
});

test("all that is wrong with a document is told, a line each, and what is not known of an accepted one", async () => {
  await using undo = new Rollback();
  const dir = await directory(undo);
  const file = join(dir, "n.xml");
  const notes: string[] = [];
  const output = { write: () => undefined, fail: () => undefined, note: (line: string) => notes.push(line) };
  await writeFile(file, "<network><name>n</name><forward mode='nta'/><bridge stp='yse'/></network>");
  assert.equal(await convert(["format", "--kind", "network", file], output), 1);
  assert.equal(
    notes.filter((line) => /^\S+n\.xml:1:\d+: error: .*did you mean '(?:nat|yes)'/.test(line)).length,
    1,
    String(notes),
  );
  notes.length = 0;
  await writeFile(file, "<network><name>n</name><forword mode='nat'/></network>");
  assert.equal(await convert(["format", "--kind", "network", file], output), 0);
  assert.match(notes.join("\n"), /n\.xml:1:24: warning: unknown element 'forword'.*did you mean 'forward'\?/);
});

test("a mistake of the command line is told with its place, never as an internal error", async () => {
  await using undo = new Rollback();
  const dir = await directory(undo);
  const file = join(dir, "n.xml");
  const half = join(dir, "half.json");
  await writeFile(file, "<network><name>n</name></network>");
  await writeFile(half, '{"arch":');
  const told = async (...args: string[]): Promise<string> => {
    const { status, failures } = await run(...args);
    assert.equal(status, 1);
    return failures.join("\n");
  };
  const network = ["format", "--kind", "network"];
  assert.match(await told(), /^invalid argument: expected a command of tsvirt convert: to-argv, /);
  assert.match(await told(...network), /^invalid argument: expected a FILE/);
  assert.match(await told("to-xml"), /^invalid argument: expected a FILE/);
  assert.match(await told("format", file), /^invalid argument: --kind is needed; there are domain, /);
  assert.equal(
    await told(...network, join(dir, "none")),
    `Failed to open file '${join(dir, "none")}': No such file or directory`,
  );
  assert.equal(await told(...network, dir), `Failed to read file '${dir}': Is a directory`);
  assert.equal(
    await told("to-argv", file, "--host", half),
    `invalid argument: ${half}: JSON value expected at offset 8`,
  );
  assert.equal(await told(...network, file, "--out-dir", file), `cannot create directory '${file}': File exists`);
});
