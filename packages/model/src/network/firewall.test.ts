import assert from "node:assert/strict";
import { test } from "node:test";
import { iptablesArguments, networkRules } from "./firewall.ts";
import { parseNetwork } from "./network.ts";

const nat = parseNetwork(`<network>
  <name>n</name>
  <forward mode='nat' dev='eth0'><nat><address start='1.2.3.4' end='1.2.3.10'/><port start='500' end='1000'/></nat></forward>
  <bridge name='virbr8'/>
  <ip address='10.9.0.1' netmask='255.255.255.0'/>
</network>`);

test("translation to a range of addresses through one device, in libvirt 9.0's commands", () => {
  const commands = networkRules(nat)
    .filter(({ table, chain }) => table === "nat" || chain.startsWith("LIBVIRT_FW"))
    .map((rule) => iptablesArguments(rule, "insert").slice(3).join(" "));
  assert.deepEqual(commands, [
    "--insert LIBVIRT_FWO --in-interface virbr8 --jump REJECT",
    "--insert LIBVIRT_FWI --out-interface virbr8 --jump REJECT",
    "--insert LIBVIRT_FWX --in-interface virbr8 --out-interface virbr8 --jump ACCEPT",
    "--insert LIBVIRT_FWO --source 10.9.0.0/24 --in-interface virbr8 --out-interface eth0 --jump ACCEPT",
    "--insert LIBVIRT_FWI --destination 10.9.0.0/24 --in-interface eth0 --out-interface virbr8 --match conntrack --ctstate ESTABLISHED,RELATED --jump ACCEPT",
    "--insert LIBVIRT_PRT --source 10.9.0.0/24 ! --destination 10.9.0.0/24 --out-interface eth0 --jump SNAT --to-source 1.2.3.4-1.2.3.10",
    "--insert LIBVIRT_PRT --source 10.9.0.0/24 -p udp ! --destination 10.9.0.0/24 --out-interface eth0 --jump SNAT --to-source 1.2.3.4-1.2.3.10:500-1000",
    "--insert LIBVIRT_PRT --source 10.9.0.0/24 -p tcp ! --destination 10.9.0.0/24 --out-interface eth0 --jump SNAT --to-source 1.2.3.4-1.2.3.10:500-1000",
    "--insert LIBVIRT_PRT --source 10.9.0.0/24 --destination 255.255.255.255/32 --out-interface eth0 --jump RETURN",
    "--insert LIBVIRT_PRT --source 10.9.0.0/24 --destination 224.0.0.0/24 --out-interface eth0 --jump RETURN",
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
