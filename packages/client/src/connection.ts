// One object with all that is commonly asked of a host, as in libvirt's API; the rest is at `remote`.
import { ErrorCode, ErrorDomain, parseUuid, virtError } from "@tsvirt/base";
import type { AnyType } from "@tsvirt/codec/xdr";
import {
  type AnyProcedure,
  type ClientConnection,
  type DomainStatsRecord,
  type EventDeclaration,
  type MessageOf,
  type NodeGetInfoRet,
  type Program,
  type RemoteProcedures,
  remote,
} from "@tsvirt/rpc";
import { type CallLimits, type FlagOptions, type Remote, withTimeouts } from "./call-options.ts";
import { Domain } from "./domain.ts";
import {
  type DomainEventName,
  type DomainEventOf,
  type DomainEventOptions,
  domainEventRegistration,
} from "./domain-events.ts";
import { type Listening, listenTo, type Subscription, subscribe } from "./events.ts";
import { Network } from "./network.ts";
import { type NetworkEvent, type NetworkEventOptions, networkEventRegistration } from "./network-events.ts";

/** Every procedure of libvirt's main program as a function. */
export type RemoteCalls = Remote<RemoteProcedures>;

/** What a {@link Connection} is made of. */
export interface ConnectionParts {
  readonly rpc: ClientConnection;
  readonly remote: RemoteCalls;
  /** As the user gave it, or as the daemon chose. */
  readonly uri: string;
  readonly readOnly: boolean;
  /** Gives back what the connection holds beside its socket. */
  readonly release: () => Promise<void>;
}

/** A connection to a daemon (`virConnectPtr`). Made by `connect`. `await using` closes it. */
export class Connection implements AsyncDisposable {
  /** Every procedure of libvirt's main program, typed: `connection.remote.domainGetInfo({ dom: domain.ref })`. */
  readonly remote: RemoteCalls;
  /** What it was opened with; the daemon's choice if nothing was said. `virConnectGetURI`. */
  readonly uri: string;
  readonly readOnly: boolean;
  /** Resolves when it has ended: with the reason, or with nothing when it was closed on purpose. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  readonly #rpc: ClientConnection;
  readonly #release: () => Promise<void>;
  #closing: Promise<void> | undefined;

  constructor({ rpc, remote: calls, uri, readOnly, release }: ConnectionParts) {
    this.remote = calls;
    this.uri = uri;
    this.readOnly = readOnly;
    this.#rpc = rpc;
    this.#release = release;
    this.closed = rpc.whenClosed;
  }

  /** Whether it has ended. */
  get isClosed(): boolean {
    return this.#rpc.closed;
  }

