import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  type AnyType,
  array,
  bool,
  bytes,
  char,
  chars,
  DecodeError,
  decode,
  decodeText,
  EncodeError,
  encode,
  encodeText,
  enumeration,
  f64,
  fixedArray,
  fixedChars,
  i32,
  i64,
  nothing,
  opaque,
  optional,
  string,
  struct,
  type TypeOf,
  u32,
  u64,
  uchar,
  union,
  ushort,
  Writer,
} from "./index.ts";
import { arbitrary } from "./testing.ts";

const Colour = { red: 0, green: 5 } as const;

/** A guest, as calls name it. */
class Ref extends struct({ name: string(20), uuid: opaque(16), id: i32 }) {}
/** One of everything. */
class Everything extends struct({
  i32,
  u32,
  i64,
  u64,
  f64,
  bool,
  char,
  colour: enumeration(Colour),
  ref: Ref,
  maybe: optional(Ref),
  text: optional(string(9)),
  opaque: opaque(5),
  bytes: bytes(7),
  chars: chars(6),
  model: fixedChars(3),
  refs: array(Ref, 3),
  pair: fixedArray(u64, 2),
  value: union({ int: [1, i32], string: [7, string(30)], ref: [9, Ref] }),
}) {}

/** Builds bytes by hand, so that the codec is not only compared with itself. */
function words(...items: (number | string)[]): Uint8Array {
  const out: number[] = [];
  for (const item of items) {
    if (typeof item === "string") out.push(...Buffer.from(item, "latin1"));
    else out.push((item >>> 24) & 255, (item >>> 16) & 255, (item >>> 8) & 255, item & 255);
  }
  return Uint8Array.from(out);
}

test("a struct is laid out as RFC 4506 says", () => {
  const uuid = Uint8Array.from({ length: 16 }, (_, i) => i);
  const ref: Ref = { name: "guest", uuid, id: -1 };
  const expected = words(5, "guest\0\0\0", 0x00010203, 0x04050607, 0x08090a0b, 0x0c0d0e0f, -1);
  assert.deepEqual(encode(Ref, ref), expected);
  assert.deepEqual(decode(Ref, expected), ref);
});

const layouts: readonly [string, AnyType, unknown, Uint8Array][] = [
  ["i32", i32, -2, words(-2)],
  ["u32", u32, 0xfffffffe, words(-2)],
  ["i64", i64, -2n, words(-1, -2)],
  ["u64", u64, 0x1_0000_0002n, words(1, 2)],
  ["f64", f64, 1.5, words(0x3ff80000, 0)],
  ["bool", bool, true, words(1)],
  ["char", char, -1, words(-1)],
  ["unsigned char", uchar, 255, words(255)],
  ["unsigned short", ushort, 65_535, words(65_535)],
  ["enumeration", enumeration(Colour), 5, words(5)],
  ["nothing", nothing, undefined, words()],
  ["opaque", opaque(5), Uint8Array.of(1, 2, 3, 4, 5), words(0x01020304, 0x05000000)],
  ["bytes", bytes(9), Uint8Array.of(1, 2, 3), words(3, 0x01020300)],
  ["empty bytes", bytes(9), new Uint8Array(0), words(0)],
  ["chars, sign-extended", chars(9), Uint8Array.of(1, 255), words(2, 1, -1)],
  ["fixed chars", fixedChars(2), Uint8Array.of(65, 0), words(65, 0)],
  ["string", string(9), "aé", words(3, "aÃ©\0")],
  ["empty string", string(9), "", words(0)],
  ["array", array(i32, 3), [7, 8], words(2, 7, 8)],
  ["empty array", array(i32, 3), [], words(0)],
  ["fixed array", fixedArray(i32, 2), [7, 8], words(7, 8)],
  ["optional there", optional(i32), 7, words(1, 7)],
  ["optional absent", optional(i32), undefined, words(0)],
  ["union", union({ s: [7, string(5)] }), { type: "s", value: "ab" }, words(7, 2, "ab\0\0")],
];
for (const [name, type, value, expected] of layouts) {
  test(`${name}: both directions match bytes written by hand`, () => {
    assert.deepEqual(encode<AnyType>(type, value as never), expected);
    assert.deepEqual(decode(type, expected), value);
  });
}

test("what is decoded is what was encoded, and is a multiple of four bytes", () => {
  fc.assert(
    fc.property(arbitrary(Everything), (value) => {
      const encoded = encode(Everything, value);
      assert.equal(encoded.length % 4, 0);
      assert.deepEqual(decode(Everything, encoded), value);
    }),
  );
});

test("hostile bytes end in a value or a DecodeError", () => {
  const attempt = (data: Uint8Array): void => {
    try {
      decode(Everything, data);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      assert.ok(error.offset <= data.length);
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), attempt));
  fc.assert(
    fc.property(arbitrary(Everything), fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, flip) => {
      const data = encode(Everything, value);
      data[at % data.length] = (data[at % data.length] as number) ^ flip;
      attempt(data);
      attempt(data.subarray(0, at % data.length));
    }),
  );
});

