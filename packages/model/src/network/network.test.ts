import assert from "node:assert/strict";
import { test } from "node:test";
import { DocumentError } from "@tsvirt/codec/xml";
import { formatNetwork, ipPrefix, parseNetwork } from "./network.ts";

const natted = `<network>
  <name>default</name>
  <uuid>9a05da11-e96b-47f3-8253-a3a482e445f5</uuid>
  <forward dev='eth0' mode='nat'>
    <nat>
      <port start='1024' end='65535'/>
    </nat>
    <interface dev='eth0'/>
  </forward>
  <bridge name='virbr0' stp='on' delay='0'/>
  <mac address='52:54:00:0a:cd:21'/>
  <domain name='guests' localOnly='yes'/>
  <dns forwardPlainNames='no'>
    <forwarder domain='example.com' addr='8.8.4.4'/>
    <txt name='a' value='b c'/>
    <srv service='sip' protocol='tcp' domain='example.com' target='.' port='1024' priority='10' weight='10'/>
    <host ip='192.168.122.2'>
      <hostname>gateway</hostname>
    </host>
  </dns>
  <ip address='192.168.122.1' netmask='255.255.255.0' localPtr='yes'>
    <tftp root='/tftp'/>
    <dhcp>
      <range start='192.168.122.2' end='192.168.122.254'>
        <lease expiry='1' unit='hours'/>
      </range>
      <host mac='52:54:00:00:00:01' name='a' ip='192.168.122.10'/>
      <bootp file='pxelinux.0' server='192.168.122.1'/>
    </dhcp>
  </ip>
  <ip family='ipv6' address='2001:db8::1' prefix='64'>
  </ip>
  <route address='10.0.0.0' prefix='8' gateway='192.168.122.5' metric='2'/>
  <portgroup name='fast' default='yes'>
    <vlan trunk='yes'>
      <tag id='42' nativeMode='untagged'/>
    </vlan>
    <bandwidth>
      <inbound average='1000' peak='5000' burst='5120'/>
    </bandwidth>
  </portgroup>
</network>
`;

test("a complete document comes out as it went in", () => {
  assert.equal(formatNetwork(parseNetwork(natted)), natted);
});

test("defaults are libvirt's: forward mode nat, spanning tree on, no delay", () => {
  const network = parseNetwork("<network><name>n</name><forward/><ip address='10.0.0.1'/></network>");
  assert.equal(
    formatNetwork(network),
    "<network>\n  <name>n</name>\n  <forward mode='nat'/>\n  <bridge stp='on' delay='0'/>\n  <ip address='10.0.0.1'>\n  </ip>\n</network>\n",
  );
  assert.equal(ipPrefix(network.ips[0] ?? { address: "" }), 8, "the class of the address gives the prefix");
});

test("the number of connections is shown of a running network only", () => {
  const network = parseNetwork("<network connections='2'><name>n</name></network>");
  assert.match(formatNetwork(network), /^<network connections='2'>/);
  assert.match(formatNetwork(network, { inactive: true }), /^<network>/);
});

const refused: readonly (readonly [string, RegExp])[] = [
  ["<network/>", /missing name information/],
  ["<network><name>a/b</name></network>", /name a\/b cannot contain '\/'/],
  ["<network><name>..</name></network>", /name '\.\.' cannot be used/],
  ["<network><name>n</name><forward mode='nta'/></network>", /did you mean 'nat'/],
  ["<network><name>n</name><forward mode='nat'/></network>", /no IP address provided for network 'n'/],
  [
    "<network><name>n</name><ip address='10.0.0.1' netmask='255.0.255.0'/></network>",
    /invalid netmask '255.0.255.0' for address '10.0.0.1'/,
  ],
  [
    "<network><name>n</name><ip address='fd00::1' prefix='64'/></network>",
    /no family specified for non-IPv4 address 'fd00::1'/,
  ],
  [
    "<network><name>n</name><ip address='10.0.0.1' prefix='24'><dhcp><range start='10.0.0.9' end='10.0.1.9'/></dhcp></ip></network>",
    /range 10.0.0.9 - 10.0.1.9 is not entirely within network 10.0.0.1\/24/,
  ],
  [
    "<network><name>n</name><forward mode='bridge'/><bridge name='br0'/><ip address='10.0.0.1' prefix='24'/></network>",
    /Unsupported <ip> element in network n with forward mode='bridge'/,
  ],
];

for (const [xml, message] of refused) {
  test(`refused with the reason: ${xml}`, () => {
    assert.throws(
      () => parseNetwork(xml, { file: "net.xml" }),
      (error: unknown) => {
        assert.ok(error instanceof DocumentError);
        assert.match(error.message, message);
        assert.match(error.message, /net\.xml:1:\d+/);
        return true;
      },
    );
  });
}
