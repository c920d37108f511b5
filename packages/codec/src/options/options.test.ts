import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  bare,
  checkJsonDepth,
  formatJson,
  group,
  hex,
  integer,
  JsonError,
  type JsonValue,
  joinKeyVals,
  key,
  OptionError,
  oneOf,
  onOff,
  onOffText,
  option,
  parseJson,
  size,
  splitKeyVals,
  text,
} from "./index.ts";

class Endpoint extends option("", undefined, { type: key(oneOf("inet", "unix")), path: key.optional(text) }) {}

class Netdev extends option("-netdev", "type", {
  type: key(oneOf("tap", "user")),
  id: key(text),
  ifname: key.optional(text),
  vhost: key.optional(onOff),
  mode: key.optional(onOffText),
  queues: key.optional(integer),
  sndbuf: key.optional(size),
  addr: key.optional(hex),
  server: key.optional(group(Endpoint.fields)),
  children: key.list(text),
  channel: key.repeat(text),
}) {}

test("text doubles commas, leaves the implied key out and says on and off", () => {
  assert.deepEqual(Netdev.format({ type: "tap", id: "hostnet0", ifname: "a,b", vhost: true, mode: false, addr: 30 }), [
    "-netdev",
    "tap,id=hostnet0,ifname=a,,b,vhost=on,mode=off,addr=0x1e",
  ]);
});

test("JSON keeps types and nesting", () => {
  const value: Netdev = {
    type: "tap",
    id: "x",
    vhost: true,
    mode: true,
    queues: 2n ** 63n,
    server: { type: "inet" },
    children: ["a"],
  };
  assert.equal(
    Netdev.format(value, "json")[1],
    '{"type":"tap","id":"x","vhost":true,"mode":"on","queues":9223372036854775808,"server":{"type":"inet"},"children":["a"]}',
  );
  assert.deepEqual(Netdev.parse(Netdev.format(value, "json")[1]), value);
});

test("text is read with dotted keys, suffixes, old booleans and undeclared keys", () => {
  assert.deepEqual(
    Netdev.parse(
      "tap,id=x,novhost,sndbuf=4M,server.type=unix,server.path=/a,,b,children.0=q,channel=m,channel=n,foo.bar=1",
    ),
    {
      type: "tap",
      id: "x",
      vhost: false,
      sndbuf: 4194304,
      server: { type: "unix", path: "/a,b" },
      children: ["q"],
      channel: ["m", "n"],
      rest: { "foo.bar": "1" },
    },
  );
});

test("errors name the key and what was expected", () => {
  const fails = (source: string, message: RegExp): void =>
    assert.throws(
      () => Netdev.parse(source),
      (error) => error instanceof OptionError && message.test(error.message),
    );
  fails("bridge,id=x", /^type: expected one of tap, user$/);
  fails("tap", /^id: is missing$/);
  fails("tap,id=x,vhost=maybe", /^vhost: expected on or off$/);
  fails("tap,id=x,server.type=unix,server.type.x=1", /used both/);
});

const endpoint = fc.record(
  { type: fc.constantFrom("inet" as const, "unix" as const), path: fc.string() },
  { requiredKeys: ["type"], noNullPrototype: true },
);
const netdev = fc.record(
  {
    type: fc.constantFrom("tap" as const, "user" as const),
    id: fc.string(),
    ifname: fc.string(),
    vhost: fc.boolean(),
    mode: fc.boolean(),
    queues: fc.maxSafeInteger(),
    sndbuf: fc.maxSafeNat(),
    addr: fc.nat(),
    server: endpoint,
    children: fc.array(fc.string(), { minLength: 1 }),
    channel: fc.array(fc.string(), { minLength: 1 }),
  },
  { requiredKeys: ["type", "id"], noNullPrototype: true },
);

