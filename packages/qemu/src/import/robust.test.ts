import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { VirtError } from "@tsvirt/base";
import { isJsonArray, isJsonObject, parseJson } from "@tsvirt/codec/options";
import { Domain } from "@tsvirt/model/domain";
import fc from "fast-check";
import { formatImportedDomain, importCommandLine } from "./import.ts";
import { optionReaders } from "./options.ts";

const collected = parseJson(
  await readFile(new URL("../../fixtures/import/command-lines.json", import.meta.url), "utf8"),
);
const lines = (isJsonArray(collected) ? collected : [])
  .filter(isJsonObject)
  .map(({ line }) => (typeof line === "string" ? line : ""));
const argv = new URL("../../fixtures/argv/", import.meta.url);
const words: string[] = [];
for (const name of (await readdir(argv)).filter((each) => each.endsWith(".args"))) {
  words.push(...(await readFile(new URL(name, argv), "utf8")).split("\n"));
}
const values = [...new Set([...words, ...lines.flatMap((line) => line.split(/\s+/))])].filter(
  (word) => !/^--?[a-z]/i.test(word),
);

/** A word with something wrong with it: cut, doubled, a number or key replaced. */
const spoilt = fc
  .tuple(
    fc.constantFrom(...values),
    fc.nat(),
    fc.constantFrom("", ",", "=", "-1", "99999999999999999999", "0x", "{", '"', "on", ".", "é", "\u0000"),
  )
  .map(([value, at, insert]) => {
    const place = at % (value.length + 1);
    return at % 3 === 0
      ? value.slice(0, place) + insert
      : value.slice(0, place) + insert + value.slice(place + (at % 2));
  });
const options = Object.keys(optionReaders).filter((name) => name !== "");
const argument = fc.tuple(
  fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...options) },
    { weight: 1, arbitrary: fc.stringMatching(/^[a-z-]{1,8}$/) },
  ),
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...values) },
    { weight: 3, arbitrary: spoilt },
    { weight: 1, arbitrary: fc.string() },
  ),
);

/** A document, or a refusal in libvirt's words; never anything else, and nothing without a report. */
function check(text: string): void {
  let imported: ReturnType<typeof importCommandLine>;
  try {
    imported = importCommandLine(text);
  } catch (error) {
    assert.ok(
      error instanceof VirtError,
      `${text.slice(0, 2000)}\n${error instanceof Error ? error.stack : String(error)}`,
    );
    return;
  }
  const xml = formatImportedDomain(imported.domain);
  // Control characters cannot stand in XML at all: whoever writes the document is told.
  assert.ok(xml.startsWith("<domain"));
  for (const { words: given, fate, where } of imported.report.arguments) {
    if (fate === "document") assert.notEqual(where.length, 0, given.join(" "));
  }
}

test("any command line of known options ends in a document and a report", () => {
  fc.assert(
    fc.property(fc.array(argument, { maxLength: 12 }), (args) => {
      check(JSON.stringify(["/usr/bin/qemu-system-x86_64", ...args.flatMap(([name, value]) => [`-${name}`, value])]));
    }),
    { numRuns: 1000 },
  );
});

test("any text is a command line or is refused", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "qemu-system-x86_64",
      " ",
      "\n",
      "\\\n",
      "'",
      '"',
      "$A",
      "${A",
      "A=",
      "A+=(",
      ")",
      "<<<",
      ">&",
      "|",
      "#",
      "-hda",
      "-m",
      "[",
      "`",
      "env",
      "sudo -u",
    ),
    fc.string({ maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => check(pieces.join(""))),
    { numRuns: 2000 },
  );
});

test("long texts take time that grows with them, and expansions have an end", () => {
  const bomb = Array.from({ length: 60 }, (_, i) => `A${i + 1}="$A${i}$A${i}"`).join("\n");
  check(`A0=xxxxxxxx\n${bomb}\nqemu-system-x86_64 -name $A60`);
  for (const part of ["${", "$(", "'", '"', "\\\n", ";", "A=(", "<"])
    check(`qemu-system-x86_64 ${part.repeat(20_000)}`);
  for (const part of ["-device e1000 ", "-blockdev driver=raw,node-name=a,file=a "]) {
    check(`qemu-system-x86_64 ${part.repeat(1000)}`);
  }
});

test("a chain of images that has no end is one that documents cannot say", () => {
  const nodes = "-blockdev driver=qcow2,node-name=a,file=f,backing=a -blockdev driver=file,node-name=f,filename=/f";
  const { domain } = importCommandLine(`qemu-system-x86_64 ${nodes} -device virtio-blk,drive=a`);
  assert.equal(domain.devices?.disks.length, 0);
  assert.equal(Domain.format(domain).includes("driver=qcow2"), true);
});
