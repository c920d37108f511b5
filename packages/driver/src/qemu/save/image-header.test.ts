import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtError } from "@tsvirt/base";
import fc from "fast-check";
import {
  decodeSaveData,
  decodeSavePrefix,
  encodeSaveHeader,
  SAVE_HEADER_BYTES,
  type SaveImageHeader,
  saveCompressions,
} from "./image-header.ts";

const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((value) => !value.includes("\0"));
const header: fc.Arbitrary<SaveImageHeader> = fc
  .record({
    xml: text,
    cookie: fc.option(text, { nil: undefined }),
    running: fc.boolean(),
    compression: fc.constantFrom(...saveCompressions),
  })
  .map(({ cookie, ...rest }) => ({ ...rest, ...(cookie === undefined ? {} : { cookie }) }));

test("decode(encode(header)) is the header, with room to spare or not", () => {
  fc.assert(
    fc.property(header, fc.nat(200), (value, spare) => {
      const tight = encodeSaveHeader(value, { finished: true });
      const room = tight.length - SAVE_HEADER_BYTES + spare;
      for (const bytes of [tight, encodeSaveHeader(value, { finished: true, dataBytes: room })]) {
        const prefix = decodeSavePrefix(bytes);
        assert.equal(prefix.dataBytes, bytes.length - SAVE_HEADER_BYTES);
        assert.deepEqual(decodeSaveData(prefix, bytes.subarray(SAVE_HEADER_BYTES)), value);
      }
    }),
  );
});

test("the layout is libvirt's: magic, version 2, length, running, compression, cookie offset", () => {
  const bytes = encodeSaveHeader(
    { xml: "<domain/>", cookie: "<cookie/>", running: true, compression: "raw" },
    { finished: true },
  );
  assert.equal(Buffer.from(bytes.subarray(0, 16)).toString("latin1"), "LibvirtQemudSave");
  const view = new DataView(bytes.buffer);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((index) => view.getUint32(16 + 4 * index, true)),
    [2, 20, 1, 0, 10],
  );
  assert.equal(bytes.length, 92 + 20);
});

test("an unfinished image is refused by name", () => {
  const bytes = encodeSaveHeader({ xml: "<domain/>", running: true, compression: "raw" }, { finished: false });
  assert.throws(() => decodeSavePrefix(bytes), {
    name: "IncompleteImageError",
    message: "operation failed: save image is incomplete",
  });
});

test("a header rewritten in place must fit", () => {
  assert.throws(
    () =>
      encodeSaveHeader({ xml: "x".repeat(50), running: false, compression: "raw" }, { finished: true, dataBytes: 50 }),
    /new xml too large to fit in file/,
  );
});

test("hostile bytes end in a header or in an error for the client", () => {
  const good = encodeSaveHeader({ xml: "<domain/>", running: true, compression: "raw" }, { finished: true });
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
      const bytes = good.slice();
      bytes[at] = byte;
      const cut = bytes.subarray(0, length);
      try {
        decodeSaveData(decodeSavePrefix(cut), cut.subarray(SAVE_HEADER_BYTES));
      } catch (error) {
        assert.ok(error instanceof VirtError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
