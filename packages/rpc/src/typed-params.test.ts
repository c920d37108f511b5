import assert from "node:assert/strict";
import test from "node:test";
import { ErrorCode } from "@tsvirt/base";
import fc from "fast-check";
import { ParamList, param, paramList, paramMap, typedParams } from "./typed-params.ts";

const params = typedParams({
  i: param("a.int", "int"),
  u: param("a.uint", "uint"),
  l: param("a.llong", "llong"),
  ul: param("a.ullong", "ullong"),
  d: param("a.double", "double"),
  b: param("a.boolean", "boolean"),
  s: param("a.string", "string"),
  disks: paramList("disk", "string"),
});

test("what is formatted is parsed again, absent ones stay absent", () => {
  const values = fc.record(
    {
      i: fc.integer(),
      u: fc.nat(),
      l: fc.bigInt(-5n, 5n),
      ul: fc.bigInt(0n, 9n),
      d: fc.double(),
      b: fc.boolean(),
      s: fc.string(),
      disks: fc.array(fc.string(), { minLength: 1, maxLength: 4 }),
    },
    { requiredKeys: [], noNullPrototype: true },
  );
  fc.assert(
    fc.property(values, (given) => {
      assert.deepEqual(params.parse(params.format(given)), given);
      assert.deepEqual(params.read(params.format(given)), given);
    }),
  );
});

test("an unknown name, a wrong type and a repetition are refused in libvirt's words", () => {
  assert.throws(() => params.parse([{ field: "x", value: { type: "int", value: 1 } }]), {
    code: ErrorCode.argumentUnsupported,
    message: "argument unsupported: parameter 'x' not supported",
  });
  assert.throws(() => params.parse([{ field: "a.int", value: { type: "uint", value: 1 } }]), {
    code: ErrorCode.invalidArg,
    message: "invalid argument: invalid type 'uint' for parameter 'a.int', expected 'int'",
  });
  const twice = { field: "a.int", value: { type: "int", value: 1 } } as const;
  assert.throws(() => params.parse([twice, twice]), {
    code: ErrorCode.invalidArg,
    message: "invalid argument: parameter 'a.int' occurs multiple times",
  });
});

test("reading leaves out what is not declared", () => {
  const list = new ParamList().int("a.int", 3).string("new", "x").uint("a.llong", 1).params;
  assert.deepEqual(params.read(list), { i: 3 });
});

test("hostile names are only names", () => {
  for (const field of ["__proto__", "constructor", "toString"]) {
    const list = new ParamList().string(field, "x").params;
    assert.throws(() => params.parse(list), { code: ErrorCode.argumentUnsupported });
    assert.equal(paramMap(list).get(field), "x");
  }
});

test("a built list keeps order and types", () => {
  const list = new ParamList().ullong("n", 1n).boolean("b", true).double("d", 0.5).llong("l", -1n).params;
  assert.deepEqual(
    list.map(({ value }) => value),
    [
      { type: "ullong", value: 1n },
      { type: "boolean", value: 1 },
      { type: "double", value: 0.5 },
      { type: "llong", value: -1n },
    ],
  );
  assert.deepEqual(Object.fromEntries(paramMap(list)), { n: 1n, b: true, d: 0.5, l: -1n });
});
