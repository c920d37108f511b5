import assert from "node:assert/strict";
import { test } from "node:test";
import { sanitizePath } from "./path.ts";

test("slashes are collapsed, but not two in front and not those of a URI", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["/a//b///c/", "/a/b/c"],
    ["//a//", "//a"],
    ["//", "//"],
    ["///", "/"],
    ["///a", "/a"],
    ["a/", "a"],
    ["nbd://host//a/", "nbd://host//a/"],
    ["", ""],
  ];
  for (const [given, expected] of cases) assert.equal(sanitizePath(given), expected, given);
});
