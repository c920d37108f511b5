import assert from "node:assert/strict";
import { test } from "node:test";
import { DocumentError } from "@tsvirt/codec/xml";
import { ipPrefix } from "./modes.ts";
import { formatNetwork, parseNetwork } from "./network.ts";
import { NetworkPort } from "./port.ts";
import { networkProblem } from "./validate.ts";

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
    "<network><name>n</name><forward mode='bridge'/><bridge name='br0' delay='2'/></network>",
    /bridge delay\/stp\/zone options only allowed in route, nat, and isolated mode, not in bridge/,
  ],
  [
    "<network><name>n</name><forward mode='bridge' dev='e'/><bridge name='br0'/></network>",
    /can specify a bridge name or a forward dev, but not both/,
  ],
  [
    "<network><name>n</name><forward mode='vepa'/><bridge name='br0'/></network>",
    /bridge name not allowed in vepa mode \(network 'n'\)/,
  ],
  [
    "<network><name>n</name><forward mode='bridge'/><bridge name='br0'/><mtu size='9000'/></network>",
    /mtu size only allowed in open, route, nat, and isolated mode, not in bridge/,
  ],
  ["<network><name>n</name><forward mode='open'/></network>", /open forwarding requested, but no IP address provided/],
  [
    "<network><name>n</name><forward mode='route'><nat/></forward><ip address='10.0.0.1' prefix='24'/></network>",
    /<nat> element can only be used when <forward> 'mode' is 'nat'/,
  ],
  [
    "<network><name>n</name><forward><nat/><nat/></forward><ip address='10.0.0.1' prefix='24'/></network>",
    /Only one <nat> element is allowed/,
  ],
  [
    "<network><name>n</name><forward><nat><address start='10.0.0.9' end='10.0.0.8'/></nat></forward><ip address='10.0.0.1' prefix='24'/></network>",
    /range 10\.0\.0\.9 - 10\.0\.0\.8 is reversed/,
  ],
  [
    "<network><name>n</name><forward><nat><address start='fd00::1' end='fd00::2'/></nat></forward><ip address='10.0.0.1' prefix='24'/></network>",
    /Bad ipv4 start address 'fd00::1'/,
  ],
  [
    "<network><name>n</name><forward><nat><port start='9' end='8'/></nat></forward><ip address='10.0.0.1' prefix='24'/></network>",
    /Missing or invalid 'end' attribute in <port>/,
  ],
  [
    "<network><name>n</name><forward mode='hostdev' dev='e'><pf dev='e'/></forward></network>",
    /'dev' attribute cannot be used when <address> or <pf>/,
  ],
  [
    "<network><name>n</name><forward mode='vepa'><interface dev='e'/><interface dev='e'/></forward></network>",
    /interface 'e' can only be listed once in network n/,
  ],
  [
    "<network><name>n</name><forward mode='hostdev'><address type='pci' slot='1'/><address type='pci' slot='1'/></forward></network>",
    /PCI device '0000:00:01\.0' can only be listed once in network n/,
  ],
  [
    "<network><name>n</name><bridge macTableManager='x'/></network>",
    /Invalid macTableManager setting 'x' in network 'n'/,
  ],
  ["<network><name>n</name><mac address='01:00:00:00:00:00'/></network>", /Invalid multicast bridge mac address/],
  ["<network><name>n</name><portgroup/></network>", /Missing required name attribute in portgroup/],
  ["<network><name>n</name><virtualport/></network>", /missing required virtualport type/],
  [
    "<network><name>n</name><virtualport type='openvswitch'><parameters managerid='1'/></virtualport></network>",
    /extra managerid unsupported in <virtualport type='openvswitch'>/,
  ],
  [
    "<network><name>n</name><virtualport type='802.1Qbg'><parameters managerid='256'/></virtualport></network>",
    /value of managerid out of range/,
  ],
  ["<network><name>n</name><vlan/></network>", /missing tag id/],
  ["<network><name>n</name><vlan><tag id='4096'/></vlan></network>", /vlan tag id 4096 too large/],
  [
    "<network><name>n</name><vlan trunk='no'><tag id='1'/><tag id='2'/></vlan></network>",
    /trunk='yes' is required for more than one vlan tag/,
  ],
  [
    "<network><name>n</name><vlan trunk='no'><tag id='1' nativeMode='tagged'/></vlan></network>",
    /not allowed with a native vlan id/,
  ],
  [
    "<network><name>n</name><bandwidth><inbound peak='1' floor='2'/></bandwidth></network>",
    /'peak' and 'burst' require 'average'/,
  ],
  [
    "<network><name>n</name><bandwidth><inbound floor='2'/></bandwidth></network>",
    /floor attribute is not supported for this config/,
  ],
  [
    "<network><name>n</name><bandwidth><outbound floor='2'/></bandwidth></network>",
    /'floor' attribute allowed only in <inbound>/,
  ],
  ["<network><name>n</name><dns><forwarder/></dns></network>", /must contain at least one of addr or domain/],
  [
    "<network><name>n</name><dns enable='no'><forwarder addr='1.1.1.1'/></dns></network>",
    /Extra data in disabled network 'n'/,
  ],
  [
    "<network><name>n</name><dns><host ip='10.0.0.2'/></dns></network>",
    /Missing hostname in network 'n' DNS HOST record/,
  ],
  [
    "<network><name>n</name><dns><txt name='a b' value='c'/></dns></network>",
    /prohibited character in DNS TXT record name 'a b' of network n/,
  ],
  [
    "<network><name>n</name><dns><txt name='a'/></dns></network>",
    /missing required value attribute in DNS TXT record named 'a' of network n/,
  ],
  [
    "<network><name>n</name><dns><srv service='a.b' protocol='tcp'/></dns></network>",
    /invalid character in service attribute 'a.b'/,
  ],
  [
    "<network><name>n</name><dns><srv service='a' protocol='t_p'/></dns></network>",
    /invalid character in protocol attribute 't_p'/,
  ],
  [
    "<network><name>n</name><dns><srv service='a' protocol='tcp' port='1'/></dns></network>",
    /DNS SRV port attribute not permitted without target/,
  ],
  [
    "<network><name>n</name><dns><srv service='a' protocol='tcp' target='.' port='0'/></dns></network>",
    /invalid DNS SRV port attribute for service 'a'/,
  ],
  [
    "<network><name>n</name><ip address='10.0.0.1' prefix='24'><dhcp><range start='10.0.0.0' end='10.0.0.9'/></dhcp></ip></network>",
    /start of range .* is the network address/,
  ],
  [
    "<network><name>n</name><ip address='10.0.0.1' prefix='24'><dhcp><range start='10.0.0.2' end='10.0.0.9'><lease expiry='60' unit='seconds'/></range></dhcp></ip></network>",
    /minimum lease time should be greater than 2 minutes/,
  ],
  [
    "<network><name>n</name><ip address='10.0.0.1' prefix='8'><dhcp><range start='10.0.0.2' end='10.1.0.9'/></dhcp></ip></network>",
    /is too large \(> 65535\)/,
  ],
  [
    "<network><name>n</name><ip family='ipv6' address='fd00::1' prefix='64'><tftp root='/t'/></ip></network>",
    /Unsupported <tftp> element in an IPv6 element/,
  ],
  [
    "<network><name>n</name><ip address='10.0.0.1' prefix='24'/><route address='10.9.0.0' prefix='16' gateway='10.0.1.1'/></network>",
    /unreachable static route gateway '10\.0\.1\.1'/,
  ],
];

