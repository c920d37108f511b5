import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "@tsvirt/base";
import fc from "fast-check";
import { FakeQemu, refuse } from "../testing/index.ts";
import { cont, getfd, queryBalloon, queryStatus } from "./commands.ts";
import { QmpClosedError, QmpError, QmpProtocolError } from "./errors.ts";
import { parseEvent } from "./events.ts";
import { ObjectJoiner } from "./lines.ts";
import { QmpSession, type RawQmpEvent } from "./session.ts";

const greeting =
  '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": ""}, "capabilities": ["oob"]}}\r\n';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A session whose other end is the test itself. */
function bare(options: { clock?: Clock; onEvent?: (event: RawQmpEvent) => void; maxLine?: number } = {}): {
  session: QmpSession;
  sent: string[];
} {
  const sent: string[] = [];
  return { session: new QmpSession({ ...options, send: (line) => sent.push(line) }), sent };
}

test("the session greets, negotiates first and numbers commands as libvirt does", async () => {
  const qemu = FakeQemu.scripted({ "query-status": () => ({ status: "running", running: true, singlestep: false }) });
  const session = qemu.open();
  assert.deepEqual(await session.start(), { major: 7, minor: 2, micro: 22, package: "fake", capabilities: ["oob"] });
  assert.equal((await session.execute(queryStatus, {})).status, "running");
  assert.deepEqual(
    JSON.stringify(qemu.received),
    '[{"execute":"qmp_capabilities","id":"libvirt-1"},{"execute":"query-status","id":"libvirt-2"}]',
  );
});

test("commands are pipelined and answered in any order", async () => {
  const { session, sent } = bare();
  const first = session.executeJson("a");
  const second = session.executeJson("b");
  assert.equal(sent.length, 2);
  assert.equal(session.inFlight, 2);
  session.receive(bytes('{"return": 2, "id": "libvirt-2"}\n{"return": 1, "id": "libvirt-1"}\n'));
  assert.deepEqual(await Promise.all([first, second]), [1, 2]);
});

test("a refusal has QEMU's class and libvirt's words", async () => {
  const session = FakeQemu.scripted({ cont: () => refuse("Resetting the Virtual Machine is required") }).open();
  await session.start();
  await assert.rejects(session.execute(cont, {}), (error) => {
    assert.ok(error instanceof QmpError);
    assert.equal(
      error.message,
      "internal error: unable to execute QEMU command 'cont': Resetting the Virtual Machine is required",
    );
    return error.errorClass === "GenericError";
  });
});

test("a reply of another shape is the protocol's error, and the session goes on", async () => {
  const session = FakeQemu.scripted({ "query-balloon": () => ({ actual: "much" }), ok: () => 1 }).open();
  await session.start();
  await assert.rejects(session.execute(queryBalloon, {}), /query-balloon.*actual: expected an integer/);
  assert.equal(await session.executeJson("ok"), 1);
});

test("64-bit integers are exact", async () => {
  const { session } = bare();
  const reply = session.execute(queryBalloon, {});
  session.receive(bytes('{"return": {"actual": 9223372036854775807}, "id": "libvirt-1"}\n'));
  assert.deepEqual(await reply, { actual: 9223372036854775807n });
});

test("descriptors travel with their command", async () => {
  const seen: unknown[] = [];
  const session = FakeQemu.scripted({ getfd: (...call) => ({ got: seen.push(...call) }) }).open();
  await session.start();
  await session.execute(getfd, { fdname: "migrate" }, { fds: [7] });
  assert.equal(JSON.stringify(seen), '[{"fdname":"migrate"},[7]]');
});

