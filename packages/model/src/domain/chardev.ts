import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  type Field,
  integer,
  leaf,
  live,
  oneOf,
  onOff,
  parseInteger,
  type Scalar,
  single,
  stateOnly,
  text,
  yesNo,
} from "@tsvirt/codec/xml";
import { bootableInfo, checkUsbPlace, DeviceSeclabel, deviceInfo, Reconnect } from "./device.ts";
import { port } from "./scalars.ts";
import { internalMissing, unsupportedValue } from "./texts.ts";

const types = oneOf(
  "null",
  "vc",
  "pty",
  "dev",
  "file",
  "pipe",
  "stdio",
  "udp",
  "tcp",
  "unix",
  "spicevmc",
  "spiceport",
  "nmdm",
  "qemu-vdagent",
  "dbus",
);

/** What is at the host's end of a character device (`virDomainChrType`). */
export const chardevType: typeof types = {
  ...types,
  refusal: {
    text: "unknown type presented to host for character device: %s",
    code: ErrorCode.configUnsupported,
  },
};

/** Clipboard sharing of a vdagent device. */
export class ChardevClipboard extends element("clipboard", { copypaste: attribute(yesNo) }) {}

/**
 * The host's end of a character device. Which attributes count is decided by the device's `type`: `path` for pty, dev,
 * file, pipe and unix; `mode`, `host` and `service` for tcp and udp; `channel` for spiceport and dbus.
 */
export class ChardevSource extends element(
  "source",
  {
    mode: attribute.optional(oneOf("connect", "bind")),
    host: attribute.optional(text),
    service: attribute.optional(text),
    tls: attribute.optional(yesNo),
    tlsFromConfig: stateOnly(attribute.optional(integer(0, 1))),
    path: attribute.optional(text),
    append: attribute.optional(onOff),
    master: attribute.optional(text),
    slave: attribute.optional(text),
    channel: attribute.optional(text),
    clipboard: child.optional(ChardevClipboard),
    mouse: single("mode", oneOf("server", "client")),
    seclabels: children(DeviceSeclabel),
    reconnect: child.optional(Reconnect),
  },
  { omitEmpty: true },
) {}

/** A file that gets a copy of what the guest writes. */
export class ChardevLog extends element("log", {
  file: attribute(text),
  append: attribute.optional(onOff),
}) {}

/** What is spoken on a TCP connection. Only that has one: whatever stands elsewhere is of no account. */
export const chardevProtocol: Field<"raw" | "telnet" | "telnets" | "tls", "optional"> = protocolField();

function protocolField(): typeof chardevProtocol {
  const field = single(
    "type",
    oneOf("raw", "telnet", "telnets", "tls"),
    "protocol",
    unsupportedValue("Unknown protocol '%s'"),
  );
  const codec = field.spec.codec?.("protocol");
  if (codec === undefined) return field;
  return {
    presence: "optional",
    spec: {
      kind: "child",
      codec: () => ({
        ...codec,
        readElement: (node, reader) =>
          node.parent?.attribute("type") === "tcp" ? codec.readElement(node, reader) : undefined,
      }),
    },
  };
}

/** Children that describe the host's end, for all kinds of character devices. */
export const chardevBackend = {
  /** One, but for udp, which may have one to bind and one to connect. */
  sources: children(ChardevSource),
  protocol: chardevProtocol,
  log: child.optional(ChardevLog),
};

const targetTexts = unsupportedValue("unknown target type '%s' specified for character device");
const targetPort = attribute.optional(integer(-1, 0x7fff_ffff), undefined, { invalid: "Invalid port number: %s" });

/** The device model of a serial port. */
export class SerialModel extends element("model", {
  name: attribute(
    oneOf(
      "none",
      "isa-serial",
      "usb-serial",
      "pci-serial",
      "spapr-vty",
      "pl011",
      "sclpconsole",
      "sclplmconsole",
      "16550a",
      "isa-debugcon",
    ),
    undefined,
    unsupportedValue("unknown target model '%s' specified for character device"),
  ),
}) {}

/** The guest's end of a serial port. */
export class SerialTarget extends element("target", {
  type: attribute.optional(
    oneOf(
      "none",
      "isa-serial",
      "usb-serial",
      "pci-serial",
      "spapr-vio-serial",
      "system-serial",
      "sclp-serial",
      "isa-debug",
    ),
    undefined,
    targetTexts,
  ),
  port: targetPort,
  model: child.optional(SerialModel),
}) {}

/** A serial port. https://libvirt.org/formatdomain.html#serial-port */
export class Serial extends element("serial", {
  type: attribute.withDefault(chardevType, "pty"),
  ...chardevBackend,
  target: child.optional(SerialTarget),
  ...deviceInfo,
}) {}

/** The guest's end of a parallel port. */
export class ParallelTarget extends element("target", {
  type: attribute.optional(text),
  port: targetPort,
}) {}

