import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtError } from "@tsvirt/base";
import { formatImportedDomain, type ImportOptions, importCommandLine, importProcess } from "./import.ts";
import { formatImportReport } from "./report.ts";

/** The lines of the document that match, without indentation. */
function linesOf(text: string, pattern: RegExp, options: ImportOptions = {}): string[] {
  return formatImportedDomain(importCommandLine(text, options).domain)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => pattern.test(line));
}

/** What became of each argument, by its words. */
function fatesOf(text: string): Record<string, string> {
  const { report } = importCommandLine(text);
  return Object.fromEntries(report.arguments.map(({ words, fate }) => [words.join(" "), fate]));
}

test("a line of old gives exactly what it says, and its environment leaves no trace", () => {
  const text = `LC_ALL=C PATH=/bin HOME=/home/test USER=test \\
LOGNAME=test /usr/bin/qemu -S -M pc -m 214 -smp 1 \\
-nographic -monitor pty -no-acpi -boot c -hda \\
/dev/HostVG/QEMUGuest1 -net none -serial none \\
-parallel none -usb
`;
  const { domain, report } = importCommandLine(text);
  assert.equal(
    formatImportedDomain(domain),
    `<domain type='qemu'>
  <uuid>00000000-0000-0000-0000-000000000000</uuid>
  <memory>219136</memory>
  <currentMemory>219136</currentMemory>
  <vcpu>1</vcpu>
  <os>
    <type arch='i686' machine='pc'>hvm</type>
    <boot dev='hd'/>
  </os>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/bin/qemu</emulator>
    <disk type='block' device='disk'>
      <source dev='/dev/HostVG/QEMUGuest1'/>
      <target dev='hda' bus='ide'/>
    </disk>
  </devices>
</domain>
`,
  );
  assert.deepEqual(
    report.notes.map((note) => note.text),
    ["4 lines continued by a backslash"],
  );
  assert.ok(report.arguments.every(({ fate }) => fate !== "commandline"));
});

test("every argument is reported once, with its place and where it went", () => {
  const { report } = importCommandLine("qemu-system-x86_64 -m 1G \\\n  -hda disk.qcow2 -newarg -trace qemu_*");
  assert.deepEqual(
    report.arguments.map(({ line, column, words, fate, where }) => [line, column, words.join(" "), fate, where]),
    [
      [1, 20, "-m 1G", "document", ["/domain/memory", "/domain/currentMemory"]],
      [2, 3, "-hda disk.qcow2", "document", ["/domain/devices/disk[1]"]],
      [2, 19, "-newarg", "commandline", ["/domain/qemu:commandline/qemu:arg[1]"]],
      [
        2,
        27,
        "-trace qemu_*",
        "commandline",
        ["/domain/qemu:commandline/qemu:arg[2]", "/domain/qemu:commandline/qemu:arg[3]"],
      ],
    ],
  );
  assert.match(formatImportReport(report, "f.args"), /^f\.args:2:19: -newarg -> handed on as it is, \/domain\/qemu:/m);
});

test("without a name the document has none; a name makes it a definition", () => {
  assert.deepEqual(linesOf("qemu-system-x86_64", /<(name|uuid)>/), [
    "<uuid>00000000-0000-0000-0000-000000000000</uuid>",
  ]);
  assert.deepEqual(linesOf("qemu-system-x86_64 -name a", /<name>/, { name: "vm" }), ["<name>vm</name>"]);
  assert.deepEqual(linesOf("qemu-system-x86_64", /<(name|uuid)>/, { name: "vm" }), ["<name>vm</name>"]);
});

test("what a daemon's guest cannot have is left out with a reason", () => {
  const fates = fatesOf(
    "qemu-system-x86_64 -daemonize -pidfile /p -runas me -incoming defer -monitor stdio -qmp unix:/q,server -display gtk",
  );
  assert.deepEqual(new Set(Object.values(fates)), new Set(["omitted"]));
});

test("programs in front: CPUs and memory nodes are taken over, the others reported", () => {
  const text = "sudo -E taskset -c 0-3 numactl --membind=1 nice -n 5 env FOO=bar /usr/bin/qemu-kvm -m 64";
  assert.deepEqual(linesOf(text, /vcpu|<memory mode|domain type|qemu:env/), [
    "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>",
    "<vcpu cpuset='0-3'>1</vcpu>",
    "<memory mode='strict' nodeset='1'/>",
    "<qemu:env name='FOO' value='bar'/>",
  ]);
});

