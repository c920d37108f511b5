import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFilter, type Variables } from "../index.ts";
import { combinations } from "./combinations.ts";
import { filterCommands } from "./filter-commands.ts";

const variables = (values: Readonly<Record<string, readonly string[]>>): Variables => new Map(Object.entries(values));

/** Commands that are about rules and chains of the filter itself, in short. */
function lines(xml: string, values: Variables = new Map(), others: Readonly<Record<string, string>> = {}): string[] {
  const commands = filterCommands(parseFilter(xml), {
    interface: "vnet1",
    variables: values,
    find: (name) => (Object.hasOwn(others, name) ? parseFilter(others[name] ?? "") : undefined),
  });
  return commands
    .filter(({ args, mayFail }) => mayFail !== true && !args.some((word) => /^libvirt-(?:in|out|host)/.test(word)))
    .map(({ program, args }) => `${program} ${args.join(" ")}`.replace("--concurrent -t nat ", "").replace("-w ", ""))
    .filter((line) => !/tables -N [FH]/.test(line));
}

const filter = (entries: string, attributes = "name='f'"): string => `<filter ${attributes}>${entries}</filter>`;

test("lists of one iteration go side by side, of different ones in all combinations, each once", () => {
  const values = variables({ A: ["1", "2", "1"], B: ["x", "y", "x"], C: ["p", "q"] });
  const all = (...names: { variable: string; iterator?: number; index?: number }[]) =>
    [...combinations(names, values)].map((lookup) => names.map(lookup).join(""));
  assert.deepEqual(all({ variable: "A" }, { variable: "B" }), ["1x", "2y"]);
  assert.deepEqual(all({ variable: "A" }, { variable: "C", iterator: 1 }), ["1p", "2p", "1q", "2q"]);
  assert.deepEqual(all({ variable: "A", index: 1 }, { variable: "A", index: 0 }), ["21"]);
  assert.deepEqual(all(), [""]);
  assert.throws(() => all({ variable: "A" }, { variable: "C" }), /Cardinality of list items must be the same/);
});

test("rules of the bridge go into the chains of their filter, which are made before them", () => {
  const rules = "<rule action='reject' direction='inout' priority='-600'><arp arpsrcipaddr='$IP' opcode='1'/></rule>";
  const root =
    "<rule action='accept' direction='out' priority='-900'><mac protocolid='0x88cc'/></rule><filterref filter='arps'/>";
  assert.deepEqual(
    lines(filter(root), variables({ IP: ["10.0.0.9"] }), { arps: filter(rules, "name='arps' chain='arp'") }),
    [
      "ebtables -N libvirt-J-vnet1",
      "ebtables -N libvirt-P-vnet1",
      "ebtables -A libvirt-J-vnet1 -p 0x88cc -j ACCEPT",
      "ebtables -N J-vnet1-arp",
      "ebtables -A libvirt-J-vnet1 -p 0x0806 -j J-vnet1-arp",
      "ebtables -N P-vnet1-arp",
      "ebtables -A libvirt-P-vnet1 -p 0x0806 -j P-vnet1-arp",
      "ebtables -A J-vnet1-arp -p 0x806 --arp-opcode 1 --arp-ip-dst 10.0.0.9/32 -j DROP",
      "ebtables -A P-vnet1-arp -p 0x806 --arp-opcode 1 --arp-ip-src 10.0.0.9/32 -j DROP",
      "ebtables -A PREROUTING -i vnet1 -j libvirt-J-vnet1",
      "ebtables -A POSTROUTING -o vnet1 -j libvirt-P-vnet1",
    ],
  );
});

