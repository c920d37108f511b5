import assert from "node:assert/strict";
import { test } from "node:test";
import { PortAllocator } from "./ports.ts";

const range = { name: "VNC", first: 5900, last: 5903 };

test("the lowest port that nobody has is given, also to starts at the same time", async () => {
  const ports = new PortAllocator(async (port) => port !== 5901);
  ports.reserve(5900);
  assert.deepEqual(new Set(await Promise.all([ports.acquire(range), ports.acquire(range)])), new Set([5902, 5903]));
  await assert.rejects(ports.acquire(range), /Unable to find an unused port in range 'VNC' \(5900-5903\)/);
  ports.release(5902);
  assert.equal(await ports.acquire(range), 5902);
});

test("a port is reserved once", () => {
  const ports = new PortAllocator(async () => true);
  assert.equal(ports.reserve(1), true);
  assert.equal(ports.reserve(1), false);
});

test("a port whose try fails stays free", async () => {
  let broken = true;
  const ports = new PortAllocator(async () => {
    if (broken) throw new RangeError("no");
    return true;
  });
  await assert.rejects(ports.acquire(range), RangeError);
  broken = false;
  assert.equal(await ports.acquire(range), 5900);
});
