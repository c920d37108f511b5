import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ErrorCode, VirtError } from "@tsvirt/base";
import { type Domain, parseDomain } from "@tsvirt/model/domain";
import { buildCommandLine } from "../argv/build.ts";
import type { BuildContext, CommandLine } from "../argv/context.ts";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { prepareStart, qemuHooks } from "../complete/complete.ts";
import { standaloneCommandLine } from "../standalone/standalone.ts";
import { fakeBuildContext, fakeHostFacts, legacyAnswers } from "../testing/index.ts";
import { probeLegacy } from "./probe.ts";

const home = { PATH: "/usr/bin:/bin", HOME: "/home/test", USER: "test", LOGNAME: "test" };
const facts = fakeHostFacts({ xenner: "/usr/bin/xenner", emulatorFor: () => "/usr/bin/qemu" });

async function profile(name: string, emulator: string): Promise<QemuCapabilities> {
  const record = await readFile(new URL(`../../fixtures/legacy/${name}.txt`, import.meta.url), "utf8");
  const found = await probeLegacy({ emulator, hostArch: "x86_64", kvm: true, run: legacyAnswers(record) });
  assert.ok(found);
  return found;
}

const profiles = {
  "0.8.1": await profile("qemu-0.8.1", "/usr/bin/qemu"),
  "0.9.1": await profile("qemu-0.9.1", "/usr/bin/qemu"),
  "kvm-72": await profile("kvm-72", "/usr/bin/qemu-kvm"),
  "0.12.3": await profile("qemu-kvm-0.12.3", "/usr/bin/qemu-system-x86_64"),
  "0.14.50": await profile("qemu-kvm-0.14.50", "/usr/bin/qemu-kvm"),
  xenner: await profile("xenner", "/usr/bin/xenner"),
} as const;

function complete(xml: string, caps: QemuCapabilities): Domain {
  const domain = parseDomain(xml, {
    inactive: true,
    hooks: qemuHooks(caps, facts, { abiUpdate: true }),
    abiUpdate: true,
  });
  prepareStart(domain, caps, facts);
  return domain;
}

function build(name: keyof typeof profiles, xml: string, context: Partial<BuildContext> = {}): CommandLine {
  const caps = profiles[name];
  return buildCommandLine(complete(xml, caps), caps, fakeBuildContext({ env: home, ...context }));
}

/** The words between the machine's and the first of `end`. */
const words = (line: CommandLine): string => line.args.join(" ");

interface Document {
  readonly type?: "qemu" | "kvm";
  readonly emulator?: string;
  readonly os?: string;
  readonly more?: string;
  readonly devices?: string;
}

function document({ type = "qemu", emulator = "/usr/bin/qemu", os, more = "", devices = "" }: Document): string {
  return `<domain type='${type}'>
  <name>vm</name>
  <uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
  <memory unit='KiB'>131072</memory>
  <vcpu>1</vcpu>
  <os>${os ?? "<type arch='i686' machine='pc'>hvm</type><boot dev='hd'/>"}</os>
  ${more}
  <devices><emulator>${emulator}</emulator>${devices}</devices>
</domain>`;
}

test("the manual's own export comes out as it stands there", () => {
  const xml = `<domain type='qemu'>
  <name>QEMUGuest1</name>
  <uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
  <memory>219200</memory>
  <currentMemory>219200</currentMemory>
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
</domain>`;
  const { env, emulator, args } = build("0.9.1", xml);
  const text = [...Object.entries(env).map(([name, value]) => `${name}=${value}`), emulator, ...args].join(" ");
  assert.equal(
    text,
    "LC_ALL=C PATH=/usr/bin:/bin HOME=/home/test USER=test LOGNAME=test /usr/bin/qemu -S -M pc -no-kqemu -m 214 " +
      "-smp 1 -name QEMUGuest1 -nographic -monitor pty -no-acpi -boot c -drive " +
      "file=/dev/HostVG/QEMUGuest1,if=ide,index=0 -net none -serial none -parallel none -usb",
  );
});

test("0.8.1 gets its disks by their names", () => {
  const devices = `
    <disk type='file' device='disk'><source file='/a.img'/><target dev='hda' bus='ide'/></disk>
    <disk type='file' device='cdrom'><source file='/c.iso'/><target dev='hdc' bus='ide'/></disk>
    <disk type='file' device='floppy'><source file='/f.img'/><target dev='fda' bus='fdc'/></disk>
    <graphics type='vnc' port='5903'/>`;
  const line = build("0.8.1", document({ devices }));
  assert.equal(
    words(line),
    "-S -M pc -no-kqemu -m 128 -smp 1 -monitor pty -no-acpi -boot c -hda /a.img -cdrom /c.iso -fda /f.img -net none " +
      "-serial none -parallel none -usb -vnc 3",
  );
  assert.equal(line.env.QEMU_AUDIO_DRV, "none");
});

