import assert from "node:assert/strict";
import { test } from "node:test";
import { integer, key, option, text as optionText } from "@tsvirt/codec/options";
import {
  attribute,
  child,
  children,
  element,
  flag,
  leaf,
  live,
  oneOf,
  secret,
  single,
  text,
  union,
  verbatim,
} from "@tsvirt/codec/xml";
import { DocComments } from "./doc-comments.ts";
import { isOption, optionsPage } from "./reference-options.ts";
import { xmlPage } from "./reference-xml.ts";

class File extends element("source", { type: attribute(oneOf("file")), path: leaf(text) }) {}
class Net extends element("source", {
  type: attribute(oneOf("net")),
  password: secret(attribute.optional(text, "passwd")),
}) {}
class Other extends element("other", {}) {}
class Disk extends element("disk", {
  device: attribute.implied(oneOf("disk", "floppy"), "disk"),
  id: live(attribute.optional(text)),
  readonly: flag(),
  boot: single("order", text),
  metadata: verbatim(),
  source: child(union("type", { file: File, net: Net })),
  others: children(Other, 3),
}) {}

const sources = [
  {
    path: "packages/x/disk.ts",
    text: `/** A {@link Disk} of the
 * guest. */
export class Disk extends element("disk", {
  /** Which kind. */
  device: attribute(x),
}) {}
class NoComment extends element("n", {}) {}`,
  },
  { path: "packages/y/disk.ts", text: `/** Another. */\nclass Disk extends element("disk", {}) {}` },
  {
    path: "packages/x/options.ts",
    text: `/** A chip. */\nexport class Chip extends device(x, {\n  /** Bytes. */\n  "the-size": key(x),\n}) {}`,
  },
];

test("comments are found by class, folder and field", () => {
  const docs = new DocComments(sources);
  assert.equal(docs.of("Disk", "packages/x")?.text, "A `Disk` of the guest.");
  assert.equal(docs.of("Disk", "packages/y")?.text, "Another.");
  assert.equal(docs.of("Disk", "packages/x")?.fields.get("device"), "Which kind.");
  assert.equal(docs.of("NoComment", "packages/x")?.text, "");
  assert.equal(docs.of("Nobody", "packages/x"), undefined);
});

test("a page has a section for each element, with every attribute and child", () => {
  const elsewhere = new Map([[Other.fields, "other.md"]]);
  const page = xmlPage({ title: "Disk", roots: [Disk], folder: "packages/x", elsewhere }, new DocComments(sources));
  const lines = page.split("\n");
  for (const line of [
    "# Disk",
    "## `<disk>` (Disk)",
    "A `Disk` of the guest.",
    "At `/disk`.",
    "| `@device` | one of disk, floppy | default `disk`, not written then | Which kind. |",
    "| `@id` | text | running guests only |  |",
    "| `<readonly/>` | there or not |  |  |",
    "| `<boot order=''>` | text |  |  |",
    "| `<metadata>` | any XML, kept as it is |  |  |",
    "| `<source>` | [File](#source-file) or [Net](#source-net) | required |  |",
    "| `<other>` | [Other](other.md) | up to 3 |  |",
    "## `<source>` (Net)",
    "At `/disk/source`.",
    "| `@passwd` | text | written with the right to see secrets |  |",
  ]) {
    assert.ok(lines.includes(line), `${line}\nis not in\n${page}`);
  }
  assert.equal(page.includes("(Other)\n"), false);
});

test("options are told by flag, with their keys", () => {
  class Chip extends option("-device", "driver", { driver: key(optionText), "the-size": key.optional(integer) }) {}
  assert.equal(isOption(Chip), true);
  assert.equal(isOption(Disk), false);
  const page = optionsPage([Chip], new DocComments(sources), "packages/x");
  for (const line of [
    "## `-device`",
    "### Chip",
    "A chip.",
    "| `driver` | a string | required; its name may be left out |  |",
  ]) {
    assert.ok(page.split("\n").includes(line), `${line}\nis not in\n${page}`);
  }
  assert.match(page, /^\| `the-size` \| .* \| {2}\| Bytes\. \|$/m);
});
