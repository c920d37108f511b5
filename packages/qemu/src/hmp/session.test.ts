import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { ErrorCode, VirtError } from "@tsvirt/base";
import fc from "fast-check";
import { QmpClosedError, QmpProtocolError } from "../qmp/errors.ts";
import { FakeHmp, type HmpAnswer } from "../testing/index.ts";
import { LineScreen } from "./screen.ts";
import { HmpSession } from "./session.ts";

function open(answers: Readonly<Record<string, HmpAnswer>>, fake = new FakeHmp(answers)) {
  const session = new HmpSession({ send: (text, fds) => fake.receive(text, fds) });
  fake.onData = (chunk) => session.receive(chunk);
  return { session, fake };
}

test("the echo of the line editor is passed over, and the answer ends at the prompt", async () => {
  const { session, fake } = open({ "info status": () => "VM status: running\n", stop: () => "" });
  fake.greet();
  assert.equal(await session.command("info status"), "VM status: running\r\n");
  assert.equal(await session.command("stop"), "");
  assert.deepEqual(fake.received, ["info status", "stop"]);
});

test("commands that are sent together are typed one after the other", async () => {
  const { session, fake } = open({ a: () => "1\n", b: () => "2\n3\n", c: () => "" });
  fake.greet();
  assert.deepEqual(await Promise.all(["a", "b", "c"].map((each) => session.command(each))), [
    "1\r\n",
    "2\r\n3\r\n",
    "",
  ]);
});

test("the conversation is the same in pieces of any size, and wherever the greeting comes", async () => {
  // As recorded from a monitor: a prompt that is printed into the line that is being typed, then the line anew.
  const record =
    "\u001b[Ki\u001b[K\u001b[Din\u001b[KQEMU 0.10.0 monitor - type 'help' for more information\r\n(qemu) " +
    "\u001b[D\u001b[Dinfo version\u001b[K\r\n0.10.0\r\n(qemu) ";
  const bytes = new TextEncoder().encode(record);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), async (sizes) => {
      const session = new HmpSession({ send: () => undefined });
      const answer = session.command("info version");
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = sizes[i % sizes.length] ?? 1;
        session.receive(bytes.subarray(at, at + size));
        at += size;
      }
      assert.equal(await answer, "0.10.0\r\n");
    }),
  );
});

test("a password is typed where it is asked for, once, and is no part of the answer", async () => {
  const fake: FakeHmp = new FakeHmp({
    "change vnc password": () => fake.askPassword((word) => (word === "secret" ? "" : "wrong\n")),
    cont: () => `ide0-hd0 (/secret.qcow2) is encrypted.\n${fake.askPassword()}`,
  });
  const { session } = open({}, fake);
  assert.equal(await session.command("change vnc password", { password: "secret" }), "");
  assert.deepEqual(fake.received, ["change vnc password", "secret"]);
  await assert.rejects(session.command("cont"), (error) => {
    return error instanceof QmpProtocolError && /Password request seen, but no handler available/.test(error.message);
  });
  // The monitor is at its prompt again.
  assert.match(await session.command("nothing"), /unknown command/);
});

test("what would be more than one line is not typed", async () => {
  const { session, fake } = open({});
  for (const command of ["stop\rquit", "a\nb", "\u001b[A", "a\u007f"]) {
    await assert.rejects(
      session.command(command),
      (error) => error instanceof VirtError && error.code === ErrorCode.invalidArg,
    );
  }
  await assert.rejects(session.command("change vnc password", { password: "a\rquit" }), VirtError);
  assert.deepEqual(fake.received, []);
});

test("a command that is given up holds up nobody, and its answer is taken for no other's", async () => {
  const fake = new FakeHmp({ first: () => "one\n", second: () => "two\n" });
  const said: Uint8Array[] = [];
  const session = new HmpSession({ send: (text) => fake.receive(text) });
  fake.onData = (chunk) => said.push(chunk);
  const given = new AbortController();
  const first = session.command("first", { signal: given.signal });
  const never = session.command("never", { signal: given.signal });
  const second = session.command("second");
  given.abort(new RangeError("enough"));
  await assert.rejects(first, /enough/);
  await assert.rejects(never, /enough/);
  fake.onData = (chunk) => session.receive(chunk);
  for (const chunk of said) session.receive(chunk);
  assert.equal(await second, "two\r\n");
  assert.deepEqual(fake.received, ["first", "second"]);
  await assert.rejects(session.command("first", { signal: given.signal }), /enough/);
});

test("a command that is not answered in time fails", async () => {
  const ends: AbortController[] = [];
  const timeout = mock.method(AbortSignal, "timeout", () => {
    const end = new AbortController();
    ends.push(end);
    return end.signal;
  });
  try {
    const session = new HmpSession({ send: () => undefined });
    const waiting = session.command("stop", { deadline: 1 });
    for (const end of ends) end.abort();
    await assert.rejects(waiting, /QEMU did not answer 'stop' in time/);
  } finally {
    timeout.mock.restore();
  }
});

test("the end of the monitor ends what waits", async () => {
  const session = new HmpSession({ send: () => undefined });
  const waiting = [session.command("a"), session.command("b")];
  session.close();
  session.close(new RangeError("late"));
  for (const each of waiting) await assert.rejects(each, QmpClosedError);
  await assert.rejects(session.command("c"), QmpClosedError);
  assert.ok((await session.ended) instanceof QmpClosedError);
  session.receive(new Uint8Array([65]));
});

test("lines and answers without an end, end the session", async () => {
  const session = new HmpSession({ send: () => undefined });
  const waiting = session.command("a");
  session.receive(new TextEncoder().encode("x".repeat(70_000)));
  await assert.rejects(waiting, /a line without an end/);
  const endless = new HmpSession({ send: () => undefined });
  const reply = endless.command("a");
  endless.receive(new TextEncoder().encode("a\r\n"));
  const chunk = new TextEncoder().encode(`${"y".repeat(60_000)}\r\n`);
  for (let i = 0; i < 100 && !endless.error; i++) endless.receive(chunk);
  await assert.rejects(reply, /an answer without an end/);
});

test("descriptors travel with their command", async () => {
  const { session, fake } = open({ "getfd a": () => "" });
  await session.command("getfd a", { fds: [7] });
  assert.deepEqual(fake.fds, [7]);
});

test("a terminal's line is what would be seen", () => {
  const seen = (text: string): string => {
    const screen = new LineScreen();
    screen.push(text);
    return screen.line;
  };
  assert.equal(seen("abc\u001b[2DX"), "aXc");
  assert.equal(seen("abc\u001b[D\u001b[K"), "ab");
  assert.equal(seen("abc\rX\u001b[C\u001b[CY"), "XbcY");
  assert.equal(seen("ab\bX"), "aX");
  assert.equal(seen("a\u0007b\u001b[1;31mc\u001bZd"), "abcd");
  assert.deepEqual(new LineScreen().push("a\r\nb\nc"), ["a", "b"]);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      new LineScreen().push(text);
    }),
  );
});
