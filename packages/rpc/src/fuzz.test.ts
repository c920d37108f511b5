import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ErrorCode, Logger, type LogRecord, virtError } from "@tsvirt/base";
import type { BoundProgram } from "./bind.ts";
import { ClientConnection } from "./client.ts";
import { qemuProgram } from "./qemu.ts";
import { domainEventsEvents } from "./remote/domain-events.ts";
import { remote } from "./remote/program.ts";
import { ServerConnection } from "./server.ts";
import { FakeTime, RecordingTransport } from "./testing.ts";

const MESSAGES = 100_000;

setFlagsFromString("--expose-gc");
const gc: () => void = runInNewContext("gc");

/** Same numbers every time: a failure can be run again. (mulberry32) */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * below);
  };
}

async function recorded(): Promise<readonly Uint8Array[]> {
  const frames: Uint8Array[] = [];
  for (const name of ["virsh-sessions", "libvirtd-replies"]) {
    const text = await readFile(new URL(`../fixtures/wire/${name}.json`, import.meta.url), "utf8");
    const recording: { readonly frames: readonly (readonly [string, string])[] } = JSON.parse(text);
    for (const [, hex] of recording.frames) frames.push(Uint8Array.from(Buffer.from(hex, "hex")));
  }
  return frames;
}

/** A recorded message with a few bytes changed, words made extreme, parts cut or doubled; or noise. */
function mutate(frame: Uint8Array, pick: (below: number) => number): Uint8Array {
  let bytes = frame.slice();
  const changes = 1 + pick(4);
  for (let i = 0; i < changes; i++) {
    const view = new DataView(bytes.buffer);
    // The length word is mostly left right, so that what lies behind it is reached.
    const at = pick(20) === 0 ? pick(bytes.length) : 4 + pick(Math.max(1, bytes.length - 4));
    switch (pick(6)) {
      case 0:
        bytes[at] = pick(256);
        break;
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(8));
        break;
      case 2:
        if (at + 4 <= bytes.length)
          view.setUint32(at & ~3, [0, 1, 0xffff_ffff, 0x7fff_ffff, 0x0040_0000][pick(5)] ?? 0);
        break;
      case 3:
        if (at > 28) {
          bytes = bytes.slice(0, at);
          new DataView(bytes.buffer).setUint32(0, bytes.length);
        }
        break;
      case 4: {
        const longer = new Uint8Array(bytes.length + 4 * (1 + pick(4)));
        longer.set(bytes);
        bytes = longer;
        new DataView(bytes.buffer).setUint32(0, bytes.length);
        break;
      }
      default:
        // Another program, procedure, type or status.
        if (bytes.length >= 28) view.setUint32(4 + 4 * pick(6), pick(3) === 0 ? pick(500) : view.getUint32(4));
    }
  }
  return bytes;
}

/** A log that fails the test on anything that is our own mistake. */
const log = new Logger("fuzz", (record: LogRecord) => {
  if (record.level === "error") assert.fail(`${record.message} ${String(record.fields.error)}`);
});

/** Serves everything, in each of the ways a handler can end. */
function serve(program: Pick<BoundProgram, "id" | "version" | "callByNumber">): BoundProgram {
  let turn = 0;
  const failure = virtError(ErrorCode.noDomain, "x");
  return {
    ...program,
    invoke(entry, _args, call) {
      if (entry.procedure.stream) {
        call.stream.serve(async (io) => {
          for await (const chunk of io.chunks) if (chunk instanceof Uint8Array) await io.write(chunk);
        });
      }
      if (++turn % 3 === 0) return Promise.reject(failure);
      if (turn % 3 === 1) throw failure;
      return entry.procedure.ret.kind === "nothing" ? undefined : Promise.reject(failure);
    },
  };
}

/** Feeds `MESSAGES` messages to connections made by `connect`, which are replaced when they end, and watches memory. */
async function feed(connect: () => { receive(bytes: Uint8Array): void; readonly closed: boolean }): Promise<void> {
  const frames = await recorded();
  const pick = random(42);
  let connection = connect();
  let ended = 0;
  let early = 0;
  for (let i = 0; i < MESSAGES; i++) {
    const source = frames[pick(frames.length)] as Uint8Array;
    const bytes = pick(10) === 0 ? Uint8Array.from({ length: pick(100) }, () => pick(256)) : mutate(source, pick);
    connection.receive(bytes);
    if (connection.closed) {
      ended++;
      connection = connect();
    }
    // A message that promises more than it holds swallows those behind it; start anew now and then.
    if (i % 50 === 0) connection = connect();
    if (i % 1000 === 0) await new Promise(setImmediate);
    if (i === MESSAGES / 5) {
      gc();
      early = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    }
  }
  await new Promise(setImmediate);
  gc();
  const late = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  assert.ok(ended > 100, `only ${ended} connections ended`);
  assert.ok(late - early < 4 << 20, `memory grew by ${late - early} bytes`);
}

const time = new FakeTime();

test(`${MESSAGES} random and mutated messages neither break a server nor grow it`, async () => {
  await feed(() => {
    const transport = new RecordingTransport();
    const server = new ServerConnection({
      transport,
      log,
      schedule: time.schedule,
      monotonic: time.monotonic,
      session: undefined,
      readOnly: false,
      authenticated: true,
    });
    server.serve(serve(remote));
    server.serve(serve(qemuProgram));
    return server;
  });
  assert.equal(time.pending, 0);
});

test(`${MESSAGES} random and mutated messages neither break a client nor grow it`, async () => {
  const quiet = new Logger("fuzz", () => undefined);
  await feed(() => {
    const client = new ClientConnection({
      transport: new RecordingTransport(),
      log: quiet,
      schedule: time.schedule,
      monotonic: time.monotonic,
    });
    const call = client.caller(remote);
    const ignore = (work: Promise<unknown>): void => {
      work.catch(() => undefined);
    };
    for (let i = 0; i < 5; i++) ignore(call.connectGetHostname());
    ignore(call.storageVolDownload({ vol: { pool: "p", name: "v", key: "k" }, offset: 0n, length: 0n, flags: 1 }));
    for (const event of Object.values(domainEventsEvents)) client.listen(remote, event, () => undefined);
    return client;
  });
  assert.equal(time.pending, 0);
});
