// QEMUs that somebody started by hand, from command lines as people run them, managed with stock virsh (`virsh qemu-attach`).
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { bootImage } from "../../packages/shell/src/tsvirt/demo-image.ts";
import { Daemon, withSandbox } from "../support/daemon.ts";
import { type Sandbox, sandboxObstacle } from "../support/sandbox.ts";
import { until } from "../support/until.ts";
import { Virsh } from "../support/virsh.ts";
import { WatchedText } from "../support/watched-text.ts";

const skip = sandboxObstacle() ?? false;

interface HandMade {
  /** Whose command line it is, as in the collection of `packages/qemu/fixtures/import`; sizes, files and accelerators are ours. */
  readonly source: string;
  readonly line: string;
  /** What the domain is called; `attach-pid-N` without. */
  readonly name?: string;
  readonly uuid?: string;
  /** Targets of its disks. */
  readonly disks: readonly string[];
  /** The disk whose counters QEMU tells. */
  readonly counted?: string;
  /** It says on which terminal its serial port is. */
  readonly terminal?: boolean;
  readonly end: "shutdown" | "destroy";
  /** What of the document is looked for. */
  readonly shows: readonly RegExp[];
}

const lines: readonly HandMade[] = [
  {
    source: "github.com/louis-br/docker2vm test/qemu.sh",
    line: `-m 64M -device virtio-blk-pci,drive=disk0,bootindex=0 -drive id=disk0,if=none,format=raw,file=./disk.img
      -device e1000,netdev=net0 -netdev user,id=net0 -serial pty -display none -qmp unix:qmp.sock,server=on,wait=off`,
    disks: ["vda"],
    counted: "vda",
    terminal: true,
    end: "shutdown",
    shows: [
      /<model type='e1000'\/>/,
      /<mac address='52:54:00:12:34:56'\/>/,
      /<source file='\/run\/hand0\/disk\.img'\/>/,
    ],
  },
  {
    source: "github.com/li-yiyang/qemu-opengenera",
    line: `-m 64 -hda disk.img -cdrom cidata.iso -device e1000,netdev=net0 -netdev user,id=net0,hostfwd=tcp:127.0.0.1:2222-:22
      -serial null -display none -monitor unix:monitor.sock,server,nowait`,
    disks: ["hda", "hdc"],
    counted: "hda",
    end: "shutdown",
    shows: [/device='cdrom'/],
  },
  {
    source: "gist.github.com/anonymous/9925063",
    line: `-monitor unix:/run/hand2/monitor,server,nowait -name vm1 -chardev socket,id=serial0,path=console.sock,server,nowait
      -serial chardev:serial0 -m 32 -smp 2 -netdev user,id=net0 -device e1000,netdev=net0,mac=52:54:00:00:00:01
      -drive id=disk,file=disk.img,if=none,format=raw -device ide-hd,drive=disk -display none
      -qmp tcp:127.0.0.1:5555,server,nowait -qmp unix:second.sock,server,nowait`,
    name: "vm1",
    disks: ["hda"],
    counted: "hda",
    end: "destroy",
    shows: [
      /<mac address='52:54:00:00:00:01'\/>/,
      /<vcpu[^>]*>2</,
      /<source mode='bind' path='\/run\/hand2\/console\.sock'\/>/,
    ],
  },
  {
    source: "github.com/kata-containers/runtime pull 2775",
    line: `-name sandbox -uuid cef665db-dacf-42f0-a74a-8fcd250c64ec -machine pc,accel=tcg -qmp unix:/run/hand3/qmp.sock,server,nowait
      -m 64M,slots=10,maxmem=1024M -device pci-bridge,bus=pci.0,id=pci-bridge-0,chassis_nr=1,shpc=on,addr=2,romfile=
      -device virtio-serial-pci,disable-modern=false,id=serial0,romfile= -device virtconsole,chardev=charconsole0,id=console0
      -chardev pty,id=charconsole0 -device virtio-scsi-pci,id=scsi0,disable-modern=false,romfile=
      -object rng-random,id=rng0,filename=/dev/urandom -device virtio-rng-pci,rng=rng0,romfile=
      -global kvm-pit.lost_tick_policy=discard -vga none -no-user-config -nodefaults -nographic -no-reboot`,
    name: "sandbox",
    uuid: "cef665db-dacf-42f0-a74a-8fcd250c64ec",
    disks: [],
    terminal: true,
    end: "destroy",
    shows: [/<alias name='console0'\/>/, /<rng model='virtio'/],
  },
  {
    source: "github.com/Thomas-Tsai/clonezilla-ci win11-prepare",
    line: `-m 64M -smp cores=4 -accel tcg -M q35,usb=on -drive file=disk.qcow2,format=qcow2,if=virtio
      -drive file=cidata.iso,media=cdrom -device usb-tablet -netdev user,id=net0,hostfwd=tcp:127.0.0.1:13389-:3389
      -device virtio-net-pci,netdev=net0 -display none -qmp-pretty unix:qmp.sock,server=on,wait=off`,
    disks: ["vda", "sda"],
    counted: "vda",
    end: "destroy",
    shows: [/machine='pc-q35-7\.2'/, /<driver name='qemu' type='qcow2'\/>/, /<vcpu[^>]*>4</],
  },
  {
    source: "github.com/alexdboxall/Merlon-Operating-System build",
    line: `-audiodev none,id=audio0 -machine pcspk-audiodev=audio0 -monitor pty -hda disk.img -serial file:log.txt
      -serial pty -serial file:l2.txt -m 16 -rtc base=localtime -d guest_errors,cpu_reset -display none`,
    disks: ["hda"],
    counted: "hda",
    end: "destroy",
    shows: [/<clock offset='(?:localtime|timezone)'/],
  },
  {
    source: "github.com/mrkimoz/Win98-Docker start.sh",
    line: `-drive file=disk.img,format=raw -m 128 -device cirrus-vga -net nic,model=rtl8139 -net user -vnc :7
      -qmp unix:qmp.sock,server=on,wait=off -S`,
    disks: ["hda"],
    counted: "hda",
    end: "shutdown",
    shows: [/<graphics type='vnc' port='5907'/, /<model type='cirrus'/],
  },
  {
    source: "QEMU manual, block device options (backing file)",
    line: `-nodefaults -blockdev '{"driver":"file","filename":"disk.img","node-name":"base-file"}'
      -blockdev '{"driver":"raw","file":"base-file","node-name":"base"}' -blockdev driver=file,filename=top.qcow2,node-name=top-file
      -blockdev driver=qcow2,file=top-file,backing=base,node-name=top -device virtio-blk-pci,drive=top -display none
      -chardev socket,id=mon,path=qmp.sock,server=on,wait=off -mon chardev=mon,mode=control`,
    disks: ["vda"],
    counted: "vda",
    end: "destroy",
    shows: [/<backingStore/],
  },
  {
    source: "pastebin.com/FVTAhw7n (blockdev in one)",
    line: `-machine q35,accel=tcg -m 64 -device virtio-scsi-pci,id=scsi
      -blockdev driver=raw,node-name=disk.0,discard=unmap,file.driver=file,file.filename=disk.img
      -device scsi-hd,drive=disk.0,bus=scsi.0,id=system -display none -qmp unix:qmp.sock,server=on,wait=off`,
    disks: ["sda"],
    counted: "sda",
    end: "destroy",
    shows: [/<alias name='system'\/>/],
  },
  {
    source: "pastebin.com/ikutMSDc",
    line: `-M pc -m 32 -smp 1,sockets=1,cores=1,threads=1 -name galemo -uuid 171b4536-84ea-041d-d318-16b8fb20f855 -nodefaults
      -chardev socket,id=monitor,path=/run/hand9/galemo.monitor,server,nowait -mon chardev=monitor,mode=readline -rtc base=utc
      -boot c -drive if=none,media=cdrom,id=drive-ide0-1-0 -device ide-cd,bus=ide.1,unit=0,drive=drive-ide0-1-0,id=ide0-1-0
      -drive file=disk.img,if=none,id=drive-virtio-disk0,format=raw -device virtio-blk-pci,bus=pci.0,addr=0x5,drive=drive-virtio-disk0,id=virtio-disk0
      -usb -device cirrus-vga,id=video0 -display none -device virtio-balloon-pci,id=balloon0`,
    name: "galemo",
    uuid: "171b4536-84ea-041d-d318-16b8fb20f855",
    disks: ["hdc", "vda"],
    counted: "vda",
    end: "shutdown",
    shows: [/<alias name='virtio-disk0'\/>/, /<memballoon model='virtio'>/],
  },
];

