import { ErrorCode } from "@tsvirt/base";
import { attribute, children, element, type Field, integer, text, writtenIf, yesNo } from "@tsvirt/codec/xml";
import { ipAddress } from "../common/ip-address.ts";
import { hostname } from "./forward.ts";
import { detailInNetwork, inNetwork, networkName } from "./texts.ts";

// <dns> of formatnetwork.html: what the network's DNS server answers.

/** Where requests (of one domain) are sent instead of to the host's own servers. */
export class DnsForwarder extends element(
  "forwarder",
  {
    domain: attribute.optional(text),
    addr: attribute.optional(ipAddress, undefined, inNetwork("Invalid forwarder IP address '%s' in network '%n'")),
  },
  {
    check({ domain, addr }, node, reader) {
      if (domain !== undefined || addr !== undefined) return;
      reader.report(node, "Invalid forwarder element, must contain at least one of addr or domain");
    },
  },
) {}

/** A TXT record. */
export class DnsText extends element(
  "txt",
  {
    name: attribute(
      text,
      undefined,
      detailInNetwork("", "missing required name attribute in DNS TXT record of network %n"),
    ),
    value: attribute(text, undefined, {
      missing: (node, reader) =>
        `missing required value attribute in DNS TXT record named '${node.attribute("name")}' of network ${networkName(node, reader)}`,
      missingCode: ErrorCode.xmlDetail,
    }),
  },
  {
    check({ name }, node, reader) {
      if (!/[ ,]/.test(name)) return;
      const network = networkName(node, reader);
      reader.report(node, `prohibited character in DNS TXT record name '${name}' of network ${network}`, {
        code: ErrorCode.xmlDetail,
      });
    },
  },
) {}

/** A number of an SRV record; without a target there is nothing that it could be about. */
function serviceNumber(name: string, min: number, refusal: string): Field<number, "optional"> {
  const field = attribute.optional(integer(min, 65_535), undefined, {
    invalid: (node, reader) =>
      `${refusal} DNS SRV ${name} attribute for service '${node.attribute("service")}' in network '${networkName(node, reader)}'`,
    code: ErrorCode.xmlDetail,
  });
  return writtenIf(field, (value) => value !== 0);
}

/** Bytes; what a DNS message has room for. */
const longestService = 482;

/** An SRV record. */
export class DnsService extends element(
  "srv",
  {
    service: attribute(
      text,
      undefined,
      detailInNetwork("", "missing required service attribute in DNS SRV record of network '%n'"),
    ),
    protocol: attribute(text, undefined, {
      missing: (node, reader) =>
        `missing required protocol attribute in DNS SRV record '${node.attribute("service")}' of network '${networkName(node, reader)}'`,
      missingCode: ErrorCode.xmlDetail,
    }),
    domain: attribute.optional(text),
    target: attribute.optional(text),
    port: serviceNumber("port", 1, "invalid"),
    priority: serviceNumber("priority", 0, "Invalid"),
    weight: serviceNumber("weight", 0, "invalid"),
  },
  {
    check(record, node, reader) {
      const { service, protocol, target } = record;
      const network = networkName(node, reader);
      const refuse = (message: string): void => reader.report(node, message, { code: ErrorCode.xmlDetail });
      if (service.length > longestService) {
        refuse(`service attribute '${service}' in network '${network}' is too long, limit is ${longestService} bytes`);
      } else if (!/^[-a-zA-Z0-9_+/*]*$/.test(service)) {
        refuse(`invalid character in service attribute '${service}' in DNS SRV record of network '${network}'`);
      } else if (!/^[-a-zA-Z0-9+/]*$/.test(protocol)) {
        refuse(`invalid character in protocol attribute '${protocol}' in DNS SRV record of network '${network}'`);
      }
      const number = (["port", "priority", "weight"] as const).find((name) => record[name] !== undefined);
      if (target === undefined && number !== undefined) {
        refuse(
          `DNS SRV ${number} attribute not permitted without target for service '${service}' in network '${network}'`,
        );
      }
    },
  },
) {}

/** Names for an address. */
export class DnsHost extends element("host", {
  ip: attribute(
    ipAddress,
    undefined,
    detailInNetwork(
      "Invalid IP address in network '%n' DNS HOST record",
      "Missing IP address in network '%n' DNS HOST record",
    ),
  ),
  hostnames: hostname,
}) {}

/** The network's DNS server. */
export class Dns extends element(
  "dns",
  {
    enable: attribute.optional(yesNo),
    forwardPlainNames: attribute.optional(yesNo),
    forwarders: children(DnsForwarder),
    texts: children(DnsText),
    services: children(DnsService),
    hosts: children(DnsHost),
  },
  {
    omitEmpty: true,
    check({ enable, forwarders, texts, services, hosts }, node, reader) {
      const network = networkName(node, reader);
      for (const host of hosts) {
        if (host.hostnames.length > 0) continue;
        reader.reportValue(host, `Missing hostname in network '${network}' DNS HOST record`, {
          code: ErrorCode.xmlDetail,
        });
      }
      const answers = [forwarders, texts, services, hosts].some((list) => list.length > 0);
      if (enable === false && answers) reader.report(node, `Extra data in disabled network '${network}'`);
    },
  },
) {}
