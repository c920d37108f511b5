import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { type AnyType, compiled, decode, encode, Reader } from "@tsvirt/codec/xdr";
import { adminProgram } from "./admin.ts";
import { NetError } from "./errors.ts";
import { KEEPALIVE_PROGRAM } from "./keepalive.ts";
import { lxcProgram } from "./lxc.ts";
import type { Program } from "./program.ts";
import { qemuProgram } from "./qemu.ts";
import { remote } from "./remote/program.ts";
import { NetStreamHole } from "./server-stream.ts";
import { MessageStatus, MessageType } from "./wire.ts";

interface Recording {
  readonly origin: string;
  readonly frames: readonly (readonly [from: "client" | "server", hex: string])[];
}

const programs = new Map<number, Pick<Program, "callByNumber" | "eventByNumber">>(
  [remote, qemuProgram, lxcProgram, adminProgram].map((program) => [program.id, program]),
);

/** What the payload of a frame is, or why it has none of our types. */
function payloadType(view: DataView, from: string): { readonly type: AnyType; readonly at: number } | string {
  const [prog, proc, type, status] = [4, 12, 16, 24].map((at) => view.getUint32(at)) as [
    number,
    number,
    number,
    number,
  ];
  if (prog === KEEPALIVE_PROGRAM) return "keepalive";
  const program = programs.get(prog);
  assert.ok(program, `program ${prog}`);
  if (type === MessageType.message) {
    const event = program.eventByNumber.get(proc)?.event;
    assert.ok(event, `event ${proc}`);
    return { type: event.message, at: 28 };
  }
  if (status === MessageStatus.error && from === "server") return { type: NetError, at: 28 };
  if (type === MessageType.stream) return "stream data";
  if (type === MessageType.streamHole) return { type: NetStreamHole, at: 28 };
  const procedure = program.callByNumber.get(proc)?.procedure;
  assert.ok(procedure, `procedure ${proc}`);
  const at = type === MessageType.callWithFds || type === MessageType.replyWithFds ? 32 : 28;
  return { type: from === "client" ? procedure.args : procedure.ret, at };
}

for (const name of ["libvirtd-replies", "virsh-sessions"]) {
  test(`${name}: recorded bytes decode, and encode to the same bytes`, async () => {
    const text = await readFile(new URL(`../fixtures/wire/${name}.json`, import.meta.url), "utf8");
    const { frames }: Recording = JSON.parse(text);
    const kinds = new Set<string>();
    for (const [from, hex] of frames) {
      const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
      const view = new DataView(bytes.buffer);
      assert.equal(view.getUint32(0), bytes.length);
      const payload = payloadType(view, from);
      if (typeof payload === "string") {
        kinds.add(payload);
        continue;
      }
      const { type, at } = payload;
      const content = bytes.subarray(at);
      const value = decode(type, content);
      assert.deepEqual(encode<AnyType>(type, value as never), content, `procedure ${view.getUint32(12)} from ${from}`);
      const reader = new Reader(bytes, at);
      compiled(type).decode(reader);
      assert.equal(reader.left, 0);
      kinds.add(`${from}:${view.getUint32(4)}:${view.getUint32(12)}:${type === NetError ? "error" : "ok"}`);
    }
    assert.ok(kinds.size > 150, `only ${kinds.size} kinds of frames`);
  });
}
