// D2 and D3 of the threat model: whatever becomes of the daemon and its files, a running guest is neither killed nor forgotten.
import assert from "node:assert/strict";
import { readFile, rm, truncate, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { DAEMON_UNDER_TEST, Daemon, withSandbox } from "../support/daemon.ts";
import { type Sandbox, sandboxObstacle } from "../support/sandbox.ts";
import { TINY_BANNER, tinyGuest } from "../support/tiny-guest.ts";
import { until } from "../support/until.ts";
import { Virsh } from "../support/virsh.ts";

const skip = sandboxObstacle() ?? false;

interface Damage {
  readonly name: string;
  /** What happens between the daemon's crash and its next start. */
  readonly inflict: (sandbox: Sandbox) => Promise<void>;
  /** The guest's monitor can still be reached. */
  readonly reachable: boolean;
}

const STATUS = "/run/libvirt/qemu/guest.xml";
const PIDFILE = "/run/libvirt/qemu/guest.pid";
const MONITOR = "/var/lib/libvirt/qemu/domain-1-guest/monitor.sock";

const damages: readonly Damage[] = [
  { name: "nothing else happens", reachable: true, inflict: async () => undefined },
  {
    name: "the status file is torn",
    reachable: true,
    inflict: async (sandbox) => {
      const { length } = await readFile(sandbox.outside(STATUS));
      await truncate(sandbox.outside(STATUS), Math.floor(length / 2));
    },
  },
  { name: "the status file is emptied", reachable: true, inflict: (sandbox) => truncate(sandbox.outside(STATUS), 0) },
  { name: "the status file is removed", reachable: true, inflict: (sandbox) => rm(sandbox.outside(STATUS)) },
  {
    name: "the status file is another guest's",
    reachable: true,
    inflict: async (sandbox) => {
      const text = await readFile(sandbox.outside(STATUS), "utf8");
      await writeFile(
        sandbox.outside(STATUS),
        text.replaceAll(/<uuid>[^<]*/g, "<uuid>00000000-1111-4222-8333-444444444444"),
      );
    },
  },
  {
    name: "the status file and the pid file are removed",
    reachable: true,
    inflict: async (sandbox) => {
      await rm(sandbox.outside(STATUS));
      await rm(sandbox.outside(PIDFILE));
    },
  },
  { name: "the monitor's path is unlinked", reachable: false, inflict: (sandbox) => rm(sandbox.outside(MONITOR)) },
  {
    name: "the status file and the monitor's path are removed",
    reachable: false,
    inflict: async (sandbox) => {
      await rm(sandbox.outside(STATUS));
      await rm(sandbox.outside(MONITOR));
    },
  },
];

for (const { name, inflict, reachable } of damages) {
  test(`a guest survives its daemon's crash when ${name}`, { skip }, async (context) => {
    await withSandbox(context, async (sandbox) => {
      const virsh = new Virsh(sandbox);
      const first = await Daemon.start(sandbox, DAEMON_UNDER_TEST);
      await virsh.define(await tinyGuest(sandbox, "guest"));
      await virsh.run("start", "guest");
      const uuid = await virsh.run("domuuid", "guest");
      const [emulator] = await sandbox.emulators();
      assert.ok(emulator);
      await first.crash();
      await inflict(sandbox);

      await using _second = await Daemon.start(sandbox, DAEMON_UNDER_TEST);
      assert.equal(await virsh.run("list", "--all", "--name"), "guest");
      await virsh.state("guest", "running");
      assert.equal(await virsh.run("domuuid", "guest"), uuid);
      assert.equal(await virsh.run("domid", "guest"), "1");
      assert.deepEqual(
        (await sandbox.emulators()).map(({ pid }) => pid),
        [emulator.pid],
        "the same emulator, and only that",
      );
      const again = await virsh.attempt(["start", "guest"]);
      assert.match(again.stderr, /Domain is already active/);
      if (reachable) {
        await virsh.run("suspend", "guest");
        assert.equal(await virsh.run("domstate", "guest", "--reason"), "paused (user)");
        await using console = await virsh.console("guest");
        await virsh.run("resume", "guest");
        await virsh.run("reset", "guest");
        await console.text.find(new RegExp(TINY_BANNER));
      }
      await virsh.run("destroy", "guest");
      await until(async () => (await sandbox.emulators()).length === 0, { what: "the emulator's end" });
      await virsh.state("guest", "shut off");
      await virsh.run("start", "guest");
      await virsh.run("destroy", "guest");
    });
  });
}

test("a guest that ended while the daemon was away is found shut off, and is not taken for another process", {
  skip,
}, async (context) => {
  await withSandbox(context, async (sandbox) => {
    const virsh = new Virsh(sandbox);
    const first = await Daemon.start(sandbox, DAEMON_UNDER_TEST);
    await virsh.define(await tinyGuest(sandbox, "guest"));
    await virsh.run("start", "guest");
    const [emulator] = await sandbox.emulators();
    assert.ok(emulator);
    await first.crash();
    process.kill(emulator.pid, "SIGKILL");
    await until(async () => (await sandbox.emulators()).length === 0);
    // The pid is another process's now.
    const sleeper = await sandbox.background(["sleep", "600"], "sleep.out");
    const inside = (await readFile(`/proc/${sleeper.pid}/status`, "utf8")).match(/^NSpid:.*\s(\d+)$/m)?.[1];
    assert.ok(inside);
    await writeFile(sandbox.outside(PIDFILE), `${inside}\n`);
    const status = sandbox.outside(STATUS);
    await writeFile(status, (await readFile(status, "utf8")).replace(/ pid='\d+'/, ` pid='${inside}'`));

    await using _second = await Daemon.start(sandbox, DAEMON_UNDER_TEST);
    await virsh.state("guest", "shut off");
    assert.equal(sleeper.hasExited(), false);
    await virsh.run("start", "guest");
    await virsh.run("destroy", "guest");
    assert.equal(sleeper.hasExited(), false);
  });
});

test("an emulator that is killed is one event with the right reason, and the guest can start again", {
  skip,
}, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await using _daemon = await Daemon.start(sandbox, DAEMON_UNDER_TEST);
    const virsh = new Virsh(sandbox);
    await virsh.define(await tinyGuest(sandbox, "guest"));
    await virsh.run("start", "guest");
    const watch = virsh.attempt(["event", "--event", "lifecycle", "--domain", "guest", "--timeout", "30"]);
    const [emulator] = await sandbox.emulators();
    assert.ok(emulator);
    process.kill(emulator.pid, "SIGKILL");
    await virsh.state("guest", "shut off");
    assert.equal(await virsh.run("domstate", "guest", "--reason"), "shut off (crashed)");
    assert.match((await watch).stdout, /event 'lifecycle' for domain 'guest': Stopped Failed/);
    await virsh.run("start", "guest");
    await virsh.run("destroy", "guest");
  });
});

test("a second daemon on the same state refuses to start and harms nothing", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await using _daemon = await Daemon.start(sandbox, "tsvirtd");
    const virsh = new Virsh(sandbox);
    await virsh.define(await tinyGuest(sandbox, "guest"));
    await virsh.run("start", "guest");
    const second = await sandbox.run([...Daemon.command("tsvirtd")], { signal: AbortSignal.timeout(20_000) });
    assert.notEqual(second.status, 0);
    await virsh.state("guest", "running");
    await virsh.run("destroy", "guest");
  });
});
