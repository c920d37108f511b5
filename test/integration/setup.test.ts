// The set-up script on a machine that lacks something.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { withSandbox } from "../support/daemon.ts";
import { CHECKOUT, sandboxObstacle } from "../support/sandbox.ts";

const skip = sandboxObstacle() ?? false;
const SETUP = join(CHECKOUT, "scripts/setup.mjs");

test("without root the set-up names the command that installs what is missing, and stops", {
  skip,
}, async (context) => {
  await withSandbox(context, async (sandbox) => {
    // Python's libvirt module is gone, for this sandbox.
    await sandbox.output(["mount", "-t", "tmpfs", "tmpfs", "/usr/lib/python3"]);
    const asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
    if ((await sandbox.run([...asNobody, "test", "-r", SETUP])).status !== 0) {
      context.skip("this checkout is in a place that others cannot read");
      return;
    }
    const { status, stderr } = await sandbox.run([...asNobody, process.execPath, SETUP, "test"]);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^ {4}sudo apt-get update && sudo apt-get install -y --no-install-recommends python3-libvirt$/m,
    );
  });
});
