import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  attribute,
  child,
  children,
  content,
  DocumentError,
  type ElementOf,
  element,
  flag,
  hex,
  integer,
  lazyChild,
  leaf,
  live,
  once,
  oneOf,
  onOff,
  parseXml,
  positive,
  Reader,
  scanIdentity,
  secret,
  single,
  suggest,
  text,
  u32,
  union,
  unlessEmpty,
  unlessZero,
  verbatim,
  WIRE_LIMITS,
  yesNo,
} from "./index.ts";
import { arbitrary, hasChecks } from "./testing.ts";

class Source extends element("source", { file: attribute.optional(text), index: live(attribute.optional(u32)) }) {}
class Pci extends element("address", {
  type: attribute(oneOf("pci")),
  bus: attribute.withDefault(hex(2, 0xff), 0),
  multifunction: attribute.optional(onOff),
}) {}
class Usb extends element("address", { type: attribute(oneOf("usb")), port: attribute(text) }) {}
const Address = union("type", { pci: Pci, usb: Usb });
class Backing extends element("backing", {
  source: child.optional(Source),
  backing: lazyChild((): ElementOf<Backing> => Backing),
}) {}
class Size extends element("size", { unit: attribute.implied(text, "KiB"), value: content(integer(0, 1000)) }) {}
class Disk extends element("disk", {
  type: attribute(oneOf("file", "block", "network")),
  device: attribute.withDefault(oneOf("disk", "cdrom"), "disk"),
  source: child.optional(Source),
  backing: child.optional(Backing),
  readonly: flag(),
  serial: leaf.optional(text),
  boot: single("order", u32),
  size: child.optional(Size),
  address: child.optional(Address),
}) {}
class Vm extends element("vm", {
  id: live(attribute.optional(u32)),
  name: leaf(text, undefined, { missing: "missing name information" }),
  password: secret(leaf.optional(text)),
  metadata: verbatim(),
  disks: children(Disk),
  pae: single("state", yesNo),
}) {}

function failure(run: () => unknown): DocumentError {
  try {
    run();
  } catch (error) {
    if (error instanceof DocumentError) return error;
    throw error;
  }
  return assert.fail("no error");
}

test("an element is read by its declaration and written in its order", () => {
  const vm = Vm.parse(
    `<vm><disk type="file"><address bus="0x1f" type="pci"/><source file='a&amp;b&#10;"c"'/><readonly/></disk><name>x</name></vm>`,
  );
  assert.deepEqual(vm, {
    name: "x",
    disks: [
      {
        type: "file",
        device: "disk",
        source: { file: 'a&b\n"c"' },
        readonly: true,
        address: { type: "pci", bus: 31 },
      },
    ],
  });
  assert.equal(
    Vm.format(vm),
    [
      "<vm>",
      "  <name>x</name>",
      "  <disk type='file' device='disk'>",
      "    <source file='a&amp;b&#10;&quot;c&quot;'/>",
      "    <readonly/>",
      "    <address type='pci' bus='0x1f'/>",
      "  </disk>",
      "</vm>",
      "",
    ].join("\n"),
  );
});

test("results keep the names of their classes", () => {
  const vm: Vm = Vm.parse("<vm><name>x</name></vm>");
  const disk: Disk | undefined = vm.disks[0];
  const address = disk?.address;
  if (address?.type === "usb") assert.fail(address.port);
  assert.equal(disk, undefined);
});

test("the persistent form has neither what is live nor secrets", () => {
  const text =
    "<vm id='3'><name>x</name><password>p</password><disk type='file'><source file='f' index='1'/></disk></vm>";
  const vm = Vm.parse(text);
  assert.equal(vm.id, 3);
  assert.doesNotMatch(Vm.format(vm, { live: false }), /id=|index=|password/);
  assert.match(Vm.format(vm, { secrets: true }), /id='3'>[\s\S]*<password>p<[\s\S]*index='1'/);
  const inactive = Vm.parse(text, { inactive: true });
  assert.equal(inactive.id, undefined);
  assert.deepEqual(inactive.disks[0]?.source, { file: "f" });
});

