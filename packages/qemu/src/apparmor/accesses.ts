import type {
  BackingStore,
  ChardevSource,
  Console,
  Disk,
  Domain,
  Graphics,
  Hostdev,
  Shmem,
  StorageSource,
  Tpm,
} from "@tsvirt/model/domain";

/** What a guest's process may do with a path: AppArmor's letters, of which `k` is locking and `l` is linking. */
export type Permissions = "r" | "rk" | "rw" | "rwk" | "rwl";

/** One thing that a guest needs. */
export type Access =
  | {
      readonly kind: "path";
      /** As the document has it: symbolic links in it are for whoever makes the rule to resolve. */
      readonly path: string;
      readonly permissions: Permissions;
      /** The directory and all that is in it. */
      readonly isTree?: boolean;
      /** What stands behind the path in the rule: `/{,**}` for a directory and all in it. */
      readonly pattern?: "/{,**}";
      /** What cannot be had is left out, and no reason to do without the rest. */
      readonly isOptional?: boolean;
      /** The rule also denies writing, without a line in the kernel's log. Default: whenever it is not allowed. */
      readonly deniesWriting?: boolean;
    }
  /** A rule whose every part is ours, or stands for one path by {@link quotePath}. */
  | { readonly kind: "rule"; readonly text: string };

/** What is not in the document. */
export interface AccessFacts {
  /** Where libvirt has its files; see {@link systemDirectories}. */
  readonly directories: AccessDirectories;
  /** The host's first device for drawing, for displays that leave the choice to the host. */
  readonly renderNode?: string | undefined;
  /** Files through which the host's devices of {@link hostDevices} are used. */
  readonly hostFiles: readonly string[];
}

/** Directories that rules name. */
export interface AccessDirectories {
  /** `/run` */
  readonly run: string;
  /** `/var` */
  readonly state: string;
}

/** Those of the system's instance. */
export const systemDirectories: AccessDirectories = { run: "/run", state: "/var" };

const pathTypes: ReadonlySet<string | undefined> = new Set(["pty", "dev", "file", "unix", "pipe"]);
const virtioModels: ReadonlySet<string> = new Set(["virtio", "virtio-transitional", "virtio-non-transitional"]);
const CARD_DATABASE = "/etc/pki/nssdb";

const file = (path: string, permissions: Permissions): Access => ({ kind: "path", path, permissions });
const rule = (text: string): Access => ({ kind: "rule", text });
const maybeFile = (path: string | undefined, permissions: Permissions): Access[] =>
  path === undefined || path === "" ? [] : [file(path, permissions)];

/** What every guest of QEMU has of libvirt's own: its log, its pid file, its monitor. `name` must be a checked one. */
export function ownAccesses({ name, id = -1 }: Domain, { directories }: AccessFacts): Access[] {
  const { run, state } = directories;
  const quoted = quotePath(name);
  return [
    rule(`"${state}/log/libvirt/**/${quoted}.log" w`),
    rule(`"${state}/lib/libvirt/qemu/domain-${quoted}/monitor.sock" rw`),
    rule(`"${state}/lib/libvirt/qemu/domain-${id}-${quotePath(cut(name))}/*" rw`),
    rule(`"${run}/libvirt/**/${quoted}.pid" rwk`),
    rule(`"${run}/libvirt/**/*.tunnelmigrate.dest.${quoted}" rw`),
  ];
}

/**
 * Everything that a guest's definition makes its process need, in the order of the profiles that libvirt 9.0 writes
 * (`virt-aa-helper`). The images behind a disk are those in the document: whoever asks reads them first.
 */
