import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorCode } from "@tsvirt/base";
import { checkMaps, cpuMap } from "./cpu-maps.ts";

test("a map has a bit for each host CPU that is online, and allowed", () => {
  assert.deepEqual([...cpuMap([true, true, false, true], 1)], [0b1011]);
  assert.deepEqual(
    [
      ...cpuMap(
        Array.from({ length: 10 }, () => true),
        2,
      ),
    ],
    [0xff, 0b11],
  );
  assert.deepEqual(
    [
      ...cpuMap(
        Array.from({ length: 10 }, () => true),
        1,
      ),
    ],
    [0xff],
    "what does not fit is left out",
  );
  assert.deepEqual([...cpuMap([true, true, true], 1, new Set([0, 2, 40]))], [0b101]);
  assert.deepEqual([...cpuMap([true], 0)], []);
});

test("maps that no reply could carry are refused before they are made (W2)", () => {
  checkMaps("maxinfo", 16_384, 512);
  checkMaps("ncpumaps", 0, 0);
  const refusals: readonly (readonly [number, number, number, RegExp])[] = [
    [-1, 8, ErrorCode.rpc, /^maxinfo must be non-negative$/],
    [1, -1, ErrorCode.rpc, /^maplen must be non-negative$/],
    [16_385, 1, ErrorCode.internalError, /maxinfo > REMOTE_VCPUINFO_MAX$/],
    [2, 0x7fff_ffff, ErrorCode.internalError, /maxinfo \* maplen > REMOTE_CPUMAPS_MAX$/],
  ];
  for (const [maps, length, code, message] of refusals) {
    assert.throws(() => checkMaps("maxinfo", maps, length), { code, message });
  }
});
