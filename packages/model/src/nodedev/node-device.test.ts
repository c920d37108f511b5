import assert from "node:assert/strict";
import { test } from "node:test";
import { DocumentError } from "@tsvirt/codec/xml";
import { formatNodeDevice, NodeDevice, parseNodeDevice } from "./index.ts";

const device = (capabilities: string): string => `<device><name>d</name>${capabilities}</device>`;
const capability = (type: string, inside: string): string =>
  device(`<capability type='${type}'>${inside}</capability>`);

/** What is written for the inside of a capability. */
function rewritten(type: string, inside: string): string {
  const lines = formatNodeDevice(parseNodeDevice(capability(type, inside))).split("\n");
  return lines
    .slice(3, -3)
    .map((line) => line.trim())
    .join("");
}

function refusal(xml: string, options = {}): string {
  try {
    parseNodeDevice(xml, options);
  } catch (error) {
    if (error instanceof DocumentError) return error.bareMessage;
    throw error;
  }
  return "";
}

const pci =
  "<domain>0</domain><bus>1</bus><slot>2</slot><function>3</function><product id='1AF'/><vendor id='0x8086'>Intel</vendor>";
const pciWritten =
  "<domain>0</domain><bus>1</bus><slot>2</slot><function>3</function><product id='0x01af'/><vendor id='0x8086'>Intel</vendor>";

test("a PCI device's capabilities are written in libvirt's order, unknown ones not at all", () => {
  const inside = [
    "<capability type='vpd'><name>n</name><fields access='readwrite'><vendor_field index='1'>a</vendor_field><vendor_field index='1'>b</vendor_field><vendor_field>c</vendor_field></fields><fields access='readonly'><serial_number>s</serial_number><change_level>l</change_level></fields></capability>",
    "<capability type='pci-bridge'/>",
    "<capability type='nosuch'/>",
    "<capability type='cardbus-bridge'/>",
    "<capability type='virt_functions' maxCount='7'/>",
    "<capability type='mdev_types'/>",
    "<iommuGroup number='1'/>",
    "<numa node='-1'/>",
    "<pci-express><link validity='sta' speed='2.5' width='1'/><link validity='cap' port='0' speed='5' width='4'/></pci-express>",
  ].join("");
  assert.equal(
    rewritten("pci", pci + inside),
    `${pciWritten}<capability type='virt_functions' maxCount='7'/><capability type='pci-bridge'/><capability type='vpd'><name>n</name><fields access='readonly'><change_level>l</change_level><serial_number>s</serial_number></fields><fields access='readwrite'><vendor_field index='1'>b</vendor_field></fields></capability><pci-express><link validity='cap' port='0' speed='5' width='4'/><link validity='sta' speed='2.5' width='1'/></pci-express>`,
  );
});

test("storage has a size or removable media, and what it can do comes last", () => {
  const block = "<block>/dev/sr0</block>";
  assert.equal(
    rewritten("storage", `${block}<capability type='hotpluggable'/><size>5</size>`),
    `${block}<size>5</size><capability type='hotpluggable'/>`,
  );
  assert.equal(
    rewritten(
      "storage",
      `${block}<size>5</size><capability type='hotpluggable'/><capability type='removable'><media_available>2</media_available><media_size>7</media_size></capability>`,
    ),
    `${block}<capability type='removable'><media_available>0</media_available><media_size>7</media_size></capability><capability type='hotpluggable'/>`,
  );
});

test("devices of IBM Z have hexadecimal numbers", () => {
  const place = "<cssid>0x0</cssid><ssid>0</ssid><devno>1a</devno>";
  const written = "<cssid>0x0</cssid><ssid>0x0</ssid><devno>0x001a</devno>";
  assert.equal(
    rewritten("css", `${place}<channel_dev_addr>${place}</channel_dev_addr><capability type='other'/>`),
    `${written}<channel_dev_addr>${written}</channel_dev_addr>`,
  );
  assert.equal(
    rewritten("ap_queue", "<ap-adapter>7</ap-adapter><ap-domain>0x38</ap-domain>"),
    "<ap-adapter>0x07</ap-adapter><ap-domain>0x0038</ap-domain>",
  );
});

test("a network interface's features have libvirt's order", () => {
  assert.equal(
    rewritten(
      "net",
      "<interface>e</interface><feature name='gro'/><feature name='rx'/><link state='up'/><capability type='80203'/>",
    ),
    "<interface>e</interface><link state='up'/><feature name='rx'/><feature name='gro'/><capability type='80203'/>",
  );
});