test("an empty CD-ROM drive is the machine's own where drives are named", () => {
  const devices = "<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>";
  assert.doesNotMatch(words(build("0.8.1", document({ devices }))), /cdrom/);
  assert.match(words(build("0.9.1", document({ devices }))), / -drive if=ide,media=cdrom,index=2 /);
});

test("interfaces, ports, input, sound and card of 0.9.1; a guest of a start has a socket for its monitor", () => {
  const devices = `
    <disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='writeback'/>
      <source file='/a,b.img'/><target dev='sdb' bus='scsi'/></disk>
    <interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/><model type='e1000'/></interface>
    <interface type='user'><mac address='52:54:00:00:00:02'/></interface>
    <interface type='mcast'><mac address='52:54:00:00:00:03'/><source address='230.0.0.1' port='5558'/></interface>
    <serial type='pty'/>
    <serial type='tcp'><source mode='bind' host='127.0.0.1' service='2445'/><protocol type='telnet'/></serial>
    <parallel type='file'><source path='/p.out'/></parallel>
    <input type='tablet' bus='usb'/>
    <sound model='es1370'/><sound model='sb16'/>
    <graphics type='vnc' port='5905' keymap='de' passwd='x'><listen type='address' address='127.0.0.1'/></graphics>
    <video><model type='vmvga'/></video>`;
  const more = "<features><acpi/></features><clock offset='localtime'/><on_reboot>destroy</on_reboot>";
  const line = build("0.9.1", document({ devices, more }), { monitor: { path: "/run/vm/monitor.sock" } });
  assert.equal(
    words(line),
    "-S -M pc -no-kqemu -m 128 -smp 1 -name vm -monitor unix:/run/vm/monitor.sock,server,nowait -localtime " +
      "-no-reboot -boot c -drive file=/a,,b.img,if=scsi,index=1,cache=on " +
      "-net nic,macaddr=52:54:00:00:00:01,vlan=0,model=e1000 -net tap,fd=20,vlan=0 " +
      "-net nic,macaddr=52:54:00:00:00:02,vlan=1,model=rtl8139 -net user,vlan=1 " +
      "-net nic,macaddr=52:54:00:00:00:03,vlan=2,model=rtl8139 -net socket,mcast=230.0.0.1:5558,vlan=2 " +
      "-serial pty -serial telnet:127.0.0.1:2445,server,nowait -parallel file:/p.out -usb -usbdevice tablet " +
      "-vnc 127.0.0.1:5,password -k de -vmwarevga -soundhw es1370,sb16",
  );
  assert.deepEqual(line.fds, [20]);
  assert.equal(line.causes.length, line.args.length);
});

test("a KVM fork is told when not to use KVM, and boots paravirtual disks", () => {
  const devices = `<disk type='file' device='disk'><source file='/v.img'/><target dev='vda' bus='virtio'/></disk>
    <hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='6' slot='0x12' function='5'/></source></hostdev>
    <hostdev mode='subsystem' type='usb'><source><vendor id='0x046d'/><product id='0xc018'/></source></hostdev>`;
  const os = "<type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/>";
  const kvm = words(build("kvm-72", document({ type: "kvm", emulator: "/usr/bin/qemu-kvm", os, devices })));
  assert.match(kvm, /^-S -M pc -m 128 -smp 1 -name vm -uuid c7a5fdbd-edaf-9455-926a-d65c16db1809 -nographic /);
  assert.match(kvm, / -drive file=\/v.img,if=virtio,boot=on /);
  assert.match(kvm, / -usb -pcidevice host=06:12.5 -usbdevice host:046d:c018$/);
  const emulated = words(build("kvm-72", document({ emulator: "/usr/bin/qemu-kvm", os, devices: "" })));
  assert.match(emulated, /^-S -M pc -no-kvm -m 128 /);
});

test("a 64-bit emulator is told that a 32-bit guest is one", () => {
  const line = build("kvm-72", document({ emulator: "/usr/bin/qemu-kvm" }));
  assert.match(words(line), /^-S -M pc -cpu qemu32 -no-kvm /);
});

