import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger, systemClock } from "@tsvirt/base";
import { FakeConnection } from "@tsvirt/host/testing";
import { Server } from "./server.ts";

test("what all clients have half sent is bounded: who sends most has to go", async () => {
  const server = new Server(
    "libvirtd",
    {
      maxClients: 10,
      maxAnonymous: 0,
      maxPartial: 8000,
      maxRequests: 5,
      keepaliveInterval: -1,
      keepaliveCount: 0,
      workers: { min: 1, max: 1, priority: 0 },
    },
    {
      log: silentLogger,
      clock: systemClock,
      open: () => ({ programs: [], close: () => Promise.resolve() }),
      onChange: () => undefined,
    },
  );
  const connect = (): FakeConnection => {
    const [ours, theirs] = FakeConnection.pair({ pid: 1, uid: 0, gid: 0, startTime: 1n });
    server.accept(theirs, "rw", { auth: "none", mode: 0o700 });
    ours.start({ data: () => undefined, closed: () => undefined });
    ours.write(Uint8Array.of(0, 1, 0, 0));
    return ours;
  };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const [modest, greedy, late] = [connect(), connect(), connect()];
  modest.write(new Uint8Array(2000));
  greedy.write(new Uint8Array(5000));
  await turn();
  assert.equal(server.clients.size, 3);
  late.write(new Uint8Array(1500));
  await turn();
  assert.deepEqual([modest.closed, greedy.closed, late.closed], [false, true, false]);
  // What went with it no longer counts.
  late.write(new Uint8Array(4000));
  await turn();
  assert.equal(server.clients.size, 2);
  await server.close();
});
