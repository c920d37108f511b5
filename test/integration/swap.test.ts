// A host swaps its daemon, either way, and keeps its guests.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Daemon, type DaemonKind, withSandbox } from "../support/daemon.ts";
import { processInfo } from "../support/processes.ts";
import { sandboxObstacle } from "../support/sandbox.ts";
import { TINY_BANNER, tinyGuest } from "../support/tiny-guest.ts";
import { until } from "../support/until.ts";
import { Virsh } from "../support/virsh.ts";

const skip = sandboxObstacle() ?? false;

for (const [before, after] of [
  ["libvirtd", "tsvirtd"],
  ["tsvirtd", "libvirtd"],
  ["tsvirtd", "tsvirtd"],
] as const satisfies readonly (readonly [DaemonKind, DaemonKind])[]) {
  test(`guests defined and running under ${before} go on under ${after}`, { skip }, async (context) => {
    await withSandbox(context, async (sandbox) => {
      const virsh = new Virsh(sandbox);
      const first = await Daemon.start(sandbox, before);
      await virsh.run("net-start", "default");
      const nic = "<interface type='network'><source network='default'/><model type='e1000'/></interface>";
      await virsh.define(await tinyGuest(sandbox, "busy", { devices: nic }));
      await virsh.define(await tinyGuest(sandbox, "held"));
      await virsh.define(await tinyGuest(sandbox, "idle"));
      await virsh.define(await tinyGuest(sandbox, "passing"), "create");
      await virsh.run("autostart", "idle");
      await virsh.run("start", "busy");
      await virsh.run("start", "held");
      await virsh.run("suspend", "held");
      const facts = async () => ({
        list: await virsh.run("list", "--all"),
        inactive: await Promise.all(["busy", "held", "idle"].map((name) => virsh.run("dumpxml", name, "--inactive"))),
        states: await Promise.all(["held", "idle"].map((name) => virsh.run("domstate", name, "--reason"))),
        info: (await virsh.run("dominfo", "idle")).match(/^Autostart:.*$/m)?.[0],
        nets: await virsh.run("net-list", "--all"),
        nics: await virsh.run("domiflist", "busy"),
        tty: await virsh.run("ttyconsole", "busy"),
      });
      const was = await facts();
      assert.match(was.list, /busy\s+running/);
      const emulators = (await sandbox.emulators()).map(({ pid }) => pid).sort();
      assert.equal(emulators.length, 3);
      assert.equal(await first.stop(), 0);

      await using _second = await Daemon.start(sandbox, after);
      assert.deepEqual(await facts(), was);
      assert.deepEqual((await sandbox.emulators()).map(({ pid }) => pid).sort(), emulators);
      {
        await using console = await virsh.console("busy");
        await console.ask("k", /You pressed: k/);
      }
      await virsh.run("resume", "held");
      {
        await using console = await virsh.console("held");
        await virsh.run("reset", "held");
        await console.text.find(new RegExp(TINY_BANNER));
      }
      for (const name of ["busy", "held"]) await virsh.powerOff(name);
      await virsh.run("destroy", "passing");
      await until(async () => (await Promise.all(emulators.map(processInfo))).every((info) => info === undefined), {
        what: "the emulators' end",
      });
      assert.equal(await virsh.run("list", "--all", "--name", "--transient"), "");
      assert.doesNotMatch(await sandbox.output(["ip", "-o", "link"]), /vnet/);
      await virsh.run("start", "busy");
      await virsh.run("destroy", "busy");
      await virsh.run("net-destroy", "default");
      for (const name of ["busy", "held", "idle"]) await virsh.run("undefine", name);
    });
  });
}
