import { ErrorCode } from "@tsvirt/base";
import { networkError, noNetworkNamed, noNetworkWithUuid } from "./errors.ts";
import type { VirtualNetwork } from "./virtual-network.ts";

/** All networks, by UUID and name. */
export class NetworkRegistry {
  readonly #byUuid = new Map<string, VirtualNetwork>();
  readonly #byName = new Map<string, VirtualNetwork>();

  /** In the order of their names. */
  get all(): readonly VirtualNetwork[] {
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  add(network: VirtualNetwork): void {
    this.#byUuid.set(network.uuid, network);
    this.#byName.set(network.name, network);
  }

  remove(network: VirtualNetwork): void {
    this.#byUuid.delete(network.uuid);
    this.#byName.delete(network.name);
  }

  findByName(name: string): VirtualNetwork | undefined {
    return this.#byName.get(name);
  }

  findByUuid(uuid: string): VirtualNetwork | undefined {
    return this.#byUuid.get(uuid);
  }

  lookupByName(name: string): VirtualNetwork {
    const network = this.#byName.get(name);
    if (!network) throw noNetworkNamed(name);
    return network;
  }

  lookupByUuid(uuid: string): VirtualNetwork {
    const network = this.#byUuid.get(uuid);
    if (!network) throw noNetworkWithUuid(uuid);
    return network;
  }

  /** The network that a document of this name and UUID is about, if there is one. Throws when they are two different ones. */
  match(name: string, uuid: string, { starting }: { readonly starting: boolean }): VirtualNetwork | undefined {
    const existing = this.#byUuid.get(uuid);
    if (existing) {
      if (existing.name !== name) {
        throw networkError(
          ErrorCode.operationFailed,
          `network '${existing.name}' is already defined with uuid ${existing.uuid}`,
        );
      }
      if (starting && existing.isActive) {
        throw networkError(ErrorCode.operationInvalid, `network is already active as '${existing.name}'`);
      }
      return existing;
    }
    const namesake = this.#byName.get(name);
    if (namesake) {
      throw networkError(ErrorCode.operationFailed, `network '${name}' already exists with uuid ${namesake.uuid}`);
    }
    return undefined;
  }

  /** Is this the bridge of a network other than `name`, in either of its forms? */
  bridgeInUse(bridge: string, name: string): boolean {
    return [...this.#byName.values()].some(
      (network) =>
        network.name !== name &&
        (network.definition?.bridge?.name === bridge || network.live?.document.bridge?.name === bridge),
    );
  }
}
