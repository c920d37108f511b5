import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { before, test } from "node:test";
import { isJsonArray, isJsonObject, type JsonObject, parseJson } from "@tsvirt/codec/options";
import { parseDomain } from "@tsvirt/model/domain";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { qemuHooks } from "../complete/complete.ts";
import { fakeHostFacts, probeTranscript } from "../testing/index.ts";
import { formatImportedDomain, type ImportedDomain, importCommandLine } from "./import.ts";

/** Command lines that people run, with where they stand, and what becomes of the arguments that do not stand in a document. */
const file = new URL("../../fixtures/import/command-lines.json", import.meta.url);

interface Entry {
  readonly source: string;
  readonly line: string;
  /** Arguments that are handed on, and those that are left out. */
  readonly handedOn: readonly string[];
  readonly leftOut: readonly string[];
}

function textOf(row: JsonObject, key: string): string {
  const value = row[key];
  return typeof value === "string" ? value : "";
}

function textsOf(row: JsonObject, key: string): string[] {
  const value = row[key];
  return isJsonArray(value) ? value.map(String) : [];
}

const parsed = parseJson(await readFile(file, "utf8"));
const entries = (isJsonArray(parsed) ? parsed : []).filter(isJsonObject).map(
  (row): Entry => ({
    source: textOf(row, "source"),
    line: textOf(row, "line"),
    handedOn: textsOf(row, "handedOn"),
    leftOut: textsOf(row, "leftOut"),
  }),
);

let caps: QemuCapabilities;
before(async () => {
  const transcript = new URL("../../fixtures/probe/qemu-7.2-x86_64.transcript", import.meta.url);
  caps = await probeTranscript(await readFile(transcript, "utf8"));
});

const import_ = (line: string): ImportedDomain => importCommandLine(line, { name: "vm", directory: "/vm" });

function outcome({ report }: ImportedDomain): Pick<Entry, "handedOn" | "leftOut"> {
  const words = (fate: string): string[] =>
    report.arguments.filter((argument) => argument.fate === fate).map((argument) => argument.words.join(" "));
  return { handedOn: words("commandline"), leftOut: words("omitted") };
}

if (process.env.UPDATE_GOLDEN === "1") {
  test("the golden file", async () => {
    const rows = entries.map(({ source, line }) => ({ source, line, ...outcome(import_(line)) }));
    await writeFile(file, `${JSON.stringify(rows, null, 2)}\n`);
    assert.fail("the golden file was rewritten: look at the difference and run again");
  });
}

test("the collection is large enough to mean something", () => {
  assert.ok(entries.length >= 60);
  assert.equal(new Set(entries.map(({ source }) => source)).size, entries.length);
});

/** Machines and CPUs that the emulator of the test does not have, and what only a host can say. */
const elsewhere = /does not support machine type|hugetlbfs|USB host device is missing|CPU model/;

for (const { source, line, handedOn, leftOut } of entries) {
  test(`${source}: what does not stand in the document`, () => {
    const imported = import_(line);
    assert.deepEqual(outcome(imported), { handedOn, leftOut });
    const { report, domain } = imported;
    for (const argument of report.arguments) {
      const told = argument.where.length > 0 || argument.notes.length > 0 || argument.fate === "implied";
      assert.ok(told, `nothing is said of ${argument.words.join(" ")}`);
    }
    // Nothing that is handed on is lost or changes its order.
    const args = (domain.qemuCommandline?.args ?? []).map(({ value }) => value);
    let at = 0;
    for (const { words } of report.arguments.filter(({ fate }) => fate === "commandline")) {
      at = args.indexOf(words[0] ?? "", at);
      assert.notEqual(at, -1, words.join(" "));
      at++;
    }
  });

  test(`${source}: the document is one`, () => {
    const { domain } = import_(line);
    const xml = formatImportedDomain(domain);
    const arch = domain.os.type.arch;
    if (arch !== "x86_64" && arch !== "i686") {
      assert.equal(parseDomain(xml).name, "vm");
      return;
    }
    try {
      const read = parseDomain(xml.replace("type='kvm'", "type='qemu'"), { hooks: qemuHooks(caps, fakeHostFacts()) });
      assert.equal(read.name, "vm");
    } catch (error) {
      assert.ok(error instanceof Error && elsewhere.test(error.message), `${String(error)}\n${xml}`);
    }
  });
}
