// Emulators from before QMP and Xenner, which nobody ships any more: recorded outputs and a program that speaks the text
// monitor stand in for them, in a sandbox whose /usr/bin has them. The daemon is driven by unmodified virsh.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { Daemon, withSandbox } from "../support/daemon.ts";
import { OldEmulators, overlayObstacle } from "../support/old-emulators.ts";
import { CHECKOUT, type Sandbox, sandboxObstacle } from "../support/sandbox.ts";
import { Virsh } from "../support/virsh.ts";

const skip = sandboxObstacle() ?? (await overlayObstacle()) ?? false;

async function image(sandbox: Sandbox): Promise<string> {
  const path = "/var/lib/libvirt/images/vm.img";
  await writeFile(sandbox.outside(path), "");
  return path;
}

interface GuestParts {
  readonly emulator: string;
  readonly type?: string;
  readonly os?: string;
  readonly disk: string;
  readonly target?: string;
  readonly devices?: string;
}

function guest({
  emulator,
  type = "qemu",
  os,
  disk,
  target = "dev='hda' bus='ide'",
  devices = "",
}: GuestParts): string {
  return `<domain type='${type}'>
  <name>old</name>
  <uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
  <memory>219200</memory>
  <os>${os ?? "<type arch='i686' machine='pc'>hvm</type><boot dev='hd'/>"}</os>
  <devices>
    <emulator>${emulator}</emulator>
    <disk type='file' device='disk'><source file='${disk}'/><target ${target}/></disk>${devices}
  </devices>
</domain>`;
}

/** The `<guest>` elements of the capabilities that have this path in them, each on one line. */
async function guestsOf(virsh: Virsh, path: string): Promise<string[]> {
  const xml = await virsh.run("capabilities");
  const guests = [...xml.matchAll(/<guest>.*?<\/guest>/gs)].map(([each]) => each.replace(/>\s+</g, "><"));
  return guests.filter((each) => each.includes(`>${path}<`));
}

test(
  "a guest of QEMU 0.9.1 is started, watched, suspended, resumed, asked, taken over and shut down",
  { skip },
  (context) =>
    withSandbox(context, async (sandbox) => {
      await OldEmulators.install(sandbox, { qemu: { record: "qemu-0.9.1" } });
      await using first = await Daemon.start(sandbox, "tsvirtd");
      const virsh = new Virsh(sandbox);
      const disk = await image(sandbox);
      await virsh.define(
        guest({ emulator: "/usr/bin/qemu", disk, devices: "<serial type='pty'/><graphics type='vnc'/>" }),
      );
      await virsh.run("start", "old");
      assert.match(await virsh.run("list"), /^\d+\s+old\s+running$/m);
      await virsh.run("suspend", "old");
      assert.equal(await virsh.run("domstate", "--reason", "old"), "paused (user)");
      await virsh.run("resume", "old");
      assert.equal(await virsh.run("domstate", "old"), "running");
      assert.match(await virsh.run("qemu-monitor-command", "old", "--hmp", "info status"), /VM status: running/);
      assert.match(await virsh.run("domblkstat", "old", "hda"), /hda rd_bytes 512/);
      const xml = await virsh.run("dumpxml", "old");
      assert.match(xml, /<alias name='ide0-hd0'\/>/);
      assert.match(xml, /<console type='pty' tty='\/dev\/pts\/\d+'>/);
      {
        await using console = await virsh.console("old");
        await console.ask("hello\r", /HELLO/);
      }
      await virsh.run("screenshot", "old", "/run/screen.ppm");
      assert.equal((await readFile(sandbox.outside("/run/screen.ppm"))).toString("latin1").slice(0, 2), "P6");
      await virsh.run("send-key", "old", "KEY_A");
      await virsh.run("reset", "old");
      const log = await readFile(sandbox.outside("/var/log/libvirt/qemu/old.log"), "utf8");
      assert.match(log, /^\/usr\/bin\/qemu \\\n-S \\\n-M pc \\\n-no-kqemu \\\n-m 214 \\$/m);

      await first.crash();
      await using second = await Daemon.start(sandbox, "tsvirtd");
      assert.equal(await virsh.run("domstate", "old"), "running");
      await virsh.run("suspend", "old");
      await virsh.run("resume", "old");
      await virsh.run("shutdown", "old");
      await virsh.state("old", "shut off");
      assert.equal(await virsh.run("domstate", "--reason", "old"), "shut off (shutdown)");

      await virsh.run("start", "old", "--paused");
      await virsh.run("destroy", "old");
      assert.equal(await virsh.run("domstate", "--reason", "old"), "shut off (destroyed)");
      await virsh.run("undefine", "old");
      assert.equal(await second.stop(), 0);
    }),
);

