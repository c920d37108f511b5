import { ErrorCode, virtError } from "@tsvirt/base";
import type { Interface } from "@tsvirt/model/domain";
import { aliasOf, type Buses, romProps } from "./address.ts";
import type { Board } from "./board.ts";
import { writeChardev } from "./chardev.ts";
import type { CommandWriter } from "./command.ts";
import type { ByHand } from "./context.ts";
import {
  BoardNic,
  BridgeNetdev,
  NicDevice,
  SocketNetdev,
  StreamNetdev,
  TapNetdev,
  UserNetdev,
  VhostUserNetdev,
  VhostVdpaNetdev,
  VirtioNetDevice,
} from "./declarations/network-devices.ts";
import { virtioDriver, virtioProps } from "./virtio.ts";

/** Writes the host's end of a network card and the card itself. */
export function writeInterface(
  line: CommandWriter,
  nic: Interface,
  buses: Buses,
  bootindex: number | undefined,
  board: Board,
): void {
  checkActual(nic);
  const alias = aliasOf(nic);
  const netdev = `host${alias}`;
  writeNetdev(line, nic, alias, netdev);
  const common = {
    netdev,
    id: alias,
    mac: nic.mac?.address ?? "",
    bootindex,
    ...buses.props(nic),
    ...romProps(nic),
  };
  const { driver } = nic;
  // QEMU has a card of the name that libvirt means.
  const model = nic.model === "scm91c111" ? "smc91c111" : (nic.model ?? "rtl8139");
  if (isOnBoard(nic, board)) {
    if (nic.type === "vhostuser") throw virtError(ErrorCode.internalError, "Nicdev support unavailable");
    line.option(BoardNic, { type: "nic", macaddr: common.mac, netdev, model, id: alias });
    return;
  }
  if (!model.startsWith("virtio")) {
    line.option(NicDevice, { driver: model, ...common });
    return;
  }
  const queues = driver?.queues ?? 1;
  const { host, guest } = driver ?? {};
  line.option(VirtioNetDevice, {
    driver: virtioDriver("virtio-net", nic.address, model),
    ...virtioProps(driver),
    tx: driver?.txmode === undefined ? undefined : driver.txmode === "iothread" ? "bh" : "timer",
    ioeventfd: driver?.ioeventfd,
    event_idx: driver?.eventIdx,
    csum: host?.csum,
    gso: host?.gso,
    host_tso4: host?.tso4,
    host_tso6: host?.tso6,
    host_ecn: host?.ecn,
    host_ufo: host?.ufo,
    mrg_rxbuf: host?.mrgRxbuf,
    guest_csum: guest?.csum,
    guest_tso4: guest?.tso4,
    guest_tso6: guest?.tso6,
    guest_ecn: guest?.ecn,
    guest_ufo: guest?.ufo,
    mq: queues > 1 ? true : undefined,
    vectors: queues > 1 && nic.address?.type !== "ccw" ? 2 * queues + 2 : undefined,
    rx_queue_size: driver?.rxQueueSize,
    tx_queue_size: driver?.txQueueSize,
    host_mtu: nic.mtu,
    rss: driver?.rss,
    hash: driver?.rssHashReport,
    ...common,
    failover: nic.teaming?.type === "persistent" ? true : undefined,
  });
}

/** Cards of ARM boards are there without a bus (`qemuDomainSupportsNicdev`). */
function isOnBoard({ address }: Interface, board: Board): boolean {
  return board.isArm && address?.type !== "virtio-mmio" && address?.type !== "pci";
}

/** What the interface is really connected to: a network decides at start. */
function typeOf(nic: Interface): Interface["type"] {
  const type = nic.actual?.type ?? nic.type;
  return type === "network" ? "bridge" : type;
}

