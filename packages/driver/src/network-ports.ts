/** A guest's interface that wants to be connected to a virtual network. */
export interface PortRequest {
  readonly network: string;
  readonly portgroup?: string;
  /** The guest's card. */
  readonly mac: string;
  readonly owner: { readonly uuid: string; readonly name: string };
  /** The port it had before a restart of the daemon. */
  readonly portId?: string;
}

/** What an interface is really connected to. */
export interface NetworkPort {
  readonly portId: string;
  readonly bridge: string;
}

/** An address with its prefix length. */
export interface NetworkAddress {
  readonly address: string;
  readonly prefix: number;
}

/** Virtual networks as the QEMU driver needs them. */
export interface NetworkPorts {
  /** Makes a port, or takes one over again. Throws libvirt's "network 'x' is not active", "Network not found". */
  plug(request: PortRequest): Promise<NetworkPort>;
  /** Addresses that the network has given to a card; none when the network is not there, or not active. */
  addresses(network: string, mac: string): Promise<readonly NetworkAddress[]>;
  /** Gives a port back; one that is gone is no error. */
  unplug(network: string, portId: string): Promise<void>;
}
