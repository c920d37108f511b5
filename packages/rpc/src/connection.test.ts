import assert from "node:assert/strict";
import test from "node:test";
import { deferred, ErrorCode, ErrorDomain, VirtError, virtError } from "@tsvirt/base";
import { bindPartial } from "./bind.ts";
import { DomainXmlFlags } from "./constants/domain-flags.ts";
import type { Handlers } from "./handlers.ts";
import { accessRules, type ProcedureEntry } from "./program.ts";
import { domainEventsEvents } from "./remote/domain-events.ts";
import { type RemoteProcedures, remote } from "./remote/program.ts";
import type { DomainRef } from "./remote/refs.ts";
import { type ConnectedPair, connectedPair } from "./testing.ts";

const dom: DomainRef = { name: "vm", uuid: new Uint8Array(16).fill(7), id: 3 };

type Options = Omit<Parameters<typeof connectedPair<undefined>>[0], "session">;

function joined(handlers: Partial<Handlers<RemoteProcedures>>, options: Options = {}) {
  const pair: ConnectedPair<undefined> = connectedPair<undefined>({ session: undefined, ...options });
  pair.server.serve(bindPartial(remote, handlers));
  return { ...pair, call: pair.client.caller(remote) };
}

test("a call reaches its handler and its answer comes back", async () => {
  const { call, server } = joined({
    domainLookupByName: ({ name }) => ({ dom: { ...dom, name } }),
    connectGetHostname: async () => ({ hostname: "here" }),
  });
  assert.deepEqual(await call.domainLookupByName({ name: "x" }), { dom: { ...dom, name: "x" } });
  assert.deepEqual(await call.connectGetHostname(), { hostname: "here" });
  assert.equal(server.busy, 0);
});

test("libvirt's errors cross as they are", async () => {
  const error = virtError(ErrorCode.noDomain, "no domain with matching name 'x'", { int1: 5 });
  const { call } = joined({
    domainLookupByName: () => {
      throw error;
    },
    domainLookupById: async () => {
      throw error;
    },
  });
  for (const attempt of [call.domainLookupByName({ name: "x" }), call.domainLookupById({ id: 1 })]) {
    await assert.rejects(attempt, (got) => {
      assert.ok(got instanceof VirtError);
      assert.equal(got.message, "Domain not found: no domain with matching name 'x'");
      const { code, domain, level, str1, str2, int1, int2 } = got;
      assert.deepEqual(
        { code, domain, level, str1, str2, int1, int2 },
        {
          code: ErrorCode.noDomain,
          domain: ErrorDomain.qemu,
          level: 2,
          str1: "Domain not found: %s",
          str2: "no domain with matching name 'x'",
          int1: 5,
          int2: -1,
        },
      );
      return true;
    });
  }
});

test("any other exception becomes an internal error without its text, and is logged", async () => {
  const { call } = joined({
    domainLookupByName: () => {
      throw new TypeError("secret detail");
    },
  });
  await assert.rejects(call.domainLookupByName({ name: "x" }), {
    code: ErrorCode.internalError,
    message: "internal error: unexpected error in the daemon, see its log",
  });
});

test("what no handler serves is not supported, in libvirt's words", async () => {
  const { call } = joined({});
  await assert.rejects(call.domainGetXmlDesc({ dom, flags: 0 }), {
    code: ErrorCode.noSupport,
    domain: ErrorDomain.domain,
    message: "this function is not supported by the connection driver: virDomainGetXMLDesc",
  });
});

test("a reply that its type cannot carry is an error, and the connection goes on", async () => {
  const { call } = joined({
    domainLookupByName: () => ({ dom: { ...dom, uuid: new Uint8Array(3) } }),
    connectGetHostname: () => ({ hostname: "here" }),
  });
  await assert.rejects(call.domainLookupByName({ name: "x" }), { message: "Unable to encode message payload" });
  assert.deepEqual(await call.connectGetHostname(), { hostname: "here" });
});

test("answers may come in any order", async () => {
  const slow = deferred<void>();
  const { call } = joined({
    async connectGetHostname() {
      await slow.promise;
      return { hostname: "slow" };
    },
    domainLookupByName: async () => ({ dom }),
  });
  const first = call.connectGetHostname();
  assert.deepEqual(await call.domainLookupByName({ name: "x" }), { dom });
  slow.resolve();
  assert.deepEqual(await first, { hostname: "slow" });
});

