import assert from "node:assert/strict";
import test from "node:test";
import { deferred, ErrorCode, silentLogger, VirtError, virtError } from "@tsvirt/base";
import fc from "fast-check";
import { bindPartial } from "./bind.ts";
import { ClientConnection } from "./client.ts";
import type { Call, Handlers } from "./handlers.ts";
import { type RemoteProcedures, remote } from "./remote/program.ts";
import type { ClientStream, StreamChunk, StreamIo } from "./stream.ts";
import { connectedPair, FakeTime, RecordingTransport } from "./testing.ts";

const vol = { pool: "p", name: "v", key: "/k" };
const dom = { name: "vm", uuid: new Uint8Array(16), id: 1 };
const range = { vol, offset: 0n, length: 0n, flags: 0 };
const SPARSE = 1;

function joined(handlers: Partial<Handlers<RemoteProcedures>>) {
  const pair = connectedPair<undefined>({ session: undefined });
  pair.server.serve(bindPartial(remote, handlers));
  return { ...pair, call: pair.client.caller(remote) };
}

/** A handler that opens a stream and runs `body` on it. */
function streaming(body: (io: StreamIo) => Promise<void>): (args: unknown, call: Call) => void {
  return (_args, { stream }) => stream.serve(body);
}

async function collect(
  chunks: AsyncIterable<StreamChunk>,
): Promise<{ readonly bytes: Buffer; readonly holes: bigint[] }> {
  const parts: Uint8Array[] = [];
  const holes: bigint[] = [];
  for await (const chunk of chunks) {
    if (chunk instanceof Uint8Array) parts.push(chunk);
    else holes.push(chunk.hole);
  }
  return { bytes: Buffer.concat(parts), holes };
}

test("a download arrives whole, in packets of libvirt's size, and is confirmed", async () => {
  const content = new Uint8Array(1_000_000).map((_, i) => i % 251);
  const { call, server } = joined({ storageVolDownload: streaming((io) => io.write(content)) });
  const { stream } = await call.storageVolDownload(range);
  const sizes: number[] = [];
  const parts: Uint8Array[] = [];
  for await (const chunk of stream.chunks) {
    assert.ok(chunk instanceof Uint8Array);
    sizes.push(chunk.length);
    parts.push(chunk);
  }
  assert.deepEqual(sizes, [262_120, 262_120, 262_120, 213_640]);
  assert.ok(Buffer.concat(parts).equals(content));
  await stream.finish();
  assert.equal(server.busy, 0);
  assert.equal(stream.signal.aborted, true);
});

test("an upload arrives whole; finish waits for the server to be done", async () => {
  const received = deferred<Buffer>();
  const mayEnd = deferred<void>();
  const { call, server } = joined({
    storageVolUpload: streaming(async (io) => {
      received.resolve((await collect(io.chunks)).bytes);
      await mayEnd.promise;
    }),
  });
  const { stream } = await call.storageVolUpload(range);
  const content = new Uint8Array(600_000).fill(3);
  await stream.write(content);
  let done = false;
  const finishing = stream.finish().then(() => {
    done = true;
  });
  assert.ok((await received.promise).equals(content));
  assert.equal(done, false);
  mayEnd.resolve();
  await finishing;
  assert.equal(server.busy, 0);
});

test("a stream that never opens is served all the same, so that what was opened for it is given back", async () => {
  const ends: string[] = [];
  const serve = (call: Call, name: string): void => {
    call.stream.serve(async (io) => {
      assert.equal(io.signal.aborted, true);
      await assert.rejects(io.write(Uint8Array.of(1)));
      ends.push(name);
    });
  };
  const mayAnswer = deferred<void>();
  const { call, client, server } = joined({
    storageVolDownload: (_args, running) => {
      serve(running, "refused");
      throw virtError(ErrorCode.operationInvalid, "after all not");
    },
    domainOpenConsole: async (_args, running) => {
      serve(running, "client gone");
      await mayAnswer.promise;
    },
  });
  await assert.rejects(call.storageVolDownload(range), { code: ErrorCode.operationInvalid });
  const opening = call.domainOpenConsole({ dom, flags: 0 });
  opening.catch(() => undefined);
  await new Promise<void>((resolve) => setImmediate(resolve));
  client.close();
  await assert.rejects(opening);
  mayAnswer.resolve();
  await new Promise<void>((resolve) => setImmediate(resolve));
  assert.deepEqual(ends, ["refused", "client gone"]);
  assert.equal(server.busy, 0);
});

