import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type Frame, FrameReader } from "./frames.ts";
import { ANONYMOUS_MESSAGE_MAX, MESSAGE_MAX } from "./wire.ts";

/** A message built by hand: length, header (of which only the type matters here), payload. */
function message(payload: Uint8Array, type = 0, length = 28 + payload.length): Uint8Array {
  const bytes = new Uint8Array(28 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length);
  view.setUint32(4, 0x20008086);
  view.setUint32(8, 1);
  view.setUint32(16, type);
  bytes.set(payload, 28);
  return bytes;
}

const content = (frame: Frame): Uint8Array => frame.bytes.slice(frame.start, frame.end);
const reader = (limit = MESSAGE_MAX, passesFds = true): FrameReader => new FrameReader(() => limit, passesFds);

/** All frames of what was pushed so far. */
function drain(from: FrameReader): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let frame = from.next(); frame; frame = from.next()) frames.push(content(frame));
  return frames;
}

const payloads = fc.array(
  fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 900, maxLength: 3000 })),
  { minLength: 1, maxLength: 8 },
);

test("any split of the stream gives the same messages", () => {
  fc.assert(
    fc.property(payloads, fc.array(fc.nat({ max: 4000 }), { maxLength: 30 }), (list, cuts) => {
      const stream = Buffer.concat(list.map((payload) => message(payload)));
      const parser = reader();
      const got: Uint8Array[] = [];
      let at = 0;
      for (const cut of [...cuts, stream.length]) {
        parser.push(Uint8Array.from(stream.subarray(at, at + cut)));
        got.push(...drain(parser));
        at = Math.min(stream.length, at + cut);
      }
      assert.deepEqual(
        got,
        list.map((payload) => message(payload).slice(4)),
      );
      assert.equal(parser.partial, false);
    }),
  );
});

test("byte by byte, and all at once", () => {
  const stream = Buffer.concat([
    message(Uint8Array.of(1, 2, 3)),
    message(new Uint8Array(0)),
    message(new Uint8Array(2000)),
  ]);
  const single = reader();
  const got: Uint8Array[] = [];
  for (const byte of stream) {
    single.push(Uint8Array.of(byte));
    got.push(...drain(single));
  }
  const whole = reader();
  whole.push(Uint8Array.from(stream));
  assert.deepEqual(got, drain(whole));
  assert.equal(got.length, 3);
});

test("lengths out of range are refused before anything is allocated", () => {
  for (const length of [0, 4, 24, 27, MESSAGE_MAX + 1, 0xffff_ffff]) {
    const parser = reader();
    parser.push(message(new Uint8Array(0), 0, length));
    assert.throws(() => parser.next(), { name: "VirtError", message: /packet \d+ bytes received/ });
    assert.throws(() => parser.next(), { name: "VirtError" });
  }
  const anonymous = reader(ANONYMOUS_MESSAGE_MAX);
  anonymous.push(message(new Uint8Array(0), 0, ANONYMOUS_MESSAGE_MAX + 1));
  assert.throws(() => anonymous.next(), { name: "VirtError" });
});

test("a promise of 32 MiB costs nothing until the bytes come", () => {
  const parsers: FrameReader[] = [];
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 50; i++) {
    const parser = reader();
    parser.push(message(new Uint8Array(100), 0, MESSAGE_MAX));
    assert.equal(parser.next(), undefined);
    parsers.push(parser);
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 50 * 80 * 1024);
  assert.equal(parsers.length, 50);
});

test("a large message grows its buffer as it arrives", () => {
  const payload = new Uint8Array(3_000_000).map((_, i) => i % 253);
  const bytes = message(payload);
  const parser = reader();
  const got: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 65_536) {
    parser.push(bytes.slice(at, at + 65_536));
    got.push(...drain(parser));
  }
  assert.equal(got.length, 1);
  assert.ok(Buffer.from(got[0] as Uint8Array).equals(bytes.subarray(4)));
});

const withFds = (count: number, type = 4): Uint8Array => {
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setUint32(0, count);
  return message(payload, type);
};

test("descriptors come with bytes of their own behind their message, and what follows waits", () => {
  const parser = reader();
  parser.push(withFds(2));
  assert.equal(parser.next(), undefined);
  parser.pushFds([7]);
  parser.push(Uint8Array.of(0));
  assert.equal(parser.next(), undefined);
  parser.pushFds([8]);
  parser.push(Uint8Array.from([0, ...message(Uint8Array.of(9))]));
  assert.deepEqual(parser.next()?.fds, [7, 8]);
  assert.deepEqual(drain(parser), [message(Uint8Array.of(9)).slice(4)]);
  assert.equal(parser.partial, false);
});

test("a descriptor may arrive with the end of its message", () => {
  const parser = reader();
  parser.pushFds([7]);
  parser.push(Uint8Array.from([...withFds(1, 5), 0]));
  assert.deepEqual(parser.next()?.fds, [7]);
});

test("a descriptor's byte without the descriptor, and descriptors without a message, break the stream", () => {
  const lacking = reader();
  lacking.push(Uint8Array.from([...withFds(1), 0]));
  assert.throws(() => lacking.next(), { message: /without the descriptor/ });
  const stray = reader();
  assert.throws(
    () => {
      for (let fd = 3; fd < 100; fd++) stray.pushFds([fd]);
    },
    { message: /belong to no message/ },
  );
  assert.ok(stray.takeFds().length > 60);
});

test("too many descriptors, or any where none can pass, are refused", () => {
  const many = reader();
  many.push(withFds(33));
  assert.throws(() => many.next(), { name: "VirtError" });
  const none = reader(MESSAGE_MAX, false);
  none.push(withFds(1));
  assert.throws(() => none.next(), { name: "VirtError" });
  const short = reader();
  short.push(message(Uint8Array.of(0, 0), 4));
  assert.throws(() => short.next(), { name: "VirtError" });
  const zero = reader(MESSAGE_MAX, false);
  zero.push(withFds(0));
  assert.deepEqual(zero.next()?.fds, []);
});