test("an error says what libvirt says, then where and what was expected", () => {
  const error = failure(() => Vm.parse("<vm>\n  <name>x</name>\n  <disk type='fiel'/>\n</vm>", { file: "vm.xml" }));
  assert.equal(
    error.message,
    "XML error: Invalid value for attribute 'type' in element 'disk': 'fiel'. (vm.xml:3:9, /vm/disk: expected one of file, block, network; did you mean 'file'?)",
  );
  assert.equal(error.bareMessage, "XML error: Invalid value for attribute 'type' in element 'disk': 'fiel'.");
  assert.deepEqual([error.line, error.column, error.path, error.file], [3, 9, "/vm/disk", "vm.xml"]);
});

test("all errors of a document are found at once, with paths that count siblings", () => {
  const error = failure(() =>
    Vm.parse("<vm id='x'><disk device='floppy' type='file'/><disk type='file'><boot order='-1'/></disk></vm>"),
  );
  const errors = error.problems.map((problem) => [problem.path, problem.message]);
  assert.deepEqual(errors, [
    ["/vm", "Invalid value for attribute 'id' in element 'vm': 'x'. Expected non-negative integer value"],
    ["/vm/disk[1]", "Invalid value for attribute 'device' in element 'disk': 'floppy'."],
    [
      "/vm/disk[2]/boot",
      "Invalid value for attribute 'order' in element 'boot': '-1'. Expected non-negative integer value",
    ],
    ["/vm", "missing name information"],
  ]);
  assert.match(error.message, /and 3 more errors$/);
});

test("what is not declared is kept, reported with a suggestion, and written only on demand", () => {
  const { value, warnings } = Vm.read(
    "<vm nam='1'><name>x</name>stray<disk type='file'><readnoly/><q:x xmlns:q='urn:q' a='&lt;'>t</q:x></disk></vm>",
  );
  assert.deepEqual(
    warnings.map((warning) => `${warning.message} ${warning.hint}`.trim()),
    [
      "stray text in element 'vm': 'stray'",
      "unknown attribute 'nam' in element 'vm'",
      "unknown element 'readnoly' in element 'disk' did you mean 'readonly'?",
      "unknown element 'x' in element 'disk'",
    ],
  );
  assert.doesNotMatch(Vm.format(value), /readnoly|nam=/);
  const kept = Vm.format(value, { unknown: true });
  assert.match(kept, /<vm nam='1'>/);
  assert.match(kept, /<q:x xmlns:q="urn:q" a="&lt;">t<\/q:x>/);
  assert.deepEqual(Vm.parse(kept).disks, value.disks);
  assert.throws(() => Vm.parse(kept, { strict: true }), DocumentError);
});

test("a repeated element does not overwrite the first", () => {
  const { value, warnings } = Vm.read("<vm><name>a</name><name>b</name></vm>");
  assert.equal(value.name, "a");
  assert.equal(warnings[0]?.message, "repeated element 'name' in element 'vm'");
});

test("names of the language's own objects are only names", () => {
  const { value, warnings } = Vm.read(
    "<vm __proto__='1' constructor='2'><name>x</name><__proto__><polluted/></__proto__><toString/></vm>",
  );
  assert.equal(warnings.length, 4);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.equal("polluted" in {}, false);
  assert.deepEqual(value.unknown?.attributes, [
    ["__proto__", "1"],
    ["constructor", "2"],
  ]);
});

test("metadata comes back as it was", () => {
  const raw = `<metadata>\n    <a:b xmlns:a="urn:a" c="&quot;'&lt;">x &amp; <i>y</i> z</a:b>\n    <!-- note --></metadata>`;
  const vm = Vm.parse(`<vm><name>x</name>${raw}</vm>`);
  const written = Vm.format(vm);
  assert.match(written, /<a:b xmlns:a="urn:a" c="&quot;'&lt;">x &amp; <i>y<\/i> z<\/a:b>/);
  assert.deepEqual(Vm.parse(written).metadata, vm.metadata);
});

