// What the daemon may cost: memory and processes. Nothing here measures time; bench/ does.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { Daemon, withSandbox } from "../support/daemon.ts";
import { descendants } from "../support/processes.ts";
import { type Sandbox, sandboxObstacle } from "../support/sandbox.ts";
import { until } from "../support/until.ts";
import { Virsh } from "../support/virsh.ts";

const skip = sandboxObstacle() ?? false;
/** MB that an idle daemon may have resident. */
const IDLE_LIMIT = 75;
/** KB that a defined guest may cost. */
const DEFINITION_LIMIT = 12;
const DEFINITIONS = 10_000;

async function residentKilobytes(pid: number): Promise<number> {
  return Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** Ticks of processor time that a process has used. */
async function ticks(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** Puts definitions where the daemon finds them when it starts, as a swapped daemon would. */
async function plantDefinitions(sandbox: Sandbox, count: number): Promise<void> {
  await mkdir(sandbox.outside("/etc/libvirt/qemu"), { recursive: true });
  for (let index = 0; index < count; index++) {
    const uuid = `00000000-0000-4000-8000-${index.toString(16).padStart(12, "0")}`;
    const document = `<domain type='qemu'>
  <name>many${index}</name>
  <uuid>${uuid}</uuid>
  <memory unit='KiB'>65536</memory>
  <currentMemory unit='KiB'>65536</currentMemory>
  <vcpu placement='static'>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type>
    <boot dev='hd'/>
  </os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='/var/lib/libvirt/images/many${index}.img'/>
      <target dev='vda' bus='virtio'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/>
    </disk>
    <controller type='pci' index='0' model='pci-root'/>
    <input type='mouse' bus='ps2'/>
    <input type='keyboard' bus='ps2'/>
    <audio id='1' type='none'/>
    <memballoon model='none'/>
  </devices>
</domain>
`;
    await writeFile(sandbox.outside(`/etc/libvirt/qemu/many${index}.xml`), document);
  }
}

test(`an idle daemon is one process of at most ${IDLE_LIMIT} MB that uses no processor time`, {
  skip,
}, async (context) => {
  await withSandbox(context, async (sandbox) => {
    await using daemon = await Daemon.start(sandbox, "tsvirtd");
    const virsh = new Virsh(sandbox);
    assert.equal(await virsh.run("list", "--all", "--name"), "");
    // What a start began (probing emulators) comes to its end.
    await until(async () => (await descendants(daemon.pid)).length === 0, { what: "one process" });
    const resident = (await residentKilobytes(daemon.pid)) / 1024;
    context.diagnostic(`${resident.toFixed(1)} MB`);
    assert.ok(resident <= IDLE_LIMIT, `${resident} MB`);
    // Quiet: two looks, some time apart, that see no tick of processor time between them.
    let before = await ticks(daemon.pid);
    let looks = 0;
    await until(
      async () => {
        looks += 1;
        if (looks % 100 !== 0) return false;
        const now = await ticks(daemon.pid);
        const quiet = now === before;
        before = now;
        return quiet;
      },
      { what: "a second without a tick of processor time" },
    );
  });
});

test(`${DEFINITIONS} definitions cost at most ${DEFINITION_LIMIT} KB each`, { skip }, async (context) => {
  await withSandbox(context, async (sandbox) => {
    let empty = 0;
    {
      await using daemon = await Daemon.start(sandbox, "tsvirtd");
      assert.equal(await new Virsh(sandbox).run("list", "--all", "--name"), "");
      empty = await residentKilobytes(daemon.pid);
    }
    await plantDefinitions(sandbox, DEFINITIONS);
    await using daemon = await Daemon.start(sandbox, "tsvirtd");
    const virsh = new Virsh(sandbox);
    const list = await virsh.run("list", "--all", "--name");
    assert.equal(list.split("\n").length, DEFINITIONS);
    assert.match(await virsh.run("dumpxml", "many1234"), /many1234\.img/);
    const each = ((await residentKilobytes(daemon.pid)) - empty) / DEFINITIONS;
    context.diagnostic(`${each.toFixed(1)} KB each`);
    assert.ok(each <= DEFINITION_LIMIT, `${each} KB each`);
  });
});
