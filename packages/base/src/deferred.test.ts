import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { abortable, deferred, endsWithin, together } from "./deferred.ts";

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

test("endsWithin tells whether the work ended in time, and leaves no timer behind", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    assert.equal(await endsWithin(Promise.resolve(), 1000), true);
    await assert.rejects(endsWithin(Promise.reject(new RangeError("no")), 1000), /no/);
    const never = endsWithin(new Promise(() => undefined), 1000);
    mock.timers.tick(1000);
    assert.equal(await never, false);
  } finally {
    mock.timers.reset();
  }
});

test("together fails only when nothing is under way any more", async () => {
  const slow = deferred<string>();
  let settled = false;
  const all = together([Promise.reject(new RangeError("first")), slow.promise]).finally(() => {
    settled = true;
  });
  all.catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(settled, false);
  slow.resolve("done");
  await assert.rejects(all, /first/);
  const [number, text] = await together([Promise.resolve(7), "as it is"]);
  assert.deepEqual([number, text], [7, "as it is"]);
});
