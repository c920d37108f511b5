import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ErrorCode, virtError } from "@tsvirt/base";
import type { ConfValue } from "@tsvirt/codec/conf";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "@tsvirt/codec/options";
import { escapeXml } from "@tsvirt/codec/xml";
import { Cpu, type Domain } from "@tsvirt/model/domain";
import { type Pool, parsePool } from "@tsvirt/model/storage";
import {
  type BuildContext,
  type DomainCapabilitiesRequest,
  type FirmwareDescriptor,
  type HostFacts,
  type HostPciDevice,
  type HugePageMount,
  type PoolVolume,
  QemuConf,
  type QemuConfig,
  useVolume,
} from "@tsvirt/qemu";

import { jsonOf, readInput } from "./user-files.ts";

/** What `--host FILE` says of a host: facts that stand in for this machine's. */
export interface HostProfile {
  readonly facts: HostFacts;
  /** Where things of the guest with this name would be, and what would be open, at a start. */
  context(domainName: string): BuildContext;
  /** Fills in what a start would choose: ports of displays and the like. */
  prepare(domain: Domain): void;
  /** What domain capabilities say of the host. */
  readonly capabilities: Omit<DomainCapabilitiesRequest, "emulator" | "virtType" | "arch" | "machine">;
  /** The host's CPU as `<cpu>`, if the profile has one. */
  readonly cpuXml: string | undefined;
  readonly numaNodes: readonly number[];
}

/** The number libvirt's tests give the descriptors of what would be open. */
const MADE_UP_FD = 1729;

/** A privileged x86_64 host with libvirt's defaults, for conversions that say nothing of a host. */
export function anyHost(): HostProfile {
  return profileOf({}, []);
}

/** Where packages and the administrator put firmware descriptors, the strongest first (QEMU's firmware.json). */
const FIRMWARE_DIRECTORIES = ["/etc/qemu/firmware", "/usr/share/qemu/firmware"] as const;

/** Node's names of architectures that differ from libvirt's. */
const architectures: Readonly<Record<string, string>> = {
  x64: "x86_64",
  ia32: "i686",
  arm64: "aarch64",
  arm: "armv7l",
};

/** This machine, as far as command lines depend on it. */
export async function thisHost(): Promise<HostProfile> {
  const firmware = await readFirmware(FIRMWARE_DIRECTORIES);
  return profileOf({ arch: architectures[process.arch] ?? process.arch, now: Math.floor(Date.now() / 1000) }, firmware);
}

/** Reads the JSON file of `--host`. Throws a `VirtError` for one that is no object. */
export async function readHostProfile(file: string): Promise<HostProfile> {
  const value = jsonOf(await readInput(file), file);
  if (!isJsonObject(value)) throw virtError(ErrorCode.invalidArg, `${file} is no host profile`);
  const dirs = strings(value.firmwareDirs).map((dir) => join(dirname(file), dir));
  return profileOf(value, await readFirmware(dirs), await readPools(value.storagePools, dirname(file)));
}

