// `tsvirt plan` against stock libvirtd and tsvirtd: empty for what is defined, and true about what can be done while a guest runs.
import assert from "node:assert/strict";
import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Daemon, type DaemonKind, withSandbox } from "../support/daemon.ts";
import { CHECKOUT, type Sandbox, sandboxObstacle } from "../support/sandbox.ts";
import { tinyGuest } from "../support/tiny-guest.ts";
import { Virsh } from "../support/virsh.ts";

async function obstacle(kind: DaemonKind): Promise<string | false> {
  const missing =
    kind === "libvirtd" &&
    (await access("/usr/sbin/libvirtd").then(
      () => false,
      () => true,
    ));
  return missing ? "needs libvirtd" : (sandboxObstacle() ?? false);
}

/** More kinds of devices than the tiny guest has. */
const devices = `
    <controller type='scsi' model='virtio-scsi'/>
    <disk type='file' device='cdrom'><target dev='sdb' bus='scsi'/></disk>
    <interface type='user'><model type='virtio'/></interface>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <input type='tablet' bus='usb'/>
    <graphics type='vnc' passwd='hunter2'/>
    <video><model type='qxl'/></video>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
    <watchdog model='i6300esb' action='reset'/>`;
const settings = `
  <vcpu current='1'>2</vcpu>
  <metadata><app:x xmlns:app='urn:app'>1</app:x></metadata>
  <cputune><shares>1024</shares></cputune>`;

const uuid = "f4f75c80-4ae6-4a6c-8a2c-4a0a3d9d1b6e";