test("an error at the end of an upload reaches finish", async () => {
  const { call } = joined({
    storageVolUpload: streaming(async (io) => {
      await collect(io.chunks);
      throw virtError(ErrorCode.systemError, "No space left on device");
    }),
  });
  const { stream } = await call.storageVolUpload(range);
  await stream.write(Uint8Array.of(1));
  await assert.rejects(stream.finish(), { code: ErrorCode.systemError, message: "No space left on device" });
});

test("an error of the server ends reading and writing", async () => {
  const { call, server } = joined({
    domainOpenConsole: streaming(async (io) => {
      await io.write(Uint8Array.of(1, 2));
      throw virtError(ErrorCode.operationInvalid, "console is gone");
    }),
  });
  const { stream } = await call.domainOpenConsole({ dom, flags: 0 });
  const failure = { code: ErrorCode.operationInvalid };
  await assert.rejects(collect(stream.chunks), failure);
  await assert.rejects(stream.write(Uint8Array.of(1)), failure);
  await assert.rejects(stream.finish(), failure);
  await stream.abort();
  assert.equal(server.busy, 0);
});

test("a console goes both ways and ends when the client is done", async () => {
  const { call, server } = joined({
    domainOpenConsole: streaming(async (io) => {
      for await (const chunk of io.chunks) if (chunk instanceof Uint8Array) await io.write(chunk);
    }),
  });
  const { stream } = await call.domainOpenConsole({ dom, flags: 0 });
  const echo = stream.chunks[Symbol.asyncIterator]();
  for (const text of ["a", "hello"]) {
    await stream.write(Buffer.from(text));
    assert.deepEqual(Buffer.from((await echo.next()).value as Uint8Array).toString(), text);
  }
  await stream.finish();
  assert.equal(server.busy, 0);
});

test("an abort by the client aborts the server's side", async () => {
  const ended = deferred<unknown>();
  const { call, server } = joined({
    storageVolUpload: streaming(async (io) => {
      try {
        await collect(io.chunks);
        ended.resolve("complete");
      } catch (error) {
        ended.resolve(error);
        throw error;
      }
    }),
  });
  const { stream } = await call.storageVolUpload(range);
  await stream.write(Uint8Array.of(1));
  await stream.abort();
  assert.ok((await ended.promise) instanceof VirtError);
  assert.equal(server.busy, 0);
  await stream.abort();
});

test("a download that the client finishes early stops the server", async () => {
  const stopped = deferred<void>();
  const { call, server } = joined({
    storageVolDownload: streaming(async (io) => {
      io.signal.addEventListener("abort", () => stopped.resolve());
      for (;;) await io.write(new Uint8Array(100_000));
    }),
  });
  const { stream } = await call.storageVolDownload(range);
  for await (const chunk of stream.chunks) if (chunk instanceof Uint8Array) break;
  await stream.finish();
  await stopped.promise;
  assert.equal(server.busy, 0);
});

test("holes travel on sparse streams only", async () => {
  const { call, server } = joined({
    storageVolDownload: streaming(async (io) => {
      await io.write(Uint8Array.of(1));
      await io.hole(1n << 40n);
      await io.write(Uint8Array.of(2));
    }),
    storageVolUpload: streaming(async (io) => {
      assert.deepEqual((await collect(io.chunks)).holes, [12n]);
    }),
  });
  const { stream } = await call.storageVolDownload({ ...range, flags: SPARSE });
  const { bytes, holes } = await collect(stream.chunks);
  assert.deepEqual([...bytes], [1, 2]);
  assert.deepEqual(holes, [1n << 40n]);
  await stream.finish();

  const upload = (await call.storageVolUpload({ ...range, flags: SPARSE })).stream;
  await upload.hole(12n);
  await upload.finish();

  const dense = (await call.storageVolUpload(range)).stream;
  await assert.rejects(dense.hole(1n), { name: "InternalError" });
  await dense.abort();
  assert.equal(server.closed, false);
});

