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

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof DocumentError) return error.bareMessage;
    throw error;
  }
  return "";
}

test("a pool keeps of its source what its type has", () => {
  const source = "<host name='h'/><device path='/d'/><dir path='//a/'/><name>n</name><format type='nfs'/>";
  const pool = parsePool(
    `<pool type='netfs'><name>p</name><source>${source}</source><target><path>/t</path></target></pool>`,
  );
  assert.deepEqual(pool.source, { hosts: [{ name: "h", port: 0 }], devices: [], dir: "//a", format: "nfs" });
});

test("sizes in a pool's document are not even looked at", () => {
  const pool = parsePool(
    "<pool type='mpath'><name>p</name><capacity unit='x'>y</capacity><target><path>/t</path></target></pool>",
  );
  assert.deepEqual(pool.capacity, { unit: "bytes", value: 0n });
});

test("adapters of SCSI pools are checked as libvirt checks them", () => {
  const refused: readonly (readonly [adapter: string, text: string])[] = [
    ["", "XML error: missing storage pool source adapter"],
    [
      "<adapter wwnn='1'/>",
      "XML error: Use of 'wwnn', 'wwpn', and 'parent' attributes requires use of the adapter 'type'",
    ],
    [
      "<adapter type='scsi_host'/>",
      "XML error: Either 'name' or 'parent' must be specified for the 'scsi_host' adapter",
    ],
    [
      "<adapter type='scsi_host'><parentaddr unique_id='1'/></adapter>",
      "XML error: Missing scsi_host PCI address element",
    ],
    [
      "<adapter type='fc_host' wwnn='20000000c9831b4b'/>",
      "XML error: 'wwnn' and 'wwpn' must be specified for adapter type 'fchost'",
    ],
    ["<adapter type='fc_host' wwnn='20000000c9831b4b' wwpn='1'/>", "internal error: Malformed wwn: 1"],
    [
      "<adapter type='fc_host' wwnn='20000000c9831b4b' wwpn='20000000c9831b4b' parent_wwnn='1'/>",
      "XML error: when providing parent_wwnn='1', the parent_wwpn must also be provided",
    ],
  ];
  for (const [adapter, text] of refused) {
    const xml = `<pool type='scsi'><name>p</name><source>${adapter}</source><target><path>/t</path></target></pool>`;
    assert.equal(
      refusal(() => parsePool(xml)),
      text,
      adapter,
    );
  }
  const legacy = parsePool(
    "<pool type='scsi'><name>p</name><source><adapter name='host1'/></source><target><path>/t</path></target></pool>",
  );
  assert.deepEqual(legacy.source?.adapter, { type: "scsi_host", name: "host1" });
});

test("other refusals of pools and volumes", () => {
  const refused: readonly (readonly [xml: string, text: string])[] = [
    [
      "<pool type='netfs'><name>p</name><source><host name='h'/><dir path='/'/><format type='cifs'/><protocol ver='3'/></source><target><path>/t</path></target></pool>",
      "unsupported configuration: storage pool protocol ver unsupported for pool type 'cifs'",
    ],
    ["<pool type='rbd'><name>p</name><source/></pool>", "XML error: element 'name' is mandatory for RBD pool"],
    [
      "<pool type='iscsi-direct'><name>p</name><source><host name='h'/></source></pool>",
      "unsupported configuration: missing initiator IQN",
    ],
    [
      "<pool type='logical'><name>p</name><features><cow state='no'/></features></pool>",
      "this function is not supported by the connection driver: cow feature may only be used for 'fs' and 'dir' pools",
    ],
  ];
  for (const [xml, text] of refused)
    assert.equal(
      refusal(() => parsePool(xml)),
      text,
    );
  const volumes: readonly (readonly [inside: string, text: string])[] = [
    ["<capacity>x</capacity>", "XML error: malformed capacity element"],
    ["<capacity unit='X'>1</capacity>", "invalid argument: unknown suffix 'X'"],
    ["<capacity unit='E'>8</capacity>", "numerical overflow: value too large: 8E"],
    [
      "<capacity>1</capacity><target><format type='nosuch'/></target>",
      "unsupported configuration: unknown volume format type nosuch",
    ],
    [
      "<capacity>1</capacity><target><compat>1</compat></target>",
      "XML error: forbidden characters in 'compat' attribute",
    ],
    [
      "<capacity>1</capacity><target><features><x/></features></target>",
      "unsupported configuration: unsupported feature x",
    ],
    [
      "<capacity>1</capacity><target><permissions><mode>1777</mode></permissions></target>",
      "XML error: malformed octal mode",
    ],
  ];
  for (const [inside, text] of volumes) {
    assert.equal(
      refusal(() => parseVolume(`<volume><name>v</name>${inside}</volume>`, { pool: "dir" })),
      text,
    );
  }
});

test("a volume on another may leave its capacity to it", () => {
  const xml = "<volume><name>v</name><backingStore><path>/b</path></backingStore></volume>";
  assert.equal(parseVolume(xml, { pool: "dir", noCapacity: "backed" }).capacity?.value, 0n);
  assert.match(
    refusal(() => parseVolume(xml, { pool: "dir" })),
    /missing capacity element/,
  );
  const alone = "<volume><name>v</name></volume>";
  assert.match(
    refusal(() => parseVolume(alone, { pool: "dir", noCapacity: "backed" })),
    /missing capacity element/,
  );
  assert.equal(parseVolume(alone, { pool: "dir", noCapacity: "always" }).capacity?.value, 0n);
});