  /** Closes it; calls under way are rejected. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#rpc.close();
    await this.closed;
    await this.#release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The procedures of another program that the daemon may serve, e.g. `adminProgram`. */
  caller<
    P extends { readonly [K in keyof P]: AnyProcedure },
    E extends { readonly [K in keyof E]: EventDeclaration<AnyType> },
  >(program: Program<P, E>): Remote<P> {
    return withTimeouts(this.#rpc.caller(program));
  }

  /** Calls `listener` with each message of an event that the daemon was asked for. Returns how to stop. */
  listen<E extends EventDeclaration<AnyType>>(
    program: { readonly id: number },
    event: E,
    listener: (message: MessageOf<E>) => void,
  ): () => void {
    return this.#rpc.listen(program, event, listener);
  }

  // --- the host

  /** `QEMU`. `virConnectGetType`. */
  async getType(options: CallLimits = {}): Promise<string> {
    return (await this.remote.connectGetType(undefined, options)).type;
  }

  /** The hypervisor's version: major × 1,000,000 + minor × 1,000 + release. `virConnectGetVersion`. */
  async getVersion(options: CallLimits = {}): Promise<number> {
    return Number((await this.remote.connectGetVersion(undefined, options)).hvVer);
  }

  /** The daemon's version of libvirt, in the same form. `virConnectGetLibVersion`. */
  async getLibVersion(options: CallLimits = {}): Promise<number> {
    return Number((await this.remote.connectGetLibVersion(undefined, options)).libVer);
  }

  /** `virConnectGetHostname`. */
  async getHostname(options: CallLimits = {}): Promise<string> {
    return (await this.remote.connectGetHostname(undefined, options)).hostname;
  }

  /** What the host and its emulators can do: an XML document. `virConnectGetCapabilities`. */
  async getCapabilities(options: CallLimits = {}): Promise<string> {
    return (await this.remote.connectGetCapabilities(undefined, options)).capabilities;
  }

  /** What a guest of this kind can have: an XML document. `virConnectGetDomainCapabilities`. */
  async getDomainCapabilities({
    emulator,
    arch,
    machine,
    virttype,
    flags = 0,
    ...limits
  }: DomainCapabilitiesOptions = {}): Promise<string> {
    const args = {
      ...(emulator === undefined ? {} : { emulatorbin: emulator }),
      ...(arch === undefined ? {} : { arch }),
      ...(machine === undefined ? {} : { machine }),
      ...(virttype === undefined ? {} : { virttype }),
      flags,
    };
    return (await this.remote.connectGetDomainCapabilities(args, limits)).capabilities;
  }

  /** Most processors a guest of this kind can have. `virConnectGetMaxVcpus`. */
  async getMaxVcpus(type?: string, options: CallLimits = {}): Promise<number> {
    return (await this.remote.connectGetMaxVcpus(type === undefined ? {} : { type }, options)).maxVcpus;
  }

  /** Processors and memory (KiB) of the host. `virNodeGetInfo`. */
  nodeGetInfo(options: CallLimits = {}): Promise<NodeGetInfoRet> {
    return this.remote.nodeGetInfo(undefined, options);
  }

  // --- guests

  /** All guests, or those that the flags (`ConnectListAllDomainsFlags`) select. `virConnectListAllDomains`. */
  async listAllDomains({ flags = 0, ...limits }: FlagOptions = {}): Promise<readonly Domain[]> {
    const { domains } = await this.remote.connectListAllDomains({ needResults: 1, flags }, limits);
    return domains.map((ref) => new Domain(this, ref));
  }

  /** Throws `noDomain` when there is none. `virDomainLookupByName`. */
  async domainLookupByName(name: string, options: CallLimits = {}): Promise<Domain> {
    return new Domain(this, (await this.remote.domainLookupByName({ name }, options)).dom);
  }

  /** Throws `noDomain` when there is none. `virDomainLookupByID`. */
  async domainLookupById(id: number, options: CallLimits = {}): Promise<Domain> {
    return new Domain(this, (await this.remote.domainLookupById({ id }, options)).dom);
  }

  /** Throws `noDomain` when there is none, `invalidArg` when it is no UUID. `virDomainLookupByUUIDString`. */
  async domainLookupByUuid(uuid: string, options: CallLimits = {}): Promise<Domain> {
    const args = { uuid: uuidBytes("virDomainLookupByUUIDString", uuid) };
    return new Domain(this, (await this.remote.domainLookupByUuid(args, options)).dom);
  }

  /** Stores a definition. Flags: `DomainDefineFlags`. `virDomainDefineXML`, `…Flags`. */
  async domainDefineXml(xml: string, { flags, ...limits }: FlagOptions = {}): Promise<Domain> {
    const { dom } =
      flags === undefined
        ? await this.remote.domainDefineXml({ xml }, limits)
        : await this.remote.domainDefineXmlFlags({ xml, flags }, limits);
    return new Domain(this, dom);
  }

  /** Starts a guest that is gone when it ends. Flags: `DomainCreateFlags`. `virDomainCreateXML`. */
  async domainCreateXml(xml: string, { flags = 0, ...limits }: FlagOptions = {}): Promise<Domain> {
    return new Domain(this, (await this.remote.domainCreateXml({ xmlDesc: xml, flags }, limits)).dom);
  }

  /**
   * Figures of many guests at once: `stats` is of `DomainStatsTypes` (0: all), flags are `ConnectGetAllDomainStatsFlags`.
   * `virConnectGetAllDomainStats`, `virDomainListGetStats`.
   */
  async getAllDomainStats({
    domains = [],
    stats = 0,
    flags = 0,
    ...limits
  }: DomainStatsOptions = {}): Promise<readonly DomainStatsRecord[]> {
    const args = { doms: domains.map(({ ref }) => ref), stats, flags };
    return (await this.remote.connectGetAllDomainStats(args, limits)).retStats;
  }

  /** Events of one kind, of all guests or one: `for await (const event of await connection.domainEvents("lifecycle"))`. */
  domainEvents<N extends DomainEventName>(
    name: N,
    options: DomainEventOptions = {},
  ): Promise<Subscription<DomainEventOf<N>>> {
    return subscribe(domainEventRegistration(this, name, options), options);
  }

  /** Calls `listener` for each event of one kind, until the result is closed or the connection ends. */
  on<N extends DomainEventName>(
    name: N,
    listener: (event: DomainEventOf<N>) => void,
    options: DomainEventOptions = {},
  ): Promise<Listening> {
    return listenTo(domainEventRegistration(this, name, options), listener, options);
  }

  // --- networks

  /** All networks, or those that the flags (`ConnectListAllNetworksFlags`) select. `virConnectListAllNetworks`. */
  async listAllNetworks({ flags = 0, ...limits }: FlagOptions = {}): Promise<readonly Network[]> {
    const { nets } = await this.remote.connectListAllNetworks({ needResults: 1, flags }, limits);
    return nets.map((ref) => new Network(this, ref));
  }

  /** Throws `noNetwork` when there is none. `virNetworkLookupByName`. */
  async networkLookupByName(name: string, options: CallLimits = {}): Promise<Network> {
    return new Network(this, (await this.remote.networkLookupByName({ name }, options)).net);
  }

  /** Throws `noNetwork` when there is none, `invalidArg` when it is no UUID. `virNetworkLookupByUUIDString`. */
  async networkLookupByUuid(uuid: string, options: CallLimits = {}): Promise<Network> {
    const args = { uuid: uuidBytes("virNetworkLookupByUUIDString", uuid) };
    return new Network(this, (await this.remote.networkLookupByUuid(args, options)).net);
  }

  /** Stores a definition. Flags: `NetworkDefineFlags`. `virNetworkDefineXML`, `…Flags`. */
  async networkDefineXml(xml: string, { flags, ...limits }: FlagOptions = {}): Promise<Network> {
    const { net } =
      flags === undefined
        ? await this.remote.networkDefineXml({ xml }, limits)
        : await this.remote.networkDefineXmlFlags({ xml, flags }, limits);
    return new Network(this, net);
  }

  /** Starts a network that is gone when it stops. Flags: `NetworkCreateFlags`. `virNetworkCreateXML`, `…Flags`. */
  async networkCreateXml(xml: string, { flags, ...limits }: FlagOptions = {}): Promise<Network> {
    const { net } =
      flags === undefined
        ? await this.remote.networkCreateXml({ xml }, limits)
        : await this.remote.networkCreateXmlFlags({ xml, flags }, limits);
    return new Network(this, net);
  }

  /** Networks that are defined, started, stopped, …. `virConnectNetworkEventRegisterAny`. */
  networkEvents(options: NetworkEventOptions = {}): Promise<Subscription<NetworkEvent>> {
    return subscribe(networkEventRegistration(this, options), options);
  }

  /** Calls `listener` for each event of networks, until the result is closed or the connection ends. */
  onNetworkEvent(listener: (event: NetworkEvent) => void, options: NetworkEventOptions = {}): Promise<Listening> {
    return listenTo(networkEventRegistration(this, options), listener, options);
  }
}

/** Which guest's capabilities are asked for; what is missing is chosen by the daemon. */
export interface DomainCapabilitiesOptions extends FlagOptions {
  readonly emulator?: string;
  readonly arch?: string;
  readonly machine?: string;
  readonly virttype?: string;
}

/** Which figures of which guests. */
export interface DomainStatsOptions extends FlagOptions {
  /** All guests if there is none. */
  readonly domains?: readonly Domain[];
  readonly stats?: number;
}

function uuidBytes(api: string, uuid: string): Uint8Array {
  const bytes = parseUuid(uuid);
  if (bytes) return bytes;
  throw virtError(ErrorCode.invalidArg, `uuidstr in ${api} must be a valid UUID`, { domain: ErrorDomain.none });
}

/** Opens the connection's functions over a session that has been opened. */
export function remoteCalls(rpc: ClientConnection): RemoteCalls {
  return withTimeouts(rpc.caller(remote));
}
