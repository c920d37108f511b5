import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import {
  type AnyStruct,
  type AnyType,
  type ArrayType,
  DecodeError,
  decode,
  encode,
  type Optional,
} from "@tsvirt/codec/xdr";
import { arbitrary } from "@tsvirt/codec/xdr/testing";
import fc from "fast-check";
import { adminProgram } from "./admin.ts";
import { NetError, readOnlyDenied } from "./errors.ts";
import { lxcProgram } from "./lxc.ts";
import { accessRules, type Program } from "./program.ts";
import { qemuProgram } from "./qemu.ts";
import { remote } from "./remote/program.ts";
import { NetStreamHole } from "./server-stream.ts";

type Table = Pick<Program, "name" | "id" | "version" | "callByNumber" | "eventByNumber">;
const programs: readonly Table[] = [remote, qemuProgram, lxcProgram, adminProgram];

/** Every declared struct, found by walking the tables. */
const everyStruct = new Map<string, AnyStruct>();
function walk(type: AnyType): void {
  switch (type.kind) {
    case "struct": {
      const struct = type as AnyStruct;
      if (everyStruct.get(struct.name) === struct) return;
      assert.equal(everyStruct.has(struct.name), false, `two structs are called ${struct.name}`);
      everyStruct.set(struct.name, struct);
      for (const field of Object.values(struct.fields)) walk(field);
      return;
    }
    case "array":
    case "fixedArray":
    case "optional":
      walk((type as ArrayType<AnyType> | Optional<AnyType>).of);
      return;
    default:
      return;
  }
}
walk(NetError);
walk(NetStreamHole);
for (const program of programs) {
  for (const { procedure } of program.callByNumber.values()) {
    walk(procedure.args);
    walk(procedure.ret);
  }
  for (const { event } of program.eventByNumber.values()) walk(event.message);
}

test("all of libvirt 9.0's procedures are declared", () => {
  const counts = programs.map(({ name, callByNumber, eventByNumber }) => [name, callByNumber.size, eventByNumber.size]);
  assert.deepEqual(counts, [
    ["remote", 392, 51],
    ["qemu", 6, 1],
    ["lxc", 1, 0],
    ["admin", 19, 0],
  ]);
  for (const { callByNumber, eventByNumber } of programs) {
    const numbers = [...callByNumber.keys(), ...eventByNumber.keys()].sort((a, b) => a - b);
    assert.deepEqual(
      numbers,
      Array.from(numbers, (_, i) => i + 1),
    );
  }
});

test("the tables name every call's permissions, or say that there are none", () => {
  const permission = /^[a-z_]+:[a-z_]+$/;
  for (const program of programs) {
    for (const { name, procedure } of program.callByNumber.values()) {
      for (const rule of accessRules(procedure)) {
        assert.match(typeof rule === "string" ? rule : rule.permission, permission, name);
      }
    }
  }
});

test(`what is decoded is what was encoded, for each of the ${everyStruct.size} structs`, () => {
  assert.ok(everyStruct.size > 690);
  for (const struct of everyStruct.values()) {
    fc.assert(
      fc.property(arbitrary(struct, { maxElements: 3, maxBytes: 12 }), (value) => {
        const bytes = encode<AnyType>(struct, value as never);
        assert.equal(bytes.length % 4, 0);
        assert.deepEqual(decode<AnyType>(struct, bytes), value);
      }),
      { numRuns: 10 },
    );
  }
});

test("hostile bytes end in a value or a DecodeError, for each struct", () => {
  for (const struct of everyStruct.values()) {
    fc.assert(
      fc.property(
        arbitrary(struct, { maxElements: 3, maxBytes: 12 }),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat()),
        (value, changes, cut) => {
          const bytes = encode<AnyType>(struct, value as never);
          if (bytes.length === 0) return;
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          try {
            decode<AnyType>(struct, cut === null ? bytes : bytes.subarray(0, cut % bytes.length));
          } catch (error) {
            if (!(error instanceof DecodeError)) throw error;
          }
        },
      ),
      { numRuns: 10 },
    );
  }
});

interface Refusals {
  readonly refusals: Readonly<Record<string, readonly [domain: number, message: string]>>;
}

test("read-only refusals are worded as libvirtd's, call by call", async () => {
  const file = new URL("../fixtures/wire/read-only-refusals.json", import.meta.url);
  const { refusals }: Refusals = JSON.parse(await readFile(file, "utf8"));
  let compared = 0;
  for (const [program, prefix] of [
    [remote, "REMOTE_PROC_"],
    [qemuProgram, "QEMU_PROC_"],
    [lxcProgram, "LXC_PROC_"],
  ] as const) {
    for (const { name, procedure } of program.callByNumber.values()) {
      const upstream = prefix + name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
      const observed = refusals[upstream];
      if (!observed) continue;
      const { domain, message } = readOnlyDenied(procedure);
      assert.deepEqual([domain, message], observed);
      assert.equal(procedure.readonly, undefined, `${name} must not be allowed`);
      compared++;
    }
  }
  assert.equal(compared, Object.keys(refusals).length);
});
