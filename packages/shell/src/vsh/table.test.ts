import assert from "node:assert/strict";
import { test } from "node:test";
import { cell, isUtf8Locale } from "./display-width.ts";
import { formatTable } from "./table.ts";

test("columns are as wide as their widest cell, and lines end without blanks", () => {
  // As `virsh list --title` prints it.
  assert.equal(
    formatTable(
      ["Id", "Name", "State", "Title"],
      [
        ["1", "test", "running", ""],
        ["-", "a-longer-name", "shut off", "something"],
      ],
      true,
    ),
    [
      " Id   Name            State      Title",
      "--------------------------------------------",
      " 1    test            running    ",
      " -    a-longer-name   shut off   something",
      "",
    ].join("\n"),
  );
});

test("without rows there is the header, without a header there are the rows", () => {
  assert.equal(formatTable(["Id", "Name"], [], true), " Id   Name\n------------\n");
  assert.equal(formatTable(undefined, [["1", "x"]], true), " 1   x\n");
  assert.equal(formatTable(undefined, [], true), "");
});

test("cells are measured in the columns of a terminal", () => {
  assert.deepEqual(cell("日本", true), { text: "日本", width: 4 });
  assert.deepEqual(cell("e\u0301", true), { text: "e\u0301", width: 1 });
  assert.deepEqual(cell("a\tb", true), { text: "a\\x09b", width: 6 });
  assert.deepEqual(cell("é", false), { text: "\\xc3\\xa9", width: 8 });
  assert.deepEqual(cell("\u{1f600}", true), { text: "\u{1f600}", width: 2 });
});

test("the locale says whether there is UTF-8", () => {
  assert.equal(isUtf8Locale({ LANG: "de_DE.UTF-8" }), true);
  assert.equal(isUtf8Locale({ LANG: "de_DE.UTF-8", LC_ALL: "C" }), false);
  assert.equal(isUtf8Locale({}), false);
});
