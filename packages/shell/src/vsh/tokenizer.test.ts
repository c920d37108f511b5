import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ShellError } from "./errors.ts";
import { lineTokens, quoteWord } from "./tokenizer.ts";

/** Words, with `null` for the end of a command. */
function wordsOf(line: string): (string | null)[] {
  const tokens = lineTokens(line);
  const words: (string | null)[] = [];
  for (let token = tokens.next(); token; token = tokens.next()) words.push(token.kind === "word" ? token.text : null);
  return words;
}

test("blanks part words, semicolons and new lines end commands", () => {
  assert.deepEqual(wordsOf("a  b\tc;d\ne"), ["a", "b", "c", null, "d", null, "e"]);
  assert.deepEqual(wordsOf(" ; ;"), [null, null]);
});

test("quotes and backslashes", () => {
  assert.deepEqual(wordsOf(`"a b" 'c "d' e\\ f "g\\"h" 'i\\j' k'l'm`), ["a b", 'c "d', "e f", 'g"h', "i\\j", "klm"]);
  assert.deepEqual(wordsOf("a\\\nb"), ["ab"]);
  assert.deepEqual(wordsOf(`"" ''`), ["", ""]);
  assert.deepEqual(wordsOf("'not closed"), ["not closed"]);
});

test("comments go to the end of the line", () => {
  assert.deepEqual(wordsOf("a # b\nc"), ["a", null, "c"]);
  assert.deepEqual(wordsOf("a#b"), ["a#b"]);
});

test("what is not closed is an error", () => {
  assert.throws(() => wordsOf('"a'), new ShellError('missing "'));
  assert.throws(() => wordsOf("a\\"), new ShellError("dangling \\"));
});

test("a quoted word reads back", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (words) => {
      // A backslash takes a new line away, also in quotes: such words cannot be written.
      fc.pre(words.every((word) => !word.includes("\n")));
      assert.deepEqual(wordsOf(words.map(quoteWord).join(" ")), words);
    }),
  );
});
