import assert from "node:assert/strict";
import { test } from "node:test";
import { DocumentError } from "@tsvirt/codec/xml";
import { formatPool, formatVolume, parsePool, parseVolume } from "./index.ts";

const newUuid = (): string => "00000000-0000-4000-8000-000000000001";

test("a directory pool gets its defaults, and no sizes from its document", () => {
  const pool = parsePool(
    "<pool type='dir'><name>p</name><capacity unit='GiB'>5</capacity><target><path>///a//b/</path><permissions><mode>755</mode><owner>-1</owner></permissions></target></pool>",
    { newUuid },
  );
  assert.equal(
    formatPool(pool),
    [
      "<pool type='dir'>",
      "  <name>p</name>",
      "  <uuid>00000000-0000-4000-8000-000000000001</uuid>",
      "  <capacity unit='bytes'>0</capacity>",
      "  <allocation unit='bytes'>0</allocation>",
      "  <available unit='bytes'>0</available>",
      "  <source>",
      "  </source>",
      "  <target>",
      "    <path>/a/b</path>",
      "    <permissions>",
      "      <mode>0755</mode>",
      "    </permissions>",
      "  </target>",
      "</pool>",
      "",
    ].join("\n"),
  );
});

test("a volume group is named by its pool and lies under /dev", () => {
  const pool = parsePool("<pool type='logical'><name>vg</name></pool>", { newUuid });
  assert.equal(pool.source?.name, "vg");
  assert.equal(pool.source?.format, "lvm2");
  assert.equal(pool.target?.path, "/dev/vg");
});

test("pools that lack what their type needs are refused in libvirt's words", () => {
  const refused: readonly (readonly [string, string])[] = [
    ["<pool type='nosuch'/>", "Invalid value for attribute 'type' in element 'pool': 'nosuch'."],
    ["<pool type='dir'><target><path>/a</path></target></pool>", "missing pool source name element"],
    ["<pool type='dir'><name>p</name></pool>", "missing storage pool target path"],
    [
      "<pool type='fs'><name>p</name><target><path>/a</path></target></pool>",
      "missing storage pool source device name",
    ],
    ["<pool type='dir'><name>a/b</name><target><path>/a</path></target></pool>", "name a/b cannot contain '/'"],
  ];
  for (const [xml, expected] of refused) {
    assert.throws(
      () => parsePool(xml),
      (error) => error instanceof DocumentError && error.bareMessage === `XML error: ${expected}`,
      xml,
    );
  }
});

test("a volume's sizes are bytes, its allocation its capacity unless said otherwise", () => {
  const volume = parseVolume("<volume><name>v</name><capacity unit='MiB'>1</capacity></volume>", { pool: "dir" });
  assert.equal(
    formatVolume(volume),
    [
      "<volume type='file'>",
      "  <name>v</name>",
      "  <capacity unit='bytes'>1048576</capacity>",
      "  <allocation unit='bytes'>1048576</allocation>",
      "  <target>",
      "    <format type='raw'/>",
      "  </target>",
      "</volume>",
      "",
    ].join("\n"),
  );
  assert.throws(() => parseVolume("<volume><name>v</name></volume>", { pool: "dir" }), /missing capacity element/);
  assert.throws(
    () => parseVolume("<volume><name>../v</name><capacity>1</capacity></volume>", { pool: "dir" }),
    /cannot contain '\/'/,
  );
});
