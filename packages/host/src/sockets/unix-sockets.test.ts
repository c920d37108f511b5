import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readlink, rm, stat } from "node:fs/promises";
import { connect as netConnect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Deferred, deferred } from "@tsvirt/base";
import type { Descriptor } from "../descriptor.ts";
import { libc } from "../ffi/libc.ts";
import { openHost } from "../open-host.ts";
import type { Connection, Receiver } from "./sockets.ts";

const { sockets, files, processes } = openHost();

async function directory(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "tsvirt-sock-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Collects what arrives until it is told to look. */
class Collector implements Receiver {
  readonly chunks: Uint8Array[] = [];
  readonly fds: Descriptor[] = [];
  readonly ended: Deferred<Error | undefined> = deferred();
  #wanted: { readonly size: number; readonly done: Deferred<void> } | undefined;

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  async size(size: number): Promise<Buffer> {
    const done = deferred<void>();
    this.#wanted = { size, done };
    this.#check();
    await done.promise;
    return this.bytes;
  }

  data(bytes: Uint8Array, fds: readonly Descriptor[]): void {
    this.chunks.push(bytes);
    this.fds.push(...fds);
    this.#check();
  }

  closed(error: Error | undefined): void {
    this.ended.resolve(error);
  }

  #check(): void {
    if (this.#wanted && this.bytes.length >= this.#wanted.size) this.#wanted.done.resolve();
  }
}

function pair(): { readonly left: Connection; readonly right: Connection } {
  const { ours, theirs } = sockets.pair();
  return { left: ours, right: sockets.wrap(theirs) };
}

test("a socket gets its mode before it listens, says who connects, and goes away when closed", async () => {
  await using dir = await directory();
  const path = join(dir.path, "sock");
  const accepted = deferred<Connection>();
  const listener = await sockets.listen({ path, mode: 0o640 }, accepted.resolve);
  assert.equal((await stat(path)).mode & 0o777, 0o640);
  const client = netConnect(path);
  const connection = await accepted.promise;
  assert.deepEqual(connection.peer, {
    pid: process.pid,
    uid: process.getuid?.(),
    gid: process.getgid?.(),
    startTime: processes.inspect(process.pid)?.startTime,
  });
  const received = new Collector();
  connection.start(received);
  client.write("hello");
  assert.equal((await received.size(5)).toString(), "hello");
  client.end();
  assert.equal(await received.ended.promise, undefined);
  await listener.close();
  await assert.rejects(stat(path), { code: "ENOENT" });
});

test("a stale socket is replaced, a living one is not", async () => {
  await using dir = await directory();
  const path = join(dir.path, "sock");
  const ignore = (connection: Connection): void => connection.close();
  const stale = await sockets.createListening({ path, mode: 0o600 });
  stale.close();
  const listener = await sockets.listen({ path, mode: 0o600 }, ignore);
  await assert.rejects(sockets.listen({ path, mode: 0o600 }, ignore), { errnoName: "EADDRINUSE" });
  await listener.close();
  await assert.rejects(sockets.listen({ path: join(dir.path, "x".repeat(120)), mode: 0o600 }, ignore), /too long/);
});

test("descriptors arrive with their bytes, in order, and are ours to close", async () => {
  await using dir = await directory();
  const { left, right } = pair();
  const received = new Collector();
  right.start(received);
  const names = ["one", "two"].map((name) => join(dir.path, name));
  left.write(Buffer.from("message"));
  for (const name of names) {
    left.write(Buffer.from([0]), [await files.open(name, { access: "readWrite", create: 0o600 })]);
  }
  left.write(Buffer.from("next"));
  assert.equal((await received.size(13)).toString("latin1"), "message\0\0next");
  const targets = await Promise.all(received.fds.map(({ fd }) => readlink(`/proc/self/fd/${fd}`)));
  assert.deepEqual(targets, names);
  for (const each of received.fds) each.close();
  left.close();
  right.close();
});

test("nothing is left open when descriptors are sent to nobody, or too many at once arrive", async () => {
  const before = await files.list("/proc/self/fd");
  const { left, right } = pair();
  const received = new Collector();
  right.start(received);
  const many = Array.from({ length: 10 }, () => sockets.pair());
  left.write(
    Buffer.from("x"),
    many.map(({ theirs }) => theirs),
  );
  for (const { ours } of many) ours.close();
  await received.size(1);
  assert.equal(received.fds.length, 10);
  for (const each of received.fds) each.close();
  right.close();
  left.close();
  const late = sockets.pair();
  left.write(Buffer.from("x"), [late.theirs]);
  assert.equal(late.theirs.fd, -1);
  late.ours.close();
  assert.equal((await files.list("/proc/self/fd")).length, before.length);
});

test("a reader that pauses holds the writer back; all bytes arrive when it goes on", async () => {
  const { left, right } = pair();
  const received = new Collector();
  right.start(received);
  right.pause();
  const big = Buffer.alloc(3_000_000, "0123456789");
  assert.equal(left.write(big), false);
  assert.equal(left.write(Buffer.from("end")), false);
  assert.ok(left.pending > 1_000_000);
  right.resume();
  await left.drained();
  assert.equal(left.pending, 0);
  const all = await received.size(big.length + 3);
  assert.ok(all.subarray(0, big.length).equals(big));
  assert.equal(all.subarray(big.length).toString(), "end");
  left.close();
  assert.equal(await received.ended.promise, undefined);
});

test("ending sends what is pending first", async () => {
  const { left, right } = pair();
  const received = new Collector();
  right.start(received);
  const big = Buffer.alloc(2_000_000, 7);
  left.write(big);
  await left.end();
  await received.ended.promise;
  assert.equal(received.bytes.length, big.length);
});

test("a peer that vanishes while we write closes the connection with the reason", async () => {
  const { left, right } = pair();
  const closed = new Collector();
  left.start(closed);
  right.close();
  assert.equal(await closed.ended.promise, undefined);
  assert.equal(left.write(Buffer.from("x")), true, "writes after the end go nowhere");
  const broken = pair();
  const reason = new Collector();
  // Not reading: only the write finds out.
  broken.left.start(reason);
  broken.left.pause();
  broken.right.close();
  broken.left.write(Buffer.from("x"));
  assert.equal((await reason.ended.promise)?.message, "Cannot write data: Broken pipe");
});

test("promises made in a receiver run at once, although koffi calls back outside of Node's callback scope", async () => {
  const { left, right } = pair();
  const order: string[] = [];
  const done = deferred<void>();
  right.start({
    data: () => {
      void Promise.resolve().then(() => order.push("microtask"));
      process.nextTick(() => order.push("tick"));
      setImmediate(() => {
        order.push("immediate");
        done.resolve();
      });
    },
    closed: () => undefined,
  });
  left.write(Buffer.from("x"));
  await done.promise;
  assert.deepEqual(order, ["tick", "microtask", "immediate"]);
  left.close();
  right.close();
});

test("sockets of a service manager are adopted by name, and only when meant for us", async () => {
  assert.deepEqual(sockets.activated({ LISTEN_FDS: "1", LISTEN_PID: "1" }), []);
  assert.deepEqual(sockets.activated({}), []);
  assert.deepEqual(sockets.activated({ LISTEN_PID: String(process.pid), LISTEN_FDS: "-1" }), []);
  await using dir = await directory();
  const path = join(dir.path, "sock");
  const inherited = await sockets.createListening({ path, mode: 0o600 });
  const accepted = deferred<Connection>();
  const listener = sockets.adopt(inherited, accepted.resolve);
  const client = await sockets.connect(path);
  (await accepted.promise).close();
  client.close();
  await listener.close();
  assert.ok(await stat(path), "a path that others made is theirs to remove");
  const { ours, theirs } = sockets.pair();
  assert.throws(() => sockets.adopt(theirs, () => undefined), /not a listening UNIX socket/);
  theirs.close();
  ours.close();
});

test("accepting can be paused: clients wait and are served later", async () => {
  await using dir = await directory();
  const path = join(dir.path, "sock");
  let count = 0;
  const second = deferred<void>();
  const listener = await sockets.listen({ path, mode: 0o600 }, (connection) => {
    connection.close();
    if (++count === 2) second.resolve();
  });
  listener.pause();
  const clients = [await sockets.connect(path), await sockets.connect(path)];
  assert.equal(count, 0);
  listener.resume();
  await second.promise;
  for (const each of clients) each.close();
  await listener.close();
});

const NOFILE = 7;

// The last test: the limit cannot be raised again.
test("out of descriptors, clients wait and are served as others leave (D6)", async () => {
  await using dir = await directory();
  const path = join(dir.path, "sock");
  const wanted = 100;
  const connections: Connection[] = [];
  let arrived = deferred<void>();
  const listener = await sockets.listen({ path, mode: 0o600 }, (connection) => {
    connections.push(connection);
    arrived.resolve();
  });
  const clients = spawn(process.execPath, [
    "-e",
    `for (let n = 0; n < ${wanted}; n++) require("node:net").connect(${JSON.stringify(path)}).on("error", () => {});`,
  ]);
  const taken = (await files.list("/proc/self/fd")).map(Number);
  const limit = taken.length + 10;
  // Listing took one descriptor itself, which may or may not be below the limit.
  const free = limit - taken.filter((fd) => fd < limit).length;
  libc().setLimit(process.pid, NOFILE, BigInt(limit));
  let served = 0;
  while (served < wanted) {
    // Until nothing more fits, or all are here.
    while (connections.length < Math.min(free, wanted - served)) {
      await arrived.promise;
      arrived = deferred();
    }
    assert.ok(connections.length <= free + 1);
    served += connections.length;
    for (const each of connections.splice(0)) each.close();
  }
  clients.kill();
  await listener.close();
});