test("rules of the IP layers follow connections unless told not to", () => {
  const rule = (attributes: string, element: string) => filter(`<rule ${attributes}>${element}</rule>`);
  assert.deepEqual(lines(rule("action='accept' direction='in'", "<tcp dstportstart='22' srcmacaddr='1:2:3:4:5:6'/>")), [
    "iptables -A FJ-vnet1 -p tcp --sport 22 -m conntrack --ctstate ESTABLISHED -m conntrack --ctdir Reply -j RETURN",
    "iptables -A FP-vnet1 -p tcp -m mac --mac-source 01:02:03:04:05:06 --dport 22 -m conntrack --ctstate NEW,ESTABLISHED -m conntrack --ctdir Original -j ACCEPT",
    "iptables -A HJ-vnet1 -p tcp --sport 22 -m conntrack --ctstate ESTABLISHED -m conntrack --ctdir Reply -j RETURN",
  ]);
  assert.deepEqual(
    lines(
      rule(
        "action='drop' direction='out' statematch='0'",
        "<all-ipv6 match='no' dstipfrom='fd00::1' dstipto='fd00::9'/>",
      ),
    ),
    [
      "ip6tables -A FJ-vnet1 -p all -m iprange ! --dst-range fd00::1-fd00::9 -j DROP",
      "ip6tables -A FP-vnet1 -p all -m iprange ! --src-range fd00::1-fd00::9 -j DROP",
      "ip6tables -A HJ-vnet1 -p all -m iprange ! --dst-range fd00::1-fd00::9 -j DROP",
    ],
  );
  assert.deepEqual(
    lines(rule("action='accept' direction='out'", "<udp state='NEW' connlimit-above='5' comment='a b'/>")),
    [
      "iptables -A FJ-vnet1 -p udp -m connlimit --connlimit-above 5 -m comment --comment a b -j RETURN",
      "iptables -A HJ-vnet1 -p udp -m connlimit --connlimit-above 5 -m comment --comment a b -j RETURN",
    ],
  );
  assert.deepEqual(lines(rule("action='accept' direction='in'", "<icmp type='8' code='0'/>")), [
    "iptables -A FP-vnet1 -p icmp --icmp-type 8/0 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT",
  ]);
  assert.deepEqual(
    lines(rule("action='accept' direction='in'", "<esp ipset='s' ipsetflags='src,dst' state='NONE'/>")),
    ["iptables -A FP-vnet1 -p esp -m set --match-set s src,dst -j ACCEPT"],
  );
});

test("outer values of variables win over those of a reference", () => {
  const inner = filter("<rule action='drop' direction='in'><mac srcmacaddr='$M'/></rule>", "name='g'");
  const outer = filter("<filterref filter='g'><parameter name='M' value='52:54:00:00:00:01'/></filterref>");
  const rules = (values: Variables) => lines(outer, values, { g: inner }).filter((line) => line.includes("DROP"));
  assert.deepEqual(rules(new Map()), ["ebtables -A libvirt-P-vnet1 -s 52:54:00:00:00:01 -j DROP"]);
  assert.deepEqual(rules(variables({ M: ["52:54:00:00:00:02"] })), [
    "ebtables -A libvirt-P-vnet1 -s 52:54:00:00:00:02 -j DROP",
  ]);
});

test("a filter that cannot be put in force is refused", () => {
  const missing = filter("<rule action='drop' direction='in'><tcp srcipaddr='$A' dstipaddr='$B[2]'/></rule>");
  assert.throws(() => lines(missing, variables({ B: ["10.0.0.1"] })), /unavailable list elements: A, B\[2\]/);
  assert.throws(() => lines(filter("<filterref filter='g'/>")), /referenced filter 'g' is missing/);
  const loop = filter("<filterref filter='g'/>", "name='g'");
  assert.throws(() => lines(loop, new Map(), { g: loop }), /filter would introduce a loop/);
  const many = Array.from({ length: 400 }, (_, index) => String(index));
  const product = filter("<rule action='drop' direction='in'><tcp srcportstart='$A' dstportstart='$B[@1]'/></rule>");
  assert.throws(() => lines(product, variables({ A: many, B: many })), /filter has more than 100000 rules/);
  const stp = filter("<rule action='drop' direction='inout'><stp srcmacaddr='1:2:3:4:5:6'/></rule>");
  assert.throws(() => lines(stp), /STP filtering in inout direction/);
  const target = { variables: new Map(), find: () => undefined };
  for (const name of ["", "-j", "a b", "a/b", "0123456789abcdef"]) {
    assert.throws(() => filterCommands(parseFilter(filter("")), { ...target, interface: name }), /is no name/, name);
  }
});