test("beyond the limit calls wait, high priority ones do not, and then reading stops", async () => {
  const gates: { readonly resolve: () => void }[] = [];
  let started = 0;
  const { call, server } = joined(
    {
      async domainGetXmlDesc() {
        started++;
        const gate = deferred<void>();
        gates.push({ resolve: () => gate.resolve() });
        await gate.promise;
        return { xml: "<domain/>" };
      },
      domainLookupByName: async () => ({ dom }),
    },
    { limits: { maxRequests: 2 } },
  );
  const calls = Array.from({ length: 3 }, () => call.domainGetXmlDesc({ dom, flags: 0 }));
  assert.deepEqual(await call.domainLookupByName({ name: "x" }), { dom });
  assert.equal(started, 2);
  assert.equal(server.busy, 3);
  // Two more: one waits, which fills the queue; the last stays unread, and so does whatever follows.
  calls.push(call.domainGetXmlDesc({ dom, flags: 0 }), call.domainGetXmlDesc({ dom, flags: 0 }));
  const late = call.domainLookupByName({ name: "x" });
  await turns();
  assert.equal(server.busy, 4);
  while (gates.length > 0 || server.busy > 0) {
    gates.shift()?.resolve();
    await turns();
  }
  assert.equal((await Promise.all(calls)).length, 5);
  assert.deepEqual(await late, { dom });
  assert.equal(started, 5);
});

test("a caller that gives up gets its reason; the late answer is ignored", async () => {
  const gate = deferred<void>();
  const { call, client } = joined({
    async domainLookupByName() {
      await gate.promise;
      return { dom };
    },
    connectGetHostname: () => ({ hostname: "here" }),
  });
  const controller = new AbortController();
  const attempt = call.domainLookupByName({ name: "x" }, { signal: controller.signal });
  controller.abort(new RangeError("too slow"));
  await assert.rejects(attempt, RangeError);
  gate.resolve();
  assert.deepEqual(await call.connectGetHostname(), { hostname: "here" });
  assert.equal(client.waiting, 0);
  await assert.rejects(
    call.connectGetHostname(undefined, { signal: AbortSignal.abort(new RangeError("x")) }),
    RangeError,
  );
});

test("a closed connection rejects what waits, and tells handlers", async () => {
  const seen = deferred<unknown>();
  const { call, client } = joined({
    domainLookupByName: (_args, { signal }) => {
      signal.addEventListener("abort", () => seen.resolve(signal.reason));
      return new Promise(() => undefined);
    },
  });
  const attempt = call.domainLookupByName({ name: "x" });
  await turns();
  client.close();
  await assert.rejects(attempt, { code: ErrorCode.rpc });
  assert.ok((await seen.promise) instanceof VirtError);
  await assert.rejects(call.domainLookupByName({ name: "x" }), { code: ErrorCode.rpc });
});

test("before authentication only the authentication calls work", async () => {
  const { call, server } = joined(
    { authList: () => ({ types: [1] }), connectGetHostname: () => ({ hostname: "here" }) },
    { authenticated: false },
  );
  await assert.rejects(call.connectGetHostname(), { code: ErrorCode.rpc, message: "authentication required" });
  assert.deepEqual(await call.authList(), { types: [1] });
  server.markAuthenticated();
  assert.deepEqual(await call.connectGetHostname(), { hostname: "here" });
  assert.throws(() => server.markAuthenticated());
});

test("a read-only connection is refused what the table does not allow, by flags too", async () => {
  const { call } = joined(
    { domainGetXmlDesc: () => ({ xml: "<domain/>" }), domainDestroy: () => undefined },
    { readOnly: true },
  );
  assert.deepEqual(await call.domainGetXmlDesc({ dom, flags: DomainXmlFlags.inactive }), { xml: "<domain/>" });
  for (const flags of [DomainXmlFlags.secure, DomainXmlFlags.migratable]) {
    await assert.rejects(call.domainGetXmlDesc({ dom, flags }), { code: ErrorCode.operationDenied });
  }
  await assert.rejects(call.domainDestroy({ dom }), {
    code: ErrorCode.operationDenied,
    domain: ErrorDomain.domain,
    message: "operation forbidden: read only access prevents virDomainDestroy",
  });
});