const refusals: readonly [string, AnyType, Uint8Array, RegExp][] = [
  ["a cut word", i32, words(1).subarray(1), /^needs 4 bytes, 3 left at byte 0$/],
  ["trailing bytes", i32, words(1, 2), /^4 bytes too many at byte 4$/],
  ["a boolean of 2", bool, words(2), /^2 is no boolean at byte 0$/],
  ["an optional of -1", optional(i32), words(-1, 3), /^-1 is no boolean at byte 0$/],
  ["an unknown enum value", enumeration(Colour), words(1), /^1 is no value of the enumeration/],
  ["an unknown selector", union({ i: [1, i32] }), words(2, 0), /^2 selects no arm of the union at byte 0$/],
  ["padding that is not zero", string(9), words(1, "ab\0\0"), /^padding is not zero/],
  ["a string over its limit", string(3), words(4, "abcd"), /^length 4 is over the limit of 3 at byte 0$/],
  ["a NUL in a string", string(9), words(3, "a\0b\0"), /^text with a NUL character at byte 4$/],
  ["a negative length", bytes(9), words(-1), /^length 4294967295 is over the limit of 9 at byte 0$/],
  ["more elements than bytes", array(u64, 9), words(2, 0, 0), /^length 2 needs 16 bytes, 8 left at byte 0$/],
  ["a char out of range", chars(4), words(1, 256), /^256 is no character at byte 4$/],
  ["an unsigned char out of range", uchar, words(256), /^256 is over 255 at byte 0$/],
  ["a negative unsigned short", ushort, words(-1), /^4294967295 is over 65535 at byte 0$/],
  ["an error deep inside", Everything.fields.refs, words(1, 4, "abcd", 0, 0), /^length 1 needs 24 bytes/],
];
for (const [name, type, data, message] of refusals) {
  test(`${name} does not decode`, () => {
    assert.throws(() => decode(type, data), { name: "DecodeError", message });
  });
}

test("an error names the field, through structs, arrays and unions", () => {
  class Inner extends struct({ value: union({ int: [1, i32], flag: [6, bool] }) }) {}
  class Outer extends struct({ head: i32, params: array(Inner, 9) }) {}
  const data = words(0, 2, 1, 5, 6, 2);
  assert.throws(() => decode(Outer, data), {
    name: "DecodeError",
    offset: 20,
    message: "2 is no boolean at byte 20 (params[1].value.value)",
  });
});

test("a length is refused before anything is allocated for it", () => {
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 100; i++) assert.throws(() => decode(bytes(0x7fff_ffff), words(0x7fff_fff0)), DecodeError);
  assert.ok(process.memoryUsage().arrayBuffers - before < 1 << 20);
});

const unencodable: readonly [string, AnyType, unknown, RegExp][] = [
  ["an integer too large", i32, 2 ** 31, /no integer between/],
  ["a fraction", u32, 1.5, /no integer between/],
  ["a negative unsigned", u64, -1n, /no 64-bit integer/],
  ["a text too long", string(3), "éé", /text of 4 bytes is over the limit of 3/],
  ["a long text too long", string(40), "é".repeat(40), /text of 80 bytes/],
  ["a text with NUL", string(3), "a\0", /NUL/],
  ["too many elements", array(i32, 1), [1, 2], /2 elements are over the limit of 1/],
  ["a wrong fixed length", opaque(16), new Uint8Array(15), /15 bytes instead of 16/],
  ["an unknown arm", union({ i: [1, i32] }), { type: "x", value: 1 }, /'x' is no arm/],
  ["a missing field", Ref, { name: "a", id: 1 }, /^value is missing \(uuid\)$/],
];
for (const [name, type, value, message] of unencodable) {
  test(`${name} does not encode`, () => {
    assert.throws(
      () => encode<AnyType>(type, value as never),
      (error) => {
        assert.ok(error instanceof EncodeError);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test("bytes that are not UTF-8 survive a round trip", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (data) => {
      assert.deepEqual(encodeText(decodeText(data, 0, data.length)), data);
    }),
  );
  const latin1 = Uint8Array.of(0x63, 0x61, 0x66, 0xe9);
  assert.equal(decodeText(latin1, 0, 4), "caf\udce9");
  assert.deepEqual(encode(string(9), "caf\udce9"), words(4, "café"));
});

test("decoded bytes are copies: the source may be reused", () => {
  const data = encode(Ref, { name: "a", uuid: new Uint8Array(16).fill(1), id: 1 });
  const ref = decode(Ref, data);
  data.fill(0);
  assert.deepEqual(ref.uuid, new Uint8Array(16).fill(1));
});

test("finished messages are never written to again", () => {
  const writer = new Writer();
  const messages: { readonly seen: Uint8Array; readonly kept: Uint8Array }[] = [];
  for (let i = 0; i < 300; i++) {
    writer.begin();
    const value = new Uint8Array(i * 7).fill(i);
    bytes(1 << 20).encode(writer, value);
    const seen = writer.finish();
    messages.push({ seen, kept: seen.slice() });
  }
  for (const { seen, kept } of messages) assert.deepEqual(seen, kept);
});

test("a message grows beyond a slab and keeps its start", () => {
  const writer = new Writer();
  writer.begin();
  writer.int32(1);
  const value = new Uint8Array(200_000).fill(9);
  writer.opaque(value);
  writer.patch(0, writer.length);
  const message = writer.finish();
  assert.equal(decode(i32, message.slice(0, 4)), 200_004);
  assert.deepEqual(message.slice(4), value);
});

test("names survive: a struct's values have the class's type", () => {
  const ref: TypeOf<typeof Ref> = { name: "x", uuid: new Uint8Array(16), id: 0 };
  const same: Ref = ref;
  assert.equal(same.name, "x");
});
