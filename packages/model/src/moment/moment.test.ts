import assert from "node:assert/strict";
import { test } from "node:test";
import { DocumentError } from "@tsvirt/codec/xml";
import { alignBackup, Backup, formatSnapshot, parseBackup, parseCheckpoint, parseSnapshot } from "./index.ts";

const domain = `<domain type='qemu'>
    <name>x</name>
    <uuid>2c6f1d7e-9c7e-4a39-9b50-2f3f6b7a1a01</uuid>
    <memory unit='KiB'>1024</memory>
    <os><type arch='x86_64'>hvm</type></os>
    <devices><graphics type='vnc' passwd='s3cret'/><video><model type='vga'/></video></devices>
  </domain>`;

test("a new snapshot takes its name from the clock and nothing the client cannot know", () => {
  const snapshot = parseSnapshot(
    `<domainsnapshot><state>running</state><parent><name>p</name></parent><creationTime>5</creationTime>${domain}</domainsnapshot>`,
    { now: 1_700_000_000 },
  );
  assert.deepEqual(snapshot, { name: "1700000000", creationTime: 1_700_000_000 });
});

test("a redefined snapshot keeps the guest, and shows passwords only with the right to see them", () => {
  const xml = `<domainsnapshot><name>s</name><state>running</state><creationTime>5</creationTime>${domain}</domainsnapshot>`;
  const snapshot = parseSnapshot(xml, { redefine: true });
  const open = formatSnapshot(snapshot);
  assert.match(open, /<memory snapshot='internal'\/>/);
  assert.match(open, /<domain type='qemu'>\s*<name>x<\/name>/);
  assert.doesNotMatch(open, /s3cret/);
  assert.match(formatSnapshot(snapshot, { secure: true }), /passwd='s3cret'/);
  assert.equal(formatSnapshot(parseSnapshot(open, { redefine: true })), open);
});

test("only the guest's UUID is understood too", () => {
  const xml =
    "<domainsnapshot><name>s</name><state>shutoff</state><creationTime>5</creationTime><domain><uuid>2c6f1d7e-9c7e-4a39-9b50-2f3f6b7a1a01</uuid></domain><active>1</active></domainsnapshot>";
  const snapshot = parseSnapshot(xml, { redefine: true, internal: true });
  assert.deepEqual(snapshot.domain, { uuid: "2c6f1d7e-9c7e-4a39-9b50-2f3f6b7a1a01" });
  assert.match(formatSnapshot(snapshot, { internal: true }), /<active>1<\/active>/);
  assert.doesNotMatch(formatSnapshot(snapshot), /active/);
});

test("snapshots that contradict themselves are refused", () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ["<memory snapshot='external'/>", /external memory snapshots require a filename/],
    ["<memory snapshot='no' file='/m'/>", /memory filename '\/m' requires external snapshot/],
    [
      "<disks><disk name='vda' snapshot='internal'><source file='/f'/></disk></disks>",
      /file '\/f' for disk 'vda' requires use of external snapshot mode/,
    ],
    ["<disks><disk/></disks>", /missing name from disk snapshot element/],
    ["<name>a/b</name>", /name can't contain '\/'/],
    ["<name>.a</name>", /name can't start with '\.'/],
    ["<memory snapshot='manual'/>", /'manual' memory snapshot mode not supported/],
    ["<memory file='m'/>", /memory snapshot file path \(m\) must be absolute/],
    ["<disks><disk name='vda'><source file='f'/></disk></disks>", /disk snapshot image path 'f' must be absolute/],
    ["<disks><disk name='vda' type='dir'/></disks>", /unsupported disk snapshot type 'dir'/],
    ["<disks><disk name='vda'><driver type='x'/></disk></disks>", /unknown disk snapshot driver 'x'/],
  ];
  for (const [inside, expected] of refused) {
    assert.throws(
      () => parseSnapshot(`<domainsnapshot>${inside}</domainsnapshot>`),
      (error) => error instanceof DocumentError && expected.test(error.message),
      inside,
    );
  }
  const offline =
    "<domainsnapshot><name>s</name><state>shutoff</state><creationTime>5</creationTime><memory snapshot='internal'/></domainsnapshot>";
  assert.throws(() => parseSnapshot(offline, { redefine: true }), /memory state cannot be saved with offline/);
  assert.throws(() => parseSnapshot("<domainsnapshot/>", { redefine: true }), /must have a name.*2 more errors/);
});