test("who gives up gets the reason; the late reply is counted and dropped, as are unknown and double ones", async () => {
  const { session } = bare();
  const stop = new AbortController();
  const reply = session.executeJson("slow", undefined, { signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(reply, /enough/);
  assert.equal(session.inFlight, 0);
  const late = '{"return": {}, "id": "libvirt-1"}\n';
  session.receive(bytes(`${late}${late}{"return": {}}\n{"return": {}, "id": "x"}\n`));
  assert.deepEqual(session.counters, { events: 0, droppedEvents: 0, lateReplies: 1, unknownReplies: 3 });
  assert.equal(session.error, undefined);
});

test("events come at any time and have their declared type", async () => {
  const events: unknown[] = [];
  const { session } = bare({ onEvent: (event) => events.push(parseEvent(event)) });
  const tail = '"timestamp": {"seconds": 5, "microseconds": 6}}\n';
  session.receive(
    bytes(
      `{"event": "STOP", ${tail}${greeting}{"event": "RTC_CHANGE", "data": {"offset": 3}, ${tail}{"event": "X", ${tail}`,
    ),
  );
  session.receive(bytes(`{"event": "RTC_CHANGE", "data": {"offset": "3"}, ${tail}`));
  assert.deepEqual(events.slice(0, 3), [
    { name: "STOP", data: {}, seconds: 5, microseconds: 6 },
    { name: "RTC_CHANGE", data: { offset: 3 }, seconds: 5, microseconds: 6 },
    undefined,
  ]);
  assert.match(String(events[3]), /offset: expected an integer/);
});

test("a flood of one event is thinned and does not hide others", () => {
  let names: string[] = [];
  let now = 0;
  const { session } = bare({
    clock: { now: () => 0, monotonic: () => now },
    onEvent: (event) => names.push(event.name),
  });
  const flood = bytes('{"event": "NIC_RX_FILTER_CHANGED"}\n'.repeat(1000));
  session.receive(flood);
  session.receive(bytes('{"event": "SHUTDOWN"}\n'));
  assert.equal(names.length, 201);
  assert.equal(names.at(-1), "SHUTDOWN");
  assert.equal(session.counters.droppedEvents, 800);
  names = [];
  now = 500;
  session.receive(flood);
  assert.equal(names.length, 100);
});

test("too long a line, too deep a message and nonsense end the session and reject all waiters", async () => {
  for (const [text, message] of [
    [`{"return": "${"x".repeat(200)}`, /longer than 100/],
    [`{"return": ${"[".repeat(70)}`, /nested deeper than 64/],
    ["hello\n", /not JSON/],
    ["[]\n", /not an object/],
    ["{}\n", /neither/],
    ['{"event": 3}\n', /no name/],
    [greeting + greeting, /second greeting|longer/],
  ] as const) {
    const { session } = bare({ maxLine: message.source.startsWith("longer") ? 100 : 200 });
    const waiting = session.executeJson("x");
    session.receive(bytes(`${text}\n`));
    await assert.rejects(waiting, (error) => error instanceof QmpProtocolError && message.test(error.message));
    assert.equal(await session.ended, session.error);
    await assert.rejects(session.executeJson("y"), QmpProtocolError);
  }
});

test("closing rejects who waits for the greeting and for replies, once", async () => {
  const { session } = bare();
  const greeted = session.start();
  const reply = session.executeJson("x");
  session.close();
  session.close(new Error("again"));
  await assert.rejects(greeted, QmpClosedError);
  await assert.rejects(reply, QmpClosedError);
});

test("lines that are parsed elsewhere keep their place", async () => {
  const order: string[] = [];
  let finish: (() => void) | undefined;
  const session = new QmpSession({
    send: () => undefined,
    onEvent: (event) => order.push(event.name),
    parseLarge: (line) =>
      new Promise((resolve) => (finish = () => resolve(JSON.parse(new TextDecoder().decode(line))))),
  });
  session.receive(bytes(`{"event": "BIG", "data": {"x": "${"y".repeat(300_000)}"}}\n{"event": "SMALL"}\n`));
  assert.deepEqual(order, []);
  finish?.();
  await new Promise(setImmediate);
  assert.deepEqual(order, ["BIG", "SMALL"]);
});

test("any split of the stream gives the same messages", () => {
  const stream = bytes(`${greeting}{"event": "A"}\r\n{"event": "B", "data": {"x": "é"}}\n\n{"event": "C"}\n`);
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
      const names: string[] = [];
      const { session } = bare({ onEvent: (event) => names.push(event.name) });
      const marks = [0, ...cuts.sort((a, b) => a - b), stream.length];
      for (const [index, mark] of marks.entries()) session.receive(stream.subarray(mark, marks[index + 1] ?? mark));
      assert.deepEqual(names, ["A", "B", "C"]);
    }),
  );
});

test("hostile bytes never throw out of receive", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '{"return":',
      '{"event":"X"}\n',
      "\n",
      greeting,
      '"id":"libvirt-1"}',
      "[",
      "{",
      '{"QMP":1}\n',
      '{"__proto__":1,"return":{}}\n',
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece), fc.uint8Array(), (pieces, tail) => {
      const { session } = bare();
      void session.executeJson("x").catch(() => undefined);
      session.receive(bytes(pieces.join("")));
      session.receive(tail);
    }),
  );
});

test("objects that QEMU writes over many lines are one each", () => {
  const joiner = new ObjectJoiner(64);
  const push = (text: string): string | undefined => {
    const object = joiner.push(new TextEncoder().encode(text));
    return object && new TextDecoder().decode(object);
  };
  assert.equal(push('{"a": {}}'), '{"a": {}}');
  assert.equal(push("{"), undefined);
  assert.equal(push('    "a": {'), undefined);
  assert.equal(push("    }"), undefined);
  assert.equal(push("}"), '{    "a": {    }}');
  assert.equal(push('{"b": 1}'), '{"b": 1}');
  push("{");
  assert.throws(() => push(" ".repeat(64)), /QMP object is longer than 64 bytes/);
});
