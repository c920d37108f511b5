import { ErrorCode, formatUuid, parseUuid } from "@tsvirt/base";
import type { NetworkRef } from "@tsvirt/rpc";
import type { Session } from "../../driver.ts";
import { networkError } from "../errors.ts";
import type { NetworkDriver } from "../network-driver.ts";
import type { VirtualNetwork } from "../virtual-network.ts";

/** The client whose calls these are. */
export interface NetworkClient {
  readonly session: Session;
  /** Runs `ending` when the client is gone. */
  onClose(ending: () => void): () => void;
}

/** What every family of network procedures is made with. */
export interface NetworkContext {
  readonly networks: NetworkDriver;
  readonly client: NetworkClient;
}

/** The network that a call is about. Throws libvirt's "no network with matching uuid". */
export function networkOf(driver: NetworkDriver, net: NetworkRef): VirtualNetwork {
  const uuid = formatUuid(net.uuid);
  const network = driver.networks.findByUuid(uuid);
  if (!network) throw networkError(ErrorCode.noNetwork, `no network with matching uuid '${uuid}' (${net.name})`);
  return network;
}

/** A network as replies and events name it. */
export function refOf({ name, uuid }: Pick<VirtualNetwork, "name" | "uuid">): NetworkRef {
  return { name, uuid: parseUuid(uuid) ?? new Uint8Array(16) };
}
