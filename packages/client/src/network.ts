import { formatUuid } from "@tsvirt/base";
import type { NetworkDhcpLease, NetworkRef } from "@tsvirt/rpc";
import type { CallLimits, FlagOptions } from "./call-options.ts";
import type { Connection } from "./connection.ts";

/** A virtual network (`virNetworkPtr`). It names the network, it does not hold it: calls fail when it has gone. */
export class Network {
  readonly connection: Connection;
  /** As the wire names it, for the calls of `connection.remote`. */
  readonly ref: NetworkRef;

  constructor(connection: Connection, ref: NetworkRef) {
    this.connection = connection;
    this.ref = ref;
  }

  get name(): string {
    return this.ref.name;
  }

  /** In lower case, with dashes. */
  get uuid(): string {
    return formatUuid(this.ref.uuid);
  }

  /** Starts it. `virNetworkCreate`. */
  async create(options: CallLimits = {}): Promise<void> {
    await this.connection.remote.networkCreate({ net: this.ref }, options);
  }

  /** Stops it. `virNetworkDestroy`. */
  async destroy(options: CallLimits = {}): Promise<void> {
    await this.connection.remote.networkDestroy({ net: this.ref }, options);
  }

  /** Forgets its definition; if it is active it stays so until it is stopped. `virNetworkUndefine`. */
  async undefine(options: CallLimits = {}): Promise<void> {
    await this.connection.remote.networkUndefine({ net: this.ref }, options);
  }

  /** Its document; flags: `NetworkXmlFlags`. `virNetworkGetXMLDesc`. */
  async getXmlDesc({ flags = 0, ...limits }: FlagOptions = {}): Promise<string> {
    return (await this.connection.remote.networkGetXmlDesc({ net: this.ref, flags }, limits)).xml;
  }

  /** The name of its bridge. Throws `internalError` when it has none. `virNetworkGetBridgeName`. */
  async getBridgeName(options: CallLimits = {}): Promise<string> {
    return (await this.connection.remote.networkGetBridgeName({ net: this.ref }, options)).name;
  }

  /** `virNetworkIsActive`. */
  async isActive(options: CallLimits = {}): Promise<boolean> {
    return (await this.connection.remote.networkIsActive({ net: this.ref }, options)).active === 1;
  }

  /** Whether it has a stored definition. `virNetworkIsPersistent`. */
  async isPersistent(options: CallLimits = {}): Promise<boolean> {
    return (await this.connection.remote.networkIsPersistent({ net: this.ref }, options)).persistent === 1;
  }

  /** Whether it starts with the host. `virNetworkGetAutostart`. */
  async getAutostart(options: CallLimits = {}): Promise<boolean> {
    return (await this.connection.remote.networkGetAutostart({ net: this.ref }, options)).autostart === 1;
  }

  /** `virNetworkSetAutostart`. */
  async setAutostart(autostart: boolean, options: CallLimits = {}): Promise<void> {
    await this.connection.remote.networkSetAutostart({ net: this.ref, autostart: autostart ? 1 : 0 }, options);
  }

  /** Addresses given out, of one interface or all. `virNetworkGetDHCPLeases`. */
  async getDhcpLeases({
    mac,
    flags = 0,
    ...limits
  }: FlagOptions & { readonly mac?: string } = {}): Promise<readonly NetworkDhcpLease[]> {
    const args = { net: this.ref, needResults: 1, flags, ...(mac === undefined ? {} : { mac }) };
    return (await this.connection.remote.networkGetDhcpLeases(args, limits)).leases;
  }

  /**
   * Changes one element of its document: `command` is a `NetworkUpdateCommand`, `section` a `NetworkUpdateSection`, flags
   * are `NetworkUpdateFlags`. `virNetworkUpdate`.
   */
  async update(
    change: { readonly command: number; readonly section: number; readonly parentIndex?: number; readonly xml: string },
    { flags = 0, ...limits }: FlagOptions = {},
  ): Promise<void> {
    // The two were the wrong way round in old daemons, and stay so on the wire unless the daemon says otherwise.
    const { command, section, parentIndex = -1, xml } = change;
    const args = { net: this.ref, command, section, parentIndex, xml, flags };
    await this.connection.remote.networkUpdate(args, limits);
  }
}
