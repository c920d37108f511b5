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

/** Virtual networks as the QEMU driver needs them. */
export interface NetworkPorts {
  /** Makes a port, or takes one over again. Throws libvirt's "network 'x' is not active", "Network not found". */
  plug(request: PortRequest): Promise<NetworkPort>;
  /** Gives a port back; one that is gone is no error. */
  unplug(network: string, portId: string): Promise<void>;
}
