import assert from "node:assert/strict";
import { test } from "node:test";
import { parseXml } from "@tsvirt/codec/xml";
import fc from "fast-check";
import { selectNodes } from "./evaluate.ts";
import { formatNode } from "./format-node.ts";
import { XPathError } from "./parse.ts";

const root = parseXml(`<domain type='kvm' id='7'>
  <name>a&amp;b</name>
  <memory unit='KiB'>1024</memory>
  <devices>
    <disk type='file'><target dev='vda' bus='virtio'/></disk>
    <disk type='block'>
      <source dev='/dev/"x"'/>
      <target dev='vdb' bus='virtio'/>
    </disk>
    <disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>
  </devices>
</domain>`);

const select = (expression: string): readonly string[] | undefined =>
  selectNodes(root, expression)?.map((node) => formatNode(node));

const cases: readonly (readonly [expression: string, nodes: readonly string[]])[] = [
  ["/domain/name", ["<name>a&amp;b</name>"]],
  ["//name/text()", ["a&amp;b"]],
  ["/domain/@type", [' type="kvm"']],
  ["//disk[@device='cdrom']/target/@dev", [' dev="sda"']],
  ["//disk[2]/target/@dev", [' dev="vdb"']],
  ["//disk[last()]/target/@dev", [' dev="sda"']],
  ["//disk[position() < 3][@type='block']/target/@dev", [' dev="vdb"']],
  ["//target[@bus='virtio' and not(@dev = 'vda')]/@dev", [' dev="vdb"']],
  ["//disk[source]/target/@dev", [' dev="vdb"']],
  ["//target[../@type='file']/@dev", [' dev="vda"', ' dev="sda"']],
  ["//target/@dev[starts-with(., 'vd')]", [' dev="vda"', ' dev="vdb"']],
  ["//disk[count(*) > 1]/source", ['<source dev="/dev/&quot;x&quot;"/>']],
  ["//memory[. >= 1000]/@unit | //name", ["<name>a&amp;b</name>", ' unit="KiB"']],
  ["//target[@dev='vdb']/ancestor::disk/@type", [' type="block"']],
  ["//disk[1]/following-sibling::disk/target/@dev", [' dev="vdb"', ' dev="sda"']],
  ["/domain/devices/*[local-name() = 'disk'][contains(target/@dev, 'sd')]/@device", [' device="cdrom"']],
  ["(//target)[2]/@dev", [' dev="vdb"']],
  [
    "//disk[@type='block']",
    ['<disk type="block">\n  <source dev="/dev/&quot;x&quot;"/>\n  <target dev="vdb" bus="virtio"/>\n</disk>'],
  ],
  ["//nosuch", []],
  ["//disk[2 * 3 - 5]/target/@dev", [' dev="vda"']],
  ["self::node()/domain/attribute::id", [' id="7"']],
];
for (const [expression, nodes] of cases) {
  test(expression, () => assert.deepEqual(select(expression), nodes));
}

test("expressions that give no nodes", () => {
  for (const expression of ["count(//disk)", "string(//name)", "1 + 1", "'text'", "true()"]) {
    assert.equal(select(expression), undefined);
  }
});

test("what is no expression is refused", () => {
  for (const expression of ["", "///", "//disk[", "a b", "foo(1)", "//x:y", "1 +", "@", "//disk]", "$v", "a::b"]) {
    assert.throws(() => select(expression), XPathError, expression);
  }
});

test("any text ends in nodes, nothing, or an XPathError", () => {
  const word = fc.constantFrom(
    "//",
    "/",
    "[",
    "]",
    "(",
    ")",
    "@",
    "*",
    "..",
    ".",
    "disk",
    "name",
    "=",
    "1",
    "'a'",
    "|",
    "-",
    "and",
    "::",
    "text()",
    "position()",
    ",",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word, { maxLength: 12 }).map((words) => words.join(" ")),
      ),
      (expression) => {
        try {
          select(expression);
        } catch (error) {
          assert.ok(error instanceof XPathError);
        }
      },
    ),
  );
});

test("nesting is bounded", () => {
  assert.throws(() => select(`${"(".repeat(10_000)}1${")".repeat(10_000)}`), XPathError);
});
