import { ErrorCode, virtError } from "@tsvirt/base";
import { checkFileName } from "./names.ts";

/** Which of libvirt's three kinds of instance a driver is. */
export type LayoutKind = "system" | "session" | "embed";

/** Base directories of an instance; everything else follows from them. */
interface Bases {
  /** `/etc/libvirt` */
  readonly config: string;
  /** `/run/libvirt` */
  readonly run: string;
  /** The daemon's own pid file and log, without their names' last parts. */
  readonly daemon: { readonly pid: string; readonly log: string };
  /** QEMU driver's directories, which do not follow one rule. */
  readonly qemu: { readonly state: string; readonly lib: string; readonly log: string; readonly cache: string };
  readonly save: string;
  readonly swtpmStorage: string;
  readonly swtpmLog: string;
  readonly network: { readonly state: string; readonly pid: string; readonly dnsmasq: string };
}

/** What decides the session instance's directories: the XDG variables and the home directory. */
export interface SessionEnvironment {
  readonly HOME?: string | undefined;
  readonly XDG_CONFIG_HOME?: string | undefined;
  readonly XDG_CACHE_HOME?: string | undefined;
  readonly XDG_RUNTIME_DIR?: string | undefined;
}

/**
 * Every path of an instance, exactly where libvirt 9.0 has it, so that daemons can be swapped. The only place that
 * builds paths from names; each name is checked here (threat-model F2).
 */
export class Layout {
  readonly kind: LayoutKind;
  readonly #bases: Bases;

  private constructor(kind: LayoutKind, bases: Bases) {
    this.kind = kind;
    this.#bases = bases;
  }

  /** The root daemon's: `/etc/libvirt`, `/run/libvirt`, `/var/lib/libvirt`, `/var/cache/libvirt`, `/var/log/libvirt`. */
  static system(): Layout {
    return new Layout("system", {
      config: "/etc/libvirt",
      run: "/run/libvirt",
      daemon: { pid: "/run", log: "/var/log/libvirt" },
      qemu: {
        state: "/run/libvirt/qemu",
        lib: "/var/lib/libvirt/qemu",
        log: "/var/log/libvirt/qemu",
        cache: "/var/cache/libvirt/qemu",
      },
      save: "/var/lib/libvirt/qemu",
      swtpmStorage: "/var/lib/libvirt/swtpm",
      swtpmLog: "/var/log/swtpm/libvirt/qemu",
      network: { state: "/run/libvirt/network", pid: "/run/libvirt/network", dnsmasq: "/var/lib/libvirt/dnsmasq" },
    });
  }

  /** A user's own: below the XDG directories. Throws when neither they nor HOME are set. */
  static session(env: SessionEnvironment): Layout {
    const home = (variable: string | undefined, below: string): string => {
      if (variable?.startsWith("/")) return `${variable}/libvirt`;
      if (!env.HOME?.startsWith("/"))
        throw virtError(ErrorCode.internalError, "cannot find the home directory: HOME is not set");
      return `${env.HOME}/${below}/libvirt`;
    };
    const config = home(env.XDG_CONFIG_HOME, ".config");
    const cache = home(env.XDG_CACHE_HOME, ".cache");
    // libvirt falls back to the cache directory when there is no runtime directory.
    const run = env.XDG_RUNTIME_DIR?.startsWith("/") ? `${env.XDG_RUNTIME_DIR}/libvirt` : cache;
    return new Layout("session", {
      config,
      run,
      daemon: { pid: run, log: cache },
      qemu: {
        state: `${run}/qemu/run`,
        lib: `${config}/qemu/lib`,
        log: `${cache}/qemu/log`,
        cache: `${cache}/qemu/cache`,
      },
      save: `${config}/qemu`,
      swtpmStorage: `${config}/qemu/swtpm`,
      swtpmLog: `${cache}/swtpm/log`,
      network: { state: `${run}/network/lib`, pid: `${run}/network/run`, dnsmasq: `${run}/dnsmasq/lib` },
    });
  }

