import {
  attribute,
  child,
  children,
  element,
  integer,
  leaf,
  lenient,
  live,
  mac,
  oneOf,
  onOff,
  single,
  stateOnly,
  text,
  u32,
  u64,
  uuid,
  verbatim,
  yesNo,
} from "@tsvirt/codec/xml";
import { Bandwidth, PortOptions, Route, VirtualPort, Vlan } from "../common/link.ts";
import { cardInfo, Reconnect, virtioOptions } from "./device.ts";
import { port, word } from "./scalars.ts";
import { HostPciAddress } from "./storage-source.ts";

/** What an interface is connected to (`virDomainNetType`). */
export const interfaceType = oneOf(
  "user",
  "ethernet",
  "vhostuser",
  "server",
  "client",
  "mcast",
  "network",
  "bridge",
  "internal",
  "direct",
  "hostdev",
  "udp",
  "vdpa",
  "null",
  "vds",
);

/** MAC address of the guest's card. */
export class InterfaceMac extends element("mac", {
  address: attribute(mac, undefined, { invalid: "unable to parse mac address '%s'" }),
  type: attribute.optional(oneOf("generated", "static")),
  check: attribute.optional(yesNo),
}) {}

/** Local end of a udp interface. */
export class InterfaceLocal extends element("local", {
  address: attribute.optional(text),
  port: attribute.optional(port),
}) {}

/** An address given to the guest's or the host's end. */
export class InterfaceIp extends element("ip", {
  address: attribute(text),
  family: attribute.optional(oneOf("ipv4", "ipv6")),
  prefix: attribute.optional(u32),
  peer: attribute.optional(text),
}) {}

const sourcePort = { ...port, suffix: " Expected integer value" };
const sourceMode = word("vepa", "private", "bridge", "passthrough", "server", "client");

/** What the interface is connected to; which attributes count is decided by the interface's `type`. */
export class InterfaceSource extends element(
  "source",
  {
    switchid: attribute.optional(uuid),
    network: attribute.optional(text),
    portgroup: attribute.optional(text),
    portid: live(attribute.optional(text)),
    bridge: attribute.optional(text),
    macTableManager: attribute.optional(oneOf("kernel", "libvirt")),
    dev: attribute.optional(text),
    type: attribute.optional(text),
    path: attribute.optional(text),
    mode: attribute.optional(sourceMode),
    address: attribute.optional(text),
    port: attribute.optional(sourcePort),
    name: attribute.optional(text),
    portgroupid: attribute.optional(text),
    connectionid: attribute.optional(text),
    local: child.optional(InterfaceLocal),
    reconnect: child.optional(Reconnect),
    hostAddress: child.optional(HostPciAddress),
    ips: children(InterfaceIp),
    routes: children(Route),
  },
  { omitEmpty: true },
) {}

/** Offloads of the host's end of a virtio card. */
export class InterfaceHostOffloads extends element(
  "host",
  {
    csum: attribute.optional(onOff),
    gso: attribute.optional(onOff),
    tso4: attribute.optional(onOff),
    tso6: attribute.optional(onOff),
    ecn: attribute.optional(onOff),
    ufo: attribute.optional(onOff),
    mrgRxbuf: attribute.optional(onOff, "mrg_rxbuf"),
  },
  { omitEmpty: true },
) {}

/** Offloads of the guest's end of a virtio card. */
export class InterfaceGuestOffloads extends element(
  "guest",
  {
    csum: attribute.optional(onOff),
    tso4: attribute.optional(onOff),
    tso6: attribute.optional(onOff),
    ecn: attribute.optional(onOff),
    ufo: attribute.optional(onOff),
  },
  { omitEmpty: true },
) {}

/** Settings of a virtio card, or the host driver of a passed-through one. */
export class InterfaceDriver extends element(
  "driver",
  {
    name: attribute.optional(oneOf("qemu", "vhost", "vfio", "kvm", "xen")),
    txmode: attribute.optional(oneOf("iothread", "timer")),
    ioeventfd: attribute.optional(onOff),
    eventIdx: attribute.optional(onOff, "event_idx"),
    queues: attribute.optional(u32),
    rxQueueSize: attribute.optional(u32, "rx_queue_size"),
    txQueueSize: attribute.optional(u32, "tx_queue_size"),
    rss: attribute.optional(onOff),
    rssHashReport: attribute.optional(onOff, "rss_hash_report"),
    ...virtioOptions,
    host: child.optional(InterfaceHostOffloads),
    guest: child.optional(InterfaceGuestOffloads),
  },
  { omitEmpty: true },
) {}