test("text that is not well formed is refused in libxml2's words, with the line and a caret", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["", /1: Document is empty/],
    ["hello", /1: Start tag expected, '<' not found\nhello\n\^/],
    ["<a>\n <b>x</c>\n</a>", /2: Opening and ending tag mismatch: b line 2 and c\n <b>x<\/c>\n-{9}\^/],
    ["<a", /Couldn't find end of Start Tag a line 1/],
    ["<a b=c/>", /AttValue: " or ' expected/],
    ["<a b='1' b='2'/>", /Attribute b redefined/],
    ["<a b='<'/>", /Unescaped '<' not allowed in attributes values/],
    ["<a>&foo;</a>", /Entity 'foo' not defined/],
    ["<a>x & y</a>", /xmlParseEntityRef: no name/],
    ["<a/><b/>", /Extra content at the end of the document/],
    ["<a><b></b>", /Premature end of data in tag a line 1/],
    ["<a>\u0001</a>", /PCDATA invalid Char value 1/],
    ["<a>&#1;</a>", /xmlParseCharRef: invalid xmlChar value 1/],
    ["<a>&#xd800;</a>", /xmlParseCharRef: invalid xmlChar value 55296/],
    ["<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", /document type declarations are not allowed/],
  ];
  for (const [source, expected] of cases) {
    const error = failure(() => parseXml(source, { label: "(vm)" }));
    assert.match(error.message, expected, source);
    assert.ok(error.message.startsWith("(vm):"), error.message);
  }
});

test("limits hold before anything large is built", () => {
  const limits = { ...WIRE_LIMITS, size: 10_000, depth: 16, nodes: 100, attributes: 8 };
  const refused: readonly (readonly [string, RegExp])[] = [
    [`<a>${"x".repeat(10_000)}</a>`, /more than the 10000 allowed/],
    ["<a>".repeat(17), /nested deeper than 16/],
    [`<a>${"<b/>".repeat(101)}</a>`, /more than 100 nodes/],
    [`<a ${Array.from({ length: 9 }, (_, i) => `x${i}='1'`).join(" ")}/>`, /more than 8 attributes/],
  ];
  for (const [source, expected] of refused) assert.match(failure(() => parseXml(source, { limits })).message, expected);
});

test("the wrong root is named", () => {
  assert.match(failure(() => Vm.parse("<network/>")).message, /expecting root element of 'vm', not 'network'/);
});

test("places survive into later checks", () => {
  const { value, reader } = Vm.read("<vm>\n <name>x</name>\n <disk type='file'/>\n</vm>");
  const disk = value.disks[0];
  assert.ok(disk !== undefined && reader instanceof Reader);
  reader.reportValue(disk, "too big");
  assert.match(failure(() => reader.throwIfFailed("f.xml")).message, /too big \(f\.xml:3:2, \/vm\/disk\)/);
});

test("a scan finds root, name and uuid, and never more than the parser would", () => {
  assert.deepEqual(
    scanIdentity(
      "<?xml version='1.0'?><!-- <name>no</name> --><domain type='kvm'>\n<os><name>no</name></os><name>a&lt;b</name><uuid> u </uuid><x",
    ),
    { root: "domain", type: "kvm", name: "a<b", uuid: "u" },
  );
  assert.equal(scanIdentity("no xml"), undefined);
  assert.equal(scanIdentity("<!DOCTYPE x><a/>"), undefined);
  assert.deepEqual(scanIdentity("<a/>"), { root: "a" });
});

test("property: a scan agrees with the parser", () => {
  fc.assert(
    fc.property(arbitrary(Vm), (vm) => {
      const written = Vm.format(vm);
      assert.equal(scanIdentity(written)?.name, Vm.parse(written).name);
    }),
    { numRuns: 200 },
  );
});

test("property: parse(format(x)) is x, and formatting twice changes nothing", () => {
  assert.equal(hasChecks(Vm), false);
  fc.assert(
    fc.property(arbitrary(Vm), (vm) => {
      const written = Vm.format(vm, { secrets: true });
      const back = Vm.parse(written, { strict: true });
      assert.deepEqual(back, vm);
      assert.equal(Vm.format(back, { secrets: true }), written);
    }),
    { numRuns: 300 },
  );
});