/** A parallel port. */
export class Parallel extends element("parallel", {
  type: attribute.withDefault(chardevType, "pty"),
  ...chardevBackend,
  target: child.optional(ParallelTarget),
  ...deviceInfo,
}) {}

/** The guest's end of a console. */
export class ConsoleTarget extends element("target", {
  type: attribute.optional(
    oneOf("none", "serial", "xen", "uml", "virtio", "lxc", "openvz", "sclp", "sclplm"),
    undefined,
    targetTexts,
  ),
  port: targetPort,
}) {}

/** A console: for x86 guests the first one is another name of the first serial port. */
export class Console extends element("console", {
  type: attribute.withDefault(chardevType, "pty"),
  tty: live(attribute.optional(text)),
  ...chardevBackend,
  target: child.optional(ConsoleTarget),
  ...deviceInfo,
}) {}

/** The guest's end of a channel. `state` says whether the guest has it open. */
export class ChannelTarget extends element("target", {
  type: attribute.optional(oneOf("none", "guestfwd", "virtio", "xen"), undefined, targetTexts),
  address: attribute.optional(text),
  port: attribute.optional(port),
  name: attribute.optional(text),
  state: live(attribute.optional(oneOf("connected", "disconnected"))),
}) {}

/** A private channel between host and guest. https://libvirt.org/formatdomain.html#channel */
export class Channel extends element("channel", {
  type: attribute.withDefault(chardevType, "pty"),
  ...chardevBackend,
  target: child(ChannelTarget, { missing: "target type must be specified for channel device" }),
  ...deviceInfo,
}) {}

/** A USB device handed over by a spice client or a network socket. */
export class Redirdev extends element(
  "redirdev",
  {
    bus: attribute.withDefault(oneOf("usb"), "usb", undefined, unsupportedValue("unknown redirdev bus '%s'")),
    type: attribute(
      chardevType,
      undefined,
      internalMissing("missing type in redirdev", unsupportedValue("unknown redirdev character device type '%s'")),
    ),
    ...chardevBackend,
    ...bootableInfo,
  },
  { expanded: true, check: ({ address }, node, reader) => checkUsbPlace(address, node, reader) },
) {}

/** A number in base 0, written in upper-case hexadecimal; negative ones stand for any. */
function usbNumber(digits: number): Scalar<number> {
  return {
    ...integer(-0x8000_0000, 0x7fff_ffff),
    domain: { kind: "number", min: 0, max: 16 ** digits - 1 },
    parse(value) {
      const big = parseInteger(value, 0);
      return big !== undefined && big >= -0x8000_0000n && big <= 0x7fff_ffffn ? Number(big) : undefined;
    },
    format: (value) => `0x${value.toString(16).toUpperCase().padStart(digits, "0")}`,
  };
}

/** A version such as `2.00` as the number in the device's descriptor, 0x0200; -1 for any. */
const usbVersion: Scalar<number> = {
  expects: "a version such as 2.00, or -1 for any",
  domain: { kind: "number", min: 0, max: 0x9999 },
  parse(value) {
    if (value === "-1") return -1;
    const [, major, minor = ""] = /^(\d{1,2})\.(\d{1,2})$/.exec(value) ?? [];
    // JJ.M is JJ.M0, and the digits are the number's own.
    return major === undefined ? undefined : Number.parseInt(`${major}${minor.padEnd(2, "0")}`, 16);
  },
  format: (value) =>
    `${Number.parseInt((value >> 8).toString(16), 10)}.${(value & 0xff).toString(16).padStart(2, "0")}`,
};

/** A rule about USB devices; what is absent does not matter. */
export class RedirFilterDevice extends element(
  "usbdev",
  {
    class: attribute.optional(usbNumber(2)),
    vendor: attribute.optional(usbNumber(4)),
    product: attribute.optional(usbNumber(4)),
    version: attribute.optional(usbVersion, undefined, { invalid: "Cannot parse USB device version %s" }),
    allow: attribute(yesNo),
  },
  {
    check(rule, node, reader) {
      if (rule.class !== undefined && rule.class !== -1 && (rule.class & ~0xff) !== 0) {
        const text = `Invalid USB Class code 0x${(rule.class >>> 0).toString(16)}`;
        reader.report(node, text, { code: ErrorCode.internalError });
      }
      for (const key of ["class", "vendor", "product", "version"] as const) {
        if ((rule[key] ?? 0) < 0) delete rule[key];
      }
    },
  },
) {}

/** Which USB devices a redirection may hand over. */
export class RedirFilter extends element(
  "redirfilter",
  { devices: children(RedirFilterDevice) },
  { omitEmpty: true },
) {}

/** A smart card reader with a card of the host, certificates, or a channel to a client. */
export class Smartcard extends element("smartcard", {
  mode: attribute(oneOf("host", "host-certificates", "passthrough")),
  type: attribute.optional(chardevType),
  certificates: leaf.list(text, "certificate"),
  database: leaf.optional(text),
  ...chardevBackend,
  ...deviceInfo,
}) {}