test("a part of an option is read without what is missing, and is no value without it", () => {
  const partial = Netdev.parsePartial("ifname=a,,b,queues=2,new=1");
  assert.equal(partial.id, undefined);
  assert.equal(partial.ifname, "a,b");
  assert.equal(partial.queues, 2);
  assert.deepEqual({ ...partial.rest }, { new: "1" });
  assert.equal(Netdev.parsePartial('{"type":"user"}').type, "user");
  assert.throws(() => Netdev.parse("ifname=a"), OptionError);
  // What is there has to be right.
  assert.throws(() => Netdev.parsePartial("tun"), OptionError);
  assert.throws(() => Netdev.parsePartial("queues=many"), OptionError);
});

test("closed lists of words can be asked for", () => {
  assert.deepEqual(Netdev.fields.type.scalar.words, ["tap", "user"]);
  assert.equal(Netdev.fields.id.scalar.words, undefined);
});

test("parse(format(x)) is x in both notations", () => {
  fc.assert(
    fc.property(netdev, fc.constantFrom("text" as const, "json" as const), (value, notation) => {
      assert.deepEqual(Netdev.parse(Netdev.format(value, notation)[1]), value);
    }),
  );
});

test("any text ends in a value or an OptionError, and undeclared keys survive", () => {
  const part = fc.oneof(
    fc.constantFrom("tap", "id=x", "toString=1", "__proto__=2", "server=3", "server.type=inet", "a.b=c", ",,"),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const source = ["tap", "id=x", ...parts].join(",");
      try {
        Netdev.parse(source);
      } catch (error) {
        assert.ok(error instanceof OptionError || error instanceof JsonError, String(error));
      }
    }),
  );
  assert.equal(Netdev.formatText(Netdev.parse("tap,id=x,toString=1")), "tap,id=x,toString=1");
});

test("splitting undoes joining", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.stringMatching(/^[a-z]+$/), fc.string()), { minLength: 1 }), (pairs) => {
      assert.deepEqual(
        splitKeyVals(joinKeyVals(pairs)).map((pair) => [pair.key, pair.value]),
        pairs,
      );
    }),
  );
});

test("JSON agrees with JSON.parse where that is exact", () => {
  fc.assert(
    fc.property(fc.json(), (source) => {
      assert.deepEqual(JSON.parse(formatJson(parseJson(source))), JSON.parse(source));
    }),
  );
  fc.assert(
    fc.property(fc.string(), (source) => {
      let expected: JsonValue | undefined;
      try {
        expected = JSON.parse(source) as JsonValue;
      } catch (error) {
        assert.ok(error instanceof SyntaxError);
        assert.throws(() => parseJson(source), JsonError);
        return;
      }
      assert.deepEqual(parseJson(source), expected);
    }),
  );
});

test("64-bit integers are exact both ways", () => {
  const source = '{"a":9223372036854775807,"b":-9223372036854775808,"c":[18446744073709551615,9007199254740991]}';
  assert.equal(formatJson(parseJson(source)), source);
});

test("depth is counted before anything is built", () => {
  assert.throws(() => parseJson("[".repeat(65)), JsonError);
  assert.doesNotThrow(() => checkJsonDepth(`"${"[".repeat(100)}\\"["`, 1));
});

class Backend extends option("-object", "qom-type", {
  "qom-type": key(text),
  "host-nodes": key.ranges(),
  guestfwd: key.strings(),
  readonly: key.optional(bare),
}) {}

test("sets of numbers are ranges in text, wrapped strings are repeated, bare keys have no value", () => {
  const value: Backend = { "qom-type": "x", "host-nodes": [0, 1, 2, 7], guestfwd: ["a,b", "c"], readonly: true };
  const source = Backend.formatText(value);
  assert.equal(source, "x,host-nodes=0-2,host-nodes=7,guestfwd=a,,b,guestfwd=c,readonly");
  assert.deepEqual(Backend.parse(source), value);
  const { readonly: _, ...inJson } = value;
  assert.equal(
    Backend.format(inJson, "json")[1],
    '{"qom-type":"x","host-nodes":[0,1,2,7],"guestfwd":[{"str":"a,b"},{"str":"c"}]}',
  );
  assert.deepEqual(Backend.parse(Backend.format(inJson, "json")[1]), inJson);
});
