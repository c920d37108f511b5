import assert from "node:assert/strict";
import { test } from "node:test";
import { iptablesArguments, type NetworkRule, networkRules, savedRule } from "./firewall.ts";
import { parseNetwork } from "./network.ts";

/** What `iptables-save` prints after the rules were inserted one by one. */
function saved(rules: readonly NetworkRule[], family: string, table: string): readonly string[] {
  const chains = [...new Set(rules.map(({ chain }) => chain))].sort();
  const own = rules.filter((rule) => rule.family === family && rule.table === table).reverse();
  return chains.flatMap((chain) =>
    own.filter((rule) => rule.chain === chain).map((rule) => `-A ${chain} ${savedRule(rule).join(" ")}`),
  );
}

const nat = parseNetwork(`<network>
  <name>n</name>
  <forward mode='nat' dev='eth0'><nat><address start='1.2.3.4' end='1.2.3.10'/><port start='500' end='1000'/></nat></forward>
  <bridge name='virbr8'/>
  <ip address='10.9.0.1' netmask='255.255.255.0'/>
</network>`);

test("translation to a range of addresses through one device, as iptables-save shows it under libvirt 9.0", () => {
  assert.deepEqual(saved(networkRules(nat), "ipv4", "nat"), [
    "-A LIBVIRT_PRT -s 10.9.0.0/24 -d 224.0.0.0/24 -o eth0 -j RETURN",
    "-A LIBVIRT_PRT -s 10.9.0.0/24 -d 255.255.255.255/32 -o eth0 -j RETURN",
    "-A LIBVIRT_PRT -s 10.9.0.0/24 ! -d 10.9.0.0/24 -o eth0 -p tcp -j SNAT --to-source 1.2.3.4-1.2.3.10:500-1000",
    "-A LIBVIRT_PRT -s 10.9.0.0/24 ! -d 10.9.0.0/24 -o eth0 -p udp -j SNAT --to-source 1.2.3.4-1.2.3.10:500-1000",
    "-A LIBVIRT_PRT -s 10.9.0.0/24 ! -d 10.9.0.0/24 -o eth0 -j SNAT --to-source 1.2.3.4-1.2.3.10",
  ]);
  const filter = saved(networkRules(nat), "ipv4", "filter").filter((line) => line.includes("LIBVIRT_FW"));
  assert.deepEqual(filter, [
    "-A LIBVIRT_FWI -d 10.9.0.0/24 -i eth0 -o virbr8 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-A LIBVIRT_FWI -o virbr8 -j REJECT --reject-with icmp-port-unreachable",
    "-A LIBVIRT_FWO -s 10.9.0.0/24 -i virbr8 -o eth0 -j ACCEPT",
    "-A LIBVIRT_FWO -i virbr8 -j REJECT --reject-with icmp-port-unreachable",
    "-A LIBVIRT_FWX -i virbr8 -o virbr8 -j ACCEPT",
  ]);
});

test("an isolated network lets nothing in or out; an open one and a host's bridge have no rules", () => {
  const isolated = parseNetwork("<network><name>i</name><bridge name='b0'/><ip address='10.0.0.1'/></network>");
  const passing = networkRules(isolated).filter(
    ({ chain, jump }) => chain !== "LIBVIRT_INP" && chain !== "LIBVIRT_OUT" && jump === "ACCEPT",
  );
  assert.deepEqual(
    passing.map(({ chain }) => chain),
    ["LIBVIRT_FWX"],
  );
  const rules = (xml: string) => networkRules(parseNetwork(xml));
  assert.deepEqual(
    rules("<network><name>o</name><forward mode='open'/><bridge name='b'/><ip address='10.0.0.1'/></network>"),
    [],
  );
  assert.deepEqual(rules("<network><name>h</name><forward mode='bridge'/><bridge name='br0'/></network>"), []);
});

test("without a range of ports, translation keeps below no privileged port (N1)", () => {
  const plain = parseNetwork(
    "<network><name>p</name><forward/><bridge name='b0'/><ip address='10.0.0.1' prefix='24'/></network>",
  );
  const targets = networkRules(plain).flatMap(({ toPorts }) => toPorts ?? []);
  assert.deepEqual(targets, ["1024-65535", "1024-65535"]);
});

test("a rule is deleted by the words it was inserted with", () => {
  for (const rule of networkRules(nat)) {
    assert.deepEqual(
      iptablesArguments(rule, "delete").filter((word) => word !== "--delete"),
      iptablesArguments(rule, "insert").filter((word) => word !== "--insert"),
    );
  }
});