test("files, parents and drivers", () => {
  const inside =
    "<devnode type='link'>/dev/l1</devnode><devnode type='dev'>/dev/a</devnode><devnode type='dev'>/dev/b</devnode><devnode type='link'>/dev/l2</devnode><parent wwnn='1' wwpn='2'>p</parent><driver><name>x</name></driver>";
  const parsed = parseNodeDevice(device(`${inside}<capability type='drm'><type>render</type></capability>`));
  const text = formatNodeDevice(parsed).replace(/\n\s*/g, "");
  assert.match(text, /dev'>\/dev\/b<.*link'>\/dev\/l1<.*link'>\/dev\/l2<.*<parent>p<\/parent><cap/);
  // What the host says of itself is written, though nobody may say it.
  assert.match(NodeDevice.format({ ...parsed, driver: { name: "x" } }), /<driver>\n {4}<name>x<\/name>/);
});

test("new devices have no name yet, and adapters get names of their own", () => {
  const xml =
    "<device><parent>scsi_host5</parent><capability type='scsi_host'><host>7</host><capability type='fc_host'><wwpn>1</wwpn></capability></capability></device>";
  const created = parseNodeDevice(xml, { create: true, newWwn: () => "5001a4aaf3ca174b" });
  assert.deepEqual(created.capabilities, [
    { type: "scsi_host", capabilities: [{ type: "fc_host", wwnn: "5001a4aaf3ca174b", wwpn: "1" }] },
  ]);
  const [made] = parseNodeDevice(xml.replace("<wwpn>1</wwpn>", ""), { create: true }).capabilities;
  assert.match(JSON.stringify(made), /"wwnn":"5525400[0-9a-f]{9}"/);
  assert.equal(
    refusal("<device><capability type='mdev'/></device>", { create: true }),
    "unsupported configuration: missing type id attribute for 'new device'",
  );
});

test("what libvirt refuses is refused in its words", () => {
  const internal = "internal error: ";
  const unsupported = "unsupported configuration: ";
  const refused: readonly (readonly [xml: string, text: string])[] = [
    ["<device><capability type='drm'><type>render</type></capability></device>", "missing name information"],
    [device(""), `${internal}no device capabilities for 'd'`],
    [device("<capability/>"), "XML error: Missing required attribute 'type' in element 'capability'"],
    [capability("x", ""), "XML error: Invalid value for attribute 'type' in element 'capability': 'x'."],
    [capability("scsi_generic", "<char>/dev/sg0</char>"), `${internal}unknown capability type '11' for 'd'`],
    [
      device("<parent wwnn='1'/><capability type='drm'><type>render</type></capability>"),
      "XML error: when providing parent wwnn='1', the wwpn must also be provided",
    ],
    [capability("system", ""), `${internal}no system UUID supplied for 'd'`],
    [capability("system", "<hardware><uuid>1</uuid></hardware>"), `${internal}malformed uuid element for 'd'`],
    [capability("pci", ""), `${internal}no PCI domain ID supplied for 'd'`],
    [capability("pci", pci.replace("<bus>1", "<bus>x")), `${internal}invalid PCI bus ID supplied for 'd'`],
    [capability("pci", pci.replace(" id='1AF'", "")), `${internal}no PCI product ID supplied for 'd'`],
    [capability("pci", `<class>1000000</class>${pci}`), `${internal}invalid PCI class supplied for 'd'`],
    [capability("pci", `${pci}<capability/>`), "XML error: Missing capability type"],
    [
      capability("pci", `${pci}<capability type='phys_function'/>`),
      "XML error: Missing address in 'phys_function' capability",
    ],
    [
      capability("pci", `${pci}<capability type='mdev_types'><type id='a'/></capability>`),
      "XML error: missing device API for mediated device type 'a'",
    ],
    [capability("usb", ""), `${internal}no USB interface number supplied for 'd'`],
    [capability("net", ""), `${internal}no network interface supplied for 'd'`],
    [capability("net", "<interface>e</interface><feature name='x'/>"), "XML error: unknown network device feature 'x'"],
    [
      capability("net", "<interface>e</interface><capability type='x'/>"),
      `${unsupported}invalid network type supplied for 'd'`,
    ],
    [capability("scsi_host", ""), `${internal}no SCSI host ID supplied for 'd'`],
    [
      capability("scsi_host", "<host>1</host><capability type='x'/>"),
      `${internal}unknown SCSI host capability type 'x' for 'd'`,
    ],
    [capability("scsi_target", ""), `${internal}no target name supplied for 'd'`],
    [capability("scsi", "<host>1</host>"), `${internal}no SCSI bus ID supplied for 'd'`],
    [capability("storage", ""), `${internal}no block device path supplied for 'd'`],
    [capability("storage", "<block>b</block>"), `${internal}no size supplied for 'd'`],
    [capability("drm", "<type>x</type>"), `${unsupported}unknown drm type 'x' for 'd'`],
    [capability("ccw", "<cssid>0</cssid><ssid>z</ssid>"), `${unsupported}invalid ssid value 'z' for 'd'`],
    [capability("ap_card", ""), `${unsupported}missing ap-adapter value for 'd'`],
    [
      capability("ap_queue", "<ap-adapter>1</ap-adapter><ap-domain>256</ap-domain>"),
      `${unsupported}ap-domain value '256' is out of range for 'd'`,
    ],
    [capability("mdev", "<type id='t'/><uuid>1</uuid>"), `${internal}Invalid uuid '1' for new mdev device`],
  ];
  for (const [xml, text] of refused) assert.equal(refusal(xml), text, xml);
});