test("a guest of QEMU 0.8.1, whose monitor is a pty", { skip }, (context) =>
  withSandbox(context, async (sandbox) => {
    await OldEmulators.install(sandbox, { qemu: { record: "qemu-0.8.1" } });
    await using first = await Daemon.start(sandbox, "tsvirtd");
    const virsh = new Virsh(sandbox);
    const disk = await image(sandbox);
    await virsh.define(guest({ emulator: "/usr/bin/qemu", disk, devices: "<serial type='pty'/>" }));
    await virsh.run("start", "old");
    assert.match(await virsh.run("dumpxml", "old"), /<console type='pty' tty='\/dev\/pts\/\d+'>/);
    await first.crash();
    await using _second = await Daemon.start(sandbox, "tsvirtd");
    assert.equal(await virsh.run("domstate", "old"), "running");
    await virsh.run("suspend", "old");
    assert.equal(await virsh.run("domstate", "old"), "paused");
    await virsh.run("resume", "old");
    await virsh.run("destroy", "old");
    assert.equal(await virsh.run("domstate", "old"), "shut off");
  }),
);

test("each of the manual's emulators is found, broken ones hide none, and what changes is seen", { skip }, (context) =>
  withSandbox(context, async (sandbox) => {
    const old = await OldEmulators.install(sandbox, {
      qemu: { record: "qemu-0.9.1" },
      "qemu-system-ppc": { record: "qemu-1.1.2-ppc" },
      "qemu-system-microblaze": { script: "#!/bin/sh\necho 'no emulator'; exit 3\n" },
      "qemu-system-microblazeel": { script: "no program at all\n" },
      "qemu-system-mips": { script: "#!/bin/sh\nexit 0\n", mode: 0o644 },
      "qemu-system-mipsel": { script: "#!/bin/sh\nkill -9 $$\n" },
    });
    await using _daemon = await Daemon.start(sandbox, "tsvirtd");
    const virsh = new Virsh(sandbox);
    const [ppc] = await guestsOf(virsh, "/usr/bin/qemu-system-ppc");
    assert.match(ppc ?? "", /<os_type>hvm<\/os_type><arch name='ppc'><wordsize>32<\/wordsize>/);
    assert.match(ppc ?? "", /<machine>g3beige<\/machine>.*<domain type='qemu'\/>/);
    assert.equal((await guestsOf(virsh, "/usr/bin/qemu-system-x86_64")).length > 0, true);
    const [qemu] = await guestsOf(virsh, "/usr/bin/qemu");
    assert.match(
      qemu ?? "",
      /<arch name='i686'>.*<machine>pc<\/machine><machine>isapc<\/machine><domain type='qemu'\/>/,
    );
    assert.match(qemu ?? "", /<pae\/><nonpae\/><acpi default='on' toggle='yes'\/>/);
    for (const arch of ["microblaze", "microblazeel", "mips", "mipsel"]) {
      assert.deepEqual(await guestsOf(virsh, `/usr/bin/qemu-system-${arch}`), [], arch);
    }
    const log = await readFile(sandbox.outside("/var/log/libvirt/tsvirtd.out"), "utf8");
    for (const name of ["microblaze", "microblazeel", "mipsel"]) {
      assert.equal(log.match(new RegExp(`emulator left out.*qemu-system-${name}\\b`, "g"))?.length, 1, log);
    }
    // A client that names one of them hears why.
    const disk = await image(sandbox);
    const named = async (emulator: string): Promise<string> => {
      await writeFile(sandbox.outside("/run/named.xml"), guest({ emulator, disk }));
      return (await virsh.attempt(["define", "/run/named.xml"])).stderr;
    };
    assert.match(await named("/usr/bin/qemu-system-microblaze"), /Failed to probe QEMU binary with QMP|qemu/);
    assert.match(await named("/usr/bin/qemu-system-mips"), /Cannot check QEMU binary .*: Permission denied/);
    assert.match(await named("/usr/bin/qemu-kvm"), /Cannot check QEMU binary \/usr\/bin\/qemu-kvm: No such file/);

    await old.put("qemu-system-microblaze", { record: "qemu-0.9.1" });
    assert.equal((await guestsOf(virsh, "/usr/bin/qemu-system-microblaze")).length, 1);
  }),
);

