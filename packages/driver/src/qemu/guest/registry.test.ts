import assert from "node:assert/strict";
import { test } from "node:test";
import { Guest } from "./guest.ts";
import { GuestRegistry } from "./registry.ts";

const uuid = (digit: string): string => `${digit.repeat(8)}-0000-4000-8000-000000000000`;

test("a guest is found by what it is called now", () => {
  const guests = new GuestRegistry();
  const a = new Guest({ name: "a", uuid: uuid("a") });
  guests.add(a);
  guests.setId(a, 5);
  assert.equal(guests.findByName("a"), a);
  assert.equal(guests.findByUuid(uuid("a")), a);
  assert.equal(guests.findById(5), a);
  guests.rename(a, "b");
  assert.equal(guests.findByName("a"), undefined);
  assert.equal(guests.findByName("b"), a);
  guests.setId(a, -1);
  assert.equal(guests.findById(5), undefined);
  assert.equal(guests.active, 0);
  guests.remove(a);
  assert.equal(guests.size, 0);
});

test("numbers are not given twice, and follow those of adopted guests", () => {
  const guests = new GuestRegistry();
  assert.equal(guests.takeId(), 1);
  const old = new Guest({ name: "old", uuid: uuid("1") });
  guests.add(old);
  guests.setId(old, 41);
  assert.equal(guests.takeId(), 42);
  guests.setId(old, -1);
  assert.equal(guests.takeId(), 43);
});

test("names and UUIDs belong together", () => {
  const guests = new GuestRegistry();
  const a = new Guest({ name: "a", uuid: uuid("a") });
  guests.add(a);
  assert.equal(guests.checkFree("b", uuid("b"), "define"), undefined);
  assert.equal(guests.checkFree("a", uuid("a"), "define"), a);
  assert.throws(() => guests.checkFree("a", uuid("b"), "define"), {
    message: `operation failed: domain 'a' already exists with uuid ${uuid("a")}`,
  });
  assert.throws(() => guests.checkFree("c", uuid("a"), "define"), {
    message: `operation failed: domain 'a' is already defined with uuid ${uuid("a")}`,
  });
  a.apply({ kind: "prepare" });
  assert.equal(guests.checkFree("a", uuid("a"), "define"), a);
  assert.throws(() => guests.checkFree("a", uuid("a"), "create"), {
    message: "Requested operation is not valid: domain 'a' is already active",
  });
});

test("names are keys, whatever they are", () => {
  const guests = new GuestRegistry();
  assert.equal(guests.findByName("__proto__"), undefined);
  const evil = new Guest({ name: "__proto__", uuid: uuid("e") });
  guests.add(evil);
  assert.equal(guests.findByName("__proto__"), evil);
  assert.equal(guests.findByName("constructor"), undefined);
});
