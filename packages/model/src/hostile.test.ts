// Documents made to cost as much as they can: refused or read with work in proportion to their size, and nothing but an error of ours.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtError } from "@tsvirt/base";
import { formatDomain, parseDomain } from "./domain/index.ts";

const head = "<domain type='kvm'><name>x</name><memory>1</memory><os><type>hvm</type></os>";
const numbered = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(" ");
/** Nested elements that declare very many prefixes, and then very many uses of one that is none. */
function prefixes(): string {
  const level = (depth: number) => `<a ${numbered(900, (index) => `xmlns:p${depth}_${index}=''`)}>`;
  return `${head}${Array.from({ length: 100 }, (_, depth) => level(depth)).join("")}${"<q:b/>".repeat(150_000)}`;
}

const refused: readonly (readonly [what: string, xml: () => string, message: RegExp])[] = [
  [
    "20 MB of text",
    () => `${head}<description>${"x".repeat(20_000_000)}</description></domain>`,
    /more than the 4194304 allowed/,
  ],
  ["100,000 levels", () => "<a>".repeat(100_000) + "</a>".repeat(100_000), /nested deeper than 256/],
  ["10 million attributes", () => `<domain ${"a='' ".repeat(10_000_000)}/>`, /more than the 4194304 allowed/],
  [
    "2,000 attributes of one element",
    () => `<domain ${numbered(2_000, (index) => `a${index}=''`)}/>`,
    /more than 1000 attributes/,
  ],
  ["300,000 elements", () => `${head}${"<a/>".repeat(300_000)}</domain>`, /more than 200000 nodes/],
  ["90,000 namespaces", prefixes, /more than 256 namespaces/],
  [
    "entities of entities",
    () => `<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><domain>&b;</domain>`,
    /document type declarations are not allowed/,
  ],
  ["an external entity", () => `<!DOCTYPE d SYSTEM "file:///etc/passwd"><domain/>`, /document type declarations/],
  ["an entity that nobody declared", () => `<domain><name>&bomb;</name></domain>`, /Entity 'bomb' not defined/],
];
for (const [what, xml, message] of refused) {
  test(`${what}: refused`, () =>
    assert.throws(
      () => parseDomain(xml()),
      (error) => error instanceof VirtError && message.test(error.message),
    ));
}

const costly: readonly (readonly [what: string, xml: () => string])[] = [
  ["unknown elements", () => `${head}<devices>${"<abcdef/>".repeat(100_000)}</devices></domain>`],
  ["unknown attributes", () => `${head}${`<a ${numbered(900, (index) => `a${index}=''`)}/>`.repeat(200)}</domain>`],
  [
    "mistakes after very many lines",
    () => `${head}${"\n".repeat(2_000_000)}<devices>${"<disk type='x'/>".repeat(4_000)}</devices></domain>`,
  ],
  ["text that is no text", () => `${head}<devices>${"x<input/>".repeat(50_000)}</devices></domain>`],
  [
    "4,096 disks in reverse order",
    () =>
      `${head}<devices>${Array.from({ length: 4_096 }, (_, index) => `<disk><target dev='vd${letters(4_095 - index)}'/></disk>`).join("")}</devices></domain>`,
  ],
  ["references", () => `${head}<description>${"&lt;".repeat(500_000)}</description></domain>`],
  ["pieces of text", () => `${head}<description>${"<![CDATA[x]]>".repeat(200_000)}</description></domain>`],
  ["metadata", () => `${head}<metadata>${"<a:b xmlns:a='u'>x</a:b>".repeat(50_000)}</metadata></domain>`],
];
for (const [what, xml] of costly) {
  test(`many of ${what}: an end with a value or an error of ours`, () => {
    const text = xml();
    assert.ok(text.length < 4 * 1024 * 1024);
    try {
      formatDomain(parseDomain(text, { inactive: true, hooks: {} }), { unknown: true });
    } catch (error) {
      if (!(error instanceof VirtError)) throw error;
    }
  });
}

function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}
