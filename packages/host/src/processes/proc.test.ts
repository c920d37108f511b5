import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectProcess, parseProcStat } from "./proc.ts";

test("a command with spaces and parentheses does not shift the fields", () => {
  const tail =
    "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 3 0";
  assert.deepEqual(parseProcStat(`77 (evil) R (x) ${tail}`), {
    command: "evil) R (x",
    state: "S",
    parent: 1,
    userTicks: 11n,
    systemTicks: 12n,
    startTime: 4242n,
    residentPages: 21n,
    processor: 3,
  });
});

test("what is no stat line is nothing", () => {
  assert.equal(parseProcStat(""), undefined);
  assert.equal(parseProcStat("1 (x) S 1"), undefined);
});

test("our own process as /proc tells it", () => {
  const self = inspectProcess(process.pid);
  assert.equal(self?.executable, process.execPath);
  assert.equal(self?.parent, process.ppid);
  assert.equal(inspectProcess(2 ** 22 + 1), undefined);
});
