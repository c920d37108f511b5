import assert from "node:assert/strict";
import { test } from "node:test";
import { DocumentError } from "@tsvirt/codec/xml";
import { FilterBinding, formatFilter, parseFilter, parseFilterBinding, variablesFrom } from "./index.ts";

const uuid = "00000000-0000-4000-8000-000000000001";
const newUuid = (): string => uuid;

/** What is written for the elements of a rule. */
function rewritten(elements: string, attributes = "action='drop' direction='in'"): string {
  const filter = parseFilter(`<filter name='f'><rule ${attributes}>${elements}</rule></filter>`, { newUuid });
  const text = formatFilter(filter);
  const lines = text.split("\n").map((line) => line.trim());
  return lines.slice(2, -2).join("");
}

function refusal(xml: string): string {
  try {
    parseFilter(xml);
  } catch (error) {
    if (error instanceof DocumentError) return error.bareMessage;
    throw error;
  }
  return "";
}

test("numbers keep the base they were written in, names and masks have one form", () => {
  const open = "<rule action='drop' direction='in' priority='500'>";
  const cases: readonly (readonly [given: string, expected: string])[] = [
    ["<tcp dstportstart='0x16' dstportend='23'/>", "<tcp dstportstart='0x16' dstportend='23'/>"],
    ["<tcp dstportstart='ff'/>", "<tcp dstportstart='0xff'/>"],
    [
      "<ip protocol='0x11' srcipaddr='10.1' srcipmask='255.255.0.0'/>",
      "<ip srcipaddr='10.0.0.1' srcipmask='16' protocol='udp'/>",
    ],
    ["<mac protocolid='0x806' srcmacaddr='1:2:3:4:5:F'/>", "<mac srcmacaddr='01:02:03:04:05:0f' protocolid='arp'/>"],
    ["<arp opcode='0x2' gratuitous='yes'/>", "<arp opcode='Reply' gratuitous='true'/>"],
    ["<tcp flags='syn,ack/syn'/>", "<tcp flags='SYN,ACK/SYN'/>"],
    ["<tcp flags='FIN,SYN,RST,PSH,ACK,URG/none'/>", "<tcp flags='ALL/NONE'/>"],
    ["<all state='related, NEW'/>", "<all state='NEW,RELATED'/>"],
    ["<all state='NEW,NONE'/>", "<all state='NONE'/>"],
    ["<udp srcportstart='$P[@1]' dstportstart='$P[ 3 ]'/>", "<udp srcportstart='$P[@1]' dstportstart='$P[3]'/>"],
    ["<stp root-cost='-1'/>", "<stp root-cost='4294967295'/>"],
    ["<all-ipv6 dstipto='fd00::1' dstipfrom='fd00:0::'/>", "<all-ipv6 dstipfrom='fd00::' dstipto='fd00::1'/>"],
    ["<esp-ipv6 comment='a &amp; b'/>", "<esp-ipv6 comment='a &amp; b'/>"],
  ];
  for (const [given, expected] of cases) assert.equal(rewritten(given), `${open}${expected}</rule>`, given);
});

test("elements of one protocol are merged, and told apart by their sign alone; other protocols do not count", () => {
  assert.equal(
    rewritten("<tcp match='no' srcipaddr='10.0.0.1'/><udp srcportstart='1'/><tcp srcipmask='8' dscp='3'/>"),
    "<rule action='drop' direction='in' priority='500'><tcp match='no' srcipaddr='10.0.0.1' srcipmask='8'/><tcp dscp='3'/></rule>",
  );
  assert.equal(
    rewritten("<mac srcmacaddr='1:2:3:4:5:6'/><mac match='no' protocolid='ipv4'/>"),
    "<rule action='drop' direction='in' priority='500'><mac srcmacaddr='01:02:03:04:05:06'/><mac match='no' protocolid='ipv4'/></rule>",
  );
});

test("an ipset is asked for the source unless the rule says otherwise", () => {
  const open = "<rule action='drop' direction='in' priority='500'>";
  assert.equal(rewritten("<tcp ipset='s'/>"), `${open}<tcp ipset='s' ipsetflags='src'/></rule>`);
  assert.equal(
    rewritten("<tcp ipset='s' ipsetflags='DST,src'/>"),
    `${open}<tcp ipset='s' ipsetflags='dst,src'/></rule>`,
  );
  assert.equal(rewritten("<tcp ipsetflags='src'/>"), `${open}<tcp/></rule>`);
});

test("rules without elements, odd priorities and untracked connections", () => {
  assert.equal(
    rewritten("", "action='accept' direction='inout' priority='1001'"),
    "<rule action='accept' direction='inout' priority='500'/>",
  );
  assert.equal(
    rewritten("<all/>", "action='return' direction='out' priority='-1000' statematch='FALSE'"),
    "<rule action='return' direction='out' priority='-1000' statematch='false'><all/></rule>",
  );
});

test("a chain's priority follows its name, if one is given", () => {
  const priority = (attributes: string) => parseFilter(`<filter name='f' ${attributes}/>`).priority;
  assert.equal(priority("chain='ipv6-ra'"), -600);
  assert.equal(priority("chain='rarp'"), -400);
  assert.equal(priority("chain='stp-x'"), undefined);
  assert.equal(priority("chain='root' priority='7'"), 7);
  assert.equal(priority("priority='7'"), undefined);
});

