import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readBacking } from "./backing.ts";

/** A qcow2 head, put together from its specification (docs/interop/qcow2.rst of QEMU). */
function qcow2(options: { version: number; name?: string; format?: string; headerLength?: number }): Uint8Array {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x514649fb);
  view.setUint32(4, options.version);
  const start = options.version >= 3 ? (options.headerLength ?? 104) : 72;
  if (options.version >= 3) view.setUint32(100, start);
  let at = start;
  const encoder = new TextEncoder();
  if (options.format !== undefined) {
    view.setUint32(at, 0xe2792aca);
    view.setUint32(at + 4, options.format.length);
    bytes.set(encoder.encode(options.format), at + 8);
    at += 8 + 8 * Math.ceil(options.format.length / 8);
  }
  at += 8;
  if (options.name !== undefined) {
    view.setBigUint64(8, BigInt(at));
    view.setUint32(16, options.name.length);
    bytes.set(encoder.encode(options.name), at);
  }
  return bytes;
}

test("a qcow2 image names what is behind it, and its format", () => {
  for (const version of [2, 3]) {
    assert.deepEqual(readBacking(qcow2({ version, name: "base.img", format: "raw" }), "qcow2"), {
      name: "base.img",
      format: "raw",
    });
    assert.deepEqual(readBacking(qcow2({ version, name: "/b" }), "qcow2"), { name: "/b", format: undefined });
    assert.equal(readBacking(qcow2({ version }), "qcow2"), undefined);
  }
  assert.equal(
    readBacking(qcow2({ version: 3, name: "b", format: "qcow2", headerLength: 112 }), "qcow2")?.format,
    "qcow2",
  );
});

test("only images of the stated format are looked into", () => {
  const image = qcow2({ version: 3, name: "/etc/shadow" });
  assert.equal(readBacking(image, "raw"), undefined);
  assert.equal(readBacking(new Uint8Array(4096), "qcow2"), undefined);
});

test("lies about offsets and lengths give no name", () => {
  const image = qcow2({ version: 3, name: "base" });
  const view = new DataView(image.buffer);
  view.setUint32(16, 5000);
  assert.equal(readBacking(image, "qcow2"), undefined);
  view.setUint32(16, 4);
  view.setBigUint64(8, 0xffff_ffff_ffff_fff0n);
  assert.equal(readBacking(image, "qcow2"), undefined);
});

test("hostile bytes give a name or none", () => {
  const head = fc.uint8Array({ minLength: 0, maxLength: 600 }).map((bytes) => {
    new DataView(bytes.buffer).byteLength >= 4 && new DataView(bytes.buffer).setUint32(0, 0x514649fb);
    return bytes;
  });
  fc.assert(
    fc.property(head, fc.constantFrom("qcow2", "qcow", "qed"), (bytes, format) => {
      const found = readBacking(bytes, format);
      assert.ok(found === undefined || found.name.length > 0);
    }),
  );
});