test("a checkpoint's bitmaps are named after it", () => {
  const checkpoint = parseCheckpoint(
    "<domaincheckpoint><disks><disk name='vda'/><disk name='vdb' checkpoint='no'/></disks></domaincheckpoint>",
    { now: 7 },
  );
  assert.deepEqual(checkpoint.disks?.disks, [
    { name: "vda", checkpoint: "bitmap", bitmap: "7" },
    { name: "vdb", checkpoint: "no" },
  ]);
});

test("disks that a backup does not name take no part", () => {
  const backup = parseBackup(
    "<domainbackup><incremental>c1</incremental><disks><disk name='vda'/></disks></domainbackup>",
  );
  alignBackup(
    backup,
    [
      { name: "vda", path: "/a.qcow2" },
      { name: "vdb", path: "/b.qcow2" },
    ],
    "9",
  );
  assert.equal(
    Backup.format(backup),
    [
      "<domainbackup mode='push'>",
      "  <incremental>c1</incremental>",
      "  <disks>",
      "    <disk name='vda' backup='yes' type='file' backupmode='incremental' incremental='c1'>",
      "      <driver type='qcow2'/>",
      "      <target file='/a.qcow2.9'/>",
      "    </disk>",
      "    <disk name='vdb' backup='no'/>",
      "  </disks>",
      "</domainbackup>",
      "",
    ].join("\n"),
  );
});

test("backups and checkpoints are refused in libvirt's words", () => {
  const backups: readonly (readonly [string, RegExp])[] = [
    ["<domainbackup mode='x'/>", /unknown backup mode 'x'/],
    ["<domainbackup><server name='h'/></domainbackup>", /use of <server> requires pull mode backup/],
    ["<domainbackup mode='pull'><server transport='rdma'/></domainbackup>", /transport rdma is not supported/],
    ["<domainbackup mode='pull'><server/></domainbackup>", /missing name for host/],
    ["<domainbackup mode='pull'><server transport='unix'/></domainbackup>", /missing socket for unix transport/],
    [
      "<domainbackup mode='pull'><server transport='unix' socket='s'/></domainbackup>",
      /backup socket path 's' must be absolute/,
    ],
    ["<domainbackup><disks><disk/></disks></domainbackup>", /missing name from disk backup element/],
    [
      "<domainbackup><disks><disk name='vda' type='network'/></disks></domainbackup>",
      /unsupported disk backup type 'network'/,
    ],
  ];
  for (const [xml, expected] of backups) assert.throws(() => parseBackup(xml), expected, xml);
  const redefined = () => parseCheckpoint("<domaincheckpoint/>", { redefine: true });
  assert.throws(redefined, /a redefined checkpoint must have a name/);
});

test("a backup's disk has only what its mode knows, and nothing when it takes no part", () => {
  const backup = parseBackup(
    "<domainbackup mode='pull'><server transport='unix' socket='/s'/><disks><disk name='vda' exportname='e'><scratch file='/s'/><target file='/t'/></disk><disk name='vdb' backup='no' type='file'/></disks></domainbackup>",
  );
  assert.equal(
    Backup.format(backup),
    `<domainbackup mode='pull'>
  <server transport='unix' socket='/s'/>
  <disks>
    <disk name='vda' backup='yes' type='file' exportname='e'>
      <scratch file='/s'/>
    </disk>
    <disk name='vdb' backup='no'/>
  </disks>
</domainbackup>
`,
  );
  assert.throws(() => alignBackup(backup, [{ name: "vdb" }], "1"), /no disk named 'vda'/);
});
