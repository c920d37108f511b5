import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatConf, formatConfValue } from "./format.ts";
import { parseConf } from "./parser.ts";
import { bool, fileMode, int, oneOf, text, textList, textOrList, uint, ulong } from "./scalars.ts";
import { setting, settings } from "./settings.ts";
import { ConfError, type ConfValue, formatNotice } from "./value.ts";

const valuesOf = (source: string): Record<string, ConfValue> =>
  Object.fromEntries(
    parseConf(source, "x.conf").entries.flatMap((entry) =>
      entry.kind === "setting" ? [[entry.name, entry.value]] : [],
    ),
  );

test("reads every kind of value", () => {
  assert.deepEqual(
    valuesOf(`# head
a = 1; b = -2
c='it is "so"'   # why
d = [ 1, "two", [ 3, ], ]
e = """over
two "lines" """
f = [
  "x" ,
  'y'
]
g = +18446744073709551615
h = []`),
    {
      a: 1n,
      b: -2n,
      c: 'it is "so"',
      d: [1n, "two", [3n]],
      e: 'over\ntwo "lines" ',
      f: ["x", "y"],
      g: 18446744073709551615n,
      h: [],
    },
  );
});

test("a word without quotes is text, with a notice", () => {
  const { entries, notices } = parseConf("\nuser = qemu # why\npath=/var/lib/x;", "q.conf");
  assert.deepEqual(
    entries.map((entry) => (entry.kind === "setting" ? [entry.name, entry.value, entry.comment] : entry)),
    [
      ["user", "qemu", " why"],
      ["path", "/var/lib/x", undefined],
    ],
  );
  assert.deepEqual(notices.map(formatNotice), [
    'q.conf:2:8: the word qemu should stand in quotes: "qemu"',
    'q.conf:3:6: the word /var/lib/x should stand in quotes: "/var/lib/x"',
  ]);
});

for (const [source, message] of [
  ["a", "x.conf:1:2: expecting an assignment"],
  ["\n  =1", "x.conf:2:3: expecting a name"],
  ["a = ", "x.conf:1:5: expecting a value"],
  ["a = =", "x.conf:1:5: expecting a value"],
  ["a = 1 2", "x.conf:1:7: expecting a separator"],
  ["a = 'x\n'", "x.conf:1:5: unterminated string"],
  ['b = 1\na = """x""', "x.conf:2:5: unterminated string"],
  ["a = [ 1 2 ]", "x.conf:1:9: expecting a separator in list"],
  ["a = [ 1,\n2", "x.conf:1:5: list is not closed with ]"],
  ["a = +", "x.conf:1:5: unterminated number"],
  ["a = 18446744073709551616", "x.conf:1:5: number is out of range"],
  [`a = ${"[".repeat(80)}`, "x.conf:1:69: more than 64 lists in each other"],
] as const) {
  test(`refuses ${JSON.stringify(source.slice(0, 30))}`, () => {
    assert.throws(() => parseConf(source, "x.conf"), { name: "ConfError", message });
  });
}

test("writes as libvirt's writer does", () => {
  const source = `# head\n\na=1 # one\nb = [ 'x', ]\nc = '"'\nd = []\n`;
  assert.equal(formatConf(parseConf(source, "x").entries), `# head\na = 1 # one\nb = [ "x" ]\nc = '"'\nd = [  ]\n`);
});

test("a string that no quotes can hold is refused, not mangled", () => {
  for (const bad of [`'"""'`, `a\n"`, `'"`]) assert.throws(() => formatConfValue(bad), ConfError);
});

const arbitraryText = fc
  .string({ unit: fc.oneof(fc.constantFrom("'", '"', "\n", "#", "\\", " ", ",", "]"), fc.string({ maxLength: 1 })) })
  .filter((value) => !value.includes('"""') && !value.endsWith('"'));
const { value: arbitraryValue } = fc.letrec<{ value: ConfValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    arbitraryText,
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.array(tie("value"), { maxLength: 4 }),
  ),
}));
const arbitraryName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,20}$/);

test("parse(format(x)) is x", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(arbitraryName, arbitraryValue)), (pairs) => {
      const written = formatConf(pairs.map(([name, value]) => ({ kind: "setting", name, value })));
      const { entries, notices } = parseConf(written, "x");
      assert.deepEqual(
        entries.map((entry) => entry.kind === "setting" && [entry.name, entry.value]),
        pairs,
      );
      assert.deepEqual(notices, []);
      assert.equal(formatConf(entries), written);
    }),
  );
});

