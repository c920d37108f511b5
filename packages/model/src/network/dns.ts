import { attribute, children, element, oneOf, text, u16, yesNo } from "@tsvirt/codec/xml";
import { ipAddress } from "../common/ip-address.ts";
import { hostname } from "./forward.ts";

// <dns> of formatnetwork.html: what the network's DNS server answers.

/** Where requests (of one domain) are sent instead of to the host's own servers. */
export class DnsForwarder extends element("forwarder", {
  domain: attribute.optional(text),
  addr: attribute.optional(ipAddress),
}) {}

/** A TXT record. */
export class DnsText extends element("txt", { name: attribute(text), value: attribute(text) }) {}

/** An SRV record. */
export class DnsService extends element("srv", {
  service: attribute(text),
  protocol: attribute(oneOf("tcp", "udp", "sctp", "dccp", "udp-lite", "tls", "dtls")),
  domain: attribute.optional(text),
  target: attribute.optional(text),
  port: attribute.optional(u16),
  priority: attribute.optional(u16),
  weight: attribute.optional(u16),
}) {}

/** Names for an address. */
export class DnsHost extends element("host", {
  ip: attribute(ipAddress),
  hostnames: hostname,
}) {}

/** The network's DNS server. */
export class Dns extends element(
  "dns",
  {
    enable: attribute.implied(yesNo, true),
    forwardPlainNames: attribute.optional(yesNo),
    forwarders: children(DnsForwarder),
    texts: children(DnsText),
    services: children(DnsService),
    hosts: children(DnsHost),
  },
  { omitEmpty: true },
) {}
