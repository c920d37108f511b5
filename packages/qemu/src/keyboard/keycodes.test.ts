import assert from "node:assert/strict";
import { test } from "node:test";
import { keycodeOfName, keycodeSets, translateKeycode } from "./keycodes.ts";

test("Enter is the same key in every set", () => {
  const codes = {
    linux: 28,
    xt: 28,
    atset1: 28,
    atset2: 90,
    atset3: 90,
    osx: 36,
    xt_kbd: 28,
    usb: 40,
    win32: 13,
    qnum: 28,
  };
  for (const from of keycodeSets) {
    for (const to of keycodeSets) assert.equal(translateKeycode(from, codes[from], to), codes[to], `${from} to ${to}`);
  }
});

test("keys of the right side have QEMU's extended numbers", () => {
  assert.equal(translateKeycode("linux", 97, "qnum"), 157, "right control");
  assert.equal(translateKeycode("usb", 230, "qnum"), 184, "right alt");
});

test("names belong to their set", () => {
  assert.equal(keycodeOfName("linux", "KEY_ENTER"), 28);
  assert.equal(keycodeOfName("win32", "VK_RETURN"), 13);
  assert.equal(keycodeOfName("linux", "VK_RETURN"), undefined);
  assert.equal(keycodeOfName("linux", "__proto__"), undefined);
});

test("an unknown code has no translation", () => {
  assert.equal(translateKeycode("linux", 0xffff, "qnum"), undefined);
});

test("numbers of the wire are those of virKeycodeSet", () => {
  assert.equal(keycodeSets.indexOf("linux"), 0);
  assert.equal(keycodeSets.indexOf("xt_kbd"), 6);
  assert.equal(keycodeSets.indexOf("qnum"), 9);
});
