// Command lines that people run by hand, as documents: stock virsh imports, defines and starts them.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { Daemon, withSandbox } from "../support/daemon.ts";
import { sandboxObstacle } from "../support/sandbox.ts";

const skip = sandboxObstacle() ?? false;

test("stock virsh turns a command line into a guest that starts", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await using _daemon = await Daemon.start(sandbox, "tsvirtd");
    const file = "/run/run.args";
    await writeFile(
      sandbox.outside(file),
      "#!/bin/sh\nexec qemu-system-x86_64 -M pc -accel tcg -m 32 -name hand \\\n  -nodefaults -display none -serial null -vga none\n",
    );
    const xml = await sandbox.output(["virsh", "domxml-from-native", "qemu-argv", file]);
    assert.match(xml, /<name>hand<\/name>/);
    const document = "/run/hand.xml";
    await writeFile(sandbox.outside(document), xml.replace(/<uuid>.*<\/uuid>/, ""));
    await sandbox.output(["virsh", "define", document]);
    await sandbox.output(["virsh", "start", "hand"]);
    assert.match(await sandbox.output(["virsh", "domstate", "hand"]), /^running/);
    await sandbox.output(["virsh", "destroy", "hand"]);
    const refused = await sandbox.run(["virsh", "domxml-from-native", "xen-xl", file]);
    assert.equal(refused.stderr, "error: invalid argument: unsupported config type xen-xl\n");
  });
});
