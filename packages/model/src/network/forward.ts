import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  type Field,
  hex,
  leaf,
  lenient,
  live,
  oneOf,
  type Reader,
  type Scalar,
  text,
  u16,
  u32,
  union,
  writtenIf,
  type XmlElement,
  yesNo,
} from "@tsvirt/codec/xml";
import { ipAddress } from "../common/ip-address.ts";
import { rangeProblem } from "./range.ts";
import { detailInNetwork, inNetwork, networkName, onlyOne, unsupportedInNetwork } from "./texts.ts";

// <forward> of formatnetwork.html ("Connectivity").

/** How a network reaches the world. `none`, the same as no `<forward>` at all, means isolated. */
export const forwardModes = [
  "none",
  "nat",
  "route",
  "open",
  "bridge",
  "private",
  "vepa",
  "passthrough",
  "hostdev",
] as const;
/** One of {@link forwardModes}. */
export type ForwardMode = (typeof forwardModes)[number];

function natAddress(end: "start" | "end"): Field<string, "required"> {
  return attribute(
    ipAddress,
    undefined,
    inNetwork(
      `Bad ipv4 ${end} address '%s' in <nat> in <forward> in network '%n'`,
      `missing '${end}' attribute in <address> element in <nat> in <forward> in network %n`,
    ),
  );
}

/** The addresses that outgoing packets may seem to come from. */
export class NatAddress extends element(
  "address",
  { start: natAddress("start"), end: natAddress("end") },
  {
    check(range, node, reader) {
      for (const end of ["start", "end"] as const) {
        if (!range[end].includes(":")) continue;
        const network = networkName(node, reader);
        reader.report(node, `Bad ipv4 ${end} address '${range[end]}' in <nat> in <forward> in network '${network}'`);
        return;
      }
      const problem = rangeProblem(range.start, range.end);
      if (problem !== undefined) reader.report(node, problem, { code: ErrorCode.internalError });
    },
  },
) {}

function natPort(end: "start" | "end"): Field<number, "required"> {
  const words = `Missing or invalid '${end}' attribute in <port> in <nat> in <forward> in network %n`;
  return attribute(u16, undefined, detailInNetwork(words));
}

/** The ports that outgoing packets may seem to come from. */
export class NatPort extends element(
  "port",
  { start: natPort("start"), end: writtenIf(natPort("end"), (end) => end !== 0) },
  {
    check({ start, end }, node, reader) {
      if (end >= start) return;
      const network = networkName(node, reader);
      reader.report(node, `Missing or invalid 'end' attribute in <port> in <nat> in <forward> in network ${network}`, {
        code: ErrorCode.xmlDetail,
      });
    },
  },
) {}

/** Details of address translation. */
export class Nat extends element(
  "nat",
  {
    ipv6: attribute.optional(yesNo),
    address: child.optional(NatAddress),
    port: writtenIf(child.optional(NatPort), ({ start, end }) => start !== 0 || end !== 0),
  },
  {
    omitEmpty: true,
    check(_nat, node, reader) {
      for (const name of ["address", "port"]) {
        onlyOne(
          node,
          reader,
          name,
          `Only one <${name}> element is allowed in <nat> in <forward> in network ${networkName(node, reader)}`,
        );
      }
    },
  },
) {}

/** The physical function whose virtual functions make up the pool. */
export class PhysicalFunction extends element("pf", {
  dev: attribute(text, undefined, inNetwork("", "Missing required dev attribute in <pf> element of network '%n'")),
  connections: live(attribute.optional(u32)),
}) {}

/** One device of the pool. */
export class ForwardInterface extends element("interface", {
  dev: attribute(
    text,
    undefined,
    inNetwork("", "Missing required dev attribute in <forward> <interface> element of network %n"),
  ),
  connections: live(attribute.optional(u32)),
}) {}

/** One virtual function of the pool, by its PCI address. */
export class PciForwardAddress extends element("address", {
  type: attribute(oneOf("pci")),
  domain: attribute.withDefault(hex(4, 0xffff), 0),
  bus: attribute.withDefault(hex(2, 0xff), 0),
  slot: attribute.withDefault(hex(2, 0x1f), 0),
  function: attribute.withDefault(hex(1, 7), 0),
  connections: live(attribute.optional(u32)),
}) {}

const ForwardAddress = union(
  "type",
  { pci: PciForwardAddress },
  unsupportedInNetwork("unknown address type '%s' in network %n", "missing address type in network %n"),
);

/** `yes` in any case; anything else is taken as no. */
export const anyCase: Scalar<boolean> = { ...yesNo, parse: (value) => value.toLowerCase() === "yes" };

