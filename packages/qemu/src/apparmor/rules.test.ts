import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtError } from "@tsvirt/base";
import { parseDomain } from "@tsvirt/model/domain";
import fc from "fast-check";
import { type AccessFacts, systemDirectories } from "./accesses.ts";
import {
  formatRules,
  isProfileName,
  loadedMode,
  pathsOf,
  profileAccesses,
  profileFromTemplate,
  profileName,
  whyNoRule,
} from "./rules.ts";

const UUID = "a0b1c2d3-0000-4000-8000-00000000000a";
const facts: AccessFacts = { directories: systemDirectories, hostFiles: [] };

/** The rules for a guest with these devices, without those that every guest has. */
function rules(devices: string, options: { type?: string; os?: string; facts?: Partial<AccessFacts> } = {}): string[] {
  const { type = "qemu", os = "" } = options;
  const xml = `<domain type='${type}'><name>vm</name><uuid>${UUID}</uuid><memory>65536</memory>
    <os><type arch='x86_64' machine='pc'>hvm</type>${os}</os><devices>${devices}</devices></domain>`;
  const domain = parseDomain(xml, { hooks: {}, skipValidation: true });
  const text = formatRules(profileAccesses(domain, { ...facts, ...options.facts }), new Map());
  return text
    .split(",\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .slice(5);
}

const disk = (path: string, more = ""): string =>
  `<disk type='file' device='disk'><source file='${path}'/>${more}<target dev='vda'/></disk>`;

const refusal = (text: RegExp) => (error: unknown) => error instanceof VirtError && text.test(error.message);

test("every guest has its log, pid file and monitor", () => {
  const xml = `<domain type='kvm' id='7'><name>a-name-of-more-than-twenty</name><uuid>${UUID}</uuid><memory>1</memory>
    <os><type>hvm</type></os></domain>`;
  assert.equal(
    formatRules(profileAccesses(parseDomain(xml, { hooks: {}, skipValidation: true }), facts), new Map()),
    `  "/var/log/libvirt/**/a-name-of-more-than-twenty.log" w,
  "/var/lib/libvirt/qemu/domain-a-name-of-more-than-twenty/monitor.sock" rw,
  "/var/lib/libvirt/qemu/domain-7-a-name-of-more-than-/*" rw,
  "/run/libvirt/**/a-name-of-more-than-twenty.pid" rwk,
  "/run/libvirt/**/*.tunnelmigrate.dest.a-name-of-more-than-twenty" rw,
`,
  );
});

test("a disk is written to, what is behind it and read-only media are not", () => {
  const chain = `<backingStore type='file'><format type='raw'/><source file='/images/base'/><backingStore/></backingStore>`;
  assert.deepEqual(rules(disk("/images/top", chain)), [
    '"/images/top" rwk',
    '"/images/base" rk',
    'deny "/images/base" w',
  ]);
  assert.deepEqual(rules(disk("/images/a", "<readonly/>")), ['"/images/a" rk', 'deny "/images/a" w']);
  assert.deepEqual(rules(disk("/images/a", "<shareable/>")), ['"/images/a" rwk']);
  const cdrom = "<disk type='block' device='cdrom'><source dev='/dev/sr0'/><target dev='hdc'/></disk>";
  assert.deepEqual(rules(cdrom), ['"/dev/sr0" rk', 'deny "/dev/sr0" w']);
  assert.deepEqual(rules("<disk type='file' device='cdrom'><target dev='hdc'/></disk>"), []);
});

test("storage elsewhere needs no rule, an image of it on this host does", () => {
  const nbd = "<source protocol='nbd' name='x'><host name='there'/></source>";
  const local = "<backingStore type='file'><format type='raw'/><source file='/images/base'/></backingStore>";
  assert.deepEqual(rules(`<disk type='network'>${nbd}${local}<target dev='vda'/></disk>`), [
    '"/images/base" rk',
    'deny "/images/base" w',
  ]);
});

test("ports have their files; a pipe has two, an address of the network none", () => {
  const port = (kind: string, type: string, source: string): string =>
    `<${kind} type='${type}'><source ${source}/></${kind}>`;
  assert.deepEqual(rules(port("serial", "file", "path='/logs/a'")), ['"/logs/a" rw']);
  assert.deepEqual(rules(port("parallel", "pipe", "path='/run/p'")), ['"/run/p.in" rw', '"/run/p.out" rw']);
  assert.deepEqual(rules(port("serial", "tcp", "mode='bind' host='localhost' service='77'")), []);
  const channel = `<channel type='unix'><source mode='bind' path='/run/c'/><target type='virtio' name='x'/></channel>`;
  assert.deepEqual(rules(channel), ['"/run/c" rw']);
});

test("kernel, firmware and variables", () => {
  const os = `<loader readonly='yes' type='pflash'>/usr/share/OVMF/CODE.fd</loader><nvram>/vars/vm.fd</nvram>
    <kernel>/boot/vmlinuz</kernel><initrd>/boot/initrd</initrd>`;
  assert.deepEqual(rules("", { os }), [
    '"/boot/vmlinuz" r',
    'deny "/boot/vmlinuz" w',
    '"/boot/initrd" r',
    'deny "/boot/initrd" w',
    '"/usr/share/OVMF/CODE.fd" rk',
    'deny "/usr/share/OVMF/CODE.fd" w',
    '"/vars/vm.fd" rwk',
  ]);
});

test("with KVM, cards that may be virtio's have the kernel's help", () => {
  const card = (more: string): string => `<interface type='user'>${more}</interface>`;
  const vhost = ['"/dev/vhost-net" rw'];
  assert.deepEqual(rules(card("<model type='virtio'/>"), { type: "kvm" }), vhost);
  assert.deepEqual(rules(card(""), { type: "kvm" }), vhost);
  assert.deepEqual(rules(card("<model type='e1000'/>"), { type: "kvm" }), []);
  assert.deepEqual(rules(card("<model type='virtio'/><driver name='qemu'/>"), { type: "kvm" }), []);
  assert.deepEqual(rules(card("<model type='virtio'/>")), []);
});

test("devices of the host, network cards among them", () => {
  const address = "<source><address type='pci' domain='0' bus='1' slot='2' function='0'/></source>";
  const vfio = ['"/dev/vfio/vfio" rw', '"/dev/vfio/[0-9]*" rw'];
  const hostFiles = ["/sys/devices/pci0000:00/x/config"];
  const device = `<hostdev mode='subsystem' type='pci'>${address}</hostdev>`;
  assert.deepEqual(rules(device, { facts: { hostFiles } }), ['"/sys/devices/pci0000:00/x/config" rw', ...vfio]);
  assert.deepEqual(rules(`<interface type='hostdev'>${address}</interface>`), vfio);
  assert.deepEqual(rules(`<hostdev mode='subsystem' type='pci'><driver name='kvm'/>${address}</hostdev>`), []);
});

test("drawing on the host's device brings the rules of its libraries", () => {
  const spice = (gl: string): string => `<graphics type='spice'>${gl}</graphics>`;
  assert.deepEqual(rules(spice("<gl enable='no'/>")), []);
  const chosen = rules(spice("<gl enable='yes'/>"), { facts: { renderNode: "/dev/dri/renderD128" } });
  assert.equal(chosen[0], '"/dev/dri/renderD128" rw');
  assert.ok(chosen.includes('"/dev/dri/" r'));
  assert.equal(rules("<graphics type='egl-headless'><gl rendernode='/dev/dri/x'/></graphics>")[0], '"/dev/dri/x" rw');
});

test("shared directories and memory, TPMs, smart cards, inputs", () => {
  const shared = (more: string): string =>
    `<filesystem type='mount'><source dir='/srv/share/'/><target dir='t'/>${more}</filesystem>`;
  assert.deepEqual(rules(shared("")), ['"/srv/share/**" rwl', '"/srv/share/" r']);
  assert.deepEqual(rules(shared("<readonly/>")), ['"/srv/share/**" r', '"/srv/share/" r']);
  assert.deepEqual(rules(shared("<driver type='virtiofs'/>")), []);
  assert.deepEqual(rules("<shmem name='m'><model type='ivshmem-plain'/></shmem>"), ['"/dev/shm/m" rw']);
  assert.deepEqual(rules("<shmem name='m'><server path='/run/m'/></shmem>"), ['"/run/m" rw']);
  assert.deepEqual(
    rules("<tpm><backend type='emulator' version='1.2'/></tpm>")[1],
    `"/var/lib/libvirt/swtpm/${UUID}/tpm1.2/" r`,
  );
  assert.deepEqual(rules("<smartcard mode='host'/>"), ['"/etc/pki/nssdb/{,*}" rk']);
  assert.deepEqual(rules("<input type='evdev'><source dev='/dev/input/event1'/></input>"), ['"/dev/input/event1" rw']);
  assert.deepEqual(rules("<graphics type='sdl'/>"), [], "a window without a file of rights needs none");
});

test("system files, and paths that cannot be written, are no guest's", () => {
  for (const path of ["/etc/shadow", "/usr/share/x", "/proc/1/mem", "/sys/power/state", "/boot/vmlinuz"]) {
    assert.throws(() => rules(disk(path)), refusal(/cannot be given to a guest/), path);
  }
  assert.throws(() => rules(disk("/images/a&quot; rw, /** rwx, &quot;")), refusal(/no way to write it/));
  assert.throws(() => rules(disk("/images/a&#10;  /** rwx,")), refusal(/no way to write it/));
  assert.throws(() => rules(disk("/nowhere/../etc/shadow")), refusal(/leads back/));
  assert.equal(whyNoRule("/boot/vmlinuz", true), undefined);
});

test("a symbolic link is judged, and written, by where it leads", () => {
  const xml = `<domain type='xen'><name>vm</name><uuid>${UUID}</uuid><memory>1</memory><os><type>hvm</type></os>
    <devices>${disk("/images/link")}</devices></domain>`;
  const accesses = profileAccesses(parseDomain(xml, { hooks: {}, skipValidation: true }), facts);
  assert.deepEqual(pathsOf(accesses), ["/images/link"]);
  assert.equal(formatRules(accesses, new Map([["/images/link", "/data/real"]])), '  "/data/real" rwk,\n');
  assert.throws(() => formatRules(accesses, new Map([["/images/link", "/etc/shadow"]])), refusal(/system files/));
});

test("patterns in a path are no patterns in its rule", () => {
  assert.deepEqual(rules(disk("/images/*")), ['"/images/\\*" rwk']);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."ab*?[]{}^,@ ") }), (text) => {
      const [rule = ""] = formatRules([{ kind: "path", path: `/x/${text}-`, permissions: "rw" }], new Map()).split(
        ",\n",
      );
      const inner = rule.trim().slice(1, -4);
      assert.equal(inner.replace(/\\(.)/g, "$1"), `/x/${text}-`);
      assert.doesNotMatch(inner.replace(/\\./g, ""), /[*?[\]{}^]/);
    }),
  );
});