function profileOf(
  profile: JsonObject,
  firmware: readonly FirmwareDescriptor[],
  pools: StoragePools = new Map(),
): HostProfile {
  const config = configOf(isJsonObject(profile.qemuConf) ? profile.qemuConf : {});
  const privileged = profile.privileged !== false;
  const emulators = isJsonObject(profile.emulators) ? profile.emulators : {};
  const libDir = text(profile.libDir) ?? "/var/lib/libvirt/qemu";
  const random = counter();
  const pciDevices = pciDevicesOf(profile.pciDevices);
  const domainId = typeof profile.domainId === "number" ? profile.domainId : -1;
  const autoNodeset = text(profile.autoNodeset);
  return {
    facts: {
      privileged,
      arch: text(profile.arch) ?? "x86_64",
      config,
      nvramDir: text(profile.nvramDir) ?? "/var/lib/libvirt/qemu/nvram",
      nvramTemplateFor: () => undefined,
      firmware,
      env: isJsonObject(profile.env) ? stringsOf(profile.env) : {},
      emulatorFor: (arch) =>
        text(emulators[arch]) ?? (profile.emulators === undefined ? `/usr/bin/qemu-system-${arch}` : undefined),
      ...hostCpuOf(profile.cpu),
      pciDevice: (address) => pciDevices.get(address),
      ...(profile.vfio === false && { vfio: false }),
      ...(profile.swtpm !== undefined && { tpmVersions: strings(profile.swtpm) }),
      ...(typeof profile.securityModel === "string" && { securityModel: profile.securityModel }),
      random,
    },
    context: (fullName) => {
      // Names of directories are short, so that sockets in them can be reached.
      const domainName = fullName.slice(0, 20);
      return {
        domainId,
        hostArch: text(profile.arch) ?? "x86_64",
        privileged,
        config,
        privateDir: `${libDir}/domain-${domainId}-${domainName}`,
        channelDir: `${text(profile.channelTargetDir) ?? `${libDir}/channel/target`}/domain-${domainId}-${domainName}`,
        masterKeyFile: `${libDir}/domain-${domainId}-${domainName}/master-key.aes`,
        monitor: { fd: MADE_UP_FD },
        encryptSecret: () => ({
          data: "9eao5F8qtkGt+seB1HYivWIxbtwUu6MQtg1zpj/oDtUsPr1q8wBYM91uEHCn6j/1",
          iv: "AAECAwQFBgcICQoLDA0ODw==",
        }),
        secretValue: () => new TextEncoder().encode(text(profile.secretValue) ?? ""),
        tap: () => ({ fds: [MADE_UP_FD], vhostFds: [] }),
        listeningChardev: () => MADE_UP_FD,
        // `openFiles: false`: QEMU opens files itself, as libvirt's domxml-to-native shows it.
        chardevFile: () => (profile.openFiles === false ? undefined : MADE_UP_FD),
        otherFd: () => MADE_UP_FD,
        tpmSocket: "/dev/test",
        scsiGenericPath: () => "/dev/sg0",
        utcOffset: 1800,
        renderNode: text(profile.drmRenderNode),
        fips: profile.fips === true,
        memorySubdir: `${domainId}-${domainName}`,
        passtSocket: (alias) => `/run/libvirt/qemu/passt/${domainId}-${domainName}-${alias}.socket`,
        hugePages: hugePagesOf(profile.hugetlbfs),
        fdGroup: (name) => {
          const group = isJsonObject(profile.fdGroups) ? profile.fdGroups[name] : undefined;
          return group === undefined ? undefined : numbers(group);
        },
        isHostCdrom: (path) => strings(profile.hostCdromPaths).includes(path),
        ...(isJsonObject(profile.numa) && { numaNodes: numbers(profile.numa.availableNodes) }),
        now: typeof profile.now === "number" ? profile.now : 0,
        env: isJsonObject(profile.env) ? stringsOf(profile.env) : {},
        ...(autoNodeset !== undefined && { autoNodeset }),
      };
    },
    prepare: (domain) => {
      chooseDisplays(domain, config);
      resolveVolumes(domain, pools);
    },
    capabilities: {
      hostArch: text(profile.arch) ?? "x86_64",
      hostCpuModel: hostCpuOf(profile.cpu).hostCpu?.model,
      firmware,
      loaders: profile.domcapsLoaders === undefined ? undefined : strings(profile.domcapsLoaders),
      kvmMaxVcpus: typeof profile.kvmMaxVcpus === "number" ? profile.kvmMaxVcpus : 2 ** 31 - 1,
      hasVfio: profile.vfio !== false,
      tpmVersions: strings(profile.swtpm),
    },
    cpuXml: text(profile.cpu),
    numaNodes: isJsonObject(profile.numa) ? numbers(profile.numa.availableNodes) : [0],
  };
}

/** The host's CPU of a profile, which is the text of a `<cpu>` of host capabilities. */
function hostCpuOf(value: JsonValue | undefined): Pick<HostFacts, "hostCpu"> {
  const xml = text(value);
  if (xml === undefined) return {};
  const { model, vendor, features } = Cpu.read(xml).value;
  return { hostCpu: { model: model?.name, vendor, features: features.map(({ name }) => name) } };
}

/** Ports as if no other guest ran; sockets where qemu.conf wants them. */
function chooseDisplays(domain: Domain, config: QemuConfig): void {
  for (const graphics of domain.devices?.graphics ?? []) {
    if (graphics.type !== "vnc" && graphics.type !== "spice") continue;
    const [listen] = graphics.listens;
    const bySocket = graphics.type === "vnc" ? config.vnc_auto_unix_socket : config.spice_auto_unix_socket;
    if (bySocket === true && listen?.type === "address" && listen.address === undefined) {
      graphics.listens[0] = { type: "socket" };
    } else if (listen?.type === "address" && graphics.type === "vnc") {
      if ((graphics.port ?? -1) < 0) graphics.port = 5900;
      if (graphics.websocket === -1) graphics.websocket = 5700;
    } else if (listen?.type === "address" && graphics.type === "spice") {
      if (graphics.autoport === true || graphics.port === -1) graphics.port = 5901;
      if (config.spice_tls === true && (graphics.autoport === true || graphics.tlsPort === -1)) graphics.tlsPort = 5902;
    }
  }
}