  /** One process's private instance, `qemu:///embed?root=DIR`. `root` is absolute. */
  static embed(root: string): Layout {
    if (!root.startsWith("/")) throw virtError(ErrorCode.invalidArg, `root path must be absolute, not '${root}'`);
    const base = root.replace(/\/+$/, "");
    return new Layout("embed", {
      config: `${base}/etc`,
      run: `${base}/run`,
      daemon: { pid: `${base}/run`, log: `${base}/log` },
      qemu: {
        state: `${base}/run/qemu`,
        lib: `${base}/lib/qemu`,
        log: `${base}/log/qemu`,
        cache: `${base}/cache/qemu`,
      },
      save: `${base}/lib/qemu`,
      swtpmStorage: `${base}/lib/swtpm`,
      swtpmLog: `${base}/log/swtpm`,
      network: { state: `${base}/run/network`, pid: `${base}/run/network`, dnsmasq: `${base}/lib/dnsmasq` },
    });
  }

  // ---- daemon ----

  /** Holds `libvirtd.conf`, `qemu.conf`, hooks and the drivers' folders. */
  get configDirectory(): string {
    return this.#bases.config;
  }

  /** Holds the daemon's sockets. */
  get runDirectory(): string {
    return this.#bases.run;
  }

  /** The daemon's pid file: libvirtd's, so that the two cannot run at once. */
  get daemonPidFile(): string {
    return `${this.#bases.daemon.pid}/libvirtd.pid`;
  }

  /** Where the daemon logs when it is in the background and nothing else is configured. */
  get daemonLog(): string {
    return `${this.#bases.daemon.log}/tsvirtd.log`;
  }

  /** A configuration file by its plain name, e.g. `qemu.conf`. */
  configFile(name: string): string {
    return `${this.#bases.config}/${checkFileName(name, "configuration file")}`;
  }

  /** A daemon's socket by its plain name, e.g. `libvirt-sock`. */
  socket(name: string): string {
    return checkSocketPath(`${this.#bases.run}/${checkFileName(name, "socket")}`);
  }

  /** A hook script, e.g. `qemu`; its directory `hooks/qemu.d` has more. */
  hook(name: string): string {
    return `${this.#bases.config}/hooks/${checkFileName(name, "hook")}`;
  }

  /** Intents of changes that touch several files; root-only. */
  get intentsDirectory(): string {
    return `${this.#bases.qemu.lib}/intents`;
  }

  // ---- the QEMU driver's directories ----

  /** Definitions: `/etc/libvirt/qemu`. */
  get domainDirectory(): string {
    return `${this.#bases.config}/qemu`;
  }
  get domainAutostartDirectory(): string {
    return `${this.#bases.config}/qemu/autostart`;
  }
  /** Status and pid files: `/run/libvirt/qemu`. */
  get qemuStateDirectory(): string {
    return this.#bases.qemu.state;
  }
  /** `/var/lib/libvirt/qemu` */
  get qemuLibDirectory(): string {
    return this.#bases.qemu.lib;
  }
  get qemuLogDirectory(): string {
    return this.#bases.qemu.log;
  }
  get qemuCacheDirectory(): string {
    return this.#bases.qemu.cache;
  }
  /** Cached answers of emulators. */
  get capabilitiesCacheDirectory(): string {
    return `${this.#bases.qemu.cache}/capabilities`;
  }
  /** Cached answers of one emulator, by a key made from its path (libvirt: the SHA-256 of it). */
  capabilitiesCache(key: string): string {
    return `${this.capabilitiesCacheDirectory}/${checkFileName(key, "capabilities", ".json")}.json`;
  }
  /** A name for a file that is read back and removed at once, in a directory that is root's (or the user's) alone. */
  temporaryFile(purpose: string): string {
    const unique = globalThis.crypto.randomUUID();
    return `${this.#bases.qemu.cache}/${checkFileName(`${purpose}.${unique}`, "temporary file")}`;
  }
  get saveDirectory(): string {
    return `${this.#bases.save}/save`;
  }
  get snapshotDirectory(): string {
    return `${this.#bases.save}/snapshot`;
  }
  get checkpointDirectory(): string {
    return `${this.#bases.save}/checkpoint`;
  }
  get dumpDirectory(): string {
    return `${this.#bases.save}/dump`;
  }
  get nvramDirectory(): string {
    return `${this.#bases.save}/nvram`;
  }
  get channelDirectory(): string {
    return `${this.#bases.save}/channel/target`;
  }
  get memoryBackingDirectory(): string {
    return `${this.#bases.save}/ram`;
  }
  get swtpmStorageDirectory(): string {
    return this.#bases.swtpmStorage;
  }
  get swtpmLogDirectory(): string {
    return this.#bases.swtpmLog;
  }
  /** One daemon per state directory: its lock. */
  get qemuDriverLock(): string {
    return `${this.#bases.qemu.state}/driver.pid`;
  }
  /** Exists once autostart has been done since boot. */
  get qemuAutostartedMark(): string {
    return `${this.#bases.qemu.state}/autostarted`;
  }

