import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, test } from "node:test";
import { parseDomain } from "@tsvirt/model/domain";
import type { QemuCapabilities } from "../../capabilities/capabilities.ts";
import { fakeHostFacts, probeTranscript } from "../../testing/index.ts";
import { qemuHooks } from "../complete.ts";

let caps: QemuCapabilities;
before(async () => {
  const transcript = new URL("../../../fixtures/probe/qemu-7.2-x86_64.transcript", import.meta.url);
  caps = await probeTranscript(await readFile(transcript, "utf8"));
});

interface Case {
  readonly head?: string;
  readonly devices?: string;
  readonly os?: string;
  readonly machine?: string;
  /** Flags that this QEMU is to lack. */
  readonly without?: readonly string[];
  readonly says: RegExp;
}

function parse({ head = "", devices = "", os = "", machine = "pc", without = [] }: Omit<Case, "says">): void {
  const xml = `<domain type='qemu'><name>t</name><uuid>5dcd84c9-b57d-46e5-ac8b-b2ff8a136533</uuid>
<memory>65536</memory>${head}<os><type arch='x86_64' machine='${machine}'>hvm</type>${os}</os>
<devices>${devices}</devices></domain>`;
  parseDomain(xml, { inactive: true, hooks: qemuHooks(caps.with([], without), fakeHostFacts()) });
}

function disk(inside: string, attributes = "type='file'", target = "dev='vda' bus='virtio'"): string {
  const source = attributes.includes("type='file'") ? "<source file='/a'/>" : "";
  return `<disk ${attributes}>${source}<target ${target}/>${inside}</disk>`;
}

const scsi = "dev='sda' bus='scsi'";
const adapter = "<controller type='scsi' model='virtio-scsi'/>";

const vcpus = (...items: readonly string[]): string =>
  `<vcpu>4</vcpu><vcpus>${items.map((item, id) => `<vcpu id='${id}' ${item}/>`).join("")}</vcpus>`;
const fixed = "enabled='yes' hotpluggable='no'";