test("0.12 has formats, serial numbers, topology, clock and card by newer options", () => {
  const devices = `
    <disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none'/><source file='/a.qcow2'/>
      <target dev='hda' bus='ide'/><serial>WD-1</serial></disk>
    <interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/><model type='virtio'/></interface>
    <graphics type='sdl' display=':0.0' xauth='/root/.Xauthority'/>
    <video><model type='cirrus'/></video>
    <watchdog model='ib700' action='dump'/>
    <memballoon model='virtio'/>`;
  const os =
    "<type arch='x86_64' machine='pc'>hvm</type><boot dev='cdrom'/><boot dev='hd'/><bootmenu enable='yes'/><smbios mode='sysinfo'/>";
  const more = `<sysinfo type='smbios'><system><entry name='product'>Box</entry></system></sysinfo>
    <cpu mode='custom' match='exact'><model>phenom</model><feature policy='require' name='x2apic'/><feature policy='disable' name='3dnow'/></cpu>
    <clock offset='variable' adjustment='3600'><timer name='rtc' tickpolicy='catchup'/><timer name='hpet' present='no'/><timer name='pit' tickpolicy='delay'/></clock>`;
  const line = build("0.12.3", document({ type: "kvm", emulator: "/usr/bin/qemu-system-x86_64", os, more, devices }));
  assert.equal(
    words(line),
    "-S -M pc-0.12 -cpu phenom,+x2apic,-3dnow -enable-kvm -m 128 -smp 1,sockets=1,cores=1,threads=1 -name vm " +
      "-uuid c7a5fdbd-edaf-9455-926a-d65c16db1809 -smbios type=1,product=Box -monitor pty " +
      "-rtc base=2023-11-14T23:13:20,driftfix=slew -no-hpet -no-kvm-pit-reinjection -no-acpi " +
      "-boot order=dc,menu=on -drive file=/a.qcow2,if=ide,index=0,format=qcow2,serial=WD-1,cache=none " +
      "-net nic,macaddr=52:54:00:00:00:01,vlan=0,model=virtio,name=net0 -net tap,fd=20,vlan=0,name=hostnet0 " +
      "-serial none -parallel none -usb -sdl -vga cirrus -watchdog ib700 -watchdog-action pause -balloon virtio",
  );
  assert.deepEqual([line.env.DISPLAY, line.env.XAUTHORITY], [":0.0", "/root/.Xauthority"]);
});

test("SPICE with its card, pass-through arguments and environment", () => {
  const xml = document({
    type: "kvm",
    emulator: "/usr/bin/qemu-kvm",
    os: "<type arch='x86_64' machine='pc-0.14'>hvm</type>",
    devices:
      "<graphics type='spice' port='5903' autoport='no'><listen type='address' address='127.0.0.1'/></graphics><video><model type='qxl'/></video>",
  }).replace(
    "</domain>",
    `<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
       <qemu:arg value='-bogus'/><qemu:env name='A' value='b'/></qemu:commandline></domain>`,
  );
  const line = build("0.14.50", xml);
  assert.match(
    words(line),
    / -usb -spice port=5903,addr=127.0.0.1,disable-ticketing=on -vga qxl -balloon virtio -bogus$/,
  );
  assert.deepEqual([line.env.QEMU_AUDIO_DRV, line.env.A], ["spice", "b"]);
});

test("a Xen guest of Xenner has a domain number, paravirtual disks and the machine xenner", () => {
  const xml = (devices: string, os: string) =>
    document({ type: "kvm", emulator: "/usr/bin/xenner", os: `<type arch='x86_64'>xen</type>${os}`, devices });
  const disk = "<disk type='file' device='disk'><source file='/x.img'/><target dev='xvda' bus='xen'/></disk>";
  const kernel = "<kernel>/boot/vmlinuz-xen</kernel><initrd>/boot/initrd</initrd><cmdline>root=/dev/xvda</cmdline>";
  const line = build("xenner", xml(disk, kernel), { domainId: 7 });
  assert.equal(
    words(line),
    "-S -M xenner -m 128 -smp 1 -name vm -domid 7 -nographic -monitor pty -kernel /boot/vmlinuz-xen " +
      "-initrd /boot/initrd -append root=/dev/xvda -drive file=/x.img,if=xen,index=0 -net none -serial none " +
      "-parallel none -usb",
  );
  const loaded = xml(disk, "").replace("<os>", "<bootloader>/usr/bin/pygrub</bootloader><os>");
  assert.match(words(build("xenner", loaded)), / -bootloader \/usr\/bin\/pygrub -drive /);
});

const refusal = (message: RegExp) => (error: unknown) =>
  error instanceof VirtError && error.code === ErrorCode.configUnsupported && message.test(error.message);

test("a command line for people waits for nobody, imposes nothing and says what must be done", () => {
  const devices = `<interface type='bridge'><source bridge='br0'/></interface>
    <graphics type='vnc' port='5900' passwd='x'/>`;
  const caps = profiles["0.9.1"];
  const { args, env, notes } = standaloneCommandLine(complete(document({ devices }), caps), caps, {
    now: 0,
    utcOffset: 0,
    isHostCdrom: () => false,
  });
  const text = args.join(" ");
  assert.doesNotMatch(text, /(?:^| )-S /);
  assert.match(text, / -monitor unix:\.\/vm\.monitor,server,nowait .* -net user,vlan=0 /);
  assert.deepEqual(env, { QEMU_AUDIO_DRV: "none" });
  assert.match(notes.join("\n"), /net0: user networking instead of 'bridge'.*\nvnc: give the password/);
});