  // ---- files of a domain ----

  domainDefinition(name: string): string {
    return `${this.domainDirectory}/${checkFileName(name, "domain", ".xml")}.xml`;
  }
  domainAutostart(name: string): string {
    return `${this.domainAutostartDirectory}/${checkFileName(name, "domain", ".xml")}.xml`;
  }
  domainStatus(name: string): string {
    return `${this.#bases.qemu.state}/${checkFileName(name, "domain", ".xml")}.xml`;
  }
  domainPid(name: string): string {
    return `${this.#bases.qemu.state}/${checkFileName(name, "domain", ".pid")}.pid`;
  }
  /** Held exclusively while a child is placed, and by the running guest as long as it lives. */
  domainLock(name: string): string {
    return `${this.#bases.qemu.state}/${checkFileName(name, "domain", ".lock")}.lock`;
  }
  domainLog(name: string): string {
    return `${this.#bases.qemu.log}/${checkFileName(name, "domain", ".log")}.log`;
  }
  domainManagedSave(name: string): string {
    return `${this.saveDirectory}/${checkFileName(name, "domain", ".save")}.save`;
  }
  domainSnapshots(name: string): string {
    return `${this.snapshotDirectory}/${checkFileName(name, "domain")}`;
  }
  domainSnapshot(name: string, snapshot: string): string {
    return `${this.domainSnapshots(name)}/${checkFileName(snapshot, "snapshot", ".xml")}.xml`;
  }
  domainCheckpoints(name: string): string {
    return `${this.checkpointDirectory}/${checkFileName(name, "domain")}`;
  }
  domainCheckpoint(name: string, checkpoint: string): string {
    return `${this.domainCheckpoints(name)}/${checkFileName(checkpoint, "checkpoint", ".xml")}.xml`;
  }
  domainNvram(name: string): string {
    return `${this.nvramDirectory}/${checkFileName(name, "domain", "_VARS.fd")}_VARS.fd`;
  }
  /** Directory of one run of a guest: monitor socket, master key. */
  domainRun(id: number, name: string): string {
    return `${this.#bases.qemu.lib}/domain-${shortName(id, name)}`;
  }
  domainMonitor(id: number, name: string): string {
    return checkSocketPath(`${this.domainRun(id, name)}/monitor.sock`);
  }
  /** Second names of monitor sockets, for when the first is unlinked; root-only, in the same file system. */
  get spareMonitorDirectory(): string {
    return `${this.#bases.qemu.lib}/monitors`;
  }
  domainSpareMonitor(uuid: string): string {
    return checkSocketPath(`${this.spareMonitorDirectory}/${checkFileName(uuid, "domain", ".sock")}.sock`);
  }
  /** Directory of the lists of files that guests' QEMUs have been given; gone after a reboot, as the guests are. */
  get labelledDirectory(): string {
    return `${this.qemuStateDirectory}/labelled`;
  }
  domainLabelled(uuid: string): string {
    return `${this.labelledDirectory}/${checkFileName(uuid, "domain", ".json")}.json`;
  }
  /** A second copy of a running guest's status, beside {@link domainSpareMonitor}. */
  domainSpareStatus(uuid: string): string {
    return `${this.spareMonitorDirectory}/${checkFileName(uuid, "domain", ".xml")}.xml`;
  }
  domainMasterKey(id: number, name: string): string {
    return `${this.domainRun(id, name)}/master-key.aes`;
  }
  /** Directory of the agent sockets that libvirt makes up: `channel/target/domain-ID-NAME`. */
  domainChannels(id: number, name: string): string {
    return `${this.channelDirectory}/domain-${shortName(id, name)}`;
  }
  domainChannel(id: number, name: string, channel: string): string {
    return checkSocketPath(`${this.domainChannels(id, name)}/${checkFileName(channel, "channel")}`);
  }

