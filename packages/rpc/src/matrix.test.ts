import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { ErrorCode, silentLogger } from "@tsvirt/base";
import {
  type AnyStruct,
  type AnyType,
  type ArrayType,
  decode,
  type Enumeration,
  encode,
  nothing,
  type Sized,
} from "@tsvirt/codec/xdr";
import { adminProgram } from "./admin.ts";
import { bindPartial } from "./bind.ts";
import { DomainInterfaceAddressesSource, DomainModificationImpact } from "./constants/domain-kinds.ts";
import { NetError } from "./errors.ts";
import { lxcProgram } from "./lxc.ts";
import {
  accessRules,
  type Condition,
  holds,
  type ProcedureEntry,
  type Program,
  procedure,
  program,
} from "./program.ts";
import { qemuProgram } from "./qemu.ts";
import { remote } from "./remote/program.ts";
import { ServerConnection } from "./server.ts";
import { FakeTime, RecordingTransport } from "./testing.ts";

/** One procedure as libvirt's interface files have it. */
interface Fact {
  readonly number: number;
  readonly kind: "call" | "event";
  readonly needAuth?: boolean;
  readonly readonly?: "allowed" | "denied" | "denied-for-some-flags";
  readonly acl?: readonly string[];
  readonly aclFilter?: string;
  readonly fds?: string;
  readonly stream?: string;
  readonly sparse?: number;
  readonly priority?: string;
}

const { procedures: facts }: { readonly procedures: Readonly<Record<string, Fact>> } = JSON.parse(
  await readFile(new URL("../fixtures/wire/procedures.json", import.meta.url), "utf8"),
);

type Table = Pick<Program, "name" | "id" | "version" | "callByNumber">;
const programs: readonly (readonly [prefix: string, program: Table])[] = [
  ["REMOTE_PROC_", remote],
  ["QEMU_PROC_", qemuProgram],
  ["LXC_PROC_", lxcProgram],
  ["ADMIN_PROC_", adminProgram],
];

/** Every call with its fact. */
const calls = programs.flatMap(([prefix, program]) =>
  [...program.callByNumber.values()].map((entry) => {
    const upstream = prefix + entry.name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    const fact = facts[upstream];
    assert.ok(fact, `${upstream} is not known`);
    return { upstream, program, entry, fact };
  }),
);

/** The bits that the facts name. */
const bits: Readonly<Record<string, number>> = {
  VIR_DOMAIN_AFFECT_CONFIG: DomainModificationImpact.config,
  VIR_DOMAIN_AFFECT_LIVE: DomainModificationImpact.live,
  VIR_NETWORK_UPDATE_AFFECT_CONFIG: 2,
  VIR_NETWORK_UPDATE_AFFECT_LIVE: 1,
  VIR_DOMAIN_XML_SECURE: 1,
  VIR_DOMAIN_XML_MIGRATABLE: 8,
  VIR_DOMAIN_REBOOT_GUEST_AGENT: 2,
  VIR_DOMAIN_SHUTDOWN_GUEST_AGENT: 2,
  VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE: 64,
  VIR_DOMAIN_SNAPSHOT_XML_SECURE: 1,
  VIR_DOMAIN_VCPU_GUEST: 8,
  VIR_DOMAIN_SAVE_IMAGE_XML_SECURE: 1,
  VIR_DOMAIN_CHECKPOINT_CREATE_QUIESCE: 2,
  VIR_DOMAIN_CHECKPOINT_XML_SECURE: 1,
};

function conditionOf(text: string): Condition {
  const source = /^source=/.exec(text);
  if (source) return { argument: "source", equals: DomainInterfaceAddressesSource.agent };
  const names = text.replace(/^not /, "").split("|");
  const mask = names.reduce((sum, name) => {
    const bit = bits[name];
    assert.ok(bit !== undefined, `${name} is not known`);
    return sum | bit;
  }, 0);
  return text.startsWith("not ") ? { argument: "flags", noneOf: mask } : { argument: "flags", anyOf: mask };
}