test("a name with a meaning in rules is refused", () => {
  for (const name of ["a*", "a?", "a[b]", "a{b}", "a^", "a,b", "a\\b", 'a"b']) {
    const domain = { ...parseDomain(`<domain type='qemu'><name>x</name><os><type>hvm</type></os></domain>`), name };
    assert.throws(() => profileAccesses(domain, facts), refusal(/AppArmor profile/), name);
  }
});

test("names of profiles", () => {
  assert.equal(isProfileName(profileName(UUID)), true);
  for (const name of [
    "",
    UUID,
    "libvirt-",
    `libvirt-${UUID}x`,
    `libvirt-${UUID.replaceAll("-", "")}`,
    "libvirt-../../x",
  ]) {
    assert.equal(isProfileName(name), false, name);
  }
});

test("a profile is its template with a name and the guest's rules", () => {
  const template = "#include <tunables/global>\n\nprofile LIBVIRT_TEMPLATE flags=(complain) {\n  /local r,\n}\n";
  assert.equal(
    profileFromTemplate(template, "libvirt-x"),
    "#include <tunables/global>\n\nprofile libvirt-x flags=(complain) {\n  /local r,\n  #include <libvirt/libvirt-x.files>\n\n}\n",
  );
  assert.throws(() => profileFromTemplate("profile x {\n}\n", "libvirt-x"), refusal(/no replacement string/));
});

test("the kernel's list names a profile and its mode", () => {
  const list = "libvirtd (enforce)\nlibvirt-a-b (complain)\nlibvirt-a (enforce)\n/usr/bin/man (enforce)\n";
  assert.equal(loadedMode(list, "libvirt-a"), "enforce");
  assert.equal(loadedMode(list, "libvirt-a-b"), "complain");
  assert.equal(loadedMode(list, "libvirt"), undefined);
});