/** Disks that name a volume get what the profile's pools have under that name. */
function resolveVolumes(domain: Domain, pools: StoragePools): void {
  for (const disk of domain.devices?.disks ?? []) {
    const { pool, volume } = disk.source ?? {};
    if (disk.type !== "volume" || pool === undefined || volume === undefined) continue;
    const known = pools.get(pool);
    if (!known) throw virtError(ErrorCode.noStoragePool, `no storage pool with matching name '${pool}'`);
    const found = known.volumes.get(volume);
    if (!found) throw virtError(ErrorCode.noStorageVol, `no storage vol with matching name '${volume}'`);
    useVolume(disk, known.pool, found);
  }
}

/** Pools by the name that disks know them by. */
type StoragePools = ReadonlyMap<string, { readonly pool: Pool; readonly volumes: ReadonlyMap<string, PoolVolume> }>;

async function readPools(value: JsonValue | undefined, directory: string): Promise<StoragePools> {
  const pools = new Map<string, { pool: Pool; volumes: ReadonlyMap<string, PoolVolume> }>();
  for (const [name, entry] of isJsonObject(value) ? Object.entries(value) : []) {
    if (!isJsonObject(entry)) continue;
    const file = text(entry.xml);
    const xml =
      file === undefined
        ? `<pool type='dir'><name>${escapeXml(name)}</name><target><path>/</path></target></pool>`
        : await readInput(join(directory, file));
    const volumes = isJsonObject(entry.volumes) ? Object.entries(entry.volumes) : [];
    pools.set(name, {
      pool: parsePool(xml),
      volumes: new Map(volumes.flatMap(([key, volume]) => volumeOf(key, volume))),
    });
  }
  return pools;
}

function volumeOf(name: string, value: JsonValue): readonly (readonly [string, PoolVolume])[] {
  if (!isJsonObject(value)) return [];
  const path = text(value.path);
  const type = text(value.type);
  const kind = type === "block" || type === "dir" || type === "network" ? type : "file";
  return path === undefined ? [] : [[name, { path, type: kind }]];
}

/** 00 01 02 …, so that what is made up is the same each time. */
function counter(): (count: number) => Uint8Array {
  return (count) => Uint8Array.from({ length: count }, (_, index) => index & 0xff);
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
function strings(value: JsonValue | undefined): string[] {
  return isJsonArray(value) ? value.filter((item) => typeof item === "string") : [];
}
function numbers(value: JsonValue | undefined): number[] {
  return isJsonArray(value) ? value.filter((item) => typeof item === "number") : [];
}
function stringsOf(value: JsonObject): Record<string, string> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]));
}

/** Keys of qemu.conf as JSON has them: numbers for 0 and 1 too. What is no value of its key is left out. */
function configOf(conf: JsonObject): QemuConfig {
  const fields: Readonly<Record<string, { readonly scalar: { fromConf(value: ConfValue): unknown } }>> =
    QemuConf.fields;
  return Object.fromEntries(
    Object.entries(conf).flatMap(([key, value]) => {
      const coded = Object.hasOwn(fields, key) ? confValue(value) : undefined;
      const read = coded === undefined ? undefined : fields[key]?.scalar.fromConf(coded);
      return read === undefined ? [] : [[key, read]];
    }),
  );
}

function confValue(value: JsonValue | undefined): ConfValue | undefined {
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value === "string") return value;
  return isJsonArray(value) ? value.filter((item) => typeof item === "string") : undefined;
}

/** The host's PCI devices by address. */
function pciDevicesOf(value: JsonValue | undefined): ReadonlyMap<string, HostPciDevice> {
  const devices = isJsonArray(value) ? value.filter(isJsonObject) : [];
  return new Map(
    devices.map(({ address, iommuGroup, isPciExpress }) => [
      text(address) ?? "",
      {
        ...(typeof iommuGroup === "number" && { iommuGroup }),
        ...(typeof isPciExpress === "boolean" && { isExpress: isPciExpress }),
      },
    ]),
  );
}

function hugePagesOf(value: JsonValue | undefined): HugePageMount[] {
  if (!isJsonArray(value)) return [];
  return value.filter(isJsonObject).map((mount) => ({
    path: text(mount.path) ?? "",
    sizeKib: typeof mount.sizeKiB === "number" ? mount.sizeKiB : 0,
    isDefault: mount.default === true,
  }));
}

/** No directory is one without files. */
async function namesIn(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  });
}

/** Descriptors by file name; the first directory that has a name wins, as in QEMU's firmware interface. */
async function readFirmware(dirs: readonly string[]): Promise<FirmwareDescriptor[]> {
  const found = new Map<string, string>();
  for (const dir of dirs) {
    for (const name of await namesIn(dir)) {
      if (name.endsWith(".json") && !found.has(name)) found.set(name, join(dir, name));
    }
  }
  const names = [...found.keys()].sort();
  return Promise.all(
    names.map(async (name) => ({
      path: found.get(name) ?? name,
      text: await readInput(found.get(name) ?? name),
    })),
  );
}
