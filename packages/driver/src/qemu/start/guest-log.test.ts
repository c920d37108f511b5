import assert from "node:assert/strict";
import { test } from "node:test";
import { lastWords, startEntry, stopEntry, taintEntry } from "./guest-log.ts";

const now = Date.UTC(2026, 10, 24, 15, 27, 8, 233);

test("a start is logged as libvirt logs it, ready to be pasted into a shell", () => {
  const facts = { version: "9.0.0", packageVersion: undefined, qemuVersion: "7.2.22x", kernel: "6.1", hostname: "h" };
  assert.equal(
    startEntry(now, facts, {
      emulator: "/usr/bin/qemu",
      args: ["-name", "guest=d1", "-S", "-object", `{"a":"it's"}`],
      env: { LC_ALL: "C" },
    }),
    `2026-11-24 15:27:08.233+0000: starting up libvirt version: 9.0.0, qemu version: 7.2.22x, kernel: 6.1, hostname: h
LC_ALL=C \\
/usr/bin/qemu \\
-name guest=d1 \\
-S \\
-object '{"a":"it'\\''s"}'
`,
  );
});

test("taints and the end are lines of their own", () => {
  assert.equal(
    taintEntry(now, 7, "custom-argv"),
    "2026-11-24 15:27:08.233+0000: Domain id=7 is tainted: custom-argv\n",
  );
  assert.equal(stopEntry(now, "failed"), "2026-11-24 15:27:08.233+0000: shutting down, reason=failed\n");
});

test("the last words are QEMU's, not ours", () => {
  const log = `2026-11-24 15:27:12.593+0000: Domain id=7 is tainted: custom-argv
char device redirected to /dev/pts/0 (label charserial0)
qemu-system-x86_64: -newarg: invalid option
`;
  assert.equal(lastWords(log), "qemu-system-x86_64: -newarg: invalid option");
  assert.equal(lastWords("abcdef", 3), "def");
});
