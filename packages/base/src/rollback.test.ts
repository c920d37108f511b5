import assert from "node:assert/strict";
import { test } from "node:test";
import { Rollback } from "./rollback.ts";

test("undoes in reverse order when not committed", async () => {
  const order: string[] = [];
  {
    await using undo = new Rollback();
    undo.add(() => void order.push("first"));
    undo.add(async () => void order.push("second"));
  }
  assert.deepEqual(order, ["second", "first"]);
});

test("commit keeps what was taken", async () => {
  let undone = false;
  {
    await using undo = new Rollback();
    undo.add(() => {
      undone = true;
    });
    undo.commit();
  }
  assert.equal(undone, false);
});

test("one failing undo does not stop the others, and all failures are reported", async () => {
  const order: string[] = [];
  const undo = new Rollback();
  undo.add(() => void order.push("a"));
  undo.add(() => {
    throw new RangeError("b");
  });
  undo.add(() => Promise.reject(new RangeError("c")));
  await assert.rejects(undo.run(), (error: unknown) => {
    assert.ok(error instanceof AggregateError);
    assert.deepEqual(
      error.errors.map((each: Error) => each.message),
      ["c", "b"],
    );
    return true;
  });
  assert.deepEqual(order, ["a"]);
  await undo.run();
  assert.deepEqual(order, ["a"], "each step runs once");
});

test("moveTo hands the steps to another owner", async () => {
  const order: string[] = [];
  const guest = new Rollback();
  {
    await using start = new Rollback();
    start.add(() => void order.push("taken at start"));
    start.moveTo(guest);
  }
  assert.deepEqual(order, []);
  await guest.run();
  assert.deepEqual(order, ["taken at start"]);
});
