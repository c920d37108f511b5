import assert from "node:assert/strict";
import { test } from "node:test";
import { DocumentError } from "@tsvirt/codec/xml";
import { HostInterface } from "./host-interface.ts";

test("what is common to all interfaces comes first, what is special to one last", () => {
  const xml = `<interface type='ethernet' name='eth0'>
  <start mode='onboot'/>
  <mtu size='1492'/>
  <protocol family='ipv6'>
    <autoconf/>
    <dhcp peerdns='no'/>
    <ip address='fd00::2' prefix='64'/>
    <route gateway='fd00::1'/>
  </protocol>
  <link speed='1000' state='up'/>
  <mac address='aa:bb:cc:dd:ee:ff'/>
</interface>
`;
  assert.equal(HostInterface.format(HostInterface.parse(xml)), xml);
});

test("members say nothing of what the whole decides, and nothing of another type is kept", () => {
  const xml = `<interface type='bridge' name='br0'>
  <bridge stp='on' delay='0'>
    <interface type='bond' name='bond0'>
      <start mode='none'/>
      <mtu size='9000'/>
      <bond mode='802.3ad'>
        <miimon freq='100' downdelay='0' updelay='10' carrier='netif'/>
        <arpmon interval='1' target='10.0.0.1'/>
        <interface type='ethernet' name='eth0'><mac address='aa:bb:cc:dd:ee:ff'/><vlan tag='1'><interface name='x'/></vlan></interface>
      </bond>
    </interface>
  </bridge>
  <link state='up'/>
  <mac address='aa:bb:cc:dd:ee:ff'/>
</interface>`;
  assert.equal(
    HostInterface.format(HostInterface.parse(xml)),
    `<interface type='bridge' name='br0'>
  <bridge stp='on' delay='0'>
    <interface type='bond' name='bond0'>
      <bond mode='802.3ad'>
        <miimon freq='100' updelay='10' carrier='netif'/>
        <interface type='ethernet' name='eth0'>
          <mac address='aa:bb:cc:dd:ee:ff'/>
        </interface>
      </bond>
    </interface>
  </bridge>
</interface>
`,
  );
});

const refused: readonly (readonly [string, RegExp])[] = [
  ["<interface name='a'/>", /Missing required attribute 'type' in element 'interface'/],
  ["<interface type='tap' name='a'/>", /Invalid value for attribute 'type' in element 'interface': 'tap'/],
  ["<interface type='ethernet'/>", /interface has no name/],
  ["<interface type='ethernet' name='a'><start mode='x'/></interface>", /unknown interface startmode x/],
  ["<interface type='ethernet' name='a'><mtu size='100001'/></interface>", /must be at most 100000/],
  ["<interface type='ethernet' name='a'><protocol/></interface>", /protocol misses the family attribute/],
  ["<interface type='ethernet' name='a'><protocol family='x'/></interface>", /unsupported protocol family 'x'/],
  ["<interface type='bridge' name='a'/>", /bridge interface misses the bridge element/],
  ["<interface type='bond' name='a'><bond mode='x'/></interface>", /unknown bonding mode x/],
  [
    "<interface type='bond' name='a'><bond><miimon/></bond></interface>",
    /bond interface miimon freq missing or invalid/,
  ],
  [
    "<interface type='bond' name='a'><bond><arpmon interval='1'/></bond></interface>",
    /bond interface arpmon target missing/,
  ],
  [
    "<interface type='bond' name='a'><bond><interface type='vlan' name='v'><vlan tag='1'><interface name='e'/></vlan></interface></bond></interface>",
    /interface has unsupported type 'vlan'/,
  ],
  [
    "<interface type='vlan' name='a'><vlan><interface name='e'/></vlan></interface>",
    /vlan interface misses the tag attribute/,
  ],
  ["<interface type='vlan' name='a'><vlan tag='1'/></interface>", /vlan interface misses name attribute/],
];

for (const [xml, message] of refused) {
  test(`refused in libvirt's words: ${xml}`, () => {
    assert.throws(
      () => HostInterface.parse(xml),
      (error) => error instanceof DocumentError && message.test(error.message),
    );
  });
}
