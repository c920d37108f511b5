import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ShellError } from "../vsh/errors.ts";
import { prettyJson, qmpCommand, returnValue } from "./json-text.ts";

test("JSON is laid out as yajl does, numbers as they are", () => {
  assert.equal(
    prettyJson('{"return":{"a":[1,18446744073709551615],"e":{},"l":[]},"id":"x"}'),
    [
      "{",
      '  "return": {',
      '    "a": [',
      "      1,",
      "      18446744073709551615",
      "    ],",
      '    "e": {',
      "",
      "    },",
      '    "l": [',
      "",
      "    ]",
      "  },",
      '  "id": "x"',
      "}",
    ].join("\n"),
  );
});

test("laying out changes no value", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      assert.deepEqual(JSON.parse(prettyJson(text)), JSON.parse(text));
    }),
  );
});

test("the value of return is taken out as it is", () => {
  assert.equal(returnValue('{"id":"x","return":{"n":18446744073709551615}}'), '{"n":18446744073709551615}');
  assert.equal(returnValue('{"a":{"return":1},"return":"y,}"}'), '"y,}"');
  assert.throws(() => returnValue('{"error":{"return":1}}'), new ShellError("'return' member missing"));
});

test("words become a QMP command", () => {
  assert.equal(qmpCommand(['{"execute":', '"stop"}']), '{"execute": "stop"}');
  assert.equal(qmpCommand(["query-status"]), '{"execute":"query-status"}');
  assert.equal(qmpCommand(["a", '"b":1', '"c":2']), '{"execute":"a","arguments":{"b":1,"c":2}}');
  assert.equal(qmpCommand(["a", "{}"]), '{"execute":"a","arguments":{}}');
  assert.throws(
    () => qmpCommand(["a", "x"]),
    new ShellError("failed to wrap arguments 'x' into a QMP command wrapper"),
  );
});
