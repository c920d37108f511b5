import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { deferred, VirtError } from "@tsvirt/base";
import { Guest } from "./guest.ts";

const make = (): Guest => new Guest({ name: "g", uuid: "d1d1d1d1-0000-4000-8000-000000000001" });

test("a state changes only where it can, and says what it was", () => {
  const guest = make();
  assert.equal(guest.apply({ kind: "stopped", reason: "user" }), undefined);
  assert.deepEqual(guest.apply({ kind: "prepare" }), { kind: "shutoff", reason: "unknown" });
  assert.equal(guest.isActive, true);
  guest.mustApply({ kind: "launched", pid: 3 });
  guest.mustApply({ kind: "stopped", reason: "user" });
  assert.throws(() => guest.mustApply({ kind: "prepare" }), { name: "InternalError" });
  guest.mustApply({ kind: "ended", reason: "failed" });
  assert.deepEqual(guest.state, { kind: "shutoff", reason: "failed" });
});

test("changes run one at a time, and name themselves", async () => {
  const guest = make();
  const gate = deferred<void>();
  const order: string[] = [];
  const first = guest.change("first", async () => {
    order.push(`running ${guest.job?.name}`);
    await gate.promise;
  });
  const second = guest.change("second", () => void order.push(`running ${guest.job?.name}`));
  gate.resolve();
  await Promise.all([first, second]);
  assert.deepEqual(order, ["running first", "running second"]);
  assert.equal(guest.job, undefined);
});

test("who waits too long is told who holds the guest", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const guest = make();
    const gate = deferred<void>();
    const holder = guest.change("save", () => gate.promise);
    const waiting = guest.change("suspend", () => assert.fail("must not run"));
    mock.timers.tick(30_000);
    await assert.rejects(waiting, (error: unknown) => {
      assert.ok(error instanceof VirtError);
      assert.equal(error.codeName, "operationTimeout");
      assert.match(error.message, /cannot acquire state change lock \(held by monitor=save\)$/);
      return true;
    });
    gate.resolve();
    await holder;
  } finally {
    mock.timers.reset();
  }
});

test("a client that goes gives up its place", async () => {
  const guest = make();
  const gate = deferred<void>();
  const client = new AbortController();
  const holder = guest.change("a", () => gate.promise);
  const waiting = guest.change("b", () => assert.fail("must not run"), { signal: client.signal });
  client.abort(new RangeError("gone"));
  await assert.rejects(waiting, RangeError);
  gate.resolve();
  await holder;
});