test("scripts: variables, lists and other commands", () => {
  const text = `#!/bin/sh
DISK=disk.qcow2   # the disk
ARGS=(-m 2G -smp 2)
ARGS+=(-name "my guest")
qemu-img create $DISK 1G
exec qemu-system-x86_64 "\${ARGS[@]}" -hda "$DISK" $UNKNOWN > log 2>&1 &
`;
  assert.deepEqual(linesOf(text, /<name>|<memory>|<source|<vcpu>/), [
    "<name>my guest</name>",
    "<memory>2097152</memory>",
    "<vcpu>2</vcpu>",
    "<source file='disk.qcow2'/>",
  ]);
  const notes = importCommandLine(text).report.notes.map((note) => note.text);
  assert.ok(notes.includes("the variable $UNKNOWN has no value here"));
  assert.ok(notes.includes("the command 'qemu-img' is no part of the guest"));
  assert.ok(notes.some((note) => note.startsWith("the redirection")));
});

test("a JSON list of arguments is a command line too", () => {
  assert.deepEqual(linesOf('["/usr/bin/qemu-system-x86_64", "--name", "a b", "-m", "256"]', /<name>|<memory>/), [
    "<name>a b</name>",
    "<memory>262144</memory>",
  ]);
});

test("what is no command line is refused", () => {
  const refused = (text: string, message: RegExp): void =>
    assert.throws(
      () => importCommandLine(text),
      (error) => error instanceof VirtError && message.test(error.message),
    );
  refused("", /no command line of QEMU/);
  refused("ls -l\ncat x", /no command line of QEMU/);
  refused("[1, 2]", /strings only/);
  refused("[", /not a JSON list/);
});

test("properties of devices without a word in documents override the device's", () => {
  assert.deepEqual(
    linesOf(
      "qemu-system-x86_64 -drive if=none,id=d,file=/a.img,format=raw -device virtio-blk,drive=d,id=disk,config-wce=off",
      /alias|qemu:property/,
    ),
    [
      "<alias name='ua-disk'/>",
      "<qemu:device alias='ua-disk'>",
      "<qemu:property name='config-wce' type='bool' value='false'/>",
    ],
  );
});

test("what hangs together is handed on together, and finds the buses of the document", () => {
  const text =
    "qemu-system-x86_64 -M q35 -device pcie-root-port,id=rp,chassis=1 -drive if=none,id=n,file=n.img " +
    "-device nvme,drive=n,serial=x,bus=rp";
  assert.deepEqual(linesOf(text, /qemu:arg/), [
    "<qemu:arg value='-drive'/>",
    "<qemu:arg value='if=none,id=n,file=n.img'/>",
    "<qemu:arg value='-device'/>",
    "<qemu:arg value='nvme,drive=n,serial=x,bus=pci.1'/>",
  ]);
});

test("monitors are found by their words and by their character devices", () => {
  const { monitors, domain } = importProcess({
    argv: [
      "/usr/bin/qemu-system-x86_64",
      ...["-chardev", "socket,id=m,path=/run/m.sock,server=on,wait=off", "-mon", "chardev=m,mode=control"],
      ...["-monitor", "telnet:127.0.0.1:4444,server,nowait", "-qmp", "none", "-qmp", "braille"],
    ],
    environment: { EDITOR: "vi", QEMU_AUDIO_DRV: "none", QEMU_XYZ: "1" },
  });
  assert.deepEqual(
    monitors.map(({ protocol, backend }) => [protocol, backend?.type, backend?.sources[0]]),
    [
      ["qmp", "unix", { seclabels: [], mode: "bind", path: "/run/m.sock" }],
      ["hmp", "tcp", { seclabels: [], mode: "bind", host: "127.0.0.1", service: "4444" }],
      ["qmp", undefined, undefined],
    ],
  );
  // Of what a process has from whoever started it, only QEMU's own counts.
  assert.deepEqual(domain.qemuCommandline?.envs, [{ name: "QEMU_XYZ", value: "1" }]);
  assert.deepEqual(domain.devices?.audios, [{ id: 1, type: "none" }]);
  assert.throws(() => importProcess({ argv: [] }), VirtError);
});

