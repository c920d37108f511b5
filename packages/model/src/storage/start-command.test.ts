import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePool, startPoolCommand } from "./index.ts";

function command(attributes: string, source: string, more = ""): string {
  const pool = parsePool(
    `<pool ${attributes}><name>p</name><source>${source}</source><target><path>/t</path></target>${more}</pool>`,
  );
  return startPoolCommand(pool).join(" ");
}

test("file systems are mounted, volume groups activated", () => {
  const server = "<host name='h'/><dir path='/d'/>";
  const plain = "nodev,nosuid,noexec";
  assert.equal(command("type='fs'", "<device path='/dev/x'/>"), `mount -o ${plain} -t auto /dev/x /t`);
  assert.equal(command("type='netfs'", server), `mount -o ${plain} h:/d /t`);
  assert.equal(
    command("type='netfs'", `${server}<format type='nfs'/><protocol ver='4.1'/>`),
    `mount -o ${plain},nfsvers=4.1 -t nfs h:/d /t`,
  );
  assert.equal(command("type='netfs'", `${server}<format type='cifs'/>`), `mount -o ${plain},guest -t cifs //h//d /t`);
  const fs = "xmlns:fs='http://libvirt.org/schemas/storagepool/fs/1.0'";
  const options = "<fs:mount_opts><fs:option name='sync'/></fs:mount_opts>";
  assert.equal(
    command(`type='netfs' ${fs}`, `${server}<format type='glusterfs'/>`, options),
    `mount -o ${plain},direct-io-mode=1,sync -t glusterfs h:/d /t`,
  );
  assert.equal(command("type='logical'", "<name>vg</name>"), "vgchange -aly vg");
  assert.throws(() => command("type='dir'", ""), /a pool of type 'dir' is not started by a command/);
});