test("nobody reads: the sender waits, and little is held in between", async () => {
  let written = 0;
  const { call, server, client } = joined({
    storageVolDownload: streaming(async (io) => {
      for (let i = 0; i < 1000; i++) {
        await io.write(new Uint8Array(100_000));
        written++;
      }
    }),
  });
  const { stream } = await call.storageVolDownload(range);
  await turns();
  assert.ok(written < 60, `${written} of 1000 written`);
  // Reading lets it go on to the end.
  let total = 0;
  for await (const chunk of stream.chunks) if (chunk instanceof Uint8Array) total += chunk.length;
  assert.equal(total, 100_000_000);
  await stream.finish();
  assert.equal(server.congested, false);
  assert.equal(client.congested, false);
});

test("an upload that the server does not read makes the client wait", async () => {
  const gate = deferred<void>();
  const { call } = joined({
    storageVolUpload: streaming(async (io) => {
      await gate.promise;
      await collect(io.chunks);
    }),
  });
  const { stream } = await call.storageVolUpload(range);
  let written = 0;
  const writing = (async () => {
    for (let i = 0; i < 200; i++) {
      await stream.write(new Uint8Array(100_000));
      written++;
    }
  })();
  await turns();
  assert.ok(written < 40, `${written} of 200 written`);
  gate.resolve();
  await writing;
  await stream.finish();
  assert.equal(written, 200);
});

test("a lost connection ends streams at both ends", async () => {
  const ended = deferred<unknown>();
  const { call, client } = joined({
    domainOpenConsole: streaming(async (io) => {
      try {
        await collect(io.chunks);
      } catch (error) {
        ended.resolve(error);
      }
    }),
  });
  const { stream } = await call.domainOpenConsole({ dom, flags: 0 });
  client.close();
  assert.ok((await ended.promise) instanceof VirtError);
  await assert.rejects(collect(stream.chunks), VirtError);
  await assert.rejects(stream.finish(), VirtError);
});

test("a stream whose caller gave up is aborted when it opens", async () => {
  const gate = deferred<void>();
  const { call, server } = joined({
    async domainOpenConsole(_args, { stream }) {
      stream.serve(async (io) => {
        await collect(io.chunks);
      });
      await gate.promise;
    },
  });
  const controller = new AbortController();
  const attempt = call.domainOpenConsole({ dom, flags: 0 }, { signal: controller.signal });
  controller.abort(new RangeError("never mind"));
  await assert.rejects(attempt, RangeError);
  gate.resolve();
  await turns();
  assert.equal(server.busy, 0);
});

test("data that comes before the reply is kept, as libvirtd may send it", async () => {
  const transport = new RecordingTransport();
  const time = new FakeTime();
  const client = new ClientConnection({
    transport,
    log: silentLogger,
    schedule: time.schedule,
    monotonic: time.monotonic,
  });
  const calling = client.caller(remote).storageVolDownload(range);
  const packet = (type: number, status: number, payload: readonly number[]): number[] => {
    const bytes = new Uint8Array(28 + payload.length);
    const view = new DataView(bytes.buffer);
    const words = [bytes.length, remote.id, 1, remote.procedures.storageVolDownload.number, type, 1, status];
    for (const [at, word] of words.entries()) view.setUint32(4 * at, word);
    bytes.set(payload, 28);
    return [...bytes];
  };
  client.receive(
    Uint8Array.from([...packet(3, 2, [1, 2]), ...packet(1, 0, []), ...packet(3, 2, [3]), ...packet(3, 2, [])]),
  );
  const { stream } = await calling;
  assert.deepEqual([...(await collect(stream.chunks)).bytes], [1, 2, 3]);
});

test("a handler that forgets to serve its stream fails the stream, not the connection", async () => {
  const { call, server } = joined({ domainOpenConsole: () => undefined });
  const { stream } = await call.domainOpenConsole({ dom, flags: 0 });
  await assert.rejects(collect(stream.chunks), { code: ErrorCode.internalError });
  assert.equal(server.closed, false);
});

test("any sequence of writes arrives as the same bytes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 20 }), async (parts) => {
      const got = deferred<Buffer>();
      const { call } = joined({
        storageVolUpload: streaming(async (io) => got.resolve((await collect(io.chunks)).bytes)),
      });
      const stream: ClientStream = (await call.storageVolUpload(range)).stream;
      for (const part of parts) await stream.write(part);
      await stream.finish();
      assert.ok((await got.promise).equals(Buffer.concat(parts)));
    }),
    { numRuns: 50 },
  );
});

/** Lets everything that waits only for its turn run. */
async function turns(): Promise<void> {
  for (let i = 0; i < 300; i++) await Promise.resolve();
}
