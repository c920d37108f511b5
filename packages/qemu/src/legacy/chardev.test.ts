import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtError } from "@tsvirt/base";
import fc from "fast-check";
import { formatChardev, type LegacyChardev, parseChardev } from "./chardev.ts";

const path = fc.stringMatching(/^\/[a-z0-9/._-]{0,20}$/);
const host = fc.constantFrom("", "127.0.0.1", "::1", "host");
const service = fc.integer({ min: 0, max: 65535 }).map(String);
const mode = fc.constantFrom("bind" as const, "connect" as const);
const none = fc.constant([]);
const seclabels = none;
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { noNullPrototype: true });

const chardev: fc.Arbitrary<LegacyChardev> = fc.oneof(
  record({ type: fc.constantFrom("null" as const, "vc" as const, "pty" as const, "stdio" as const), sources: none }),
  record({
    type: fc.constant("dev" as const),
    sources: fc.tuple(record({ seclabels, path: path.map((p) => `/dev${p}`) })),
  }),
  record({ type: fc.constantFrom("file" as const, "pipe" as const), sources: fc.tuple(record({ seclabels, path })) }),
  record({ type: fc.constant("unix" as const), sources: fc.tuple(record({ seclabels, mode, path })) }),
  record({
    type: fc.constant("tcp" as const),
    sources: fc.tuple(record({ seclabels, mode, host, service })),
    protocol: fc.constantFrom("raw" as const, "telnet" as const),
  }),
  record({
    type: fc.constant("udp" as const),
    sources: fc.tuple(
      record({ seclabels, mode: fc.constant("bind" as const), host, service }),
      record({ seclabels, mode: fc.constant("connect" as const), host, service }),
    ),
  }),
);

test("a word that was written for a character device reads as that device", () => {
  fc.assert(fc.property(chardev, (device) => assert.deepEqual(parseChardev(formatChardev(device)), device)));
});

test("other words are no character devices, and newer kinds have no word", () => {
  for (const word of ["", "none", "mon:stdio", "vnc", "con:"]) assert.equal(parseChardev(word), undefined);
  assert.deepEqual(parseChardev("udp:h:1"), {
    type: "udp",
    sources: [{ seclabels: [], mode: "connect", host: "h", service: "1" }],
  });
  assert.throws(() => formatChardev({ type: "spicevmc", sources: [] }), VirtError);
});