/** Device files and helper of the host's end. */
export class InterfaceBackend extends element(
  "backend",
  {
    type: attribute.optional(oneOf("default", "passt")),
    tap: attribute.optional(text),
    vhost: attribute.optional(text),
    logFile: attribute.optional(text),
  },
  { omitEmpty: true },
) {}

/** A value for a variable of a network filter. */
export class FilterParameter extends element("parameter", { name: attribute(text), value: attribute(text) }) {}
/** The network filter of an interface. */
export class FilterRef extends element("filterref", {
  filter: attribute(text),
  parameters: children(FilterParameter),
}) {}

/** Name of the host's end. Names that libvirt generates are not kept in persistent forms. */
export class InterfaceTarget extends element(
  "target",
  { dev: attribute.optional(text), managed: attribute.optional(yesNo) },
  { omitEmpty: true },
) {}

/** Ports forwarded by the user network. */
export class PortForwardRange extends element("range", {
  start: attribute.optional(port),
  end: attribute.optional(port),
  to: attribute.optional(port),
  exclude: attribute.optional(yesNo),
}) {}
/** See {@link PortForwardRange}. */
export class PortForward extends element("portForward", {
  proto: attribute(oneOf("tcp", "udp")),
  address: attribute.optional(text),
  dev: attribute.optional(text),
  ranges: children(PortForwardRange),
}) {}

/** Pairing of two cards in the guest. */
export class Teaming extends element("teaming", {
  type: attribute(oneOf("persistent", "transient")),
  persistent: attribute.optional(text),
}) {}

/** Buffer sizes of the host's end. */
export class InterfaceTune extends element("tune", { sndbuf: leaf.optional(u64) }) {}

/** Name in the guest (containers). */
export class InterfaceGuest extends element("guest", {
  dev: attribute.optional(text),
  actual: attribute.optional(text),
}) {}

/** A number of frames. */
export class CoalesceFrames extends element("frames", { max: attribute.optional(u32) }) {}
/** Receive side of {@link Coalesce}. */
export class CoalesceRx extends element("rx", { frames: child.optional(CoalesceFrames) }) {}
/** Interrupt coalescing of a tap. */
export class Coalesce extends element("coalesce", { rx: child.optional(CoalesceRx) }) {}

/** Class of the host's traffic shaping, in state files. */
export class ActualClass extends element("class", { id: attribute(u32) }) {}

/** What a running `network` interface is really connected to. Only in state files. */
export class InterfaceActual extends element("actual", {
  type: attribute(interfaceType),
  managed: attribute.optional(yesNo),
  trustGuestRxFilters: attribute.optional(yesNo),
  driver: child.optional(InterfaceDriver),
  source: child.optional(InterfaceSource),
  class: child.optional(ActualClass),
  vlan: child.optional(Vlan),
  virtualPort: child.optional(VirtualPort),
  bandwidth: child.optional(Bandwidth),
  port: child.optional(PortOptions),
}) {}

const order = [
  "mac",
  "driver",
  "source",
  "vlan",
  "virtualPort",
  "bandwidth",
  "port",
  "ips",
  "routes",
  "target",
  "model",
] as const;

/** A network card. https://libvirt.org/formatdomain.html#network-interfaces */
export class Interface extends element(
  "interface",
  {
    type: attribute.withDefault(interfaceType, "user"),
    managed: lenient(attribute.optional(yesNo)),
    trustGuestRxFilters: attribute.optional(yesNo),
    mac: child.optional(InterfaceMac),
    source: child.optional(InterfaceSource),
    vlan: child.optional(Vlan),
    virtualPort: child.optional(VirtualPort),
    bandwidth: child.optional(Bandwidth),
    port: child.optional(PortOptions),
    actual: stateOnly(child.optional(InterfaceActual)),
    ips: children(InterfaceIp),
    routes: children(Route),
    portForwards: children(PortForward),
    script: single("path", text),
    downscript: single("path", text),
    backendDomain: single("name", text, "backenddomain"),
    target: child.optional(InterfaceTarget),
    guest: child.optional(InterfaceGuest),
    model: single("type", text),
    driver: child.optional(InterfaceDriver),
    backend: child.optional(InterfaceBackend),
    filterRef: child.optional(FilterRef),
    tune: child.optional(InterfaceTune),
    teaming: child.optional(Teaming),
    linkState: single("state", oneOf("up", "down"), "link"),
    mtu: single("size", integer(0, 0xffff_ffff)),
    coalesce: child.optional(Coalesce),
    ...cardInfo,
    privateData: stateOnly(verbatim()),
  },
  {
    expanded: true,
    // The host driver of a passed-through card stands before its source.
    order: (value) => (value.type === "hostdev" ? order : undefined),
  },
) {}
