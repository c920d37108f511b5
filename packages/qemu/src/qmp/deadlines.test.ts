import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Deadlines } from "./deadlines.ts";

/** A clock that stands still until it is set, and the time-outs that were asked for. */
function setting() {
  const clock = { time: 0, monotonic: () => clock.time };
  const timeouts: { readonly milliseconds: number; readonly end: AbortController }[] = [];
  const timeout = mock.method(AbortSignal, "timeout", (milliseconds: number) => {
    const end = new AbortController();
    timeouts.push({ milliseconds, end });
    return end.signal;
  });
  return { clock, timeouts, deadlines: new Deadlines(clock), [Symbol.dispose]: () => timeout.mock.restore() };
}

test("what is not done in time is given up, no earlier than wanted, and nothing else", () => {
  using set = setting();
  const given: string[] = [];
  set.deadlines.start(1_000, () => given.push("first"));
  set.clock.time = 99;
  const done = set.deadlines.start(1_000, () => given.push("second"));
  set.deadlines.start(1_000, () => given.push("third"));
  done();
  assert.equal(set.timeouts.length, 1);
  const [{ milliseconds, end } = assert.fail()] = set.timeouts;
  assert.ok(milliseconds >= 99 + 1_000);
  end.abort();
  assert.deepEqual(given, ["first", "third"]);
});

test("another limit, or a later start, has a time-out of its own", () => {
  using set = setting();
  set.deadlines.start(1_000, () => undefined);
  set.deadlines.start(2_000, () => undefined);
  set.clock.time = 500;
  set.deadlines.start(1_000, () => undefined);
  assert.equal(set.timeouts.length, 3);
});