test("who runs which guests is checked when a guest is defined", () => {
  const xen = "<type machine='xenner'>xen</type>";
  const on = (name: keyof typeof profiles, part: Document) => () => build(name, document(part));
  const xen32 = "<type arch='i686' machine='xenner'>xen</type>";
  assert.throws(on("0.9.1", { os: xen32 }), refusal(/Emulator '\/usr\/bin\/qemu' does not support os type 'xen'/));
  assert.throws(
    on("xenner", { type: "kvm", emulator: "/usr/bin/xenner" }),
    refusal(/Emulator '\/usr\/bin\/xenner' does not support os type 'hvm'/),
  );
  assert.throws(
    on("xenner", { emulator: "/usr/bin/xenner", os: xen }),
    refusal(/Emulator '\/usr\/bin\/xenner' does not support virt type 'qemu'/),
  );
  assert.throws(on("0.9.1", { type: "kvm" }), refusal(/Domain requires KVM, but it is not available/));
  assert.throws(
    on("0.9.1", { os: "<type arch='i686' machine='q35'>hvm</type>" }),
    refusal(/does not support machine type 'q35'/),
  );
});

for (const [what, name, part, message] of [
  ["a channel", "0.9.1", "<channel type='unix'><target type='virtio' name='a'/></channel>", /device of type 'channel'/],
  [
    "a SATA disk",
    "0.9.1",
    "<disk type='file'><source file='/a'/><target dev='sda' bus='sata'/></disk>",
    /disk bus 'sata'/,
  ],
  [
    "a disk for Xen",
    "0.9.1",
    "<disk type='file'><source file='/a'/><target dev='xvda' bus='xen'/></disk>",
    /disk bus 'xen'/,
  ],
  [
    "a random number generator",
    "0.12.3",
    "<rng model='virtio'><backend model='random'/></rng>",
    /device of type 'rng'/,
  ],
  ["two displays", "0.12.3", "<graphics type='sdl'/><graphics type='vnc'/>", /only 1 graphics device/],
  [
    "a PCI device",
    "0.9.1",
    "<hostdev mode='subsystem' type='pci'><source><address bus='1'/></source></hostdev>",
    /host device/,
  ],
  [
    "another controller",
    "0.12.3",
    "<controller type='scsi' index='0' model='virtio-scsi'/>",
    /controller of type 'scsi'/,
  ],
  ["a USB keyboard", "0.12.3", "<input type='keyboard' bus='usb'/>", /input device 'keyboard' on bus 'usb'/],
] as const) {
  test(`${what} is refused at definition, in words`, () => {
    const emulator = name === "0.9.1" ? "/usr/bin/qemu" : "/usr/bin/qemu-system-x86_64";
    assert.throws(() => build(name, document({ emulator, devices: part })), refusal(message));
  });
}

for (const [what, name, part, message] of [
  [
    "a read-only disk that cannot be one",
    "0.9.1",
    "<disk type='file'><source file='/a'/><target dev='hda'/><readonly/></disk>",
    /read-only/,
  ],
  ["a sound card that came later", "0.9.1", "<sound model='ich6'/>", /sound model 'ich6'/],
  ["SPICE where there is none", "0.12.3", "<graphics type='spice' port='5900'/>", /spice graphics are not supported/],
] as const) {
  test(`${what} is refused when the command line is made`, () => {
    const emulator = name === "0.9.1" ? "/usr/bin/qemu" : "/usr/bin/qemu-system-x86_64";
    assert.throws(() => build(name, document({ emulator, devices: part })), refusal(message));
  });
}

test("clocks, vCPUs and CPUs that an emulator cannot give are refused", () => {
  const on =
    (name: keyof typeof profiles, more: string, emulator = "/usr/bin/qemu") =>
    () =>
      build(name, document({ emulator, more }));
  assert.throws(
    on("0.9.1", "<clock offset='variable' adjustment='1'/>"),
    refusal(/unsupported clock offset 'variable'/),
  );
  assert.throws(
    on("0.9.1", "<clock><timer name='rtc' tickpolicy='catchup'/></clock>"),
    refusal(/unsupported rtc tickpolicy/),
  );
  assert.throws(on("0.9.1", "<cpu mode='host-model'/>"), refusal(/CPU mode 'host-model'/));
  assert.throws(on("0.9.1", "<cpu><model>Westmere</model></cpu>"), refusal(/CPU model 'Westmere'/));
  const few = document({}).replace("<vcpu>1", "<vcpu current='1'>2");
  assert.throws(() => build("0.9.1", few), refusal(/setting current vcpu count less than maximum/));
});
