import assert from "node:assert/strict";
import { test } from "node:test";
import {
  attribute,
  children,
  DocumentError,
  element,
  leaf,
  oneOf,
  problemLine,
  single,
  text,
  u32,
  warningsOf,
} from "./index.ts";

class Part extends element("part", {
  kind: attribute(oneOf("disk", "floppy")),
  size: attribute.optional(u32),
  label: leaf.optional(text),
  state: single("value", oneOf("up", "down")),
}) {}
class Thing extends element("thing", { name: leaf(text), parts: children(Part) }) {}

function refusal(xml: string, file?: string): DocumentError {
  try {
    Thing.parse(xml, { file });
  } catch (error) {
    if (error instanceof DocumentError) return error;
    throw error;
  }
  assert.fail("not refused");
}

test("all errors of a document are found at once; the message is that of the first", () => {
  const error = refusal(
    "<thing>\n  <part kind='dsik' size='big'/>\n  <part/>\n  <prat kind='disk'/>\n  <part kind='disk'><state value='dwon'/></part>\n</thing>",
    "thing.xml",
  );
  assert.equal(error.bareMessage, "XML error: Invalid value for attribute 'kind' in element 'part': 'dsik'.");
  assert.match(
    error.message,
    /^XML error: Invalid value for attribute 'kind'.* \(thing\.xml:2:9, .*\) and 4 more errors$/,
  );
  assert.deepEqual(error.details, [
    "thing.xml:2:9: error: Invalid value for attribute 'kind' in element 'part': 'dsik'. (/thing/part[1]: expected one of disk, floppy; did you mean 'disk'?)",
    "thing.xml:2:21: error: Invalid value for attribute 'size' in element 'part': 'big'. Expected non-negative integer value (/thing/part[1]: expected a number from 0 to 4294967295)",
    "thing.xml:3:3: error: Missing required attribute 'kind' in element 'part' (/thing/part[2])",
    "thing.xml:5:28: error: Invalid value for attribute 'value' in element 'state': 'dwon'. (/thing/part[3]/state: expected one of up, down; did you mean 'down'?)",
    "thing.xml:1:1: error: Missing required element 'name' in element 'thing' (/thing)",
    "thing.xml:4:3: warning: unknown element 'prat' in element 'thing' (/thing/prat: did you mean 'part'?)",
  ]);
});

test("a single error has no details beyond its message", () => {
  assert.deepEqual(refusal("<thing/>").details, []);
  assert.deepEqual(refusal("<thing").details, []);
});

test("what is not declared is a warning that stays with the value", () => {
  const value = Thing.parse(
    "<thing><name>x</name><part kind='disk' sise='4'><lable>l</lable><state vlaue='up' value='down'/></part></thing>",
  );
  assert.deepEqual(
    warningsOf(value).map((problem) => problemLine(problem, "t.xml")),
    [
      "t.xml:1:40: warning: unknown attribute 'sise' in element 'part' (/thing/part: did you mean 'size'?)",
      "t.xml:1:49: warning: unknown element 'lable' in element 'part' (/thing/part/lable: did you mean 'label'?)",
      "t.xml:1:72: warning: unknown attribute 'vlaue' in element 'state' (/thing/part/state: did you mean 'value'?)",
    ],
  );
  assert.deepEqual(value.parts[0]?.unknown?.attributes, [["sise", "4"]]);
  assert.deepEqual(warningsOf(Thing.parse("<thing><name>x</name></thing>")), []);
});

test("a line is one line, and not longer than it need be", () => {
  const [line = ""] = refusal(`<thing><part kind='a&#10;b'/><part kind='${"x".repeat(10_000)}'/></thing>`).details;
  assert.equal(line.includes("\n"), false);
  assert.match(line, /^line 1:14: error: /);
  assert.ok(refusal(`<thing><part kind='${"x".repeat(10_000)}'/></thing>`).details.every((each) => each.length < 600));
});
