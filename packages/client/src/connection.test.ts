import assert from "node:assert/strict";
import { test } from "node:test";
import { deferred, ErrorCode, VirtError, virtError } from "@tsvirt/base";
import { DomainEventId, DomainState, remote } from "@tsvirt/rpc";
import { connectInMemory, type MemorySession } from "./testing.ts";

const dom = { name: "vm", uuid: new Uint8Array(16).fill(0xab), id: 3 };

test("objects name what the daemon returned", async () => {
  await using connection = connectInMemory(() => ({
    remote: {
      domainLookupByName: ({ name }) => {
        if (name !== "vm") throw virtError(ErrorCode.noDomain, `no domain with matching name '${name}'`);
        return { dom };
      },
      domainGetInfo: () => ({ state: DomainState.running, maxMem: 2n ** 60n, memory: 1n, nrVirtCpu: 2, cpuTime: 5n }),
    },
  }));
  const domain = await connection.domainLookupByName("vm");
  assert.deepEqual([domain.name, domain.uuid, domain.id], ["vm", "abababab-abab-abab-abab-abababababab", 3]);
  assert.equal((await domain.getInfo()).maxMem, 2n ** 60n);
  await assert.rejects(
    connection.domainLookupByName("other"),
    (error) =>
      error instanceof VirtError &&
      error.codeName === "noDomain" &&
      error.message === "Domain not found: no domain with matching name 'other'",
  );
});

test("what is not served is not supported, what changes is refused when only looking", async () => {
  await using connection = connectInMemory(() => ({ remote: {} }), { readOnly: true });
  await assert.rejects(connection.getHostname(), { code: ErrorCode.noSupport });
  await assert.rejects(connection.domainDefineXml("<domain/>"), { code: ErrorCode.operationDenied });
});

test("a call that is given up leaves the connection working", async () => {
  const asked = deferred<void>();
  const answer = deferred<{ hostname: string }>();
  await using connection = connectInMemory(() => ({
    remote: {
      connectGetHostname: () => {
        asked.resolve();
        return answer.promise;
      },
      connectGetType: () => ({ type: "QEMU" }),
    },
  }));
  const stop = new AbortController();
  const call = connection.getHostname({ signal: stop.signal });
  await asked.promise;
  stop.abort(new RangeError("enough"));
  await assert.rejects(call, RangeError);
  assert.equal(await connection.getType(), "QEMU");
  answer.resolve({ hostname: "late" });
  assert.equal(await connection.getHostname(), "late");
});

test("a call that is late rejects with a TimeoutError, also beside a signal", async () => {
  const never = deferred<{ hostname: string }>();
  await using connection = connectInMemory(() => ({ remote: { connectGetHostname: () => never.promise } }));
  const late = { name: "TimeoutError" };
  await assert.rejects(connection.getHostname({ timeout: 1 }), late);
  await assert.rejects(connection.getHostname({ timeout: 1, signal: new AbortController().signal }), late);
});

/** A server of lifecycle events, each registration under a number of its own. */
function eventServer() {
  let session: MemorySession | undefined;
  const registered = new Map<number, number>();
  let next = 7;
  const emit = (callbackId: number, detail: number): void =>
    session?.emit("remote", remote.events.domainEventCallbackLifecycle, {
      callbackId,
      msg: { dom, event: 2, detail },
    });
  return {
    registered,
    emit,
    serve: (one: MemorySession) => {
      session = one;
      return {
        remote: {
          connectDomainEventCallbackRegisterAny: ({ eventId }: { eventId: number }) => {
            registered.set(next, eventId);
            // The first message overtakes the reply.
            emit(next, 0);
            return { callbackId: next++ };
          },
          connectDomainEventCallbackDeregisterAny: ({ callbackId }: { callbackId: number }) => {
            registered.delete(callbackId);
          },
          connectGetType: () => ({ type: "QEMU" }),
        },
      };
    },
  };
}

test("events come in order, those before the reply too, and only to whom they are for", async () => {
  const server = eventServer();
  await using connection = connectInMemory(server.serve);
  const first = await connection.domainEvents("lifecycle");
  const second = await connection.domainEvents("lifecycle");
  assert.deepEqual(
    [...server.registered],
    [
      [7, DomainEventId.lifecycle],
      [8, DomainEventId.lifecycle],
    ],
  );
  server.emit(7, 1);
  server.emit(8, 9);
  server.emit(7, 2);
  const details: number[] = [];
  for await (const { domain, event, detail } of first) {
    assert.deepEqual([domain.name, event], ["vm", 2]);
    details.push(detail);
    if (details.length === 3) break;
  }
  assert.deepEqual(details, [0, 1, 2]);
  assert.deepEqual([...server.registered.keys()], [8], "leaving the loop ends the registration");
  await second.close();
  assert.equal(server.registered.size, 0);
});

test("a listener hears events at once, until it is closed", async () => {
  const server = eventServer();
  await using connection = connectInMemory(server.serve);
  const heard: number[] = [];
  const listening = await connection.on("lifecycle", ({ detail }) => heard.push(detail));
  server.emit(7, 4);
  await connection.getType();
  await listening.close();
  server.emit(7, 5);
  await connection.getType();
  assert.deepEqual(heard, [0, 4]);
});

test("a loop over events throws the signal's reason, and ends with the connection", async () => {
  const server = eventServer();
  await using connection = connectInMemory(server.serve);
  const stop = new AbortController();
  const events = await connection.domainEvents("lifecycle", { signal: stop.signal });
  stop.abort(new RangeError("enough"));
  await assert.rejects(async () => {
    for await (const _ of events);
  }, RangeError);
  const others = await connection.domainEvents("lifecycle");
  await connection.close();
  let count = 0;
  for await (const _ of others) count++;
  assert.equal(count, 1, "what had come is still there");
});

test("closing rejects what waits, resolves closed, and may be done again", async () => {
  const never = deferred<{ hostname: string }>();
  const connection = connectInMemory(() => ({ remote: { connectGetHostname: () => never.promise } }));
  const call = connection.getHostname();
  await Promise.all([connection.close(), connection.close(), assert.rejects(call, VirtError)]);
  assert.equal(await connection.closed, undefined);
  await assert.rejects(connection.getHostname(), VirtError);
});

test("a stream is read and written with web streams, holes as zeros", async () => {
  const uploaded: number[] = [];
  await using connection = connectInMemory(() => ({
    remote: {
      domainScreenshot: (_, { stream }) => {
        stream.serve(async (io) => {
          await io.write(Uint8Array.of(1, 2, 3));
          await io.write(new Uint8Array(300_000).fill(4));
        });
        return { mime: "image/png" };
      },
      domainOpenConsole: (_, { stream }) => {
        stream.serve(async (io) => {
          for await (const chunk of io.chunks) {
            if (!(chunk instanceof Uint8Array)) continue;
            uploaded.push(...chunk);
            await io.write(chunk.map((byte) => byte + 1));
          }
        });
      },
      domainLookupByName: () => ({ dom }),
    },
  }));
  const domain = await connection.domainLookupByName("vm");
  const { mime, stream } = await domain.screenshot();
  let length = 0;
  for await (const chunk of stream.readable) length += chunk.length;
  assert.deepEqual([mime, length], ["image/png", 300_003]);

  await using console = await domain.openConsole();
  const writer = console.writable.getWriter();
  await writer.write(Uint8Array.of(5, 6));
  const reader = console.readable.getReader();
  assert.deepEqual([...((await reader.read()).value ?? [])], [6, 7]);
  await writer.close();
  assert.deepEqual(uploaded, [5, 6]);
});
