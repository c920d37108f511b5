import assert from "node:assert/strict";
import test from "node:test";
import { deferred, silentLogger } from "@tsvirt/base";
import { bindPartial } from "./bind.ts";
import { domainEventsEvents } from "./remote/domain-events.ts";
import { remote } from "./remote/program.ts";
import { type ClientLimits, ServerConnection } from "./server.ts";
import { FakeTime, RecordingTransport } from "./testing.ts";
import { ANONYMOUS_MESSAGE_MAX } from "./wire.ts";

const dom = { name: "vm", uuid: new Uint8Array(16), id: 1 };

function connection(limits: ClientLimits = {}, authenticated = true) {
  const transport = new RecordingTransport();
  const time = new FakeTime();
  const server = new ServerConnection({
    transport,
    log: silentLogger,
    schedule: time.schedule,
    monotonic: time.monotonic,
    session: undefined,
    readOnly: false,
    authenticated,
    limits,
  });
  server.serve(bindPartial(remote, { domainGetXmlDesc: () => ({ xml: "x".repeat(10_000) }) }));
  return { transport, server, time };
}

/** A message to the remote program, built by hand. */
function message(proc: number, payload: Uint8Array, type = 0, length = 28 + payload.length): Uint8Array {
  const bytes = new Uint8Array(28 + payload.length);
  const view = new DataView(bytes.buffer);
  for (const [at, word] of [length, remote.id, 1, proc, type, 1, 0].entries()) view.setUint32(4 * at, word);
  bytes.set(payload, 28);
  return bytes;
}

/** A call of domainGetXmlDesc for a domain without a name. */
const getXml = message(14, new Uint8Array(4 + 16 + 4 + 4));

test("a client that does not read its replies is not read from, and goes on when it does", () => {
  const { transport, server } = connection();
  transport.full = true;
  server.receive(getXml);
  assert.equal(transport.written.length, 1);
  assert.equal(transport.paused, true);
  server.receive(getXml);
  server.receive(getXml);
  assert.equal(transport.written.length, 1);
  transport.full = false;
  transport.buffered = 0;
  server.drained();
  assert.equal(transport.paused, false);
});

test("what was left unread is served once the client reads again", async () => {
  const { transport, server } = connection();
  server.serve(bindPartial(remote, { domainGetXmlDesc: () => ({ xml: "x".repeat(100_000) }) }));
  transport.full = true;
  server.receive(Uint8Array.from(Array.from({ length: 10 }, () => [...getXml]).flat()));
  const early = transport.take().length;
  assert.ok(early < 300_000, `${early} bytes at once`);
  transport.full = false;
  server.drained();
  await Promise.resolve();
  assert.equal(early + transport.take().length, 10 * (28 + 4 + 100_000));
});

test("a client whose replies pile up beyond the limit is closed", () => {
  const { transport, server } = connection({ maxBuffered: 15_000 });
  transport.full = true;
  const { domainEventCallbackDeviceAdded } = domainEventsEvents;
  server.receive(getXml);
  assert.equal(server.closed, false);
  server.cork();
  server.sendEvent(remote, domainEventCallbackDeviceAdded, { callbackId: 1, dom, devAlias: "x".repeat(6000) });
  server.uncork();
  assert.equal(server.closed, true);
  assert.equal(transport.closed, true);
});

test("a client that has too many events to read is closed", () => {
  const { transport, server } = connection({ maxEvents: 100 });
  const { domainEventCallbackReboot } = domainEventsEvents;
  transport.full = true;
  server.receive(getXml);
  for (let i = 0; i < 100; i++) server.sendEvent(remote, domainEventCallbackReboot, { callbackId: i, msg: { dom } });
  assert.equal(server.closed, false);
  server.sendEvent(remote, domainEventCallbackReboot, { callbackId: 100, msg: { dom } });
  assert.equal(server.closed, true);
});

test("messages before authentication are small ones", () => {
  const small = connection({}, false);
  small.server.receive(message(66, new Uint8Array(0)));
  assert.equal(small.server.closed, false);
  small.server.receive(message(66, new Uint8Array(0), 0, ANONYMOUS_MESSAGE_MAX + 1));
  assert.equal(small.server.closed, true);
  const admitted = connection();
  admitted.server.receive(message(66, new Uint8Array(0), 0, ANONYMOUS_MESSAGE_MAX + 1));
  assert.equal(admitted.server.closed, false);
});

test("replies, events and packets of no stream are ignored, as libvirtd does", () => {
  const { transport, server } = connection();
  for (const type of [1, 2, 3, 6, 7]) server.receive(message(14, new Uint8Array(12), type));
  assert.equal(server.closed, false);
  assert.equal(transport.written.length, 0);
});

test("calls of high priority overtake, up to four times the limit", async () => {
  const { server } = connection({ maxRequests: 2 });
  let started = 0;
  const gate = deferred<void>();
  server.serve(
    bindPartial(remote, {
      async connectGetHostname() {
        started++;
        await gate.promise;
        return { hostname: "x" };
      },
    }),
  );
  const hostname = message(59, new Uint8Array(0));
  for (let i = 0; i < 20; i++) server.receive(hostname);
  assert.equal(started, 8);
  gate.resolve();
  for (let i = 0; i < 100; i++) await Promise.resolve();
  assert.equal(started, 20);
  assert.equal(server.busy, 0);
});

test("calls that waited and are answered at once leave nobody waiting", async () => {
  const { server, transport } = connection({ maxRequests: 2 });
  const gate = deferred<void>();
  let first = true;
  server.serve(
    bindPartial(remote, {
      domainGetXmlDesc() {
        if (!first) return { xml: "" };
        return gate.promise.then(() => ({ xml: "" }));
      },
    }),
  );
  server.receive(getXml);
  server.receive(getXml);
  first = false;
  for (let i = 0; i < 5; i++) server.receive(getXml);
  assert.equal(transport.written.length, 0);
  gate.resolve();
  for (let i = 0; i < 100; i++) await Promise.resolve();
  assert.equal(transport.take().length, 7 * 32);
  assert.equal(server.busy, 0);
});

test("a peer that reads nothing and says nothing is dead", () => {
  const { server, transport, time } = connection();
  server.startKeepalive(1000, 1);
  transport.full = true;
  server.receive(getXml);
  time.pass(10_000);
  assert.equal(server.closed, true);
  assert.equal(time.pending, 0);
});

test("silence counts for nothing while we do not read because of calls under way", async () => {
  const { server, time } = connection({ maxRequests: 1 });
  const gate = deferred<void>();
  server.serve(
    bindPartial(remote, {
      async domainGetXmlDesc() {
        await gate.promise;
        return { xml: "" };
      },
    }),
  );
  server.startKeepalive(1000, 1);
  server.receive(getXml);
  server.receive(getXml);
  time.pass(10_000);
  assert.equal(server.closed, false);
  gate.resolve();
  for (let i = 0; i < 20; i++) await Promise.resolve();
  time.pass(10_000);
  assert.equal(server.closed, true);
});