/** Which host driver is bound to a passed-through device. */
export class ForwardDriver extends element("driver", {
  name: attribute(
    oneOf("vfio", "kvm"),
    undefined,
    unsupportedInNetwork("Unknown forward <driver name='%s'/> in network %n"),
  ),
}) {}

/** How a network reaches the world. */
export class Forward extends element(
  "forward",
  {
    dev: attribute.optional(text),
    mode: attribute.withDefault(oneOf(...forwardModes), "nat", undefined, {
      invalid: "unknown forwarding type '%s'",
      code: ErrorCode.configUnsupported,
    }),
    managed: lenient(attribute.optional(anyCase)),
    driver: child.optional(ForwardDriver),
    nat: child.optional(Nat),
    pf: child.optional(PhysicalFunction),
    interfaces: children(ForwardInterface),
    addresses: children(ForwardAddress),
  },
  { check: checkForward },
) {}

function checkForward(forward: ForwardParts, node: XmlElement, reader: Reader): void {
  const network = networkName(node, reader);
  const refuse = (message: string): void => reader.report(node, message);
  const { mode, dev, interfaces, addresses } = forward;
  for (const name of ["nat", "pf"]) {
    onlyOne(node, reader, name, `Only one <${name}> element is allowed in <forward> of network ${network}`);
  }
  if (forward.nat !== undefined && mode !== "nat") {
    refuse(`The <nat> element can only be used when <forward> 'mode' is 'nat' in network ${network}`);
  }
  if (dev !== undefined && (addresses.length > 0 || forward.pf !== undefined)) {
    refuse(
      `the <forward> 'dev' attribute cannot be used when <address> or <pf> sub-elements are present in network ${network}`,
    );
  }
  const first = interfaces[0]?.dev;
  if (dev !== undefined && first !== undefined && dev !== first) {
    refuse(`<forward dev='${dev}'> must match first <interface dev='${first}'/> in network ${network}`);
  }
  const names = interfaces.map((each) => each.dev);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) refuse(`interface '${twice}' can only be listed once in network ${network}`);
  const places = addresses.map(pciName);
  const again = places.find((place, index) => places.indexOf(place) < index);
  if (again !== undefined) refuse(`PCI device '${again}' can only be listed once in network ${network}`);
  if (mode === "hostdev") forward.managed ??= false;
  else delete forward.managed;
  // Interfaces are what counts when there are addresses too.
  if (dev !== undefined || interfaces.length > 0) addresses.length = 0;
}

type ForwardParts = Pick<Forward, "mode" | "dev" | "managed" | "nat" | "pf" | "interfaces" | "addresses">;

function pciName({ domain, bus, slot, function: fn }: PciForwardAddress): string {
  const hex = (value: number, width: number): string => value.toString(16).padStart(width, "0");
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn.toString(16)}`;
}

/** The bridge that a network's guests are plugged into. */
export class Bridge extends element("bridge", {
  name: attribute.optional(text),
  zone: attribute.optional(text),
  stp: lenient(attribute.optional(oneOf("on", "off"))),
  /** Forward delay, seconds. */
  delay: attribute.optional(u32, undefined, inNetwork("Invalid delay value in network '%n'")),
  macTableManager: attribute.optional(
    oneOf("kernel", "libvirt"),
    undefined,
    inNetwork("Invalid macTableManager setting '%s' in network '%n'"),
  ),
}) {}

/** The DNS domain of the network's guests. */
export class DnsDomain extends element("domain", {
  name: attribute.optional(text),
  localOnly: attribute.optional(yesNo),
  register: attribute.optional(yesNo),
}) {}

/** Options passed to dnsmasq as they are (`http://libvirt.org/schemas/network/dnsmasq/1.0`). */
export class DnsmasqOption extends element(
  "option",
  {
    value: attribute(text, undefined, {
      missing: "No dnsmasq options value specified",
      missingCode: ErrorCode.internalError,
    }),
  },
  { namespace: dnsmasqNamespace() },
) {}
/** All of a network's {@link DnsmasqOption}s. */
export class DnsmasqOptions extends element(
  "options",
  { option: children(DnsmasqOption) },
  { namespace: dnsmasqNamespace(), omitEmpty: true },
) {}

function dnsmasqNamespace() {
  return { prefix: "dnsmasq", uri: "http://libvirt.org/schemas/network/dnsmasq/1.0" } as const;
}

/** A name of a host that the network's DNS answers for. */
export const hostname = leaf.list(text, "hostname");