test("hostile text ends in a value or a ConfError", () => {
  const piece = fc.constantFrom(
    "a",
    "=",
    "1",
    "[",
    "]",
    ",",
    '"',
    "'",
    '"""',
    "\n",
    "#",
    ";",
    " ",
    "__proto__",
    "-",
    "\0",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      try {
        parseConf(pieces.join(""), "x");
      } catch (error) {
        assert.ok(error instanceof ConfError);
      }
    }),
    { numRuns: 500 },
  );
});

class Sample extends settings({
  name: setting.optional(text, "vm", { doc: "Who.", section: "Names" }),
  count: setting(uint, 5, "How many."),
  offset: setting(int, -1, "From where."),
  big: setting(ulong, 1n, "A lot."),
  on: setting(bool, false, { doc: "Whether.", effect: "ignored" }),
  mode: setting(fileMode, 0o777, "Who may."),
  auth: setting(oneOf("none", "polkit"), "polkit", "Who asks."),
  list: setting.optional(textList, ["a", "b"], "All of them."),
  listen: setting(textOrList, [], "One or more."),
}) {}

test("declared keys: defaults, values, what the file sets", () => {
  const { values, given, notices } = Sample.parse('count = 7\nmode = "0700"\nlisten = "x"\non = 1', "s.conf");
  assert.deepEqual(
    { ...values },
    { count: 7, offset: -1, big: 1n, on: true, mode: 0o700, auth: "polkit", listen: ["x"] },
  );
  assert.deepEqual([...given], ["count", "mode", "listen", "on"]);
  assert.deepEqual(notices.map(formatNotice), ["s.conf:4:1: 'on' has no effect"]);
  assert.deepEqual({ ...Sample.defaults() }, { ...Sample.parse("", "s.conf").values });
});

test("the first of two settings counts, as in libvirt; unknown ones are named", () => {
  const { values, notices } = Sample.parse("count = 1\ncount = 2\nconut = 3", "s.conf");
  assert.equal(values.count, 1);
  assert.deepEqual(notices.map(formatNotice), [
    "s.conf:2:1: 'count' is set twice: the first one counts",
    "s.conf:3:1: unknown setting 'conut'",
  ]);
});

test("values of the wrong kind or range are errors with their place", () => {
  for (const [source, expected] of [
    ['count = "7"', "a number from 0 to 4294967295"],
    ["count = -1", "a number from 0 to 4294967295"],
    ["count = 4294967296", "a number from 0 to 4294967295"],
    ["on = 2", "0 or 1"],
    ['mode = "0999"', 'an octal mode such as "0770"'],
    ['auth = "sasl"', 'one of "none", "polkit"'],
    ["list = [ 1 ]", "a list of strings"],
    ['list = "a"', "a list of strings"],
    ["name = []", "a string"],
    ["big = -1", "a number not below 0"],
  ] as const) {
    const key = source.split(" ")[0];
    assert.throws(() => Sample.parse(`\n${source}`, "s.conf"), {
      message: `s.conf:2:1: expected ${expected} for '${key}' parameter`,
    });
  }
});

test("names of Object.prototype are ordinary unknown keys", () => {
  const { values, notices } = Sample.parse("constructor = 1\ntoString = 'x'\nhasOwnProperty = []", "s.conf");
  assert.equal(notices.length, 3);
  assert.equal(Object.getPrototypeOf(values), null);
  // `__proto__` is not even a name in this grammar.
  assert.throws(() => Sample.parse("__proto__ = 1", "s.conf"), { message: "s.conf:1:1: expecting a name" });
});

test("format writes what differs from the defaults, and parse reads it back", () => {
  const values = { ...Sample.defaults(), name: "x", count: 9, list: ["p"] };
  const written = Sample.format(values);
  assert.equal(written, 'name = "x"\ncount = 9\nlist = [ "p" ]\n');
  assert.deepEqual({ ...Sample.parse(written, "s").values }, values);
});

test("the sample documents every key, and uncommented it says what the defaults are", () => {
  const sample = Sample.sample();
  assert.match(sample, /^#+\n#\n# Names\n#\n\n# Who\.\n#\n#name = "vm"\n\n# How many\.\n#\n#count = 5\n/);
  assert.match(sample, /# Whether\.\n# This setting has no effect in this version\.\n#\n#on = 0\n/);
  assert.deepEqual(
    parseConf(sample, "s").entries.filter((entry) => entry.kind !== "comment"),
    [],
  );
  const uncommented = sample.replace(/^#([a-z_]+ = )/gm, "$1");
  const { values, given } = Sample.parse(uncommented, "s");
  assert.deepEqual({ ...values }, { ...Sample.defaults(), name: "vm", list: ["a", "b"] });
  assert.deepEqual([...given], Object.keys(Sample.fields));
});