test("-set and -readconfig say the same as the option they are about", () => {
  const config =
    '[device "net0"]\n  driver = "e1000"\n  netdev = "n"\n[netdev "n"]\n  type = "user"\n[machine]\n  accel = "kvm"\n';
  const readFile = (path: string): string | undefined => (path === "/vm.cfg" ? config : undefined);
  const pattern = /<domain|<mac |<interface|<model type='e|qemu:arg/;
  assert.deepEqual(
    linesOf("qemu-system-x86_64 -readconfig /vm.cfg -set device.net0.mac=52:54:00:00:00:01", pattern, { readFile }),
    ["<domain type='kvm'>", "<interface type='user'>", "<mac address='52:54:00:00:00:01'/>", "<model type='e1000'/>"],
  );
  // Nobody opens files for a caller who may not.
  assert.deepEqual(linesOf("qemu-system-x86_64 -readconfig /vm.cfg", /qemu:arg/), [
    "<qemu:arg value='-readconfig'/>",
    "<qemu:arg value='/vm.cfg'/>",
  ]);
});

test("lists in a device's JSON have no word: the device is handed on", () => {
  const text = `qemu-system-x86_64 -nic none -device '{"driver":"virtio-net-pci","id":"a","steering":[1,{"b":2}]}'`;
  assert.deepEqual(linesOf(text, /<qemu:arg|<interface/), [
    "<qemu:arg value='-device'/>",
    `<qemu:arg value='${'{"driver":"virtio-net-pci","id":"a","steering":[1,{"b":2}]}'.replaceAll('"', "&quot;")}'/>`,
  ]);
});

test("what QEMU does at a guest's end, by the old options and the new one", () => {
  const pattern = /on_poweroff|on_reboot|on_crash/;
  assert.deepEqual(linesOf("qemu-system-x86_64 -no-reboot", pattern)[1], "<on_reboot>destroy</on_reboot>");
  assert.deepEqual(linesOf("qemu-system-x86_64 -action reboot=shutdown", pattern)[1], "<on_reboot>destroy</on_reboot>");
});

test("disks on the network by the names of old, and what other lines of the time said", () => {
  assert.deepEqual(
    linesOf(
      "CEPH_ARGS='-m mon1:6322,mon2' qemu-system-x86_64 -hda rbd:pool/img -hdb sheepdog:h:7000:vol " +
        "-hdc rbd:pool/img2:rbd_cache=true -hdd gluster://h/v/i?logfile=/l -pcidevice host=00:1a.0 -bootloader /usr/bin/pygrub",
      /protocol|<host |<address|bootloader|qemu:arg value='[^-]|qemu:env/,
    ),
    [
      "<bootloader>/usr/bin/pygrub</bootloader>",
      "<source protocol='rbd' name='pool/img'>",
      "<host name='mon1' port='6322'/>",
      "<host name='mon2'/>",
      "<source protocol='sheepdog' name='vol'>",
      "<host name='h' port='7000'/>",
      "<address domain='0x0000' bus='0x00' slot='0x1a' function='0x0'/>",
      "<qemu:arg value='rbd:pool/img2:rbd_cache=true'/>",
      "<qemu:arg value='gluster://h/v/i?logfile=/l'/>",
    ],
  );
});

test("memory modules: in their slots by address, or on PCI", () => {
  const head = "qemu-system-x86_64 -M pc -m size=512M,slots=4,maxmem=8G -object memory-backend-ram,id=m0,size=256M";
  const base = "<address type='dimm' slot='1' base='0x100000000'/>";
  for (const device of [
    "pc-dimm,memdev=m0,id=dimm0,slot=1,addr=4294967296",
    "pc-dimm,memdev=m0,id=dimm0,slot=1,addr=0x100000000",
    `'{"driver":"pc-dimm","memdev":"m0","id":"dimm0","slot":1,"addr":4294967296}'`,
  ]) {
    assert.deepEqual(linesOf(`${head} -device ${device}`, /<memory model|<address/), ["<memory model='dimm'>", base]);
  }
  // What is no address is left to QEMU to refuse.
  assert.deepEqual(linesOf(`${head} -device pc-dimm,memdev=m0,id=dimm0,addr=-1`, /<memory model|dimm/), [
    "<qemu:arg value='pc-dimm,memdev=m0,id=dimm0,addr=-1'/>",
  ]);
  const onPci = `${head} -device virtio-mem-pci,memdev=m0,id=vm0,block-size=2097152,requested-size=0,bus=pci.0,addr=0x5`;
  assert.deepEqual(linesOf(onPci, /<memory model|<block|<address type='pci'.*slot='0x05'/), [
    "<memory model='virtio-mem'>",
    "<block>2048</block>",
    "<address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/>",
  ]);
});