test("the tables say of every procedure what libvirt's interface files say", () => {
  assert.equal(calls.length, Object.values(facts).filter(({ kind }) => kind === "call").length);
  for (const { upstream, entry, fact } of calls) {
    const { procedure } = entry;
    assert.equal(procedure.number, fact.number, upstream);
    assert.equal(procedure.needAuth ?? true, fact.needAuth, upstream);
    const readonly = procedure.readonly;
    const declared = readonly === undefined ? "denied" : readonly === "allow" ? "allowed" : "denied-for-some-flags";
    assert.equal(declared, fact.readonly, upstream);
    assert.equal(procedure.priority ?? "low", fact.priority, upstream);
    assert.equal(procedure.aclFilter, fact.aclFilter, upstream);
    // The container call returns descriptors, which the interface file does not mark.
    if (upstream !== "LXC_PROC_DOMAIN_OPEN_NAMESPACE") assert.equal(procedure.fds, fact.fds, upstream);
    assert.equal(procedure.stream !== undefined, fact.stream !== undefined, upstream);
    assert.equal(procedure.stream?.sparseFlag, fact.sparse, upstream);
    const rules = (fact.acl ?? []).map((text) => {
      const [permission = "", when] = text.split(" if ");
      return when === undefined ? permission : { permission, when: conditionOf(when) };
    });
    assert.deepEqual(accessRules(procedure), rules, upstream);
  }
});

/** The smallest value of a type. */
function smallest(type: AnyType): unknown {
  switch (type.kind) {
    case "struct":
      return Object.fromEntries(
        Object.entries((type as AnyStruct).fields)
          .map(([name, field]) => [name, smallest(field)] as const)
          .filter(([, value]) => value !== undefined),
      );
    case "string":
      return "";
    case "opaque":
    case "fixedChars":
      return new Uint8Array((type as Sized<unknown>).max);
    case "bytes":
    case "chars":
      return new Uint8Array(0);
    case "array":
      return [];
    case "fixedArray":
      return Array.from({ length: (type as ArrayType<AnyType>).max }, () => smallest((type as ArrayType<AnyType>).of));
    case "i64":
    case "u64":
      return 0n;
    case "bool":
      return false;
    case "enumeration":
      return Object.values((type as Enumeration<number>).values)[0];
    case "optional":
    case "nothing":
      return undefined;
    case "union":
      return { type: "int", value: 0 };
    default:
      return 0;
  }
}

function withFlags(entry: ProcedureEntry, argument: string, value: number): unknown {
  return { ...(smallest(entry.procedure.args) as object), [argument]: value };
}

/** Makes one call on a connection of its own and says what became of it. */
function outcome(
  program: Table,
  entry: ProcedureEntry,
  args: unknown,
  options: { readonly readOnly: boolean; readonly authenticated: boolean },
): { readonly ran: boolean; readonly code: number } {
  const transport = new RecordingTransport();
  const time = new FakeTime();
  const server = new ServerConnection({
    ...options,
    transport,
    session: undefined,
    log: silentLogger,
    schedule: time.schedule,
    monotonic: time.monotonic,
  });
  let ran = false;
  server.serve({
    ...program,
    invoke: () => {
      ran = true;
      return smallest(entry.procedure.ret);
    },
  });
  const payload = encode<AnyType>(entry.procedure.args, args as never);
  const message = new Uint8Array(28 + payload.length);
  const view = new DataView(message.buffer);
  for (const [at, word] of [message.length, program.id, program.version, entry.procedure.number, 0, 1, 0].entries()) {
    view.setUint32(4 * at, word);
  }
  message.set(payload, 28);
  server.receive(message);
  const answer = transport.take();
  const answers = new DataView(answer.buffer);
  // Exactly one answer, with the call's serial. A stream that nobody serves adds its error.
  assert.ok(answer.length >= 28, `${entry.name} was not answered`);
  assert.equal(answers.getUint32(20), 1);
  const length = answers.getUint32(0);
  if (!entry.procedure.stream) assert.equal(length, answer.length);
  const code = answers.getUint32(24) === 0 ? 0 : decode(NetError, answer.slice(28, length)).code;
  assert.equal(server.closed, false);
  return { ran, code };
}

