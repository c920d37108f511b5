import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { errnoText, strerror } from "./strerror.ts";

test("Node's errors read as the C library's", async () => {
  const error = await readFile("/nonexistent").then(
    () => undefined,
    (failure: unknown) => failure,
  );
  assert.equal(strerror(error), "No such file or directory");
  assert.equal(strerror(new Error("other")), "other");
  assert.equal(errnoText("EUSERS"), "EUSERS");
});
