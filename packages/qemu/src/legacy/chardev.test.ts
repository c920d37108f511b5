import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtError } from "@tsvirt/base";
import fc from "fast-check";
import { formatChardev, type LegacyChardev, parseChardev } from "./chardev.ts";

const path = fc.stringMatching(/^\/[a-z0-9/._-]{0,20}$/);
const host = fc.constantFrom("", "127.0.0.1", "::1", "host");
const service = fc.integer({ min: 0, max: 65535 }).map(String);
const mode = fc.constantFrom("bind" as const, "connect" as const);

const chardev: fc.Arbitrary<LegacyChardev> = fc
  .record({
    type: fc.constantFrom("null", "vc", "pty", "stdio", "dev", "file", "pipe", "unix", "tcp", "udp"),
    path,
    mode,
    host,
    service,
    protocol: fc.constantFrom("raw" as const, "telnet" as const),
  })
  .map(({ type, path, mode, host, service, protocol }): LegacyChardev => {
    switch (type) {
      case "dev":
        return { type, sources: [{ seclabels: [], path: `/dev${path}` }] };
      case "file":
      case "pipe":
        return { type, sources: [{ seclabels: [], path }] };
      case "unix":
        return { type, sources: [{ seclabels: [], mode, path }] };
      case "tcp":
        return { type, sources: [{ seclabels: [], mode, host, service }], protocol };
      case "udp":
        return {
          type,
          sources: [
            { seclabels: [], mode: "bind", host: "", service },
            { seclabels: [], mode: "connect", host, service },
          ],
        };
      default:
        return { type, sources: [] };
    }
  });

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

test("other spellings than libvirt's", () => {
  const source = (word: string): unknown => parseChardev(word)?.sources[0];
  assert.deepEqual(parseChardev("vc:80Cx24C"), { type: "vc", sources: [] });
  assert.deepEqual(source("tcp:[::1]:23,server=on,wait=off"), {
    seclabels: [],
    mode: "bind",
    host: "::1",
    service: "23",
  });
  assert.deepEqual(source("unix:/s,server=off,reconnect=5"), {
    seclabels: [],
    mode: "connect",
    reconnect: { enabled: true, timeout: 5 },
    path: "/s",
  });
  assert.equal(parseChardev("tcp:h:1,telnet")?.protocol, "telnet");
  // An option that documents do not know is not dropped.
  assert.equal(parseChardev("tcp:h:1,server,websocket"), undefined);
});