export function guestAccesses(domain: Domain, facts: AccessFacts): Access[] {
  const { os, devices } = domain;
  return [
    ...(devices?.disks ?? []).flatMap(imagesOf),
    ...(devices?.serials ?? []).flatMap((each) => chardevFiles(each.type, each.sources)),
    // The two ends of a pipe are looked for behind ports only, as in libvirt.
    ...ownConsoles(domain).flatMap(({ type, sources }) =>
      pathTypes.has(type) ? maybeFile(sources[0]?.path, "rw") : [],
    ),
    ...[...(devices?.parallels ?? []), ...(devices?.channels ?? [])].flatMap((each) =>
      chardevFiles(each.type, each.sources),
    ),
    ...[os.kernel, os.initrd, os.dtb, os.acpi?.tables[0]?.path].flatMap((path) => maybeFile(path, "r")),
    ...maybeFile(os.loader?.path, "rk"),
    ...nvramFiles(domain),
    ...(devices?.graphics ?? []).flatMap((each) => graphicsFiles(each, facts)),
    ...xauthFiles(devices?.graphics ?? []),
    ...facts.hostFiles.map((path) => file(path, "rw")),
    ...sharedTrees(domain),
    ...(devices?.inputs ?? []).flatMap(({ type, source }) =>
      type === "passthrough" || type === "evdev" ? maybeFile(source?.evdev ?? source?.dev, "rw") : [],
    ),
    ...(devices?.interfaces ?? []).flatMap(({ type, source }) =>
      type === "vhostuser" ? maybeFile(source?.path, "rw") : [],
    ),
    ...(devices?.memories ?? []).flatMap(({ model, source }) =>
      model === "nvdimm" || model === "virtio-pmem" ? maybeFile(source?.path, "rw") : [],
    ),
    ...(domain.sysinfos ?? []).flatMap(({ entries }) => entries.flatMap((entry) => maybeFile(entry.file, "r"))),
    ...(devices?.shmems ?? []).flatMap((shmem) => shmemFile(shmem, facts)),
    ...(devices?.tpms ?? []).flatMap((tpm) => tpmFiles(domain, tpm, facts)),
    ...(devices?.smartcards ?? []).flatMap(({ mode, database }) => cardFiles(mode, database)),
    ...(needsVhost(domain) ? [rule('"/dev/vhost-net" rw')] : []),
    ...(hostDevices(domain).some(needsVfio) ? ["/dev/vfio/vfio", "/dev/vfio/[0-9]*"] : []).map((path) =>
      rule(`"${path}" rw`),
    ),
    ...((devices?.graphics ?? []).some(needsGl) ? glRules(facts) : []),
  ];
}

/**
 * The host's devices that a guest gets, network cards among them: interfaces of the type `hostdev` are devices as well.
 */
export function hostDevices({ devices }: Domain): Hostdev[] {
  const cards = (devices?.interfaces ?? []).flatMap(({ type, source, driver }): Hostdev[] => {
    const address = source?.hostAddress;
    if (type !== "hostdev" || address === undefined) return [];
    const name = driver?.name === "kvm" || driver?.name === "xen" ? driver.name : "vfio";
    return [{ mode: "subsystem", type: "pci", driver: { name }, source: { address }, ips: [], routes: [] }];
  });
  return [...cards, ...(devices?.hostdevs ?? [])];
}

/** Consoles but the first, where that is another name of the first serial port. */
function ownConsoles({ devices }: Domain): Console[] {
  const { serials = [], consoles = [] } = devices ?? {};
  const isPort = serials.length > 0 && (consoles[0]?.target?.type ?? "serial") === "serial";
  return isPort ? consoles.slice(1) : consoles;
}

function imagesOf({ type, source, device, readonly, backingStore }: Disk): Access[] {
  // What is in a drive is written to by nobody.
  const top: Permissions = readonly === true || device === "cdrom" ? "rk" : "rwk";
  const own = localFile(type, source, top);
  // Without a medium there is nothing behind it either.
  return isEmpty(type, source) ? [] : [...own, ...behind(backingStore)];
}

/** The images behind one, which are only read. */
function behind(first: BackingStore | undefined): Access[] {
  const found: Access[] = [];
  for (let at = first; at?.type !== undefined; at = at.backingStore) found.push(...localFile(at.type, at.source, "rk"));
  return found;
}

function pathOf(type: string | undefined, source: StorageSource | undefined): string | undefined {
  if (type === "file") return source?.file;
  if (type === "block") return source?.dev;
  return type === "dir" ? source?.dir : undefined;
}

function localFile(type: string | undefined, source: StorageSource | undefined, permissions: Permissions): Access[] {
  return maybeFile(pathOf(type, source), permissions);
}

function isEmpty(type: string, source: StorageSource | undefined): boolean {
  return ["file", "block", "dir"].includes(type) && (pathOf(type, source) ?? "") === "";
}

function chardevFiles(type: string | undefined, [source]: readonly ChardevSource[]): Access[] {
  const path = pathTypes.has(type) ? source?.path : undefined;
  if (path === undefined || path === "") return [];
  return type === "pipe" ? [file(`${path}.in`, "rw"), file(`${path}.out`, "rw")] : [file(path, "rw")];
}

function nvramFiles({ os: { nvram } }: Domain): Access[] {
  if (nvram?.source === undefined) return maybeFile(nvram?.path, "rwk");
  return localFile(nvram.type, nvram.source, "rwk");
}

/** The device that a display draws with, if the document names one. */
function statedRenderNode(graphics: Graphics): string | undefined {
  const { type } = graphics;
  return type === "spice" || type === "egl-headless" || type === "dbus" ? graphics.gl?.rendernode : undefined;
}

function choosesRenderNode(graphics: Graphics): boolean {
  if (statedRenderNode(graphics) !== undefined) return false;
  if (graphics.type === "egl-headless") return true;
  return (graphics.type === "spice" || graphics.type === "dbus") && graphics.gl?.enable === true;
}

function needsGl(graphics: Graphics): boolean {
  return statedRenderNode(graphics) !== undefined || choosesRenderNode(graphics);
}

