import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  type Field,
  type FieldTexts,
  integer,
  oneOf,
  parseInteger,
  type Reader,
  type Scalar,
  text,
  u32,
  u64,
  uuid,
  writtenIf,
  type XmlElement,
  yesNo,
} from "@tsvirt/codec/xml";
import { ipAddress } from "./ip-address.ts";

// What interfaces of domains and networks have in common (formatdomain.html and formatnetwork.html of libvirt).

/** One VLAN tag, 0 to 4095. */
export class VlanTag extends element(
  "tag",
  {
    id: attribute(u32),
    nativeMode: attribute.optional(oneOf("tagged", "untagged")),
  },
  {
    check({ id }, node, reader) {
      if (id > 4095) reader.report(node, `vlan tag id ${id} too large (maximum 4095)`);
    },
  },
) {}

/** `yes` or `no` in any case. */
const trunk: Scalar<boolean> = { ...yesNo, parse: (value) => yesNo.parse(value.toLowerCase()) };

/** The VLANs an interface belongs to. */
export class Vlan extends element(
  "vlan",
  {
    trunk: attribute.optional(trunk, undefined, {
      invalid: (node) => `invalid "trunk='%s'" in <vlan> - ${severalTags(node) ? needTrunk : "must be yes or no"}`,
    }),
    tags: children(VlanTag),
  },
  {
    check(vlan, node, reader) {
      const several = severalTags(node);
      const natives = vlan.tags.filter((tag) => tag.nativeMode !== undefined);
      if (vlan.tags.length === 0) {
        reader.report(node, "missing tag id - each <vlan> must have at least one <tag id='n'/> subelement");
      } else if (natives.length > 1) reader.report(node, "duplicate native vlan setting");
      else if (vlan.trunk === false && several) {
        reader.report(node, `invalid "trunk='${node.attribute("trunk")}'" in <vlan> - ${needTrunk}`);
      } else if (vlan.trunk === false && natives.length > 0) {
        reader.report(node, "invalid configuration in <vlan> - \"trunk='no'\" is not allowed with a native vlan id");
      }
      if (several) vlan.trunk = true;
      else if (vlan.trunk === false) delete vlan.trunk;
    },
  },
) {}

const needTrunk = "trunk='yes' is required for more than one vlan tag";

function severalTags(node: XmlElement): boolean {
  return node.elements.filter(({ name }) => name === "tag").length > 1;
}

/** A number of a virtual port, decimal, hexadecimal or octal. */
function portNumber(name: string, max: number, tooLarge: string): Field<number, "optional"> {
  const parse = (value: string): number | undefined => {
    const number = parseInteger(value, 0);
    return number !== undefined && number >= 0n && number <= 0xffff_ffffn ? Number(number) : undefined;
  };
  const scalar: Scalar<number> = {
    ...integer(0, max),
    parse(value) {
      const number = parse(value);
      return number !== undefined && number <= max ? number : undefined;
    },
  };
  return attribute.optional(scalar, undefined, {
    invalid: (node) =>
      parse(node.attribute(name) ?? "") === undefined ? `cannot parse value of ${name} parameter` : tooLarge,
  });
}

/** Parameters of a virtual port; which of them count depends on its type. */
export class VirtualPortParameters extends element(
  "parameters",
  {
    managerid: portNumber("managerid", 0xff, "value of managerid out of range"),
    typeid: portNumber("typeid", 0xff_ffff, "value for typeid out of range"),
    typeidversion: portNumber("typeidversion", 0xff, "value of typeidversion out of range"),
    instanceid: attribute.optional(uuid, undefined, { invalid: "cannot parse instanceid parameter as a uuid" }),
    interfaceid: attribute.optional(uuid, undefined, { invalid: "cannot parse interfaceid parameter as a uuid" }),
    profileid: attribute.optional(text),
  },
  {
    omitEmpty: true,
    check({ profileid }, node, reader) {
      // What the kernel has room for (IFLA_VF_PORT_PROFILE_MAX), with its end.
      if (profileid !== undefined && new TextEncoder().encode(profileid).length > 39) {
        reader.report(node, "profileid parameter too long");
      }
    },
  },
) {}

/** How an interface is announced to the switch: 802.1Qbg, 802.1Qbh, Open vSwitch or midonet. */
export class VirtualPort extends element(
  "virtualport",
  {
    type: attribute.optional(oneOf("802.1Qbg", "802.1Qbh", "openvswitch", "midonet"), undefined, {
      invalid: "unknown virtualport type %s",
      code: ErrorCode.configUnsupported,
    }),
    parameters: child.optional(VirtualPortParameters),
  },
  {
    omitEmpty: true,
    check({ type, parameters = {} }, node, reader) {
      if (type === undefined || type === "midonet") return;
      const extra = foreign[type].find((name) => parameters[name] !== undefined);
      if (extra !== undefined) reader.report(node, `extra ${extra} unsupported in <virtualport type='${type}'>`);
    },
  },
) {}

