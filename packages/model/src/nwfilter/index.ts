/** Filters for the packets of interfaces, and their bindings. */
export {
  BindingFilter,
  BindingLink,
  BindingMac,
  BindingOwner,
  BindingPort,
  FilterBinding,
  parseFilterBinding,
} from "./binding.ts";
export {
  Filter,
  type FilterEntry,
  FilterParameter,
  FilterRef,
  formatFilter,
  type ParseFilterOptions,
  parseFilter,
  type Variables,
  variablesFrom,
} from "./filter.ts";
export type { FilterCommand } from "./firewall/command.ts";
export { type FilterTarget, filterCommands } from "./firewall/filter-commands.ts";
export { type Counted, type Operand, type Variable, variableName, variableValue } from "./operand.ts";
export {
  AhIpv6Match,
  AhMatch,
  AllIpv6Match,
  AllMatch,
  ArpMatch,
  EspIpv6Match,
  EspMatch,
  IcmpMatch,
  Icmpv6Match,
  IgmpMatch,
  IpMatch,
  Ipv6Match,
  MacMatch,
  type Protocol,
  RarpMatch,
  SctpIpv6Match,
  SctpMatch,
  StpMatch,
  TcpIpv6Match,
  TcpMatch,
  UdpIpv6Match,
  UdpliteIpv6Match,
  UdpliteMatch,
  UdpMatch,
  VlanMatch,
} from "./protocols.ts";
export { type Condition, type Conditions, FilterRule, type ProtocolMatch } from "./rule.ts";
