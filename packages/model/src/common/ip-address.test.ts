import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import {
  broadcastOf,
  compareIp,
  formatIp,
  maskOf,
  networkOf,
  parseIp,
  parseIpLoosely,
  prefixOf,
} from "./ip-address.ts";

const bytes = fc.oneof(
  fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }),
  fc.array(fc.oneof(fc.nat(255), fc.constant(0)), { minLength: 16, maxLength: 16 }),
);

test("parse(format(address)) is the address, and Node agrees that it is one", () => {
  fc.assert(
    fc.property(bytes, (address) => {
      const text = formatIp(address);
      assert.equal(isIP(text), address.length === 4 ? 4 : 6);
      assert.deepEqual(parseIp(text), address);
    }),
  );
});

test("what Node does not take for an address is none", () => {
  const samples = ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", ":::", "1::2::3", "12345::", "1:2:3:4:5:6:7", "::1.2.3", "x"];
  for (const sample of samples) {
    assert.equal(isIP(sample), 0);
    assert.equal(parseIp(sample), undefined, sample);
  }
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."0123456789abcdef:."), maxLength: 20 }), (text) => {
      if (parseIp(text) !== undefined) assert.notEqual(isIP(text), 0, text);
    }),
  );
});

test("masks and prefixes are each other's inverse", () => {
  for (const length of [4, 16] as const) {
    for (let prefix = 0; prefix <= 8 * length; prefix++) assert.equal(prefixOf(maskOf(prefix, length)), prefix);
  }
  assert.equal(prefixOf([255, 0, 255, 0]), undefined);
});

test("network and broadcast addresses enclose the address", () => {
  fc.assert(
    fc.property(bytes, fc.nat(128), (address, wanted) => {
      const prefix = Math.min(wanted, 8 * address.length);
      const low = networkOf(address, prefix);
      const high = broadcastOf(address, prefix);
      assert.ok(compareIp(low, address) <= 0 && compareIp(address, high) <= 0);
      assert.deepEqual(networkOf(high, prefix), low);
    }),
  );
});

test("IPv4 inside of IPv6 is written in its own form", () => {
  const cases = ["::ffff:10.1.2.3", "::10.1.2.3", "::1", "::", "::1:0:0:1", "1::ffff:a01:203"];
  for (const text of cases) assert.equal(formatIp(parseIp(text) ?? []), text);
});

test("the resolver's ways to write IPv4 are understood where libvirt uses it", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["10.1", "10.0.0.1"],
    ["0x0a.0.0.010", "10.0.0.8"],
    ["3232235777", "192.168.1.1"],
    ["10.1.2.3", "10.1.2.3"],
  ];
  for (const [given, expected] of cases) assert.equal(formatIp(parseIpLoosely(given) ?? []), expected, given);
  for (const wrong of ["", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "09.1.1.1", "4294967296", "a.b", "1..2"]) {
    assert.equal(parseIpLoosely(wrong), undefined, wrong);
  }
});