/** Parameters that a type of virtual port must not have. */
const foreign = {
  "802.1Qbg": ["profileid", "interfaceid"],
  "802.1Qbh": ["managerid", "typeid", "typeidversion", "instanceid", "interfaceid"],
  openvswitch: ["managerid", "typeid", "typeidversion", "instanceid"],
} as const;

const rate = (name: string): Field<bigint, "optional"> =>
  writtenIf(
    attribute.optional(u64, undefined, {
      invalid: `could not convert bandwidth ${name} value '%s'`,
      code: ErrorCode.configUnsupported,
    }),
    (value) => value !== 0n,
  );

function checkRate(node: XmlElement, reader: Reader): void {
  const has = (name: string): boolean => node.attribute(name) !== undefined;
  if (!has("average") && !has("floor")) {
    reader.report(node, "Missing mandatory average or floor attributes", { code: ErrorCode.xmlDetail });
  } else if (!has("average") && (has("peak") || has("burst"))) {
    reader.report(node, "'peak' and 'burst' require 'average' attribute", { code: ErrorCode.configUnsupported });
  } else if (node.name === "outbound" && has("floor")) {
    reader.report(node, "'floor' attribute allowed only in <inbound> element", { code: ErrorCode.configUnsupported });
  }
}

/** A limit for one direction: kilobytes per second, burst in kilobytes. */
export class Inbound extends element(
  "inbound",
  {
    average: rate("average"),
    peak: rate("peak"),
    floor: rate("floor"),
    burst: rate("burst"),
  },
  { omitEmpty: true, check: (_rate, node, reader) => checkRate(node, reader) },
) {}

/** See {@link Inbound}; `floor` exists for incoming traffic only. */
export class Outbound extends element(
  "outbound",
  {
    average: rate("average"),
    peak: rate("peak"),
    burst: rate("burst"),
  },
  { omitEmpty: true, check: (_rate, node, reader) => checkRate(node, reader) },
) {}

/** Traffic limits of an interface or network. */
export class Bandwidth extends element(
  "bandwidth",
  {
    /** The class of a running interface in its network's queue. */
    classID: attribute.optional(u32, undefined, {
      invalid: "Unable to parse class id '%s'",
      code: ErrorCode.internalError,
    }),
    inbound: child.optional(Inbound),
    outbound: child.optional(Outbound),
  },
  {
    omitEmpty: true,
    check(_limits, node, reader) {
      for (const name of ["inbound", "outbound"]) {
        if (node.elements.filter((each) => each.name === name).length > 1) {
          reader.report(node, `Only one child <${name}> element allowed`, { code: ErrorCode.xmlDetail });
        }
      }
    },
  },
) {}

/** Size of the largest packet, in bytes. */
export class Mtu extends element("mtu", { size: attribute(u32) }) {}

/** Whether guests on the same bridge may talk to each other. */
export class PortOptions extends element("port", { isolated: attribute.optional(yesNo) }, { omitEmpty: true }) {}

/** Messages about routes begin with the name of the network, or what stands for it in a domain. */
function inRoute(invalid: string, missing?: string): FieldTexts {
  const owned = (text: string) => (node: XmlElement) => {
    let root = node;
    while (root.parent !== undefined) root = root.parent;
    return `${root.name === "network" ? root.element("name")?.text : "Domain interface"}: ${text}`;
  };
  return { invalid: owned(invalid), ...(missing === undefined ? {} : { missing: owned(missing) }) };
}

/** An address in the form in which it is written; anything else is left to the checks of the whole route. */
const routeAddress: Scalar<string> = { ...ipAddress, parse: (value) => ipAddress.parse(value) ?? value };

/** A static route that is set on the host while the network is up. */
export class Route extends element("route", {
  family: attribute.optional(oneOf("ipv4", "ipv6"), undefined, inRoute("Unrecognized family '%s' in route definition")),
  address: attribute(routeAddress, undefined, inRoute("", "Missing required address attribute in route definition")),
  netmask: attribute.optional(routeAddress),
  prefix: attribute.optional(u32),
  gateway: attribute(routeAddress, undefined, inRoute("", "Missing required gateway attribute in route definition")),
  metric: attribute.optional(integer(1, 0xffff_ffff)),
}) {}
