import assert from "node:assert/strict";
import { test } from "node:test";
import { type Disk, parseDomain } from "@tsvirt/model/domain";
import { parsePool } from "@tsvirt/model/storage";
import { type PoolVolume, useVolume } from "./volume-disks.ts";

const pools = {
  dir: "<pool type='dir'><name>p</name><target><path>/p</path></target></pool>",
  iscsi: `<pool type='iscsi'><name>p</name><source><host name='s'/><device path='iqn.2000-01.a:t'/>
<auth type='chap' username='u'><secret usage='k'/></auth></source><target><path>/dev/disk/by-path</path></target></pool>`,
  rbd: "<pool type='rbd'><name>p</name><source><host name='s'/><name>n</name></source></pool>",
} as const;

function resolved(kind: keyof typeof pools, volume: PoolVolume, source = ""): Disk {
  const { devices } =
    parseDomain(`<domain type='qemu'><name>t</name><os><type>hvm</type></os><devices><disk type='volume'>
<source pool='p' volume='unit:0:0:7' ${source}/><target dev='vda'/></disk></devices></domain>`);
  const [disk] = devices?.disks ?? [];
  assert.ok(disk);
  useVolume(disk, parsePool(pools[kind]), volume);
  return disk;
}

const file: PoolVolume = { path: "/p/v", type: "file" };

test("a volume's disk is what the pool has", () => {
  const seen = (disk: Disk): unknown => [disk.type, disk.source?.file ?? disk.source?.dev ?? disk.source?.dir];
  assert.deepEqual(seen(resolved("dir", file)), ["file", "/p/v"]);
  assert.deepEqual(seen(resolved("dir", { ...file, type: "block" })), ["block", "/p/v"]);
  const directory = resolved("dir", { ...file, type: "dir" });
  assert.deepEqual([...(seen(directory) as []), directory.driver?.type], ["dir", "/p/v", "fat"]);
  assert.deepEqual(seen(resolved("iscsi", { path: "/dev/x", type: "block" })), ["block", "/dev/x"]);
});

test("QEMU reaches an iSCSI volume itself if that is asked for", () => {
  const { type, source, driver } = resolved("iscsi", { path: "/dev/x", type: "block" }, "mode='direct'");
  assert.equal(type, "network");
  assert.equal(source?.protocol, "iscsi");
  assert.equal(source?.name, "iqn.2000-01.a:t/7");
  assert.deepEqual(source?.hosts, [{ name: "s", port: 3260 }]);
  assert.equal(source?.auth?.username, "u");
  assert.equal(driver?.type, "raw");
});

test("volumes that cannot be disks are refused", () => {
  assert.throws(() => resolved("dir", file, "mode='host'"), /only valid when storage pool is of iscsi type/);
  assert.throws(() => resolved("dir", { ...file, type: "network" }), /unexpected storage volume type 'network'/);
  assert.throws(() => resolved("rbd", file), /using 'rbd' pools for backing 'volume' disks isn't yet supported/);
  assert.throws(
    () => resolved("iscsi", { path: "/d", type: "block" }, "startupPolicy='optional'"),
    /'startupPolicy' is only valid for 'file' type volume/,
  );
});
