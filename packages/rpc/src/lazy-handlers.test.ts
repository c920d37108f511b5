import assert from "node:assert/strict";
import test from "node:test";
import { lazyHandlers } from "./lazy-handlers.ts";

test("a group is made when it is first called into, once for each connection", () => {
  const made: string[] = [];
  const first = ({ name }: { readonly name: string }) => {
    made.push(`first for ${name}`);
    return { hello: () => `hello ${name}`, both: () => "first" };
  };
  const second = ({ count }: { readonly count: number }) => {
    made.push(`second for ${count}`);
    let calls = 0;
    return { next: () => count + ++calls, both: () => "second" };
  };
  const handlers = lazyHandlers(first, second);
  const one = handlers({ name: "one", count: 10 });
  const two = handlers({ name: "two", count: 20 });
  // The names come from one trial.
  assert.deepEqual(made.splice(0), ["first for one", "second for 10"]);
  assert.equal(one.hello(), "hello one");
  assert.equal(one.hello(), "hello one");
  assert.deepEqual(made.splice(0), ["first for one"]);
  assert.deepEqual([one.next(), one.next(), two.next()], [11, 12, 21]);
  assert.equal(two.both(), "second");
  assert.equal(two.hello(), "hello two");
  assert.deepEqual(made, ["second for 10", "second for 20", "first for two"]);
  assert.equal("nothing" in one, false);
});

test("what the groups need and what they give is typed", () => {
  const handlers = lazyHandlers(
    (context: { readonly a: number }) => ({ double: () => context.a * 2 }),
    () => ({ constant: () => "x" }),
  );
  const { a }: Parameters<typeof handlers>[0] = { a: 4 };
  const made: { readonly double: () => number; readonly constant: () => string } = handlers({ a });
  assert.equal(made.double(), 8);
  assert.equal(made.constant(), "x");
});
