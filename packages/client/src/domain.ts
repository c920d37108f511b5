// One object with all that is commonly asked of a guest, as in libvirt's API, where people look for its names; the rest is at
// `connection.remote`. That is why this class has more methods than others.
import { formatUuid } from "@tsvirt/base";
import type {
  DomainFsinfo,
  DomainGetBlockInfoRet,
  DomainGetControlInfoRet,
  DomainGetInfoRet,
  DomainInterface,
  DomainInterfaceStatsRet,
  DomainMemoryStat,
  DomainRef,
  TypedParam,
} from "@tsvirt/rpc";
import type { CallLimits, FlagOptions } from "./call-options.ts";
import type { Connection, RemoteCalls } from "./connection.ts";
import { VirtStream } from "./stream.ts";

/** {@link FlagOptions} of the two forms of a call: without `flags` the plain one is made, as in libvirt's API. */
type Options = FlagOptions;

/** A guest (`virDomainPtr`). It names the guest, it does not hold it: calls fail with `noDomain` when it has gone. */
export class Domain {
  readonly connection: Connection;
  #ref: DomainRef;

  constructor(connection: Connection, ref: DomainRef) {
    this.connection = connection;
    this.#ref = ref;
  }

  /** As the wire names it, for the calls of `connection.remote`. */
  get ref(): DomainRef {
    return this.#ref;
  }

  get name(): string {
    return this.#ref.name;
  }

  /** In lower case, with dashes. */
  get uuid(): string {
    return formatUuid(this.#ref.uuid);
  }

  /** Its number while it runs, as of when this object was made or {@link create} was called; -1 when it did not. */
  get id(): number {
    return this.#ref.id;
  }

  get #remote(): RemoteCalls {
    return this.connection.remote;
  }

  // --- life cycle

  /** Starts it. Flags: `DomainCreateFlags`. `virDomainCreate`, `virDomainCreateWithFlags`. */
  async create({ flags, ...limits }: Options = {}): Promise<void> {
    if (flags !== undefined) {
      this.#ref = (await this.#remote.domainCreateWithFlags({ dom: this.#ref, flags }, limits)).dom;
      return;
    }
    await this.#remote.domainCreate({ dom: this.#ref }, limits);
    // That call does not say the number.
    this.#ref = (await this.#remote.domainLookupByUuid({ uuid: this.#ref.uuid }, limits)).dom;
  }

  /** Asks its operating system to power off. Flags: `DomainShutdownFlags`. `virDomainShutdown`, `…Flags`. */
  async shutdown({ flags, ...limits }: Options = {}): Promise<void> {
    if (flags === undefined) await this.#remote.domainShutdown({ dom: this.#ref }, limits);
    else await this.#remote.domainShutdownFlags({ dom: this.#ref, flags }, limits);
  }

  /** Asks its operating system to reboot. Flags: `DomainRebootFlags`. `virDomainReboot`. */
  async reboot({ flags = 0, ...limits }: Options = {}): Promise<void> {
    await this.#remote.domainReboot({ dom: this.#ref, flags }, limits);
  }

  /** As the reset button. `virDomainReset`. */
  async reset({ flags = 0, ...limits }: Options = {}): Promise<void> {
    await this.#remote.domainReset({ dom: this.#ref, flags }, limits);
  }

  /** Ends it at once. Flags: `DomainDestroyFlags`. `virDomainDestroy`, `…Flags`. */
  async destroy({ flags, ...limits }: Options = {}): Promise<void> {
    if (flags === undefined) await this.#remote.domainDestroy({ dom: this.#ref }, limits);
    else await this.#remote.domainDestroyFlags({ dom: this.#ref, flags }, limits);
    this.#ref = { ...this.#ref, id: -1 };
  }

  /** Stops its processors. `virDomainSuspend`. */
  async suspend(options: CallLimits = {}): Promise<void> {
    await this.#remote.domainSuspend({ dom: this.#ref }, options);
  }

  /** Lets its processors go on. `virDomainResume`. */
  async resume(options: CallLimits = {}): Promise<void> {
    await this.#remote.domainResume({ dom: this.#ref }, options);
  }