function writeNetdev(line: CommandWriter, nic: Interface, alias: string, id: string): void {
  const type = typeOf(nic);
  const { source } = nic;
  if (nic.script !== undefined && type !== "ethernet") {
    const shown = nic.actual?.type ?? nic.type;
    throw virtError(ErrorCode.configUnsupported, `scripts are not supported on interfaces of type ${shown}`);
  }
  switch (type) {
    case "bridge":
    case "ethernet":
    case "direct":
      writeTap(line, nic, alias, id);
      return;
    case "user":
      if (nic.backend?.type === "passt" && !line.context.byHand) {
        line.option(StreamNetdev, {
          type: "stream",
          addr: { type: "unix", path: passtSocket(line, alias) },
          server: false,
          id,
        });
      } else writeUser(line, nic, id);
      return;
    case "server":
    case "client":
    case "mcast":
    case "udp":
      writeSocket(line, nic, type, id);
      return;
    case "vhostuser": {
      const chardev = writeChardev(
        line,
        {
          type: "unix",
          sources: [
            {
              path: source?.path ?? "",
              mode: source?.mode === "server" ? "bind" : "connect",
              seclabels: [],
              ...(source?.reconnect && { reconnect: source.reconnect }),
            },
          ],
        },
        { alias, wait: true },
      );
      line.option(VhostUserNetdev, { type: "vhost-user", chardev, queues: severalQueues(nic), id });
      return;
    }
    case "vdpa": {
      const fd = line.context.otherFd(alias);
      const path = fd === undefined ? (source?.dev ?? "") : line.fdset(fd, `${alias}-vdpa`);
      line.option(VhostVdpaNetdev, { type: "vhost-vdpa", vhostdev: path, queues: severalQueues(nic), id });
      return;
    }
    case "internal":
      line.option(UserNetdev, { type: "user", id });
      return;
    default:
      throw virtError(ErrorCode.configUnsupported, `network device type '${type}' is not supported by this hypervisor`);
  }
}

/** The number of queues if it is not the one that every card has. */
function severalQueues({ driver }: Interface): number | undefined {
  return driver?.queues !== undefined && driver.queues > 1 ? driver.queues : undefined;
}

/** By hand, QEMU's helper makes the tap of this interface. */
export function usesBridgeHelper(nic: Interface): boolean {
  return typeOf(nic) === "bridge" && bridgeOf(nic) !== undefined;
}

function bridgeOf(nic: Interface): string | undefined {
  return nic.actual?.source?.bridge ?? nic.source?.bridge;
}

/** What stands in for a tap that the daemon would have made. */
function writeTapByHand(line: CommandWriter, nic: Interface, id: string, { note }: ByHand): void {
  const bridge = bridgeOf(nic);
  const device = nic.target?.dev;
  if (typeOf(nic) === "bridge" && bridge !== undefined) {
    note(`${id}: QEMU's bridge helper must be allowed to use '${bridge}' ('allow ${bridge}' in /etc/qemu/bridge.conf)`);
    line.option(BridgeNetdev, { type: "bridge", br: bridge, id });
  } else if (typeOf(nic) === "ethernet" && device !== undefined && nic.target?.managed === false) {
    note(`${id}: the tap '${device}' must be there, and yours`);
    line.option(TapNetdev, { type: "tap", ifname: device, script: "no", downscript: "no", id });
  } else {
    const place = nic.source?.network ?? nic.source?.dev;
    const where = place === undefined ? "" : ` on '${place}'`;
    note(`${id}: user networking stands in for interface type '${nic.type}'${where}, which needs a daemon`);
    line.option(UserNetdev, { type: "user", id });
  }
}

function writeTap(line: CommandWriter, nic: Interface, alias: string, id: string): void {
  const { byHand } = line.context;
  if (byHand) {
    writeTapByHand(line, nic, id, byHand);
    return;
  }
  const tap = line.context.tap(alias);
  if (!tap) throw virtError(ErrorCode.internalError, `no tap was made for interface ${alias}`);
  const fds = tap.fds.map((fd) => line.fd(fd));
  const vhostFds = tap.vhostFds.map((fd) => line.fd(fd));
  const sndbuf = nic.tune?.sndbuf;
  line.option(TapNetdev, {
    type: "tap",
    fd: fds.length === 1 ? fds[0] : undefined,
    fds: fds.length > 1 ? fds.join(":") : undefined,
    vhost: vhostFds.length > 0 ? true : undefined,
    vhostfd: vhostFds.length === 1 ? vhostFds[0] : undefined,
    vhostfds: vhostFds.length > 1 ? vhostFds.join(":") : undefined,
    sndbuf: sndbuf === undefined ? undefined : Number(sndbuf),
    id,
  });
}

