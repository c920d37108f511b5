import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { deferred } from "./deferred.ts";
import { JobQueue } from "./job-queue.ts";

test("jobs never overlap and keep their order, whatever fails", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 20 }), async (outcomes) => {
      const queue = new JobQueue();
      const started: number[] = [];
      let inside = 0;
      const results = await Promise.allSettled(
        outcomes.map((succeeds, index) =>
          queue.run(`job ${index}`, async () => {
            assert.equal(++inside, 1);
            started.push(index);
            await Promise.resolve();
            inside--;
            if (!succeeds) throw new RangeError("refused");
            return index;
          }),
        ),
      );
      assert.deepEqual(
        started,
        outcomes.map((_, index) => index),
      );
      assert.deepEqual(
        results.map(({ status }) => status === "fulfilled"),
        outcomes,
      );
      assert.equal(queue.running, undefined);
      assert.equal(queue.waiting, 0);
    }),
  );
});

test("a waiting job leaves the line when its signal fires, and the next still waits for the running one", async () => {
  const queue = new JobQueue();
  const gate = deferred<void>();
  const first = queue.run("first", () => gate.promise);
  const impatience = new AbortController();
  const second = queue.run("second", () => assert.fail("must not run"), { signal: impatience.signal });
  let thirdRan = false;
  const third = queue.run("third", () => {
    thirdRan = true;
  });
  await Promise.resolve();
  assert.equal(queue.running?.name, "first");
  assert.equal(queue.waiting, 2);
  impatience.abort(new RangeError("tired of waiting"));
  await assert.rejects(second, /tired of waiting/);
  assert.equal(thirdRan, false);
  gate.resolve();
  await Promise.all([first, third]);
  assert.equal(thirdRan, true);
});
