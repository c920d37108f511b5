import assert from "node:assert/strict";
import { test } from "node:test";
import { abortable, deferred } from "./deferred.ts";

test("abortable gives the work's result, or the signal's reason when that comes first", async () => {
  assert.equal(await abortable(Promise.resolve(7), new AbortController().signal), 7);
  const work = deferred<number>();
  const stop = new AbortController();
  const waiting = abortable(work.promise, stop.signal);
  stop.abort(new RangeError("late"));
  await assert.rejects(waiting, /late/);
  work.reject(new RangeError("nobody listens any more"));
});

test("abortable refuses at once when the signal has fired before", async () => {
  await assert.rejects(abortable(Promise.resolve(1), AbortSignal.abort(new RangeError("gone"))), /gone/);
});
