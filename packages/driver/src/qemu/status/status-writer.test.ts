import assert from "node:assert/strict";
import { test } from "node:test";
import { type Deferred, deferred, InternalError } from "@tsvirt/base";
import { StatusWriter } from "./status-writer.ts";

/** A writer whose state is `now.state`, and whose writes end when told. */
function writer() {
  const now: { state: string | undefined } = { state: "a" };
  const writes: { readonly text: string; readonly done: Deferred<void> }[] = [];
  const status = new StatusWriter(
    () => now.state,
    (text) => {
      const done = deferred<void>();
      writes.push({ text, done });
      return done.promise;
    },
  );
  const texts = (): string[] => writes.map(({ text }) => text);
  return { now, writes, status, texts };
}

test("what is being written is not written again", async () => {
  const { status, writes, texts } = writer();
  const both = Promise.all([status.save(), status.save()]);
  writes[0]?.done.resolve();
  await both;
  assert.deepEqual(texts(), ["a"]);
});

test("changes during a write are written together, the newest of them", async () => {
  const { now, status, writes, texts } = writer();
  const first = status.save();
  now.state = "b";
  const second = status.save();
  now.state = "c";
  const third = status.save();
  writes[0]?.done.resolve();
  await first;
  assert.deepEqual(texts(), ["a", "c"]);
  writes[1]?.done.resolve();
  await Promise.all([second, third]);
  assert.deepEqual(texts(), ["a", "c"]);
});

test("a state that came back during a write of another is written once more", async () => {
  const { now, status, writes, texts } = writer();
  const first = status.save();
  now.state = "b";
  const second = status.save();
  now.state = "a";
  const third = status.save();
  writes[0]?.done.resolve();
  await first;
  writes[1]?.done.resolve();
  await Promise.all([second, third]);
  assert.deepEqual(texts(), ["a", "a"]);
});

test("a write that failed is told to all who wait for it, and the next save writes again", async () => {
  const { status, writes, texts } = writer();
  const both = Promise.allSettled([status.save(), status.save()]);
  writes[0]?.done.reject(new InternalError("disk full"));
  assert.deepEqual(
    (await both).map(({ status: end }) => end),
    ["rejected", "rejected"],
  );
  const again = status.save();
  writes[1]?.done.resolve();
  await again;
  assert.deepEqual(texts(), ["a", "a"]);
});

test("a guest that does not run has no status", async () => {
  const { now, status, texts } = writer();
  now.state = undefined;
  await status.save();
  assert.deepEqual(texts(), []);
});