/** Starts one in a directory of its own, as its user would; gives its number inside the sandbox. */
async function startByHand(sandbox: Sandbox, { line }: HandMade, index: number): Promise<string> {
  const directory = `/run/hand${index}`;
  await sandbox.output(["mkdir", directory]);
  await writeFile(sandbox.outside(`${directory}/disk.img`), bootImage());
  const images =
    "truncate -s 1M disk.img cidata.iso; qemu-img create -q -f qcow2 disk.qcow2 4M; qemu-img create -q -f qcow2 top.qcow2 4M";
  const command = `qemu-system-x86_64 ${line.replaceAll("\n", " ")}`;
  const script = `cd ${directory} && { ${images}; } && ${command} -daemonize -pidfile qemu.pid 2>err.txt || { cat err.txt; exit 1; }`;
  await sandbox.output(["sh", "-c", script.replace("-nographic", "-display none")]);
  return (await sandbox.output(["cat", `${directory}/qemu.pid`])).trim();
}

/** What the files of a QEMU are like: nothing of it may change. */
function filesOf(sandbox: Sandbox, index: number): Promise<string> {
  return sandbox.output(["sh", "-c", `cd /run/hand${index} && stat -c '%A %n %u:%g %h' *`]);
}

test("QEMUs started by hand are managed by stock virsh", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    const virsh = new Virsh(sandbox);
    let daemon = await Daemon.start(sandbox, "tsvirtd");
    const guests: (HandMade & { readonly domain: string; readonly pid: string; readonly files: string })[] = [];
    for (const [index, each] of lines.entries()) {
      const pid = await startByHand(sandbox, each, index);
      const files = await filesOf(sandbox, index);
      const { stderr, status } = await virsh.attempt(["qemu-attach", pid]);
      assert.equal(status, 0, `${each.source}: ${stderr}`);
      guests.push({ ...each, pid, files, domain: each.name ?? `attach-pid-${pid}` });
    }
    assert.equal((await virsh.run("list", "--name")).split("\n").length, lines.length);
    for (const { domain, source, uuid, disks, counted, terminal, shows } of guests) {
      const info = await virsh.run("dominfo", domain);
      assert.match(info, /Persistent: +no\n/, source);
      assert.match(info, /tainted: managing externally launched configuration/, source);
      if (uuid !== undefined) assert.equal(await virsh.run("domuuid", domain), uuid, source);
      const document = await virsh.run("dumpxml", domain);
      for (const pattern of shows) assert.match(document, pattern, source);
      const shown = await virsh.run("domblklist", domain);
      const targets = shown === "" ? [] : shown.split("\n").map((row) => row.trim().split(/\s+/)[0]);
      assert.deepEqual(targets, disks, source);
      if (terminal === true) assert.match(await virsh.run("ttyconsole", domain), /^\/dev\/pts\/\d+$/, source);
      const stats = await virsh.run("domstats", domain);
      assert.match(stats, /vcpu\.0\.time=\d+/, source);
      if (counted === undefined) continue;
      assert.match(await virsh.run("domblkinfo", domain, counted), /Capacity: +[1-9]/, source);
      assert.match(stats, new RegExp(`block\\.${disks.indexOf(counted)}\\.rd\\.reqs=\\d+`), source);
      assert.match(await virsh.run("domblkstat", domain, counted), /rd_req \d+/, source);
    }
    for (const { domain, line } of guests) {
      if (!line.endsWith("-S")) await virsh.run("suspend", domain);
      assert.match(await virsh.run("domstate", domain), /^paused$/);
    }
    await daemon.crash();
    daemon = await Daemon.start(sandbox, "tsvirtd");
    for (const [index, { domain, source }] of guests.entries()) {
      await virsh.state(domain, "paused");
      assert.equal(await virsh.run("domid", domain), String(index + 1), source);
      await virsh.run("resume", domain);
      assert.equal(await virsh.run("domstate", domain), "running", source);
      if (lines[index]?.counted !== undefined) {
        assert.match(await virsh.run("domblkstat", domain, lines[index].counted), /rd_req \d+/, source);
      }
    }
    assert.equal(await daemon.stop(), 0);
    assert.equal((await sandbox.emulators()).length, lines.length, "QEMUs outlive the daemon");
    await using _daemon = await Daemon.start(sandbox, "tsvirtd");
    for (const [index, { domain, source, end, files }] of guests.entries()) {
      await virsh.state(domain, "running");
      if (end === "destroy") await virsh.run("destroy", domain);
      else {
        await until(
          async () => {
            const { status } = await virsh.attempt(["shutdown", domain]);
            return status !== 0 && (await virsh.attempt(["domid", domain])).status !== 0;
          },
          { what: `${source} to be off` },
        );
      }
      // QEMU itself removes its sockets and its pid file.
      const left = (await filesOf(sandbox, index)).split("\n");
      for (const row of files.split("\n")) {
        if (!/^s|^\S+ qemu\.pid /.test(row)) assert.ok(left.includes(row), `${source}: ${row}`);
      }
    }
    assert.equal(await virsh.run("list", "--all"), "");
    assert.equal((await sandbox.emulators()).length, 0);
  });
});

