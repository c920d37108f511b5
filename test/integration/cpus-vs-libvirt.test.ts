// CPUs as libvirtd and tsvirtd compare them on this host with this QEMU: questions by python-libvirt, answers side by side.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Daemon, type DaemonKind, withSandbox } from "../support/daemon.ts";
import { CHECKOUT, sandboxObstacle } from "../support/sandbox.ts";

const skip = sandboxObstacle() ?? false;
const QUESTIONS = join(CHECKOUT, "test/support/python/cpus.py");

test("comparisons, baselines and domain capabilities are those of libvirtd", { skip }, async (context) => {
  const answers = async (kind: DaemonKind): Promise<{ cpus: readonly string[]; capabilities: string }> => {
    let cpus = "";
    let capabilities = "";
    await withSandbox(context, async (sandbox) => {
      await using _daemon = await Daemon.start(sandbox, kind);
      cpus = await sandbox.output(["/usr/bin/python3", QUESTIONS, "150"]);
      for (const machine of ["pc", "q35"]) {
        capabilities += await sandbox.output(["virsh", "domcapabilities", "--virttype", "qemu", "--machine", machine]);
      }
    });
    return { cpus: cpus.split("\n== "), capabilities };
  };
  const theirs = await answers("libvirtd");
  const ours = await answers("tsvirtd");
  assert.equal(theirs.cpus.length, 600);
  assert.deepEqual(ours.cpus, theirs.cpus);
  assert.equal(ours.capabilities, theirs.capabilities);
});
