import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorCode, silentLogger, VirtError } from "@tsvirt/base";
import type { AnyType } from "@tsvirt/codec/xdr";
import { arbitrary } from "@tsvirt/codec/xdr/testing";
import type { Driver } from "@tsvirt/driver";
import { FakeConnection, FakeHost } from "@tsvirt/host/testing";
import {
  type AnyProcedure,
  ClientConnection,
  holds,
  lxcProgram,
  type Procedures,
  type Program,
  qemuProgram,
  remote,
  systemSchedule,
} from "@tsvirt/rpc";
import fc from "fast-check";
import { type SocketRole, socketAccess } from "./config/access.ts";
import { LibvirtdConf } from "./config/libvirtd-conf.ts";
import { Daemon } from "./daemon.ts";
import { SocketTransport } from "./server/transport.ts";

/** Handlers under every name, which tell that they were reached. */
function recorder(reached: Set<string>): never {
  const handler = (name: string) => () => {
    reached.add(name);
    throw new VirtError(ErrorCode.operationFailed, "reached");
  };
  return new Proxy({}, { get: (_, name) => handler(String(name)) }) as never;
}

const programs = [remote, qemuProgram, lxcProgram] as readonly Program<unknown, unknown>[];
/** Answered by the daemon itself. */
const ownCalls = ["connectSetIdentity", "domainOpenNamespace"];
const authCalls = ["authList", "authSaslInit", "authSaslStart", "authSaslStep", "authPolkit"];

interface Outcome {
  readonly name: string;
  readonly procedure: AnyProcedure;
  readonly args: unknown;
  readonly error: VirtError | undefined;
  readonly reached: boolean;
}

/** Calls every procedure of every program once, as such a client. */
async function callAll(role: SocketRole, uid: number): Promise<Outcome[]> {
  const conf = LibvirtdConf.defaults();
  const reached = new Set<string>();
  const daemon = new Daemon({
    conf,
    access: socketAccess(conf, true),
    host: new FakeHost(),
    log: silentLogger,
    logControl: {
      filters: { text: "", count: 0 },
      outputs: { text: "", count: 0 },
      setFilters: () => undefined,
      setOutputs: () => Promise.resolve(),
    },
    timeout: 0,
    onIdle: () => undefined,
  });
  const driver: Driver = {
    busy: false,
    connect: () => ({ remote: recorder(reached), qemu: recorder(reached), close: () => Promise.resolve() }),
    reload: () => Promise.resolve(),
    autostart: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  daemon.serve(driver);
  const outcomes: Outcome[] = [];
  try {
    const [ours, theirs] = FakeConnection.pair({ pid: 1, uid, gid: uid, startTime: 1n });
    daemon.accept(theirs, role);
    const transport = new SocketTransport(ours);
    const timing = { schedule: systemSchedule, monotonic: () => performance.now() };
    const client = new ClientConnection({ transport, log: silentLogger, ...timing });
    transport.start(client, () => undefined);
    for (const program of programs) {
      const caller = client.caller(program as Program<Procedures, Record<never, never>>);
      for (const [name, procedure] of Object.entries(program.procedures as Procedures)) {
        const [args] = fc.sample(arbitrary(procedure.args as AnyType), { numRuns: 1, seed: procedure.number });
        reached.clear();
        const error = await Promise.resolve(caller[name]?.(args as never)).then(
          () => undefined,
          (reason: unknown) => {
            assert.ok(reason instanceof VirtError, `${name}: ${String(reason)}`);
            return reason;
          },
        );
        outcomes.push({ name, procedure, args, error, reached: reached.size > 0 });
      }
    }
    client.close();
  } finally {
    await daemon[Symbol.asyncDispose]();
  }
  return outcomes;
}

test("before authentication no procedure but those of authentication reaches a handler", async () => {
  const outcomes = await callAll("rw", 1000);
  assert.ok(outcomes.length > 390);
  for (const { name, error, reached } of outcomes) {
    assert.equal(reached, false, name);
    if (authCalls.includes(name)) continue;
    assert.equal(error?.code, ErrorCode.rpc, name);
    assert.equal(error.message, "authentication required", name);
  }
  assert.equal(outcomes.find(({ name }) => name === "authList")?.error, undefined);
});

test("a read-only client reaches exactly what the table allows, and is told so otherwise", async () => {
  const outcomes = await callAll("ro", 0);
  for (const { name, procedure, args, error, reached } of outcomes) {
    if (authCalls.includes(name) || ownCalls.includes(name)) continue;
    const rule = procedure.readonly;
    const allowed = rule === "allow" || (rule !== undefined && !holds(rule.unless, args));
    assert.equal(reached, allowed, name);
    if (!allowed) assert.equal(error?.code, ErrorCode.operationDenied, name);
  }
  for (const denied of ["domainCreate", "domainMonitorCommand", "domainDestroy", "networkUndefine", "secretGetValue"]) {
    assert.equal(outcomes.find(({ name }) => name === denied)?.error?.code, ErrorCode.operationDenied, denied);
  }
});

test("a read-write client reaches every procedure", async () => {
  for (const { name, reached } of await callAll("rw", 0)) {
    if (authCalls.includes(name) || ownCalls.includes(name)) continue;
    assert.ok(reached, name);
  }
});
