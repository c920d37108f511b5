import assert from "node:assert/strict";
import { test } from "node:test";
import { openHost } from "../open-host.ts";

const { processes } = openHost();

test("a helper's input, outputs and exit code", async () => {
  const input = "x".repeat(300_000);
  const result = await processes.run({ argv: ["sh", "-c", "cat; echo sorry >&2; exit 3"], input });
  assert.deepEqual(result, { code: 3, signal: undefined, stdout: input, stderr: "sorry\n" });
});

test("a helper that does not read its input is no error", async () => {
  const result = await processes.run({ argv: ["true"], input: "x".repeat(1_000_000) });
  assert.equal(result.code, 0);
});

test("a failed helper is reported with its last words", async () => {
  const argv = ["sh", "-c", "echo no such bridge >&2; exit 2"] as const;
  await assert.rejects(processes.check({ argv, env: { A: "b" } }), {
    message:
      "internal error: Child process (A=b sh -c echo no such bridge >&2; exit 2) unexpected exit status 2: no such bridge\n",
  });
  await assert.rejects(processes.check({ argv: ["sh", "-c", "kill -9 $$"] }), /unexpected fatal signal 9/);
});

test("a helper that takes too long, says too much or is no longer wanted is killed", async () => {
  await assert.rejects(processes.run({ argv: ["sleep", "1000"], timeout: 20 }), /did not end within 20 ms/);
  await assert.rejects(processes.run({ argv: ["cat", "/dev/zero"], maxOutput: 1000 }), /exceeds 1000 bytes/);
  const impatience = new AbortController();
  const running = processes.run({ argv: ["sleep", "1000"], signal: impatience.signal });
  impatience.abort(new RangeError("gone"));
  await assert.rejects(running, /gone/);
});

test("a limit holds from the first instruction", async () => {
  const { stdout } = await processes.run({ argv: ["sh", "-c", "ulimit -n"], limits: { nofile: 77n } });
  assert.equal(stdout, "77\n");
});

test("helpers get a small environment of their own", async () => {
  const { stdout } = await processes.run({ argv: ["env"], env: { MORE: "1" } });
  assert.equal(stdout, "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nLC_ALL=C\nMORE=1\n");
});

test("a helper that is not installed is named", async () => {
  await assert.rejects(
    processes.run({ argv: ["no-such-helper"] }),
    /Cannot find 'no-such-helper' in path: No such file/,
  );
});
