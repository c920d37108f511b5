// The main job, `npm start`, and what it leaves behind: nothing.
import assert from "node:assert/strict";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { withSandbox } from "../support/daemon.ts";
import { linuxGuest } from "../support/guest/linux-guest.ts";
import { CHECKOUT, type Sandbox, sandboxObstacle } from "../support/sandbox.ts";
import { WatchedText } from "../support/watched-text.ts";

const skip = sandboxObstacle() ?? false;
const DEMO = join(CHECKOUT, "bin/tsvirt");
/** An unprivileged user without any group: nobody. */
const AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "--"];

/** Runs the demo with a temporary directory of its own, and returns what it printed when that is empty again. */
async function demo(sandbox: Sandbox, before: readonly string[], args: readonly string[]): Promise<string> {
  const temporary = "/run/demo-tmp";
  await mkdir(sandbox.outside(temporary));
  await sandbox.output(["chmod", "1777", temporary]);
  const env = { TMPDIR: temporary, HOME: temporary, XDG_RUNTIME_DIR: temporary };
  const text = await sandbox.output([...before, DEMO, "demo", ...args], { env });
  assert.deepEqual(await readdir(sandbox.outside(temporary)), []);
  assert.deepEqual(await sandbox.emulators(), []);
  assert.equal((await sandbox.processes()).length, 1, "only the sandbox's own process is left");
  return text;
}

const steps =
  /assembled.*opened qemu:\/\/\/embed.*defined.*started.*Hello from a guest.*greets.*You pressed: t.*You pressed: x.*switching off.*removed.*nothing is left/s;

test("the demo leads its guest through its life, by root", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    assert.match(await demo(sandbox, [], []), steps);
  });
});

test("the demo leads its guest through its life, without any privilege", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    const readable = await sandbox.run([...AS_NOBODY, "test", "-r", DEMO]);
    if (readable.status !== 0) context.skip("this checkout is in a place that others cannot read");
    else assert.match(await demo(sandbox, AS_NOBODY, []), steps);
  });
});

test("the demo boots a kernel, shows its console, and switches it off when it is interrupted", {
  skip,
}, async (context) => {
  const guest = await linuxGuest(context);
  if (guest === undefined) return;
  await withSandbox(context, async (sandbox) => {
    const args = ["--kernel", guest.kernel, "--initrd", guest.initrd, "--append", "console=ttyS0 quiet", "--emulate"];
    // On a terminal of its own, so that keys reach the guest.
    const session = sandbox.session([
      "script",
      "-qefc",
      [DEMO, "demo", ...args].map((word) => `'${word}'`).join(" "),
      "/dev/null",
    ]);
    const text = new WatchedText(session.stdout);
    const minute = () => AbortSignal.timeout(90_000);
    await text.find(/GUEST-READY[\s\S]*# /, { signal: minute() });
    session.stdin.write("echo $((6 * 7))-`hostname`\r");
    await text.find(/\n42-guest\r/, { signal: minute() });
    session.stdin.write("\x1d");
    await text.find(/pressed its power button/, { signal: minute() });
    await text.find(/switched itself off[\s\S]*nothing is left/, { signal: minute() });
    assert.equal(await session.exited, 0);
    assert.deepEqual(await sandbox.emulators(), []);
  });
});

test("an interrupt ends the demo and its guest", { skip }, async (context) => {
  const guest = await linuxGuest(context);
  if (guest === undefined) return;
  await withSandbox(context, async (sandbox) => {
    const session = sandbox.session([
      DEMO,
      "demo",
      "--kernel",
      guest.kernel,
      "--append",
      "console=ttyS0 panic=0",
      "--emulate",
    ]);
    const text = new WatchedText(session.stdout);
    // Without an initial file system the kernel panics and stays.
    await text.find(/Kernel panic/, { signal: AbortSignal.timeout(90_000) });
    const child = (await sandbox.processes()).find((line) => line.includes("tsvirt") && line.includes("node"));
    assert.ok(child);
    process.kill(Number(child.split(" ")[0]), "SIGINT");
    assert.notEqual(await session.exited, 0);
    assert.deepEqual(await sandbox.emulators(), []);
  });
});