const cases: Readonly<Record<string, Case>> = {
  "a guest whose first virtual CPU is missing": {
    head: vcpus("enabled='no' hotpluggable='yes'", fixed),
    says: /vcpu 0 can't be offline/,
  },
  "a guest without a virtual CPU": { head: "<vcpu current='0'>4</vcpu>", says: /vcpu 0 can't be offline/ },
  "a first virtual CPU that can be taken out": {
    head: vcpus("enabled='yes' hotpluggable='yes'"),
    says: /vcpu0 can't be hotpluggable/,
  },
  "a first virtual CPU that comes second": {
    head: vcpus(`${fixed} order='2'`, `${fixed} order='1'`),
    says: /vcpu0 must be enabled first/,
  },
  "an order of only some virtual CPUs": {
    head: vcpus(`${fixed} order='1'`, fixed),
    says: /all vcpus must have either set or unset order/,
  },
  "a virtual CPU that stays, behind one that may go": {
    head: vcpus(fixed, "enabled='yes' hotpluggable='yes'", fixed),
    says: /online non-hotpluggable vcpus need to be ordered prior to hotplugable vcpus/,
  },
  "virtual CPUs that stay, out of order": {
    head: vcpus(`${fixed} order='1'`, `${fixed} order='3'`, `${fixed} order='2'`, `${fixed} order='4'`),
    says: /online non-hotpluggable vcpus must be ordered in ascending order/,
  },
  "a scheduler of an I/O thread that is not there": {
    head: "<iothreads>1</iothreads><cputune><iothreadsched iothreads='3' scheduler='batch'/></cputune>",
    says: /Cannot find 'iothread' : 3/,
  },
  "users without groups": {
    head: "<idmap><uid start='0' target='1000' count='10'/></idmap>",
    says: /uid and gid should be mapped both/,
  },
  "an environment that is none": {
    head: "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:env name='1A'/></q:commandline>",
    says: /Invalid environment name, it must begin with a letter or underscore/,
  },
  "a property without its value": {
    head: `<q:override xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:device alias='a'><q:frontend>
<q:property name='p' type='bool'/></q:frontend></q:device></q:override>`,
    says: /missing 'value' attribute for 'qemu:property'/,
  },
  "a balance QEMU cannot keep": {
    head: "<memtune><min_guarantee>1</min_guarantee></memtune>",
    says: /Parameter 'min_guarantee' not supported by QEMU\./,
  },
  "UEFI without ACPI": { os: "<loader readonly='yes' type='pflash'>/f</loader>", says: /UEFI requires ACPI/ },
  "a BIOS that speaks to no serial port": { os: "<bios useserial='yes'/>", says: /need at least one serial port/ },
  "a guest that is to be renamed at reset": {
    head: "<on_reboot>rename-restart</on_reboot>",
    says: /doesn't support the 'rename-restart' action/,
  },
  "a guest that is to be kept at power-off": {
    head: "<on_poweroff>preserve</on_poweroff>",
    says: /doesn't support the 'preserve' action/,
  },
  "power-off that restarts and reset that ends": {
    head: "<on_poweroff>restart</on_poweroff><on_reboot>destroy</on_reboot>",
    says: /'onReboot' set to 'destroy and 'onPoweroff' set to 'reboot'/,
  },
  "the host's caches without the host's CPU": {
    head: "<cpu><model>qemu64</model><cache mode='passthrough'/></cpu>",
    says: /CPU cache mode 'passthrough' can only be used with 'host-passthrough' \/ 'maximum' CPUs/,
  },
  "an emulated second-level cache": {
    head: "<cpu><model>qemu64</model><cache mode='emulate' level='2'/></cpu>",
    says: /CPU cache mode 'emulate' can only be used with level='3'/,
  },
  "a disabled cache of one level": {
    head: "<cpu><model>qemu64</model><cache mode='disable' level='1'/></cpu>",
    says: /unsupported CPU cache level for mode 'disable'/,
  },
  "a thread pool before there were any": {
    head: "<iothreads>1</iothreads><iothreadids><iothread id='1' thread_pool_max='4'/></iothreadids>",
    without: ["iothread.thread-pool-max"],
    says: /thread_pool_min and thread_pool_max is not supported by this QEMU binary/,
  },
  "a timer of no machine": {
    head: "<clock><timer name='platform'/></clock>",
    says: /unsupported timer type \(name\) 'platform'/,
  },
  "a clock that starts with the guest": {
    head: "<clock><timer name='rtc' track='boot'/></clock>",
    says: /unsupported rtc timer track 'boot'/,
  },
  "ticks of the clock that are dropped": {
    head: "<clock><timer name='rtc' tickpolicy='discard'/></clock>",
    says: /unsupported rtc timer tickpolicy 'discard'/,
  },
  "ticks of the interval timer that are merged": {
    head: "<clock><timer name='pit' tickpolicy='merge'/></clock>",
    says: /unsupported pit tickpolicy 'merge'/,
  },
  "ARM's timer in a PC": {
    head: "<clock><timer name='armvtimer' tickpolicy='delay'/></clock>",
    says: /Configuring the 'armvtimer' timer is not supported for virtType=qemu arch=x86_64 machine=pc-i440fx-7.2/,
  },
  "a clock beyond the calendar": {
    head: "<clock offset='absolute' start='253402300800'/>",
    says: /The maximum 'start' value for <clock offset='absolute'> is 253402300799/,
  },
  "secure boot of an old board": {
    head: "<features><acpi/></features>",
    os: "<loader secure='yes' type='pflash'>/f</loader>",
    says: /Secure boot is supported with q35 machine types only/,
  },
  "secure boot without its protection": {
    head: "<features><acpi/></features>",
    os: "<loader secure='yes' type='pflash'>/f</loader>",
    machine: "q35",
    says: /Secure boot requires SMM feature enabled/,
  },
  "variables in a directory": {
    head: "<features><acpi/></features>",
    os: "<loader readonly='yes' type='pflash'>/f</loader><nvram type='dir'><source dir='/d'/></nvram>",
    says: /unsupported nvram disk type 'dir'/,
  },
  "a topology of another size": {
    head: "<vcpu>3</vcpu><cpu><topology sockets='1' cores='2' threads='1'/></cpu>",
    says: /CPU topology doesn't match maximum vcpu count/,
  },
  "more CPUs than interrupts reach": {
    head: "<vcpu>256</vcpu>",
    machine: "q35",
    says: /more than 255 vCPUs require extended interrupt mode enabled on the iommu device/,
  },
  "shares of caches under emulation": {
    head: "<cputune><cachetune vcpus='0'><cache id='0' level='3' type='both' size='1' unit='MiB'/></cachetune></cputune>",
    says: /cachetune is only supported for KVM domains/,
  },
  "another architecture's feature": {
    head: "<features><htm state='on'/></features>",
    says: /The 'htm' feature is not supported for architecture 'x86_64' or machine type/,
  },
  "a feature of newer machines": {
    head: "<features><vmcoreinfo state='on'/></features>",
    without: ["vmcoreinfo"],
    says: /vmcoreinfo is not available with this QEMU binary/,
  },
  "a cache of no whole size": {
    head: "<features><tcg><tb-cache unit='KiB'>1025</tb-cache></tcg></features>",
    says: /tb-cache size must be an integer multiple of MiB/,
  },
  "huge pages on demand": {
    head: "<memoryBacking><hugepages/><allocation mode='ondemand'/></memoryBacking>",
    says: /hugepages are not allowed with memory allocation ondemand/,
  },
  "huge pages of nowhere": {
    head: "<memoryBacking><hugepages/><source type='anonymous'/></memoryBacking>",
    says: /hugepages are not allowed with anonymous memory source/,
  },
  "a module without room": {
    devices: "<memory model='dimm'><target><size>1024</size></target></memory>",
    says: /cannot use\/hotplug a memory device when domain 'maxMemory' is not defined/,
  },
  "a module in a slot that is not there": {
    head: "<maxMemory slots='1'>1048576</maxMemory><cpu><numa><cell cpus='0' memory='32768'/></numa></cpu>",
    devices:
      "<memory model='dimm'><target><size>2048</size><node>0</node></target><address type='dimm' slot='4'/></memory>",
    says: /memory device slot '4' exceeds slots count '1'/,
  },
  "a module of no node": {
    head: "<maxMemory slots='1'>1048576</maxMemory><cpu><numa><cell cpus='0' memory='32768'/></numa></cpu>",
    devices: "<memory model='dimm'><target><size>2048</size></target></memory>",
    says: /target NUMA node needs to be specified for memory device/,
  },
  "a firmware setting outside its space": {
    head: "<sysinfo type='fwcfg'><entry name='etc/a'>b</entry></sysinfo>",
    says: /Invalid firmware name/,
  },
  "a firmware setting of somebody else": {
    head: "<sysinfo type='fwcfg'><entry name='opt/ovmf/a'>b</entry></sysinfo>",
    says: /That firmware name is reserved/,
  },
  "a medium that cannot be taken out": {
    devices: disk("", "type='file' device='cdrom'"),
    says: /disk type of 'vda' does not support ejectable media/,
  },
  "cylinders of a stick": {
    devices: disk("<geometry cyls='1' heads='1' secs='1'/>", "type='file'", "dev='sda' bus='usb'"),
    says: /CHS geometry can not be set for 'usb' bus/,
  },
  "translation of a disk without cylinders": {
    devices: disk("<geometry cyls='1' heads='1' secs='1' trans='lba'/>"),
    says: /CHS translation mode can only be set for 'ide' bus not 'virtio'/,
  },
  "a world wide name of a disk that has none": {
    devices: disk("<wwn>5000c50015ea71ac</wwn>"),
    says: /Only ide and scsi disk support wwn/,
  },
  "a vendor of a disk that has none": {
    devices: disk("<vendor>ACME</vendor>"),
    says: /Only scsi disk supports vendor and product/,
  },
  "a spindle of a paravirtual disk": {
    devices: disk("", "type='file'", "dev='vda' bus='virtio' rotation_rate='7200'"),
    says: /rotation rate is only valid for SCSI\/IDE\/SATA bus/,
  },
  "a read-only IDE disk": {
    devices: disk("<readonly/>", "type='file'", "dev='hda' bus='ide'"),
    says: /readonly ide disks are not supported/,
  },
  "native I/O through a cache": {
    devices: disk("<driver io='native' cache='writeback'/>"),
    says: /io='native' needs either no disk cache or directsync cache mode/,
  },
  "a serial number that QEMU would read as more": {
    devices: disk("<serial>a,b</serial>"),
    says: /driver serial 'a,b' contains unsafe characters/,
  },
  "a thread nobody declared": {
    devices: disk("<driver iothread='7'/>"),
    says: /Disk iothread '7' not defined in iothreadid/,
  },
  "a thread for a disk of an adapter": {
    head: "<iothreads>1</iothreads>",
    devices: adapter + disk("<driver iothread='1'/>", "type='file'", scsi),
    says: /IOThreads not available for bus scsi target sda/,
  },
  "limits beyond what QEMU counts": {
    devices: disk("<iotune><total_bytes_sec>1000000000000001</total_bytes_sec></iotune>"),
    says: /block I\/O throttle limit must be no more than 1000000000000000 using QEMU/,
  },
  "a group that limits nothing": {
    devices: disk("<iotune><group_name>g</group_name></iotune>"),
    says: /group_name can be configured only together with settings/,
  },
  "a group with two opinions": {
    devices:
      disk("<iotune><total_iops_sec>1</total_iops_sec><group_name>g</group_name></iotune>") +
      disk(
        "<iotune><total_iops_sec>2</total_iops_sec><group_name>g</group_name></iotune>",
        "type='file'",
        "dev='vdb' bus='virtio'",
      ),
    says: /different iotunes for disks vda and vdb/,
  },
  "a throw-away disk that is only read": {
    devices: disk("<readonly/><transient/>"),
    says: /transient disk 'vda' must not be read-only/,
  },
  "a throw-away disk shared on a bus without plugging": {
    devices: disk("<transient shareBacking='yes'/>", "type='file'", "dev='hda' bus='ide'"),
    says: /disk bus 'ide' doesn't support transiend disk backing image sharing/,
  },
  "a partition as a disk": {
    devices: disk("", "type='file'", "dev='vda1' bus='virtio'"),
    says: /invalid disk target 'vda1', partitions can't appear in disk targets/,
  },
  "an image format that is gone": {
    devices: disk("<driver name='qemu' type='cow'/>"),
    says: /'cow' storage format is not supported/,
  },
  "cookies for a disk server": {
    devices: disk(
      "<source protocol='nbd'><host name='h'/><cookies><cookie name='a'>b</cookie></cookies></source>",
      "type='network'",
    ),
    says: /http cookies are supported only with HTTP\(S\) protocol/,
  },
  "one cookie twice": {
    devices: disk(
      "<source protocol='http' name='/a'><host name='h'/><cookies><cookie name='a'>b</cookie><cookie name='a'>c</cookie></cookies></source>",
      "type='network'",
    ),
    says: /duplicate cookie 'a'/,
  },
  "two servers of one file": {
    devices: disk("<source protocol='nfs' name='a'><host name='h'/><host name='i'/></source>", "type='network'"),
    says: /'nfs' protocol requires the usage of exactly one host/,
  },
  "tables cached for an image without any": {
    devices: disk("<driver type='raw'><metadata_cache><max_size>1</max_size></metadata_cache></driver>"),
    says: /metadata cache max size control is supported only with qcow2 images/,
  },
  "encryption of the old kind": {
    devices: disk("<driver type='qcow2'/><encryption format='qcow'><secret type='passphrase' usage='a'/></encryption>"),
    says: /old qcow\/qcow2 encryption is not supported/,
  },
  "a name to check on a server without certificates": {
    devices: disk("<source protocol='ssh' name='/a' tlsHostname='h'><host name='h'/></source>", "type='network'"),
    says: /'tlsHostname' field is supported only with NBD disks/,
  },
  "a disk of another process without shared memory": {
    devices: disk("<source type='unix' path='/s'/>", "type='vhostuser' device='disk'"),
    says: /'vhostuser' requires shared memory/,
  },
  "a second IDE controller": {
    devices: disk(
      "<address type='drive' controller='1' bus='0' target='0' unit='0'/>",
      "type='file'",
      "dev='hda' bus='ide'",
    ),
    says: /Only 1 IDE controller is supported/,
  },
  "a second bus of an adapter": {
    devices: adapter + disk("<address type='drive' controller='0' bus='1' target='0' unit='0'/>", "type='file'", scsi),
    says: /SCSI controller only supports 1 bus/,
  },
  "a channel of a mainframe in a PC": {
    devices: disk("<address type='ccw'/>"),
    says: /cannot use CCW address type for device/,
  },
};

for (const [name, { says, ...document }] of Object.entries(cases)) {
  test(`refused: ${name}`, () => assert.throws(() => parse(document), says));
}

test("what is possible is accepted", () => {
  parse({
    head: `<iothreads>1</iothreads><maxMemory slots='1'>1048576</maxMemory>
<cpu><numa><cell cpus='0' memory='32768'/></numa></cpu><features><vmport state='off'/></features>
<clock offset='absolute' start='253402300799'/>`,
    devices: `<memory model='dimm'><target><size>2048</size><node>0</node></target></memory>${disk(
      "<driver io='native' cache='none' iothread='1'/><serial>A 1-b_c.+</serial>",
    )}`,
  });
});