function writeUser(line: CommandWriter, nic: Interface, id: string): void {
  const v4 = nic.ips.find(({ address }) => !address.includes(":"));
  const v6 = nic.ips.find(({ address }) => address.includes(":"));
  line.option(UserNetdev, {
    type: "user",
    net: v4 && `${v4.address}${v4.prefix === undefined ? "" : `/${v4.prefix}`}`,
    "ipv6-prefix": v6?.address,
    "ipv6-prefixlen": v6?.prefix,
    id,
  });
}

function writeSocket(
  line: CommandWriter,
  nic: Interface,
  type: "server" | "client" | "mcast" | "udp",
  id: string,
): void {
  const { address = "", port = 0, local } = nic.source ?? {};
  const place = `${address}:${port}`;
  switch (type) {
    case "client":
      line.option(SocketNetdev, { type: "socket", connect: place, id });
      return;
    case "server":
      line.option(SocketNetdev, { type: "socket", listen: place, id });
      return;
    case "mcast":
      line.option(SocketNetdev, { type: "socket", mcast: place, id });
      return;
    case "udp": {
      const localaddr = `${local?.address ?? ""}:${local?.port ?? 0}`;
      line.option(SocketNetdev, { type: "socket", udp: place, localaddr, id });
      return;
    }
  }
}

function passtSocket(line: CommandWriter, alias: string): string {
  return line.context.passtSocket(alias);
}

const withQueues: readonly Interface["type"][] = ["network", "bridge", "direct", "ethernet", "vhostuser", "vdpa"];
const withTap: readonly Interface["type"][] = ["network", "bridge", "ethernet"];

/**
 * What cannot be once it is known what an interface of a network is really connected to
 * (`qemuDomainValidateActualNetDef`).
 */
export function checkActual(nic: Interface): void {
  const type = nic.actual?.type ?? nic.type;
  const refuse = (message: string): never => {
    throw virtError(ErrorCode.configUnsupported, message);
  };
  const where = `interface ${nic.mac?.address ?? ""} -`;
  const port = (nic.actual?.virtualPort ?? nic.virtualPort)?.type;
  const hasVlan = (nic.actual?.vlan ?? nic.vlan) !== undefined;
  const isPassthrough = type === "direct" && (nic.actual?.source ?? nic.source)?.mode === "passthrough";
  const takesVlan = type === "hostdev" || isPassthrough || (type === "bridge" && port === "openvswitch");
  if (hasVlan && type !== "network" && !takesVlan) {
    refuse(`${where} vlan tag not supported for this connection type`);
  }
  if ((nic.actual?.bandwidth ?? nic.bandwidth) !== undefined && type === "hostdev") {
    refuse(`${where} bandwidth settings are not supported for hostdev interfaces`);
  }
  if ((nic.driver?.queues ?? 0) > 0 && !withQueues.includes(type)) {
    refuse(`${where} multiqueue is not supported for network interfaces of type ${type}`);
  }
  if (nic.filterRef !== undefined) {
    if (!withTap.includes(type)) {
      refuse(`${where} filterref is not supported for network interfaces of type ${type}`);
    }
    if (port !== undefined) {
      refuse(`${where} filterref is not supported for network interfaces with virtualport type ${port}`);
    }
  }
  if (nic.backend?.tap !== undefined && !withTap.includes(type)) {
    refuse(`${where} custom tap device path is not supported for network interfaces of type ${type}`);
  }
  if (nic.teaming?.type === "transient" && type !== "hostdev") {
    refuse(`${where} teaming transient device must be type='hostdev', not '${type}'`);
  }
}