for (const [binary, device] of [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const) {
  const what = `${binary ? "with" : "without"} qemu-kvm and xenner, ${device ? "with" : "without"} /dev/kvm`;
  test(`capabilities and refusals ${what}`, { skip }, (context) =>
    withSandbox(context, async (sandbox) => {
      const old = await OldEmulators.install(sandbox, {
        ...(binary && { "qemu-kvm": { record: "kvm-72" }, xenner: { record: "xenner" } }),
        // A current one would offer KVM by itself.
        "qemu-system-x86_64": { record: "qemu-0.9.1" },
      });
      if (device) await old.makeKvm();
      await using _daemon = await Daemon.start(sandbox, "tsvirtd");
      const virsh = new Virsh(sandbox);
      const offered = binary && device;
      const [native] = await guestsOf(virsh, "/usr/bin/qemu-system-x86_64");
      assert.equal(
        /<domain type='kvm'><emulator>\/usr\/bin\/qemu-kvm<\/emulator><machine>pc</.test(native ?? ""),
        offered,
      );
      assert.match(native ?? "", /<domain type='qemu'\/>/);
      const xen = await guestsOf(virsh, "/usr/bin/xenner");
      assert.equal(xen.length, offered ? 2 : 0);
      for (const each of xen) {
        assert.match(each, /<os_type>xen<\/os_type>.*<machine>xenner<\/machine><domain type='kvm'\/>/);
      }
      const disk = await image(sandbox);
      const os = "<type arch='x86_64' machine='pc'>hvm</type>";
      await writeFile(
        sandbox.outside("/run/kvm.xml"),
        guest({ emulator: binary ? "/usr/bin/qemu-kvm" : "/usr/bin/qemu-system-x86_64", type: "kvm", os, disk }),
      );
      const defined = await virsh.attempt(["define", "/run/kvm.xml"]);
      if (offered) assert.equal(defined.status, 0, defined.stderr);
      else assert.match(defined.stderr, /Domain requires KVM, but it is not available/);
    }),
  );
}

test(
  "a Xen guest starts under /usr/bin/xenner with kernel, initial RAM disk and paravirtual disk",
  { skip },
  (context) =>
    withSandbox(context, async (sandbox) => {
      const old = await OldEmulators.install(sandbox, { xenner: { record: "xenner" } });
      await old.makeKvm();
      await using _daemon = await Daemon.start(sandbox, "tsvirtd");
      const virsh = new Virsh(sandbox);
      const disk = await image(sandbox);
      for (const name of ["vmlinuz", "initrd"]) await writeFile(sandbox.outside(`/var/lib/libvirt/images/${name}`), "");
      const os = `<type arch='x86_64' machine='xenner'>xen</type><kernel>/var/lib/libvirt/images/vmlinuz</kernel>
      <initrd>/var/lib/libvirt/images/initrd</initrd><cmdline>root=/dev/xvda ro</cmdline>`;
      await virsh.define(guest({ emulator: "/usr/bin/xenner", type: "kvm", os, disk, target: "dev='xvda' bus='xen'" }));
      await virsh.run("start", "old");
      assert.equal(await virsh.run("domstate", "old"), "running");
      const log = await readFile(sandbox.outside("/var/log/libvirt/qemu/old.log"), "utf8");
      assert.match(
        log,
        /^\/usr\/bin\/xenner \\\n-S \\\n-M xenner \\\n-m 214 \\\n-smp 1 \\\n-name old \\\n-domid 1 \\$/m,
      );
      assert.match(
        log,
        /^-append 'root=\/dev\/xvda ro' \\\n-drive file=\/var\/lib\/libvirt\/images\/vm.img,if=xen,index=0 \\$/m,
      );
      await virsh.run("shutdown", "old");
      await virsh.state("old", "shut off");
    }),
);

test(
  "tsvirt probe writes an old emulator's profile, with which convert gives the manual's own export",
  { skip },
  (context) =>
    withSandbox(context, async (sandbox) => {
      await OldEmulators.install(sandbox, { qemu: { record: "qemu-0.9.1" } });
      const tsvirt = `${CHECKOUT}/bin/tsvirt`;
      await sandbox.output(["sh", "-c", `${tsvirt} probe /usr/bin/qemu > /run/profile`]);
      const source = guest({ emulator: "/usr/bin/qemu", disk: "/dev/HostVG/QEMUGuest1" })
        .replace("<name>old", "<name>QEMUGuest1")
        .replace("disk type='file'", "disk type='block'")
        .replace("source file=", "source dev=");
      await writeFile(sandbox.outside("/run/demo.xml"), source);
      const env = { PATH: "/usr/bin:/bin", HOME: "/home/test", USER: "test", LOGNAME: "test" };
      await writeFile(sandbox.outside("/run/host.json"), JSON.stringify({ env }));
      const convert = [tsvirt, "convert", "to-argv", "--capabilities", "/run/profile", "--host", "/run/host.json"];
      await sandbox.output([...convert, "--out-dir", "/run/out", "/run/demo.xml"]);
      const written = await readFile(sandbox.outside("/run/out/demo.args"), "utf8");
      assert.equal(
        written.replace(/ \\\n/g, " ").trim(),
        "LC_ALL=C PATH=/usr/bin:/bin HOME=/home/test USER=test LOGNAME=test /usr/bin/qemu -S -M pc -no-kqemu -m 214 -smp 1 " +
          "-name QEMUGuest1 -nographic -monitor pty -no-acpi -boot c -drive file=/dev/HostVG/QEMUGuest1,if=ide,index=0 " +
          "-net none -serial none -parallel none -usb",
      );
    }),
);