for (const [xml, message] of refused) {
  test(`refused with the reason: ${xml}`, () => {
    assert.throws(
      () => parseNetwork(xml, { file: "net.xml" }),
      (error: unknown) => {
        assert.ok(error instanceof DocumentError);
        assert.match(error.message, message);
        const [problem] = error.problems;
        assert.match(`${error.file}:${problem?.line}:${problem?.column}`, /net\.xml:1:\d+/);
        return true;
      },
    );
  });
}

test("what libvirt leaves out is left out, and what it fills in is filled in", () => {
  const shown = (inside: string) => formatNetwork(parseNetwork(`<network><name>n</name>${inside}</network>`));
  assert.match(shown("<forward mode='hostdev'><pf dev='e'/></forward>"), /<forward mode='hostdev' managed='no'>/);
  assert.match(shown("<vlan><tag id='1'/><tag id='2'/></vlan>"), /<vlan trunk='yes'>/);
  assert.match(shown("<vlan trunk='no'><tag id='1'/></vlan>"), /<vlan>/);
  assert.match(shown("<dns enable='yes'/>"), /<dns enable='yes'\/>/);
  assert.match(shown("<ip family='ipv6' address='FD00:0::1' prefix='64'/>"), /address='fd00::1' prefix='64'/);
  const without = shown(
    "<domain localOnly='yes'/><mtu size='0'/><portgroup name='a' default='no'/><ip address='10.0.0.1' prefix='0'><tftp/><dhcp><bootp file='f'/></dhcp></ip>",
  );
  assert.doesNotMatch(without, /domain|mtu|default|prefix|tftp|dhcp/);
  assert.match(
    shown(
      "<ip address='10.0.0.1'><dhcp><host mac='AA:bb:cc:dd:ee:ff' ip='10.0.0.2'><lease expiry='0'/></host></dhcp></ip>",
    ),
    /<host mac='AA:bb:cc:dd:ee:ff' ip='10\.0\.0\.2'>\s*<lease expiry='0'\/>/,
  );
});

