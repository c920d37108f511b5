import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeMachine } from "../../testing/index.ts";
import { defineGuest } from "../definitions/define.ts";
import { startGuest } from "./start-guest.ts";

const xml = `<domain type='qemu'>
  <name>vm</name>
  <uuid>d1d1d1d1-0000-4000-8000-000000000001</uuid>
  <memory>65536</memory>
  <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>
  <devices>
    <serial type='pty'><target port='0'/></serial>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
  </devices>
</domain>`;

/** Where the console is after a start in which QEMU gives its pty this name. */
async function consolePath(filename: string): Promise<string | undefined> {
  const machine = await FakeMachine.create();
  machine.behaviour = {
    commands: {
      "query-chardev": () => [
        { label: "charserial0", filename },
        { label: "charchannel0", filename: "unix:/x", "frontend-open": true },
        { label: "__proto__", filename: "pty:/dev/pts/9" },
      ],
    },
  };
  const driver = await machine.open();
  const guest = await defineGuest(driver, xml, { validate: false });
  await startGuest(driver, guest, {});
  const { serials = [], channels = [] } = guest.live?.domain.devices ?? {};
  assert.equal(channels[0]?.target.state, "connected");
  return serials[0]?.sources[0]?.path;
}

test("a name that QEMU gives is only used as what it should be: a pty (Q4)", async () => {
  assert.equal(await consolePath("pty:/dev/pts/3"), "/dev/pts/3");
  const others = [
    "pty:/etc/shadow",
    "pty:/dev/pts/../../etc/shadow",
    "pty:/dev/pts/",
    "pty:/dev/pts/3\n/etc/shadow",
    "file:/dev/pts/3",
    "/dev/pts/3",
    "",
  ];
  for (const name of others) assert.equal(await consolePath(name), undefined, name);
});