interface Plan {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

async function plan(sandbox: Sandbox, xml: string, ...options: readonly string[]): Promise<Plan> {
  await writeFile(sandbox.outside("/run/wanted.xml"), xml);
  const command = [join(CHECKOUT, "bin/tsvirt"), "plan", "--connect", "qemu:///system", ...options, "/run/wanted.xml"];
  const { status, stdout, stderr } = await sandbox.run(command);
  return { status, out: stdout, err: stderr };
}

interface Change {
  readonly path: string;
  readonly when: string;
  readonly how: string;
  readonly pending: boolean;
}

async function changes(sandbox: Sandbox, xml: string): Promise<readonly Change[]> {
  const { out, err, status } = await plan(sandbox, xml, "--json");
  assert.notEqual(status, 1, err);
  return (JSON.parse(out) as { changes: readonly Change[] }).changes;
}

const nothing: Plan = { status: 0, out: "", err: "" };
const disk = "<disk type='file'><source file='/var/lib/libvirt/images/more.img'/><target dev='sdc' bus='scsi'/></disk>";

for (const kind of ["libvirtd", "tsvirtd"] as const) {
  test(
    `${kind}: a plan is empty for what is defined and says what else would change`,
    { skip: await obstacle(kind) },
    (context) =>
      withSandbox(context, async (sandbox) => {
        await using _daemon = await Daemon.start(sandbox, kind);
        const virsh = new Virsh(sandbox);
        const written = await tinyGuest(sandbox, "planned", { uuid, devices, settings });
        const first = await plan(sandbox, written);
        assert.equal(first.status, 2);
        assert.match(first.out, /^guest 'planned' is not defined/);

        await virsh.define(written);
        const definition = await virsh.run("dumpxml", "--inactive", "--security-info", "planned");
        assert.deepEqual(await plan(sandbox, definition), nothing);
        assert.deepEqual(await plan(sandbox, written), nothing);
        assert.deepEqual(JSON.parse((await plan(sandbox, definition, "--json")).out).changes, []);

        await virsh.run("start", "planned");
        assert.deepEqual(await plan(sandbox, definition), nothing);
        assert.deepEqual(await plan(sandbox, written), nothing);

        // What the running guest says has settled what its definition left open, until it is made the definition itself.
        const live = await virsh.run("dumpxml", "--security-info", "planned");
        assert.equal((await plan(sandbox, live)).status, 2);
        await virsh.define(live);
        assert.deepEqual(await plan(sandbox, live), nothing);
        await virsh.define(definition);

        const wanted = written
          .replace("<memory unit='MiB'>16<", "<title>planned</title><memory unit='MiB'>32<")
          .replace("</devices>", `${disk}</devices>`)
          .replace("model type='qxl'", "model type='vga'")
          .replace("<boot dev='hd'/>", "<boot dev='hd' dve='x'/>");
        const { status, out, err } = await plan(sandbox, wanted);
        assert.equal(status, 2);
        assert.match(err, /^\/run\/wanted\.xml:\d+:\d+: warning: unknown attribute 'dve'.*did you mean 'dev'\?/);
        assert.match(out, /^guest 'planned' \([0-9a-f-]{36}\), running:\n/);
        assert.match(
          out,
          /\n\+ \/domain\/title\n {4}\+ planned\n {4}can be done while the guest runs \(virsh desc --title\)\n/,
        );
        assert.match(out, /\n~ \/domain\/memory\n {4}16384 -> 32768\n {4}takes effect at the next start/);
        assert.match(
          out,
          /\n~ \/domain\/devices\/video\/model\/@type\n {4}qxl -> vga\n {4}takes effect at the next start/,
        );
        assert.match(
          out,
          /\n\+ \/domain\/devices\/disk\[target\/@dev='sdc'\]\n {4}\+ <disk type='file' device='disk'>\n/,
        );
        assert.match(out, /\n\d changes: 2 while the guest runs, [23] at the next start\n$/);

        await virsh.define(wanted);
        const left = await changes(sandbox, wanted);
        assert.ok(left.length >= 4);
        assert.ok(left.every(({ pending }) => pending));
      }),
  );

  test(`${kind}: what a plan calls possible while the guest runs is`, { skip: await obstacle(kind) }, (context) =>
    withSandbox(context, async (sandbox) => {
      await using _daemon = await Daemon.start(sandbox, kind);
      const virsh = new Virsh(sandbox);
      const written = await tinyGuest(sandbox, "planned", { uuid, devices, settings });
      await tinyGuest(sandbox, "more");
      await virsh.define(written);
      await virsh.run("start", "planned");
      await writeFile(sandbox.outside("/run/disk.xml"), disk);
      const wanted = written.replace("</devices>", `${disk}</devices>`);
      const [change, ...others] = await changes(sandbox, wanted);
      assert.deepEqual(others, []);
      assert.equal(change?.how, "virsh attach-device");
      await virsh.run("attach-device", "planned", "/run/disk.xml", "--live");
      assert.deepEqual(
        (await changes(sandbox, wanted)).map(({ how }) => how),
        ["virsh define; the running guest has it"],
      );
      await virsh.define(wanted);
      assert.deepEqual(await plan(sandbox, wanted), nothing);
      const [gone] = await changes(sandbox, written);
      assert.equal(gone?.path, "/domain/devices/disk[target/@dev='sdc']");
      assert.equal(gone?.how, "virsh detach-device");
    }),
  );
}

test(
  "tsvirtd: a refused document's problems are all in the log, and what was left aside of an accepted one",
  { skip: await obstacle("tsvirtd") },
  (context) =>
    withSandbox(context, async (sandbox) => {
      await using _daemon = await Daemon.start(sandbox, "tsvirtd");
      const written = await tinyGuest(sandbox, "logged");
      await writeFile(
        sandbox.outside("/run/wrong.xml"),
        written.replace("device='disk'", "device='dsik'").replace("model='none'", "model='nome'"),
      );
      const { status, stderr } = await sandbox.run(["virsh", "define", "/run/wrong.xml"]);
      assert.equal(status, 1);
      assert.match(
        stderr,
        /XML error: Invalid value for attribute 'device' in element 'disk': 'dsik'\..* and 1 more error/,
      );
      await writeFile(sandbox.outside("/run/odd.xml"), written.replace("<serial", "<seriall/><serial"));
      await sandbox.output(["virsh", "define", "/run/odd.xml"]);
      const log = await sandbox.logs();
      assert.match(log, /line 11:\d+: error: Invalid value for attribute 'device'.*did you mean 'disk'\?/);
      assert.match(
        log,
        /error: Invalid value for attribute 'model' in element 'memballoon': 'nome'.*did you mean 'none'\?/,
      );
      assert.match(log, /warning: unknown element 'seriall' in element 'devices'.*did you mean 'serial'\?/);
    }),
);