  /** Forgets its definition. Flags: `DomainUndefineFlags`. `virDomainUndefine`, `…Flags`. */
  async undefine({ flags, ...limits }: Options = {}): Promise<void> {
    if (flags === undefined) await this.#remote.domainUndefine({ dom: this.#ref }, limits);
    else await this.#remote.domainUndefineFlags({ dom: this.#ref, flags }, limits);
  }

  /** Gives it another name. `virDomainRename`. */
  async rename(name: string, { flags = 0, ...limits }: Options = {}): Promise<void> {
    await this.#remote.domainRename({ dom: this.#ref, newName: name, flags }, limits);
    this.#ref = { ...this.#ref, name };
  }

  /** Saves its memory with the daemon and ends it; its next start goes on from there. `virDomainManagedSave`. */
  async managedSave({ flags = 0, ...limits }: Options = {}): Promise<void> {
    await this.#remote.domainManagedSave({ dom: this.#ref, flags }, limits);
  }

  /** Throws the saved memory away. `virDomainManagedSaveRemove`. */
  async managedSaveRemove({ flags = 0, ...limits }: Options = {}): Promise<void> {
    await this.#remote.domainManagedSaveRemove({ dom: this.#ref, flags }, limits);
  }

  /** `virDomainHasManagedSaveImage`. */
  async hasManagedSaveImage({ flags = 0, ...limits }: Options = {}): Promise<boolean> {
    return (await this.#remote.domainHasManagedSaveImage({ dom: this.#ref, flags }, limits)).result === 1;
  }

  /** Whether it starts with the host. `virDomainGetAutostart`. */
  async getAutostart(options: CallLimits = {}): Promise<boolean> {
    return (await this.#remote.domainGetAutostart({ dom: this.#ref }, options)).autostart === 1;
  }

  /** `virDomainSetAutostart`. */
  async setAutostart(autostart: boolean, options: CallLimits = {}): Promise<void> {
    await this.#remote.domainSetAutostart({ dom: this.#ref, autostart: autostart ? 1 : 0 }, options);
  }

  // --- what it is and does

  /** State (`DomainState`), memory in KiB, processors, processor time in nanoseconds. `virDomainGetInfo`. */
  getInfo(options: CallLimits = {}): Promise<DomainGetInfoRet> {
    return this.#remote.domainGetInfo({ dom: this.#ref }, options);
  }

  /** State (`DomainState`) and why (`DomainRunningReason`, `DomainPausedReason`, …). `virDomainGetState`. */
  getState({ flags = 0, ...limits }: Options = {}): Promise<{ readonly state: number; readonly reason: number }> {
    return this.#remote.domainGetState({ dom: this.#ref, flags }, limits);
  }

  /** Its document; flags: `DomainXmlFlags`. `virDomainGetXMLDesc`. */
  async getXmlDesc({ flags = 0, ...limits }: Options = {}): Promise<string> {
    return (await this.#remote.domainGetXmlDesc({ dom: this.#ref, flags }, limits)).xml;
  }

  /** `hvm`. `virDomainGetOSType`. */
  async getOsType(options: CallLimits = {}): Promise<string> {
    return (await this.#remote.domainGetOsType({ dom: this.#ref }, options)).type;
  }

  /** `virDomainIsActive`. */
  async isActive(options: CallLimits = {}): Promise<boolean> {
    return (await this.#remote.domainIsActive({ dom: this.#ref }, options)).active === 1;
  }

  /** Whether it has a stored definition. `virDomainIsPersistent`. */
  async isPersistent(options: CallLimits = {}): Promise<boolean> {
    return (await this.#remote.domainIsPersistent({ dom: this.#ref }, options)).persistent === 1;
  }

  /** State of the daemon's control over it (`DomainControlState`). `virDomainGetControlInfo`. */
  getControlInfo({ flags = 0, ...limits }: Options = {}): Promise<DomainGetControlInfoRet> {
    return this.#remote.domainGetControlInfo({ dom: this.#ref, flags }, limits);
  }

  /** Taints and deprecations; flags: `DomainMessageType`. `virDomainGetMessages`. */
  async getMessages({ flags = 0, ...limits }: Options = {}): Promise<readonly string[]> {
    return (await this.#remote.domainGetMessages({ dom: this.#ref, flags }, limits)).msgs;
  }

  /** A title, description or custom element (`DomainMetadataType`). `virDomainGetMetadata`. */
  async getMetadata(type: number, { uri, flags = 0, ...limits }: Options & { uri?: string } = {}): Promise<string> {
    const args = { dom: this.#ref, type, flags, ...(uri === undefined ? {} : { uri }) };
    return (await this.#remote.domainGetMetadata(args, limits)).metadata;
  }

  /** Sets or, without `metadata`, removes it. `virDomainSetMetadata`. */
  async setMetadata(
    change: { readonly type: number; readonly metadata?: string; readonly key?: string; readonly uri?: string },
    { flags = 0, ...limits }: Options = {},
  ): Promise<void> {
    await this.#remote.domainSetMetadata({ dom: this.#ref, ...change, flags }, limits);
  }

  // --- memory and processors

  /** Sets its memory now (balloon) or for the next start, in KiB. `virDomainSetMemory`, `…Flags`. */
  async setMemory(kib: bigint, { flags, ...limits }: Options = {}): Promise<void> {
    if (flags === undefined) await this.#remote.domainSetMemory({ dom: this.#ref, memory: kib }, limits);
    else await this.#remote.domainSetMemoryFlags({ dom: this.#ref, memory: kib, flags }, limits);
  }

  /** In KiB. `virDomainGetMaxMemory`. */
  async getMaxMemory(options: CallLimits = {}): Promise<bigint> {
    return (await this.#remote.domainGetMaxMemory({ dom: this.#ref }, options)).memory;
  }

  /** In KiB. `virDomainSetMaxMemory`. */
  async setMaxMemory(kib: bigint, options: CallLimits = {}): Promise<void> {
    await this.#remote.domainSetMaxMemory({ dom: this.#ref, memory: kib }, options);
  }

  /** Figures by `DomainMemoryStatTags`. `virDomainMemoryStats`. */
  async memoryStats({ flags = 0, ...limits }: Options = {}): Promise<readonly DomainMemoryStat[]> {
    return (await this.#remote.domainMemoryStats({ dom: this.#ref, maxStats: 1024, flags }, limits)).stats;
  }

  /** Number of processors; flags: `DomainVcpuFlags`. `virDomainGetVcpusFlags`. */
  async getVcpusFlags({ flags = 0, ...limits }: Options = {}): Promise<number> {
    return (await this.#remote.domainGetVcpusFlags({ dom: this.#ref, flags }, limits)).num;
  }

  /** `virDomainSetVcpus`, `…Flags`. */
  async setVcpus(count: number, { flags, ...limits }: Options = {}): Promise<void> {
    if (flags === undefined) await this.#remote.domainSetVcpus({ dom: this.#ref, nvcpus: count }, limits);
    else await this.#remote.domainSetVcpusFlags({ dom: this.#ref, nvcpus: count, flags }, limits);
  }

  // --- devices

  /** Plugs a device in; flags: `DomainDeviceModifyFlags`. `virDomainAttachDevice`, `…Flags`. */
  async attachDevice(xml: string, { flags, ...limits }: Options = {}): Promise<void> {
    if (flags === undefined) await this.#remote.domainAttachDevice({ dom: this.#ref, xml }, limits);
    else await this.#remote.domainAttachDeviceFlags({ dom: this.#ref, xml, flags }, limits);
  }

  /** Unplugs a device. `virDomainDetachDevice`, `…Flags`. */
  async detachDevice(xml: string, { flags, ...limits }: Options = {}): Promise<void> {
    if (flags === undefined) await this.#remote.domainDetachDevice({ dom: this.#ref, xml }, limits);
    else await this.#remote.domainDetachDeviceFlags({ dom: this.#ref, xml, flags }, limits);
  }

  /** Changes a device, e.g. a drive's medium. `virDomainUpdateDeviceFlags`. */
  async updateDevice(xml: string, { flags = 0, ...limits }: Options = {}): Promise<void> {
    await this.#remote.domainUpdateDeviceFlags({ dom: this.#ref, xml, flags }, limits);
  }

  /** Sizes of a disk (target or path) in bytes. `virDomainGetBlockInfo`. */
  getBlockInfo(path: string, { flags = 0, ...limits }: Options = {}): Promise<DomainGetBlockInfoRet> {
    return this.#remote.domainGetBlockInfo({ dom: this.#ref, path, flags }, limits);
  }

  /** All counters of a disk (target or path). `virDomainBlockStatsFlags`. */
  async blockStats(path: string, { flags = 0, ...limits }: Options = {}): Promise<readonly TypedParam[]> {
    const args = { dom: this.#ref, path, flags };
    const { nparams } = await this.#remote.domainBlockStatsFlags({ ...args, nparams: 0 }, limits);
    return (await this.#remote.domainBlockStatsFlags({ ...args, nparams }, limits)).params;
  }

  /** Counters of an interface (its name on the host, or its MAC); -1 where unknown. `virDomainInterfaceStats`. */
  interfaceStats(device: string, options: CallLimits = {}): Promise<DomainInterfaceStatsRet> {
    return this.#remote.domainInterfaceStats({ dom: this.#ref, device }, options);
  }

  /** Its addresses; `source` is a `DomainInterfaceAddressesSource`. `virDomainInterfaceAddresses`. */
  async interfaceAddresses(source = 0, { flags = 0, ...limits }: Options = {}): Promise<readonly DomainInterface[]> {
    return (await this.#remote.domainInterfaceAddresses({ dom: this.#ref, source, flags }, limits)).ifaces;
  }

  /** Its mounted file systems, by its agent. `virDomainGetFSInfo`. */
  async getFsInfo({ flags = 0, ...limits }: Options = {}): Promise<readonly DomainFsinfo[]> {
    return (await this.#remote.domainGetFsinfo({ dom: this.#ref, flags }, limits)).info;
  }

  /**
   * Presses keys together; codes are of `KeycodeSet` `codeset`, `holdtime` is in milliseconds. `virDomainSendKey`.
   */
  async sendKey(
    keycodes: readonly number[],
    { codeset = 0, holdtime = 0, flags = 0, ...limits }: Options & { codeset?: number; holdtime?: number } = {},
  ): Promise<void> {
    await this.#remote.domainSendKey({ dom: this.#ref, codeset, holdtime, keycodes: [...keycodes], flags }, limits);
  }

  /** `virDomainInjectNMI`. */
  async injectNmi({ flags = 0, ...limits }: Options = {}): Promise<void> {
    await this.#remote.domainInjectNmi({ dom: this.#ref, flags }, limits);
  }

  // --- streams

  /** The console, or the device of that alias. Flags: `DomainConsoleFlags`. `virDomainOpenConsole`. */
  async openConsole({ device, flags = 0, ...limits }: Options & { device?: string } = {}): Promise<VirtStream> {
    const args = { dom: this.#ref, flags, ...(device === undefined ? {} : { devName: device }) };
    return new VirtStream((await this.#remote.domainOpenConsole(args, limits)).stream);
  }

  /** A channel, by its target's name, or the first. Flags: `DomainChannelFlags`. `virDomainOpenChannel`. */
  async openChannel({ name, flags = 0, ...limits }: Options & { name?: string } = {}): Promise<VirtStream> {
    const args = { dom: this.#ref, flags, ...(name === undefined ? {} : { name }) };
    return new VirtStream((await this.#remote.domainOpenChannel(args, limits)).stream);
  }

  /** A picture of a display and its MIME type. `virDomainScreenshot`. */
  async screenshot({ screen = 0, flags = 0, ...limits }: Options & { screen?: number } = {}): Promise<Screenshot> {
    const { ret, stream } = await this.#remote.domainScreenshot({ dom: this.#ref, screen, flags }, limits);
    return { mime: ret.mime ?? "", stream: new VirtStream(stream) };
  }
}

/** A picture on its way. */
export interface Screenshot {
  /** E.g. `image/x-portable-pixmap`. */
  readonly mime: string;
  /** Its bytes: read {@link VirtStream.readable} to the end. */
  readonly stream: VirtStream;
}
