// The test harness itself, with the reference daemon: what the other tests here stand on.
import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { test } from "node:test";
import { Daemon, withSandbox } from "../support/daemon.ts";
import { processInfo } from "../support/processes.ts";
import { Sandbox, sandboxObstacle } from "../support/sandbox.ts";
import { until } from "../support/until.ts";
import { WatchedText } from "../support/watched-text.ts";

const skip = sandboxObstacle() ?? false;

test("stock virsh talks to stock libvirtd in a sandbox, and closing the sandbox ends both", {
  skip,
}, async (context) => {
  let pid = 0;
  let root = "";
  await withSandbox(context, async (sandbox) => {
    const daemon = await Daemon.start(sandbox, "libvirtd");
    pid = daemon.pid;
    root = sandbox.root;
    assert.equal(await sandbox.output(["virsh", "uri"]), "qemu:///system\n\n");
    assert.equal((await processInfo(pid))?.name, "libvirtd");
  });
  assert.equal(await processInfo(pid), undefined);
  await assert.rejects(stat(root), { code: "ENOENT" });
});

test("orphans are reaped and the network is private", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    const links = await sandbox.output(["ip", "-o", "link"]);
    assert.deepEqual(links.trim().split("\n").length, 1, links);
    await sandbox.output(["sh", "-c", "(sleep 0.02 &)"]);
    const shown = () => sandbox.run(["sh", "-c", "grep -hE '^Name:.*sleep|^State:.*Z' /proc/[0-9]*/status"]);
    await until(async () => (await shown()).stdout === "", { what: "the orphan's end" });
  });
});

test("a session can be written to, watched and ended", { skip }, async () => {
  await using sandbox = await Sandbox.open();
  const session = sandbox.session(["sh", "-c", "echo hello; cat; sleep 1000"]);
  const text = new WatchedText(session.stdout);
  await text.find(/hello\n/);
  session.stdin.write("more\n");
  await text.find(/more\n/);
  await session.kill();
  assert.equal(await session.exited, 137);
});
