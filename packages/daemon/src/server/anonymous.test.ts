import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AnonymousClients } from "./anonymous.ts";

const client = (source: number): { readonly source: number } => ({ source });

test("the busiest source loses its oldest, so a flood from one user leaves the others alone", () => {
  const anonymous = new AnonymousClients<{ readonly source: number }>(20, 100);
  const victim = client(1);
  assert.deepEqual(anonymous.add(victim), []);
  const flood = Array.from({ length: 19 }, () => client(2));
  for (const each of flood) assert.deepEqual(anonymous.add(each), []);
  assert.deepEqual(anonymous.add(client(2)), [flood[0]]);
  const other = client(3);
  assert.deepEqual(anonymous.add(other), [flood[1]]);
  assert.equal(anonymous.count, 20);
});

test("one source has at most its share, however much room there is", () => {
  const anonymous = new AnonymousClients<{ readonly source: number }>(20, 2);
  const [a, b, c] = [client(1), client(1), client(1)];
  assert.deepEqual([...anonymous.add(a), ...anonymous.add(b), ...anonymous.add(c)], [a]);
});

test("0 turns the limits off", () => {
  const anonymous = new AnonymousClients<{ readonly source: number }>(0, 2);
  for (let i = 0; i < 50; i++) assert.deepEqual(anonymous.add(client(1)), []);
  assert.equal(anonymous.count, 50);
});

test("whatever happens, the limits hold, counts are right, and no newcomer is a victim", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 3 })), { maxLength: 60 }),
      (max, share, steps) => {
        const anonymous = new AnonymousClients<{ readonly source: number }>(max, share);
        const alive = new Set<{ readonly source: number }>();
        for (const [leave, source] of steps) {
          if (leave) {
            const [first] = alive;
            if (first) {
              anonymous.delete(first);
              anonymous.delete(first);
              alive.delete(first);
            }
            continue;
          }
          const fresh = client(source);
          alive.add(fresh);
          for (const gone of anonymous.add(fresh)) {
            assert.notEqual(gone, fresh);
            assert.ok(alive.delete(gone));
          }
          assert.ok(anonymous.count <= max);
          assert.ok([...alive].filter((each) => each.source === source).length <= share);
        }
        assert.equal(anonymous.count, alive.size);
      },
    ),
  );
});
