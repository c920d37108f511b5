// tsvirsh beside stock virsh on one stock libvirtd: what they print, and how they end, must be the same.
import assert from "node:assert/strict";
import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Daemon, withSandbox } from "../support/daemon.ts";
import { CHECKOUT, type CommandResult, type Sandbox, sandboxObstacle } from "../support/sandbox.ts";

/** Small, and started from nothing: it stays at "no bootable device". */
const PLAIN = `<domain type='qemu'>
  <name>d1</name>
  <uuid>d1d1d1d1-0000-4000-8000-000000000001</uuid>
  <memory>65536</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='/var/lib/libvirt/images/d1.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
  </devices>
</domain>
`;
/** With a device of each kind that some command shows. */
const RICH = `<domain type='qemu'>
  <name>d2</name>
  <uuid>d2d2d2d2-0000-4000-8000-000000000002</uuid>
  <title>the second</title>
  <description>A guest with many devices</description>
  <memory unit='MiB'>128</memory>
  <vcpu current='1'>4</vcpu>
  <iothreads>1</iothreads>
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='/var/lib/libvirt/images/d2.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='/var/lib/libvirt/images/d2.raw'/>
      <target dev='sda' bus='scsi'/>
      <readonly/>
    </disk>
    <disk type='file' device='cdrom'>
      <target dev='sdb' bus='sata'/>
    </disk>
    <controller type='scsi' model='virtio-scsi'/>
    <interface type='network'>
      <mac address='52:54:00:d2:d2:01'/>
      <source network='default'/>
      <model type='virtio'/>
    </interface>
    <interface type='user'>
      <mac address='52:54:00:d2:d2:02'/>
    </interface>
    <serial type='pty'/>
    <console type='pty'/>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'/>
    <video><model type='vga'/></video>
    <memballoon model='virtio'/>
  </devices>
</domain>
`;
const DISK = `<disk type='file' device='disk'>
  <driver name='qemu' type='qcow2'/>
  <source file='/var/lib/libvirt/images/extra.qcow2'/>
  <target dev='vdb' bus='virtio'/>
</disk>
`;
const NETWORK = `<network>
  <name>net1</name>
  <uuid>aeaeaeae-0000-4000-8000-000000000001</uuid>
  <bridge name='virbr9'/>
  <ip address='192.168.99.1' netmask='255.255.255.0'/>
</network>
`;
/** The commands' working directory in the sandbox. */
const PLACE = "/var/lib/libvirt/w";

interface Line {
  readonly loose: boolean;
  readonly command: string;
  readonly input: string;
  /** Run between the two. */
  readonly undo: string | undefined;
  /** Run once by a shell instead. */
  readonly preparation: boolean;
}

function parseLine(source: string): Line {
  const loose = source.startsWith("@N ");
  const preparation = source.startsWith("! ");
  const [rest = "", undo] = source.replace(/^(@N|!) /, "").split(" ~~ ");
  const [command = "", input = ""] = rest.split("<<< ");
  return { loose, preparation, command: command.trim(), input: input.replaceAll("\\n", "\n"), undo };
}

/** The commands of the fixture by the tests they are of. */
async function readGroups(): Promise<ReadonlyMap<string, readonly Line[]>> {
  const text = await readFile(join(CHECKOUT, "test/fixtures/shell-vs-virsh.txt"), "utf8");
  const groups = new Map<string, Line[]>();
  let group: Line[] = [];
  for (const line of text.split("\n")) {
    const [, title] = /^## (.*)$/.exec(line) ?? [];
    if (title !== undefined) {
      group = [];
      groups.set(title, group);
    } else if (line !== "" && !line.startsWith("# ") && line !== "#") {
      group.push(parseLine(line));
    }
  }
  return groups;
}

/** What differs from run to run, or with the program's name. */
function comparable({ status, stdout, stderr }: CommandResult, loose: boolean): CommandResult {
  const clean = (text: string): string => {
    const same = text
      .replaceAll("tsvirsh", "virsh")
      .replace(/CPU time:( +)[\d.]+s/g, "CPU time:$1Ns")
      .replace(/"id":( ?)"libvirt-\d+"/g, '"id":$1"libvirt-N"')
      .replace(/\(Time: [\d.]+ ms\)/g, "(Time: N ms)")
      .replace(/"thread-id": \d+/g, '"thread-id": N');
    return loose ? same.replace(/\d+/g, "N").replace(/ +/g, " ") : same;
  };
  return { status, stdout: clean(stdout), stderr: clean(stderr) };
}

const missing = async (path: string): Promise<boolean> =>
  access(path).then(
    () => false,
    () => true,
  );

async function obstacle(): Promise<string | false> {
  const wanted = ["/usr/bin/virsh", "/usr/sbin/libvirtd", "/usr/bin/qemu-img", "/usr/bin/qemu-system-x86_64"];
  for (const path of wanted) if (await missing(path)) return `needs ${path}`;
  return sandboxObstacle() ?? false;
}

async function prepare(sandbox: Sandbox): Promise<void> {
  await sandbox.output(["mkdir", "-p", PLACE]);
  for (const [name, text] of [
    ["d1.xml", PLAIN],
    ["d2.xml", RICH],
    ["disk.xml", DISK],
    ["net.xml", NETWORK],
  ] as const) {
    await writeFile(sandbox.outside(join(PLACE, name)), text);
  }
  for (const [name, format] of [
    ["d1.qcow2", "qcow2"],
    ["d2.qcow2", "qcow2"],
    ["extra.qcow2", "qcow2"],
    ["d2.raw", "raw"],
  ] as const) {
    await sandbox.output(["qemu-img", "create", "-q", "-f", format, `/var/lib/libvirt/images/${name}`, "16M"]);
  }
  // QEMU runs as a user of its own there.
  await sandbox.output(["sh", "-c", "chmod 666 /var/lib/libvirt/images/*"]);
}

const shell = (line: string): readonly string[] => ["sh", "-c", `cd ${PLACE} && ${line}`];

async function compare(context: TestContext, sandbox: Sandbox, lines: readonly Line[]): Promise<void> {
  const different: string[] = [];
  for (const { loose, command, input, undo, preparation } of lines) {
    if (preparation) {
      await sandbox.output(shell(command));
      continue;
    }
    const virsh = comparable(await sandbox.run(shell(`virsh ${command}`), { input }), loose);
    if (undo !== undefined) await sandbox.output(shell(undo));
    const tsvirsh = comparable(await sandbox.run(shell(`${CHECKOUT}/bin/tsvirsh ${command}`), { input }), loose);
    try {
      assert.deepEqual(tsvirsh, virsh);
    } catch (error) {
      if (!(error instanceof assert.AssertionError)) throw error;
      different.push(`${command}\n  virsh:   ${JSON.stringify(virsh)}\n  tsvirsh: ${JSON.stringify(tsvirsh)}`);
    }
  }
  context.diagnostic(`${lines.filter(({ preparation }) => !preparation).length} commands compared`);
  assert.deepEqual(different, []);
}

test("tsvirsh prints what virsh prints", { skip: await obstacle() }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await using _daemon = await Daemon.start(sandbox, "libvirtd");
    await prepare(sandbox);
    for (const [title, lines] of await readGroups()) {
      await context.test(title, (inner) => compare(inner, sandbox, lines));
    }
  });
});
