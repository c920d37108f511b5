export {
  broadcastOf,
  compareIp,
  formatIp,
  type IpBytes,
  maskOf,
  networkOf,
  parseIp,
  prefixOf,
} from "../common/ip-address.ts";
export { Bandwidth, Inbound, Outbound, Route, VirtualPort, Vlan } from "../common/link.ts";
export { Dns, DnsForwarder, DnsHost, DnsService, DnsText } from "./dns.ts";
export {
  type DnsmasqFiles,
  type DnsmasqPaths,
  dnsmasqFiles,
  hostsFileStem,
  needsDnsmasq,
  servesDhcp,
} from "./dnsmasq.ts";
export { iptablesArguments, type NetworkRule, networkRules } from "./firewall.ts";
export { Bridge, DnsDomain, DnsmasqOptions, Forward, ForwardInterface, type ForwardMode, Nat } from "./forward.ts";
export { Bootp, Dhcp, DhcpHost, DhcpLease, DhcpRange, NetworkIp, Tftp } from "./ip.ts";
export { forwardMode, ipPrefix, ownsBridge } from "./modes.ts";
export { formatNetwork, Network, nameForwardDevice, PortGroup, parseNetwork } from "./network.ts";
export {
  BridgePlug,
  DirectPlug,
  HostdevPlug,
  NetworkPlug,
  NetworkPort,
  PortMac,
  PortOwner,
  type PortPlug,
} from "./port.ts";
export { rangeProblem } from "./range.ts";
export { networkProblem } from "./validate.ts";