  // ---- virtual networks ----

  get networkDirectory(): string {
    return `${this.#bases.config}/qemu/networks`;
  }
  get networkAutostartDirectory(): string {
    return `${this.networkDirectory}/autostart`;
  }
  get networkStateDirectory(): string {
    return this.#bases.network.state;
  }
  get networkPidDirectory(): string {
    return this.#bases.network.pid;
  }
  get dnsmasqDirectory(): string {
    return this.#bases.network.dnsmasq;
  }
  get networkDriverLock(): string {
    return `${this.#bases.network.state}/driver.pid`;
  }
  get networkAutostartedMark(): string {
    return `${this.#bases.network.state}/autostarted`;
  }
  networkDefinition(name: string): string {
    return `${this.networkDirectory}/${checkFileName(name, "network", ".xml")}.xml`;
  }
  networkAutostart(name: string): string {
    return `${this.networkAutostartDirectory}/${checkFileName(name, "network", ".xml")}.xml`;
  }
  networkStatus(name: string): string {
    return `${this.#bases.network.state}/${checkFileName(name, "network", ".xml")}.xml`;
  }
  /** Directory of the ports (interfaces that guests plugged in) of a network. */
  networkPorts(name: string): string {
    return `${this.#bases.network.state}/${checkFileName(name, "network")}/ports`;
  }
  networkPort(name: string, uuid: string): string {
    return `${this.networkPorts(name)}/${checkFileName(uuid, "network port", ".xml")}.xml`;
  }
  dnsmasqPid(name: string): string {
    return `${this.#bases.network.pid}/${checkFileName(name, "network", ".pid")}.pid`;
  }
  /** dnsmasq's files of a network. */
  dnsmasqFile(name: string, kind: "conf" | "hostsfile" | "addnhosts" | "leases"): string {
    return `${this.#bases.network.dnsmasq}/${checkFileName(name, "network", `.${kind}`)}.${kind}`;
  }
  /** Leases as libvirt's lease helper keeps them, JSON, by bridge: read by libnss-libvirt too. */
  leaseStatus(bridge: string): string {
    return `${this.#bases.network.dnsmasq}/${checkFileName(bridge, "bridge", ".status")}.status`;
  }
  /** MAC addresses of the guests of a bridge, JSON. */
  macMap(bridge: string): string {
    return `${this.#bases.network.dnsmasq}/${checkFileName(bridge, "bridge", ".macs")}.macs`;
  }
}

/** `ID-NAME` with the name cut to 20 characters, as libvirt names a run's directories (socket paths are short). */
function shortName(id: number, name: string): string {
  const points = [...checkFileName(name, "domain")];
  return `${id}-${points.slice(0, 20).join("")}`;
}

/** The most bytes a socket path may have: `sun_path` is 108 bytes with its final NUL. */
const SOCKET_PATH_MAX = 107;

/** Refuses a unix socket's path that the kernel cannot take, by name, before anything is started. */
export function checkSocketPath(path: string): string {
  const { length } = new TextEncoder().encode(path);
  if (length > SOCKET_PATH_MAX) throw virtError(ErrorCode.internalError, `UNIX socket path '${path}' too long`);
  return path;
}