test("unauthenticated clients reach the five authentication calls and nothing else", () => {
  for (const { upstream, program, entry, fact } of calls) {
    const args = smallest(entry.procedure.args);
    for (const readOnly of [false, true]) {
      const { ran, code } = outcome(program, entry, args, { readOnly, authenticated: false });
      assert.equal(ran, !fact.needAuth, upstream);
      assert.equal(code, fact.needAuth ? ErrorCode.rpc : 0, upstream);
    }
  }
});

test("read-only clients reach what libvirt lets them reach, flag by flag", () => {
  for (const { upstream, program, entry, fact } of calls) {
    const options = { readOnly: true, authenticated: true };
    const plain = outcome(program, entry, smallest(entry.procedure.args), options);
    const allowed = fact.readonly !== "denied";
    assert.equal(plain.ran, allowed, upstream);
    assert.equal(plain.code, allowed ? 0 : ErrorCode.operationDenied, upstream);
    if (fact.readonly !== "denied-for-some-flags") continue;
    // What needs a stronger permission under a condition is what is refused under it.
    for (const rule of accessRules(entry.procedure)) {
      if (typeof rule === "string") continue;
      const { when } = rule;
      const values = "equals" in when ? [when.equals] : "anyOf" in when ? oneBits(when.anyOf) : [];
      assert.ok(values.length > 0, upstream);
      for (const value of values) {
        const args = withFlags(entry, when.argument, value);
        assert.ok(holds(when, args));
        assert.deepEqual(outcome(program, entry, args, options), { ran: false, code: ErrorCode.operationDenied });
      }
    }
  }
});

test("a procedure without marks is refused to read-only clients and to the unauthenticated, and does not compile (A1)", () => {
  // @ts-expect-error: `acl` has to be said.
  const unmarked = procedure(1, { args: nothing, ret: nothing });
  const plain = procedure(1, { args: nothing, ret: nothing, acl: "none" });
  for (const one of [unmarked, plain]) {
    const table = program({ name: "test", id: 0x1234, version: 1, procedures: { one }, events: {} });
    const entry = table.callByNumber.get(1);
    assert.ok(entry);
    const as = (readOnly: boolean, authenticated: boolean) =>
      outcome(table, entry, undefined, { readOnly, authenticated });
    assert.deepEqual(as(true, true), { ran: false, code: ErrorCode.operationDenied });
    assert.deepEqual(as(false, false), { ran: false, code: ErrorCode.rpc });
    assert.deepEqual(as(false, true), { ran: true, code: 0 });
  }
});

test("read-write clients reach everything", () => {
  for (const { upstream, program, entry } of calls) {
    const args = smallest(entry.procedure.args);
    const { ran, code } = outcome(program, entry, args, { readOnly: false, authenticated: true });
    assert.deepEqual({ ran, code }, { ran: true, code: 0 }, upstream);
  }
});

test("numbers that are no calls are refused as unknown, events too", () => {
  for (const [, program] of programs) {
    const numbers = new Set([0, 9999, 0x7fff_ffff, ...Object.values(facts).map(({ number }) => number)]);
    for (const number of numbers) {
      if (program.callByNumber.has(number)) continue;
      const any = [...program.callByNumber.values()][0];
      assert.ok(any);
      const entry = { name: "none", procedure: { ...any.procedure, number } };
      const { ran, code } = outcome(program, entry, smallest(entry.procedure.args), {
        readOnly: false,
        authenticated: true,
      });
      assert.deepEqual({ ran, code }, { ran: false, code: ErrorCode.rpc });
    }
  }
});

test("a program bound in part says that the rest is not supported", () => {
  const bound = bindPartial(remote, {});
  for (const entry of remote.callByNumber.values()) {
    assert.throws(() => bound.invoke(entry, undefined, undefined as never), { code: ErrorCode.noSupport });
  }
});

function oneBits(mask: number): number[] {
  return Array.from({ length: 31 }, (_, i) => 1 << i).filter((bit) => (mask & bit) !== 0);
}
