import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf } from "./adopt.ts";

const seen = { pid: 7, name: "vm", uuid: undefined, emulator: "/usr/bin/qemu-system-x86_64", monitor: "QMP unix:/q" };

test("what attaching would do is said line by line", () => {
  assert.deepEqual(
    linesOf({
      ...seen,
      passedOver: [{ monitor: "HMP compat_monitor1", reason: "nobody answers" }],
      unplaced: [{ argument: "-x 1", fate: "commandline", notes: ["odd"] }],
      refusal: undefined,
    }),
    [
      "7 vm",
      "  would become  domain 'vm', with a new UUID",
      "  monitor       QMP unix:/q",
      "  passed over   HMP compat_monitor1: nobody answers",
      "  argument      -x 1: shown in <qemu:commandline> (odd)",
    ],
  );
});

test("a refusal comes with its reason alone", () => {
  const refused = { ...seen, monitor: undefined, passedOver: [{ monitor: "a", reason: "b" }], unplaced: [] };
  assert.deepEqual(linesOf({ ...refused, refusal: "it has ended" }), ["7 vm", "  cannot        it has ended"]);
});