test("a console, events and the end of a QEMU that was attached to", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    const virsh = new Virsh(sandbox);
    await using _daemon = await Daemon.start(sandbox, "tsvirtd");
    const [first] = lines;
    assert.ok(first);
    const pid = await startByHand(sandbox, first, 0);
    await virsh.run("qemu-attach", pid);
    const domain = `attach-pid-${pid}`;
    {
      await using console = await virsh.console(domain);
      await console.ask("k", /You pressed: k/);
    }
    const events = sandbox.session(["virsh", "event", "--domain", domain, "--event", "lifecycle", "--loop"]);
    const text = new WatchedText(events.stdout);
    await until(
      async () => {
        await virsh.run("suspend", domain);
        await virsh.run("resume", domain);
        return (await text.find(/Resumed/, { signal: AbortSignal.timeout(3_000) })) !== undefined;
      },
      { what: "events" },
    );
    const passed = `virsh -q qemu-monitor-command ${domain} --pass-fds 3 '{"execute":"getfd","arguments":{"fdname":"one"}}' 3</dev/null`;
    assert.match(await sandbox.output(["sh", "-c", passed]), /"return":\{\}/);
    assert.match(await virsh.run("qemu-monitor-command", domain, "--hmp", "info status"), /^VM status: running/);
    const asked = await virsh.attempt(["qemu-agent-command", domain, '{"execute":"guest-ping"}']);
    assert.match(asked.stderr, /argument unsupported: QEMU guest agent is not configured/);
    await virsh.run("destroy", domain);
    await text.find(/Stopped Destroyed/);
    await events.kill();
    assert.equal((await virsh.attempt(["domid", domain])).status, 1);
  });
});

