import assert from "node:assert/strict";
import { test } from "node:test";
import { dnsmasqFiles, hostsFileStem, needsDnsmasq } from "./dnsmasq.ts";
import { parseNetwork } from "./network.ts";

const paths = { pidFile: "/run/n.pid", hostsFile: "/d/n.hostsfile", addnHostsFile: "/d/n.addnhosts" };

const isolated = `<network>
  <name>iso</name>
  <bridge name='virbr5'/>
  <domain name='iso.lan' localOnly='yes'/>
  <dns>
    <forwarder addr='8.8.8.8'/>
    <txt name='foo' value='bar'/>
    <srv service='ldap' protocol='tcp' domain='x.lan' target='t' port='389' priority='1' weight='2'/>
    <host ip='10.5.0.9'><hostname>a</hostname><hostname>b</hostname></host>
  </dns>
  <ip address='10.5.0.1' netmask='255.255.255.0'>
    <tftp root='/tmp/tftp'/>
    <dhcp>
      <range start='10.5.0.2' end='10.5.0.100'><lease expiry='5' unit='hours'/></range>
      <host mac='52:54:00:00:00:01' name='foo' ip='10.5.0.7'/>
      <host name='bar' ip='10.5.0.8'/>
      <bootp file='pxe.0' server='10.5.0.1'/>
    </dhcp>
  </ip>
  <ip family='ipv6' address='fd00:5::1' prefix='64'>
    <dhcp>
      <range start='fd00:5::10' end='fd00:5::20'/>
      <host id='0:3:0:1:0:16:3e:11:22:33' name='x6' ip='fd00:5::7'/>
    </dhcp>
  </ip>
</network>`;

test("an isolated network's files are what libvirt 9.0 writes", () => {
  const files = dnsmasqFiles(parseNetwork(isolated), paths);
  assert.equal(
    files.conf.split("\n").slice(6).join("\n"),
    `strict-order
server=8.8.8.8
no-resolv
local=/iso.lan/
domain=iso.lan
expand-hosts
pid-file=/run/n.pid
except-interface=lo
bind-dynamic
interface=virbr5
dhcp-option=3
no-resolv
ra-param=*,0,0
txt-record=foo,bar
srv-host=_ldap._tcp.x.lan,t,389,1,2
enable-tftp
tftp-root=/tmp/tftp
dhcp-range=10.5.0.2,10.5.0.100,255.255.255.0,5h
dhcp-no-override
dhcp-authoritative
dhcp-boot=pxe.0,,10.5.0.1
dhcp-range=fd00:5::10,fd00:5::20,64
dhcp-lease-max=116
dhcp-hostsfile=/d/n.hostsfile
addn-hosts=/d/n.addnhosts
enable-ra
`,
  );
  assert.equal(
    files.hosts,
    "52:54:00:00:00:01,10.5.0.7,foo\nbar,10.5.0.8\nid:0:3:0:1:0:16:3e:11:22:33,x6,[fd00:5::7]\n",
  );
  assert.equal(files.addnHosts, "10.5.0.9\ta\tb\t\n");
});

test("a server is only needed for something to serve", () => {
  const network = (inside: string) => parseNetwork(`<network><name>n</name><bridge name='b'/>${inside}</network>`);
  assert.equal(needsDnsmasq(network("")), false);
  assert.equal(needsDnsmasq(network("<ip address='10.0.0.1'/>")), true);
  assert.equal(needsDnsmasq(network("<dns enable='no'/><ip address='10.0.0.1'/>")), false);
  assert.equal(needsDnsmasq(network("<dns enable='no'/><ip address='10.0.0.1'><tftp root='/t'/></ip>")), true);
});

test("no value can add a line or a field", () => {
  const hostile = [
    "<dns><txt name='a' value='x&#10;dhcp-script=/bin/sh'/></dns><ip address='10.0.0.1'/>",
    "<dns><host ip='10.0.0.2'><hostname>a&#10;10.0.0.3 b</hostname></host></dns><ip address='10.0.0.1'/>",
    "<domain name='a/&#10;b'/><ip address='10.0.0.1'/>",
    "<ip address='10.0.0.1'><dhcp><host name='a,10.0.0.9' ip='10.0.0.2'/></dhcp></ip>",
    "<ip address='10.0.0.1'><tftp root='/a&#10;b'/></ip>",
    "<ip address='10.0.0.1'><dhcp><range start='10.0.0.2' end='10.0.0.9'/><bootp file='a&#10;b'/></dhcp></ip>",
  ];
  for (const inside of hostile) {
    const network = parseNetwork(`<network><name>n</name><bridge name='b'/>${inside}</network>`);
    assert.throws(() => dnsmasqFiles(network, paths), /invalid character/, inside);
  }
});

test("names for one address are in one line; a second DHCP server is refused; hosts files have escaped names", () => {
  const network = (inside: string) => parseNetwork(`<network><name>n</name><bridge name='b'/>${inside}</network>`);
  const dns =
    "<dns><host ip='10.0.0.2'><hostname>a</hostname></host><host ip='10.0.0.2'><hostname>b</hostname></host></dns>";
  assert.equal(dnsmasqFiles(network(`${dns}<ip address='10.0.0.1'/>`), paths).addnHosts, "10.0.0.2\ta\tb\t\n");
  const dhcp = (net: number) =>
    `<ip address='10.0.${net}.1' prefix='24'><dhcp><range start='10.0.${net}.2' end='10.0.${net}.9'/></dhcp></ip>`;
  assert.throws(() => dnsmasqFiles(network(dhcp(1) + dhcp(2)), paths), /For IPv4, multiple DHCP definitions/);
  assert.equal(hostsFileStem(`a"b`), "a&quot;b");
});
