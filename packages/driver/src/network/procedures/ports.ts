import { ErrorCode, ErrorDomain, formatUuid, parseUuid, VirtError } from "@tsvirt/base";
import { type Bandwidth, type Inbound, NetworkPort, type Outbound } from "@tsvirt/model/network";
import {
  type Handlers,
  NetworkPortCreateFlags,
  type NetworkPortRef,
  type NetworkRef,
  type RemoteProcedures,
  type TypedParam,
} from "@tsvirt/rpc";
import { checkFlags } from "../../qemu/procedures/context.ts";
import { networkError, notActive } from "../errors.ts";
import type { NetworkDriver } from "../network-driver.ts";
import { addPort, changePort, portText, unplug } from "../ports.ts";
import type { LiveNetwork, VirtualNetwork } from "../virtual-network.ts";
import { type NetworkContext, networkOf, refOf } from "./context.ts";

interface Found {
  readonly network: VirtualNetwork;
  readonly port: NetworkPort;
  readonly uuid: string;
}

function liveOf(network: VirtualNetwork): LiveNetwork {
  if (!network.live) throw notActive(network.name);
  return network.live;
}

function findPort(driver: NetworkDriver, net: NetworkRef, bytes: Uint8Array): Found {
  const network = networkOf(driver, net);
  const uuid = formatUuid(bytes);
  const port = network.live?.ports.get(uuid);
  if (!port) {
    const text = `network port not found: Network port with UUID ${uuid} does not exist`;
    throw new VirtError(ErrorCode.noNetworkPort, text, { domain: ErrorDomain.network, str1: text });
  }
  return { network, port, uuid };
}

function portRef(network: VirtualNetwork, uuid: string): NetworkPortRef {
  return { net: refOf(network), uuid: parseUuid(uuid) ?? new Uint8Array(16) };
}

/** A port's limits as typed parameters (`NetworkPortParameter`). */
function limits({ bandwidth }: NetworkPort): TypedParam[] {
  return (["inbound", "outbound"] as const).flatMap((direction) => {
    const limit = bandwidth?.[direction];
    if (!limit) return [];
    const floor = "floor" in limit ? limit.floor : undefined;
    const values = [
      ["average", limit.average],
      ["peak", limit.peak],
      ...(direction === "inbound" ? [["floor", floor] as const] : []),
      ["burst", limit.burst],
    ] as const;
    return values.map(
      ([name, value]): TypedParam => ({
        field: `${direction}.${name}`,
        value: { type: "uint", value: Number(value ?? 0n) },
      }),
    );
  });
}

/** The limits that parameters ask for; 0 is no limit. Throws for parameters that a port does not have. */
function limitsOf(params: readonly TypedParam[]): Bandwidth {
  const inbound: Inbound = {};
  const outbound: Outbound = {};
  for (const { field, value } of params) {
    const [direction, name] = field.split(".");
    const amount = value.type === "uint" ? BigInt(value.value) : undefined;
    if (amount === undefined)
      throw networkError(ErrorCode.invalidArg, `invalid type for parameter '${field}', expected 'uint'`);
    if (direction === "inbound" && (name === "average" || name === "peak" || name === "floor" || name === "burst")) {
      if (amount > 0n) inbound[name] = amount;
    } else if (direction === "outbound" && (name === "average" || name === "peak" || name === "burst")) {
      if (amount > 0n) outbound[name] = amount;
    } else {
      throw networkError(ErrorCode.argumentUnsupported, `parameter '${field}' not supported`);
    }
  }
  return {
    ...(Object.keys(inbound).length > 0 ? { inbound } : {}),
    ...(Object.keys(outbound).length > 0 ? { outbound } : {}),
  };
}

/** Calls about the ports of networks. */
export function networkPortProcedures({ networks: driver }: NetworkContext) {
  return {
    networkListAllPorts({ network: net, needResults, flags }) {
      checkFlags(flags, 0, "networkListAllPorts");
      const network = networkOf(driver, net);
      const uuids = [...(network.live?.ports.keys() ?? [])];
      return { ports: needResults ? uuids.map((uuid) => portRef(network, uuid)) : [], ret: uuids.length };
    },
    networkPortLookupByUuid({ network: net, uuid }) {
      const found = findPort(driver, net, uuid);
      return { port: portRef(found.network, found.uuid) };
    },
    async networkPortCreateXml({ network: net, xml, flags }) {
      checkFlags(flags, NetworkPortCreateFlags.reclaim | NetworkPortCreateFlags.validate, "networkPortCreateXML");
      const network = networkOf(driver, net);
      liveOf(network);
      const { value, reader } = NetworkPort.read(xml, { label: "(networkport)" });
      reader.throwIfFailed(undefined);
      const port = await addPort(driver, network, value);
      return { port: portRef(network, port.uuid) };
    },
    networkPortGetXmlDesc({ port: { net, uuid }, flags }) {
      checkFlags(flags, 0, "networkPortGetXMLDesc");
      return { xml: portText(findPort(driver, net, uuid).port) };
    },
    networkPortGetParameters({ port: { net, uuid }, nparams, flags }) {
      checkFlags(flags, 4, "networkPortGetParameters");
      const params = limits(findPort(driver, net, uuid).port);
      return { params: nparams === 0 ? [] : params.slice(0, nparams), nparams: params.length };
    },
    async networkPortSetParameters({ port: { net, uuid }, params, flags }) {
      checkFlags(flags, 0, "networkPortSetParameters");
      const found = findPort(driver, net, uuid);
      await changePort(driver, found.network, { ...found.port, bandwidth: limitsOf(params) });
    },
    async networkPortDelete({ port: { net, uuid }, flags }) {
      checkFlags(flags, 0, "networkPortDelete");
      const found = findPort(driver, net, uuid);
      await unplug(driver, found.network, found.uuid);
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}