test("what cannot be attached to is refused with the reason", { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    const virsh = new Virsh(sandbox);
    await using _daemon = await Daemon.start(sandbox, "tsvirtd");
    const refused = async (pid: string, reason: RegExp): Promise<void> => {
      const { status, stderr } = await virsh.attempt(["qemu-attach", pid]);
      assert.equal(status, 1);
      assert.match(stderr, reason);
    };
    await refused("99999", /there is no process with this number/);
    await refused("1", /is not QEMU/);
    const options = { source: "", disks: [], end: "destroy", shows: [] } as const;
    const mute = await startByHand(sandbox, { ...options, line: "-m 16 -display none" }, 0);
    await refused(mute, /it has no monitor that can be used.*start QEMU with -qmp unix:/);
    const busy = await startByHand(
      sandbox,
      { ...options, line: "-m 16 -display none -name busy -qmp unix:q,server=on,wait=off" },
      1,
    );
    const holder = sandbox.session([
      "sh",
      "-c",
      "python3 -c \"import socket,sys;s=socket.socket(1);s.connect('/run/hand1/q');print(s.recv(4),flush=True);sys.stdin.read()\"",
    ]);
    await new WatchedText(holder.stdout).find(/b'/);
    await refused(busy, /it is in use by another program, or does not answer/);
    await holder.kill();
    await virsh.run("qemu-attach", busy);
    await refused(busy, /it is domain 'busy' already/);
    const twin = await startByHand(
      sandbox,
      { ...options, line: "-m 16 -display none -name busy -qmp unix:q,server=on,wait=off" },
      2,
    );
    await refused(twin, /domain 'busy' already exists with uuid/);
  });
});
