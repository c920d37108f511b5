import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "@tsvirt/base";
import { FakeConnection } from "@tsvirt/host/testing";
import { qmp } from "@tsvirt/qemu";
import { Monitor } from "./monitor.ts";

test("commands of one turn go out together; descriptors go with their own command", async () => {
  const [ours, theirs] = FakeConnection.pair();
  const writes: { readonly commands: string[]; readonly fds: number[] }[] = [];
  theirs.start({
    data: (bytes, fds) => {
      const lines = new TextDecoder().decode(bytes).trim().split("\r\n");
      const commands = lines.map((line) => (JSON.parse(line) as { execute: string }).execute);
      writes.push({ commands, fds: fds.map(({ fd }) => fd) });
    },
    closed: () => undefined,
  });
  const monitor = new Monitor(ours, { event: () => undefined, lost: () => undefined }, silentLogger);
  const { session } = monitor;
  const answers = Promise.allSettled([
    session.execute(qmp.stop, {}),
    session.execute(qmp.cont, {}),
    session.executeJson("getfd", { fdname: "a" }, { fds: [7] }),
    session.execute(qmp.systemReset, {}),
  ]);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(writes, [
    { commands: ["stop", "cont"], fds: [] },
    { commands: ["getfd"], fds: [7] },
    { commands: ["system_reset"], fds: [] },
  ]);
  monitor.close();
  await answers;
});
