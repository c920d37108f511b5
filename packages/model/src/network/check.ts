import { ErrorCode } from "@tsvirt/base";
import type { Reader } from "@tsvirt/codec/xml";
import { compareIp, networkOf, parseIp } from "../common/ip-address.ts";
import type { Bandwidth } from "../common/link.ts";
import { checkIp, checkRoute } from "./check-addresses.ts";
import { forwardMode, ipPrefix, ownsBridge } from "./modes.ts";
import type { Network } from "./network.ts";

/** Checks a network as it was written, before its defaults are filled in (`virNetworkDefParseXML`). */
export function checkNetwork(network: Network, reader: Reader): void {
  const { name } = network;
  if (name.includes("/")) reader.reportValue(network, `name ${name} cannot contain '/'`);
  else if (name === "." || name === "..") reader.reportValue(network, `name '${name}' cannot be used for a network`);
  if (network.bandwidth !== undefined) checkBandwidth(network.bandwidth, reader);
  if (network.virtualPort !== undefined && network.virtualPort.type === undefined) {
    reader.reportValue(network.virtualPort, "missing required virtualport type");
  }
  for (const ip of network.ips) checkIp(network, ip, reader);
  for (const route of network.routes) checkRoute(name, route, reader);
  if (!reader.hasErrors()) checkGateways(network, reader);
  if (ownsBridge(network)) checkForwarding(network, reader);
  else checkForeignBridge(network, reader);
}

/** Limits of a network or a port group: they are of no one's interface. */
export function checkBandwidth(bandwidth: Bandwidth, reader: Reader): void {
  if (bandwidth.classID !== undefined) {
    reader.reportValue(bandwidth, "classID attribute not supported on <bandwidth> in this usage context", {
      code: ErrorCode.xmlDetail,
    });
  } else if (bandwidth.inbound?.floor !== undefined && bandwidth.inbound.floor !== 0n) {
    reader.reportValue(bandwidth, "floor attribute is not supported for this config", {
      code: ErrorCode.configUnsupported,
    });
  }
}

/** The host must be able to reach the gateway of a route directly. */
function checkGateways(network: Network, reader: Reader): void {
  for (const route of network.routes) {
    const gateway = parseIp(route.gateway) ?? [];
    const reachable = network.ips.some((ip) => {
      const address = parseIp(ip.address);
      const prefix = ipPrefix(ip);
      return (
        address?.length === gateway.length &&
        prefix !== undefined &&
        compareIp(networkOf(address, prefix), networkOf(gateway, prefix)) === 0
      );
    });
    if (reachable) continue;
    reader.reportValue(
      route,
      `unreachable static route gateway '${route.gateway}' specified for network '${network.name}'`,
      { code: ErrorCode.configUnsupported },
    );
  }
}

function checkForwarding(network: Network, reader: Reader): void {
  const { name, forward } = network;
  const mode = forwardMode(network);
  if (mode === "none") return;
  const devices = new Set((forward?.interfaces ?? []).map(({ dev }) => dev));
  if (forward?.dev !== undefined) devices.add(forward.dev);
  const pool = devices.size + (forward?.addresses.length ?? 0);
  if (network.ips.length === 0) {
    reader.reportValue(network, `${mode} forwarding requested, but no IP address provided for network '${name}'`);
  } else if (pool > 1) {
    reader.reportValue(
      network,
      `multiple forwarding interfaces specified for network '${name}', only one is supported`,
    );
  } else if (mode === "open" && pool > 0) {
    reader.reportValue(network, `forward dev not allowed for network '${name}' with forward mode='open'`);
  }
}

/** A network on what the host has cannot say how that is made. */
function checkForeignBridge(network: Network, reader: Reader): void {
  const { name, bridge, forward } = network;
  const mode = forwardMode(network);
  const refuse = (message: string): void => reader.reportValue(network, message);
  const where = `in ${mode} mode (network '${name}')`;
  const pool =
    forward !== undefined &&
    (forward.dev !== undefined ||
      forward.pf !== undefined ||
      forward.interfaces.length > 0 ||
      forward.addresses.length > 0);
  if (mode !== "bridge" && bridge?.name !== undefined) refuse(`bridge name not allowed ${where}`);
  else if (mode !== "bridge" && bridge?.zone !== undefined) refuse(`bridge zone not allowed ${where}`);
  else if (mode !== "bridge" && bridge?.macTableManager !== undefined) {
    refuse(`bridge macTableManager setting not allowed ${where}`);
  } else if (bridge?.delay || bridge?.stp !== undefined || bridge?.zone !== undefined) {
    refuse(
      `bridge delay/stp/zone options only allowed in route, nat, and isolated mode, not in ${mode} (network '${name}')`,
    );
  } else if (bridge?.name !== undefined && pool) {
    refuse(
      `A network with forward mode='${mode}' can specify a bridge name or a forward dev, but not both (network '${name}')`,
    );
  } else if (network.mtu !== undefined && network.mtu.size !== 0) {
    refuse(`mtu size only allowed in open, route, nat, and isolated mode, not in ${mode} (network '${name}')`);
  }
}