test("an access driver is asked before the handler, and may take its time", async () => {
  const asked: string[] = [];
  const authorize = async (entry: ProcedureEntry): Promise<void> => {
    for (const rule of accessRules(entry.procedure)) asked.push(typeof rule === "string" ? rule : rule.permission);
    if (entry.name === "domainDestroy") throw virtError(ErrorCode.accessDenied, "'stop'");
  };
  const { call } = joined(
    { domainLookupByName: () => ({ dom }), domainDestroy: () => assert.fail("must not run") },
    { authorize },
  );
  assert.deepEqual(await call.domainLookupByName({ name: "x" }), { dom });
  await assert.rejects(call.domainDestroy({ dom }), { code: ErrorCode.accessDenied });
  assert.deepEqual(asked, ["domain:getattr", "domain:stop"]);
});

test("events reach their listeners until they stop listening", async () => {
  const { client, server } = joined({});
  const seen: number[] = [];
  const { domainEventCallbackReboot } = domainEventsEvents;
  const stop = client.listen(remote, domainEventCallbackReboot, ({ callbackId }) => seen.push(callbackId));
  server.sendEvent(remote, domainEventCallbackReboot, { callbackId: 1, msg: { dom } });
  await turns();
  stop();
  server.sendEvent(remote, domainEventCallbackReboot, { callbackId: 2, msg: { dom } });
  await turns();
  assert.deepEqual(seen, [1]);
});

test("descriptors travel with calls and replies, and what nobody takes is closed", async () => {
  const { call, closedFds } = joined({
    domainFdAssociate: (_args, { fds, takeFds }) => {
      assert.deepEqual(fds, [10, 11]);
      void takeFds;
    },
    domainCreateWithFiles(_args, call) {
      assert.deepEqual(call.takeFds(), [12]);
      return { dom };
    },
    domainOpenGraphicsFd: (_args, { replyFds }) => {
      replyFds.push(20);
    },
  });
  await call.domainFdAssociate({ dom, name: "x", flags: 0 }, { fds: [10, 11] });
  assert.deepEqual(closedFds.splice(0), [10, 11]);
  await call.domainCreateWithFiles({ dom, flags: 0 }, { fds: [12] });
  assert.deepEqual(closedFds, []);
  let got: readonly number[] = [];
  await call.domainOpenGraphicsFd({ dom, idx: 0, flags: 0 }, { onFds: (fds) => (got = fds) });
  assert.deepEqual(got, [20]);
  await call.domainOpenGraphicsFd({ dom, idx: 0, flags: 0 });
  assert.deepEqual(closedFds, [20]);
});

test("descriptors of refused and failed calls are closed", async () => {
  const { call, closedFds } = joined(
    {
      domainFdAssociate: async () => {
        throw virtError(ErrorCode.noDomain);
      },
    },
    {},
  );
  await assert.rejects(call.domainFdAssociate({ dom, name: "x", flags: 0 }, { fds: [5] }));
  await assert.rejects(call.domainCreateWithFiles({ dom, flags: 0 }, { fds: [6] }));
  assert.deepEqual(closedFds, [5, 6]);
});

test("keepalive: pings are answered, silence ends the connection", async () => {
  const { server, client, time } = joined({});
  server.startKeepalive(5000, 2);
  for (let i = 0; i < 10; i++) {
    time.pass(5000);
    await turns();
  }
  assert.equal(server.closed, false);
  server.stopKeepalive();
  assert.equal(time.pending, 0);
  client.startKeepalive(1000, 3);
  server.close();
  await client.whenClosed;
  assert.equal(time.pending, 0);
});

test("keepalive: a peer that never answers is given up after the count", async () => {
  const { RecordingTransport, FakeTime } = await import("./testing.ts");
  const { ServerConnection } = await import("./server.ts");
  const { silentLogger } = await import("@tsvirt/base");
  const transport = new RecordingTransport();
  const time = new FakeTime();
  const server = new ServerConnection({
    transport,
    session: undefined,
    readOnly: false,
    authenticated: true,
    log: silentLogger,
    schedule: time.schedule,
    monotonic: time.monotonic,
  });
  server.startKeepalive(5000, 2);
  const ping = Uint8Array.of(
    0,
    0,
    0,
    28,
    0x6b,
    0x65,
    0x65,
    0x70,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    2,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  );
  time.pass(5000);
  await turns();
  assert.deepEqual(transport.take(), ping);
  time.pass(5000);
  await turns();
  assert.deepEqual(transport.take(), ping);
  assert.equal(server.closed, false);
  time.pass(5000);
  assert.equal(server.closed, true);
  assert.equal(transport.closed, true);
  assert.match(String(await server.whenClosed), /keepalive timeout/);
});

/** Lets everything that waits only for its turn run. */
async function turns(): Promise<void> {
  for (let i = 0; i < 30; i++) await Promise.resolve();
}
