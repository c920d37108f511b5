import assert from "node:assert/strict";
import { test } from "node:test";
import { FormattedDocuments } from "./formatted.ts";

test("a document is made once, per definition and form", () => {
  const documents = new FormattedDocuments();
  let made = 0;
  const make = (): string => `document ${++made}`;
  assert.equal(documents.get("<a/>", 0, make), "document 1");
  assert.equal(documents.get("<a/>", 0, make), "document 1");
  assert.equal(documents.get("<a/>", 1, make), "document 2");
  assert.equal(documents.get("<b/>", 0, make), "document 3");
});

test("the one that was not used for longest goes first", () => {
  const documents = new FormattedDocuments();
  let made = 0;
  const ask = (name: string): string => documents.get(name, 0, () => `${name} ${++made}`);
  ask("first");
  for (let i = 0; i < 63; i++) ask(`other ${i}`);
  ask("first");
  ask("one too many");
  assert.equal(ask("first"), "first 1", "used lately: still there");
  assert.notEqual(ask("other 0"), "other 0 2", "not used for longest: made anew");
});
