// Command lines that are run as they are printed: by `tsvirt convert to-argv --standalone` and by stock virsh.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { deferred } from "@tsvirt/base";
import { QmpSession, qmp } from "@tsvirt/qemu";
import { Daemon, withSandbox } from "../support/daemon.ts";
import { CHECKOUT, type Sandbox, sandboxObstacle } from "../support/sandbox.ts";
import { tinyGuest } from "../support/tiny-guest.ts";
import { HopelessError, until } from "../support/until.ts";

const skip = sandboxObstacle() ?? false;
const TSVIRT = join(CHECKOUT, "bin/tsvirt");
/** Where the emulator is run. */
const HERE = "/run/hand";

/** Devices that need something of a daemon, or of files, when libvirt starts them. */
const devices = `
    <interface type='network'><source network='default'/><model type='virtio'/></interface>
    <interface type='user'><model type='e1000'/></interface>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <graphics type='vnc' autoport='yes' passwd='secret'/>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>`;
const settings = `
  <memoryBacking><source type='file'/><access mode='shared'/></memoryBacking>
  <clock offset='variable' adjustment='60'/>`;

/** Runs a shell script in {@link HERE}, sees the guest run, and ends it. */
async function runByHand(sandbox: Sandbox, script: string, name: string): Promise<void> {
  await mkdir(sandbox.outside(HERE), { recursive: true });
  await writeFile(sandbox.outside(`${HERE}/run.sh`), script);
  const emulator = await sandbox.background(["sh", "-c", `cd ${HERE} && exec sh -e run.sh`], `${name}.out`);
  const path = sandbox.outside(`${HERE}/${name}.monitor`);
  const socket = await until(
    () => {
      if (emulator.hasExited()) throw new HopelessError("the emulator ended");
      const { promise, resolve, reject } = deferred<ReturnType<typeof connect>>();
      const attempt = connect(path, () => resolve(attempt)).once("error", reject);
      return promise;
    },
    { what: "the monitor" },
  );
  const session = new QmpSession({ send: (line) => socket.write(line) });
  socket.on("data", (bytes) => session.receive(Uint8Array.from(bytes)));
  await session.start();
  assert.equal((await session.execute(qmp.queryStatus, {})).status, "running");
  await session.execute(qmp.quit, {});
  assert.equal(await emulator.exited, 0);
  socket.destroy();
}

test("what probe wrote is enough to convert a document into a command line that runs as it is", {
  skip,
}, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await mkdir(sandbox.outside(HERE), { recursive: true });
    const shell = async (command: string): Promise<string> => sandbox.output(["sh", "-ec", `cd ${HERE}; ${command}`]);
    await shell(`${TSVIRT} probe qemu-system-x86_64 > caps.json`);
    for (const machine of ["pc", "q35"]) {
      const name = `hand-${machine}`;
      const xml = await tinyGuest(sandbox, name, { devices, settings });
      await writeFile(
        sandbox.outside(`${HERE}/${name}.xml`),
        machine === "pc"
          ? xml
          : xml.replace("machine='pc'", "machine='q35'").replace("hda' bus='ide'", "sda' bus='sata'"),
      );
      // For this machine it can be left out.
      const capabilities = machine === "pc" ? "--capabilities caps.json" : "";
      const line = await shell(`${TSVIRT} convert to-argv ${capabilities} --standalone ${name}.xml`);
      assert.doesNotMatch(line, /masterKey0| -S|secret[^-]*=secret/);
      const password = `${name}.vnc-password0`;
      assert.match(line, new RegExp(`^# vnc-password0: put the vnc secret password into './${password}'`, "m"));
      assert.match(line, /^# hostnet0: user networking stands in for interface type 'network' on 'default'/m);
      await writeFile(sandbox.outside(`${HERE}/${password}`), "secret");
      await runByHand(sandbox, line, name);
      const explained = await shell(`${TSVIRT} convert to-argv --capabilities caps.json --explain ${name}.xml`);
      assert.match(explained, /"driver":"virtio-rng-pci"[^\n]*\n {4}hand-\S+\.xml:\d+:\d+ \/domain\/devices\/rng\n/);
      assert.match(explained, /-mon [^\n]*\n {4}the same for every guest\n/);
    }
  });
});

test("stock virsh prints a command line that runs as it is, with our name of the format", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await using _daemon = await Daemon.start(sandbox, "tsvirtd");
    await mkdir(sandbox.outside(HERE), { recursive: true });
    const file = `${HERE}/hand.xml`;
    await writeFile(sandbox.outside(file), await tinyGuest(sandbox, "hand", { settings }));
    const script = await sandbox.output(["virsh", "domxml-to-native", "qemu-argv-standalone", file]);
    await runByHand(sandbox, script, "hand");
    const shown = await sandbox.output(["virsh", "domxml-to-native", "qemu-argv", file]);
    assert.match(shown, / -S .*path=\/var\/lib\/libvirt\/qemu\/domain--1-hand\/monitor\.sock/);
    const refused = await sandbox.run(["virsh", "domxml-to-native", "xen-xl", file]);
    assert.equal(refused.stderr, "error: invalid argument: unsupported config type xen-xl\n");
  });
});