test("parameters that are well formed are kept, in the order of their names", () => {
  const parameters =
    "<parameter name='B' value='2'/><parameter name='A' value='x y'/><parameter name='A-' value='1'/><parameter name='A' value='9'/><parameter name='B' value='1'/>";
  const filter = parseFilter(`<filter name='f'><filterref filter='g'>${parameters}</filterref></filter>`, { newUuid });
  const [entry] = filter.entries;
  assert.ok(entry !== undefined && "filterref" in entry);
  assert.deepEqual(
    [...variablesFrom(entry.filterref.parameters)],
    [
      ["A", ["9"]],
      ["B", ["2", "1"]],
    ],
  );
});

test("what libvirt refuses is refused in its words", () => {
  const rule = (elements: string) => `<filter name='f'><rule action='drop' direction='in'>${elements}</rule></filter>`;
  const refused: readonly (readonly [xml: string, text: string])[] = [
    ["<filter/>", "internal error: filter has no name"],
    [
      "<filter name='f' chain='rooty'/>",
      "invalid argument: Invalid chain name 'rooty'. Please use a chain name called 'root' or any of the following prefixes: mac, vlan, stp, arp, rarp, ipv4, ipv6",
    ],
    ["<filter name='f' chain='mac-0123456789'/>", "invalid argument: Name of chain is longer than 12 characters"],
    ["<filter name='f' chain='mac x'/>", "invalid argument: Chain name contains invalid characters"],
    ["<filter name='f' priority='x'/>", "invalid argument: Could not parse chain priority 'x'"],
    ["<filter name='f' priority='1001'/>", "invalid argument: Priority '1001' is outside valid range of [-1000,1000]"],
    ["<filter name='f'><uuid>x</uuid></filter>", "XML error: malformed uuid element"],
    ["<filter name='f'><rule direction='in'/></filter>", "internal error: rule node requires action attribute"],
    [
      "<filter name='f'><rule action='x' direction='in'/></filter>",
      "unsupported configuration: unknown rule action attribute value",
    ],
    ["<filter name='f'><rule action='drop'/></filter>", "internal error: rule node requires direction attribute"],
    ["<filter name='f'><filterref/></filter>", "internal error: rule node requires action attribute"],
    [
      rule("<ip srcportstart='1'/>"),
      "internal error: IP rule with port specification requires protocol specification with protocol to be either one of tcp(6), udp(17), dccp(33), or sctp(132)",
    ],
    [rule("<tcp srcportstart='65536'/>"), "internal error: srcportstart has illegal value 65536"],
    [rule("<tcp dscp='64'/>"), "internal error: dscp has illegal value 64"],
    [rule("<mac protocolid='0x5ff'/>"), "internal error: protocolid has illegal value 0x5ff"],
    [rule("<mac srcmacmask='ff:00:ff:00:00:00'/>"), "internal error: srcmacmask has illegal value ff:00:ff:00:00:00"],
    [rule("<tcp flags='SYN'/>"), "internal error: flags has illegal value SYN"],
    [rule("<tcp srcipaddr='fd00::1'/>"), "internal error: srcipaddr has illegal value fd00::1"],
    [rule("<tcp srcipaddr='$A[@1001]'/>"), "internal error: srcipaddr has illegal value $A[@1001]"],
    [rule("<tcp srcipaddr='$A-B'/>"), "internal error: srcipaddr has illegal value $A-B"],
    [rule("<all ipset='a/b'/>"), "internal error: ipset has illegal value a/b"],
    [
      rule("<all ipsetflags='src,dst,src,dst,src,dst,src'/>"),
      "internal error: ipsetflags has illegal value src,dst,src,dst,src,dst,src",
    ],
  ];
  for (const [xml, text] of refused) assert.equal(refusal(xml), text, xml);
});

test("a binding names its guest, its interface and its filter", () => {
  const owner = `<owner><name>vm</name><uuid>${uuid}</uuid></owner>`;
  const rest = "<portdev name='vnet0'/><mac address='52:54:00:0:0:1'/><filterref filter='f'/>";
  const text = FilterBinding.format(parseFilterBinding(`<filterbinding>${rest}${owner}</filterbinding>`));
  assert.match(text, /^<filterbinding>\n {2}<owner>\n/);
  assert.match(text, /<mac address='52:54:00:00:00:01'\/>/);
  const without = (part: string) => `<filterbinding>${(owner + rest).replace(part, "")}</filterbinding>`;
  const missing: readonly (readonly [part: string, text: RegExp])[] = [
    ["<portdev name='vnet0'/>", /has no port dev name/],
    ["<mac address='52:54:00:0:0:1'/>", /has no MAC address/],
    ["<filterref filter='f'/>", /has no filter reference/],
    ["<name>vm</name>", /has no owner name/],
    [`<uuid>${uuid}</uuid>`, /has no owner UUID/],
  ];
  for (const [part, expected] of missing) assert.throws(() => parseFilterBinding(without(part)), expected, part);
});