test("what a network of its forward mode cannot have", () => {
  const problem = (inside: string) => networkProblem(parseNetwork(`<network><name>n</name>${inside}</network>`));
  const bridged = "<forward mode='bridge'/><bridge name='br0'/>";
  assert.equal(problem(bridged), undefined);
  assert.equal(
    problem(`${bridged}<ip address='10.0.0.1'/>`),
    "Unsupported <ip> element in network n with forward mode='bridge'",
  );
  assert.match(problem("<forward mode='hostdev'><interface dev='e'/></forward>") ?? "", /listed by PCI address/);
  assert.match(problem(`${bridged}<vlan><tag id='1'/></vlan>`) ?? "", /doesn't support vlan configuration/);
  assert.equal(problem(`${bridged}<vlan><tag id='1'/></vlan><virtualport type='openvswitch'/>`), undefined);
  assert.match(
    problem("<portgroup name='a' default='yes'/><portgroup name='b' default='yes'/>") ?? "",
    /multiple default <portgroup> elements \(a and b\)/,
  );
});

test("ports: each kind of plug has its own parts", () => {
  const port = (inside: string) =>
    `<networkport><uuid>9a05da11-e96b-47f3-8253-a3a482e445f5</uuid><owner><name>g</name><uuid>9a05da11-e96b-47f3-8253-a3a482e445f6</uuid></owner><mac address='52:54:00:00:00:01'/>${inside}</networkport>`;
  assert.deepEqual(NetworkPort.parse(port("<plug type='direct' dev='e'/>")).plug, {
    type: "direct",
    dev: "e",
    mode: "vepa",
  });
  const bad: readonly (readonly [string, RegExp])[] = [
    ["<networkport/>", /network port has no uuid/],
    [port("<plug type='bridge'/>"), /Missing network port bridge name/],
    [port("<plug type='direct'/>"), /Missing network port link device name/],
    [port("<plug type='direct' dev='e' mode='x'/>"), /Invalid mode setting 'x' in network port/],
    [port("<plug type='hostdev-pci'/>"), /Missing network port PCI address/],
    [
      port("<plug type='network' bridge='b' macTableManager='x'/>"),
      /Invalid macTableManager setting 'x' in network port/,
    ],
  ];
  for (const [xml, message] of bad) assert.throws(() => NetworkPort.parse(xml), message, xml);
});