test("property: damaged documents end in a value or a DocumentError", () => {
  const damage = fc.record({
    vm: arbitrary(Vm),
    at: fc.nat(),
    length: fc.integer({ min: 0, max: 12 }),
    insert: fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom("<", ">", "&", "'", "]]>", "<!--", "</", "<![CDATA[", "&#x0;"),
    ),
  });
  fc.assert(
    fc.property(damage, ({ vm, at, length, insert }) => {
      const written = Vm.format(vm);
      const cut = at % written.length;
      const broken = written.slice(0, cut) + insert + written.slice(cut + length);
      try {
        Vm.parse(broken);
      } catch (error) {
        if (!(error instanceof DocumentError)) throw error;
        assert.ok(error.line >= 1 && error.column >= 1);
      }
      scanIdentity(broken);
    }),
    { numRuns: 1000 },
  );
});

test("suggestions are near and never far", () => {
  assert.equal(suggest("fiel", ["file", "block"]), "file");
  assert.equal(suggest("virtoi", ["virtio", "ide"]), "virtio");
  assert.equal(suggest("a", ["b"]), undefined);
  assert.equal(suggest("completely", ["different"]), undefined);
});

test("a document of nothing but mistakes costs no more than one of none", () => {
  const many = `<vm><name>x</name>${"<unknwon/>".repeat(150_000)}</vm>`;
  const { warnings } = Vm.read(many);
  assert.equal(warnings.length, 100);
  const wrong = `<vm><name>x</name>${"<disk/>".repeat(16_000)}</vm>`;
  const error = failure(() => Vm.parse(wrong));
  assert.equal(error.problems.length, 100);
  const tooMany = failure(() => Vm.parse(`<vm><name>x</name>${"<disk type='file'/>".repeat(16_385)}</vm>`));
  assert.match(tooMany.message, /more than 16384 elements 'disk' in element 'vm'/);
  const attributes = Array.from({ length: 999 }, (_, i) => `a${i}='1'`).join(" ");
  assert.equal(parseXml(`<a ${attributes}/>`).attributes.length, 999);
  assert.match(failure(() => parseXml(`<a ${attributes} a500='2'/>`)).message, /Attribute a500 redefined/);
});

test("where libvirt keeps no difference, zero and nothing are absence", () => {
  class Tune extends element("tune", {
    mode: unlessEmpty(attribute.optional(oneOf("a", "b"))),
    size: unlessEmpty(unlessZero(attribute.optional(u32))),
    weight: unlessZero(leaf.optional(u32)),
    count: unlessZero(attribute.optional(u32)),
    link: unlessEmpty(single("state", oneOf("up", "down"))),
  }) {}
  assert.deepEqual(Tune.parse("<tune mode='' size='0'><weight>0</weight></tune>"), {});
  assert.deepEqual(Tune.parse("<tune size='' count='0'><weight/><link state=''/></tune>"), {});
  assert.throws(() => Tune.parse("<tune count=''/>"), /Invalid value for attribute 'count'/);
  assert.throws(() => Tune.parse("<tune><link state='on'/></tune>"), /Invalid value for attribute 'state'/);
  assert.equal(Tune.format({ size: 0, weight: 0 } as Tune), "<tune/>\n");
  assert.equal(Tune.format({ size: 1, weight: 2 } as Tune), "<tune size='1'>\n  <weight>2</weight>\n</tune>\n");
});

test("an element that must stand alone is refused in libvirt's words, and so is zero", () => {
  class Pin extends element("pin", { cpuset: once(single("set", text), "only one cpuset is supported") }) {}
  assert.throws(() => Pin.parse("<pin><cpuset set='1'/><cpuset set='2'/></pin>"), /only one cpuset is supported/);
  class Thread extends element("thread", { id: attribute(positive(9)) }) {}
  assert.throws(
    () => Thread.parse("<thread id='0'/>"),
    /Invalid value for attribute 'id' in element 'thread': Zero is not permitted/,
  );
});

test("a default namespace is the element's own as well as a prefix", () => {
  const namespace = { prefix: "n", uri: "urn:n" };
  class Arg extends element("arg", { value: attribute(text) }, { namespace }) {}
  class Root extends element("root", { arg: child.optional(Arg), plain: leaf.optional(text) }) {}
  assert.deepEqual(Root.parse("<root><arg xmlns='urn:n' value='1'/></root>"), { arg: { value: "1" } });
  assert.deepEqual(Root.parse("<root><plain xmlns='urn:other'>x</plain></root>"), { plain: "x" });
});