function graphicsFiles(graphics: Graphics, { renderNode }: AccessFacts): Access[] {
  const node = statedRenderNode(graphics) ?? (choosesRenderNode(graphics) ? renderNode : undefined);
  const drawing = maybeFile(node, "rw").map((access) => ({ ...access, isOptional: true }));
  const listens = "listens" in graphics ? graphics.listens : [];
  return [...drawing, ...listens.flatMap(({ type, socket }) => (type === "socket" ? maybeFile(socket, "rw") : []))];
}

/** A window of QEMU's own, if it is the guest's only display. */
function xauthFiles([first, ...others]: readonly Graphics[]): Access[] {
  return first?.type === "sdl" && others.length === 0 ? maybeFile(first.xauth, "r") : [];
}

function needsVfio(hostdev: Hostdev): boolean {
  if (hostdev.mode !== "subsystem") return false;
  if (hostdev.type === "mdev") return hostdev.model?.startsWith("vfio-") === true;
  return hostdev.type === "pci" && (hostdev.driver?.name ?? "vfio") === "vfio";
}

function sharedTrees({ devices }: Domain): Access[] {
  return (devices?.filesystems ?? []).flatMap(({ type, driver, source, readonly }) => {
    const path = source?.dir;
    if (type !== "mount" || (driver?.type ?? "path") !== "path" || path === undefined || path === "") return [];
    // A denial would hold for all of the host where its root is shared.
    const rights =
      readonly === true ? ({ permissions: "r", deniesWriting: false } as const) : { permissions: "rwl" as const };
    return [{ kind: "path", path, isTree: true, ...rights } satisfies Access];
  });
}

function shmemFile({ name, model, server }: Shmem, { directories }: AccessFacts): Access[] {
  if (server?.path !== undefined) return maybeFile(server.path, "rw");
  const path = model === "ivshmem-plain" ? `/dev/shm/${name}` : `${directories.state}/lib/libvirt/shmem-${name}-sock`;
  return [file(path, "rw")];
}

function tpmFiles({ id = -1, name, uuid = "" }: Domain, { backend }: Tpm, { directories }: AccessFacts): Access[] {
  if (backend.type !== "emulator") return [];
  const { run, state } = directories;
  const short = `${id}-${quotePath(cut(name))}`;
  const storage = `${state}/lib/libvirt/swtpm/${uuid}/${backend.version === "1.2" ? "tpm1.2" : "tpm2"}`;
  return [
    rule(`"${run}/libvirt/qemu/swtpm/${short}-swtpm.sock" rw`),
    rule(`"${storage}/" r`),
    rule(`"${storage}/**" rwk`),
    rule(`"${state}/log/swtpm/libvirt/qemu/${quotePath(name)}-swtpm.log" w`),
    rule(`"${run}/libvirt/qemu/swtpm/${short}-swtpm.pid" rw`),
  ];
}

function cardFiles(mode: string, database: string | undefined): Access[] {
  if (mode === "host") return [rule(`"${CARD_DATABASE}/{,*}" rk`)];
  return mode === "host-certificates" ? [rule(`"${quotePath(database ?? CARD_DATABASE)}/{,*}" rk`)] : [];
}

/** With KVM, whatever network card may be virtio's is served by the kernel. */
function needsVhost({ type, devices }: Domain): boolean {
  if (type !== "kvm") return false;
  return (devices?.interfaces ?? []).some(
    ({ model, driver }) => model === undefined || (virtioModels.has(model) && driver?.name !== "qemu"),
  );
}

/** Libraries and settings of the host's drivers for drawing. */
function glRules({ directories }: AccessFacts): Access[] {
  const readable = [
    "/etc/drirc",
    "/usr/share/drirc.d/{,*.conf}",
    "/etc/glvnd/egl_vendor.d/{,*}",
    "/usr/share/glvnd/egl_vendor.d/{,*}",
    "/usr/share/egl/egl_external_platform.d/",
    "/usr/share/egl/egl_external_platform.d/*",
    "/proc/modules",
    "/proc/driver/nvidia/params",
  ];
  return [
    ...["/usr/lib{,32,64}/dri/*.so*", "/usr/lib/@{multiarch}/dri/*.so*", "/usr/lib/fglrx/dri/*.so*"].map(
      (path) => `"${path}" mr`,
    ),
    ...readable.map((path) => `"${path}" r`),
    '"/dev/nvidiactl" rw',
    '"/dev/dri/" r',
    '"/sys/devices/**/{uevent,vendor,device,subsystem_vendor,subsystem_device,config,revision}" r',
    `deny "${directories.state}/lib/libvirt/.cache/" w`,
  ].map(rule);
}

/** The first 20 characters, as in the names of a run's directories. */
function cut(name: string): string {
  return [...name].slice(0, 20).join("");
}

/** A path as it stands in a rule for this one path: without the meaning that AppArmor gives to some characters. */
export function quotePath(path: string): string {
  return path.replace(/[*?[\]{}^]/g, "\\$&");
}
