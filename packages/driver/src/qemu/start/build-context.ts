import { createCipheriv, randomBytes } from "node:crypto";
import { ErrorCode, InternalError, virtError } from "@tsvirt/base";
import type { BuildContext } from "@tsvirt/qemu";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";

/** Numbers, in QEMU, of what it inherits. */
export interface Inherited {
  /** Absent: it makes its monitor itself. */
  readonly monitor: number | undefined;
  /** Queues of taps by the interface's alias. */
  readonly taps: ReadonlyMap<string, readonly number[]>;
  /** Listening sockets by the character device's alias. */
  readonly listening: ReadonlyMap<string, number>;
  readonly incoming?: string;
}

const nothing: Inherited = { monitor: undefined, taps: new Map(), listening: new Map() };

/** What has been made for a run of a guest, as building its command line, or a device plugged in later, needs it. */
export function buildContext(
  driver: QemuDriver,
  guest: Guest,
  live: LiveGuest,
  inherited: Inherited = nothing,
): BuildContext {
  return {
    ...runContext(driver, guest.id, guest.name),
    monitor: inherited.monitor === undefined ? { path: live.paths.monitor } : { fd: inherited.monitor },
    encryptSecret: (_id, plain) => encrypt(live, plain),
    tap: (alias) => {
      const fds = inherited.taps.get(alias);
      return fds && { fds, vhostFds: [] };
    },
    listeningChardev: (alias) => inherited.listening.get(alias),
    ...(inherited.incoming !== undefined && { incoming: inherited.incoming }),
  };
}

/** The descriptor that a command line which is only shown names where a start would have one. */
const SHOWN_FD = 3;

/** For a command line that is only shown: nothing is made, and QEMU opens by their paths what is not a tap. */
export function shownContext(driver: QemuDriver, name: string): BuildContext {
  return {
    ...runContext(driver, -1, name),
    monitor: { path: `${driver.layout.domainRun(-1, name)}/monitor.sock` },
    tap: () => ({ fds: [SHOWN_FD], vhostFds: [] }),
    otherFd: () => SHOWN_FD,
    listeningChardev: () => undefined,
  };
}

/** What does not depend on what has been opened. */
function runContext(
  driver: QemuDriver,
  id: number,
  name: string,
): Omit<BuildContext, "monitor" | "tap" | "listeningChardev"> {
  const { layout, clock } = driver;
  const directory = layout.domainRun(id, name);
  return {
    domainId: id,
    hostArch: driver.host.node.architecture,
    privileged: driver.privileged,
    config: driver.settings,
    privateDir: directory,
    channelDir: layout.domainChannels(id, name),
    masterKeyFile: layout.domainMasterKey(id, name),
    chardevFile: () => undefined,
    otherFd: () => undefined,
    // Helper processes that this version does not start: QEMU says that the socket is not there.
    passtSocket: () => `${directory}/passt.sock`,
    tpmSocket: `${directory}/swtpm.sock`,
    memorySubdir: directory.slice(directory.lastIndexOf("/domain-") + "/domain-".length),
    isHostCdrom: (path) => /^\/dev\/(?:sr|scd|cdrom)\d*$/.test(path),
    scsiGenericPath: () => {
      throw virtError(ErrorCode.configUnsupported, "SCSI host devices are not supported yet");
    },
    hugePages: [],
    now: Math.floor(clock.now() / 1000),
    utcOffset: -60 * new Date(clock.now()).getTimezoneOffset(),
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...ownNames() },
  };
}

/** Who the daemon is, which emulators from before QMP were told. */
function ownNames(): Record<string, string> {
  const names = ["USER", "LOGNAME"] as const;
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** AES-256-CBC with the run's master key: what QEMU's `secret` object with `keyid` and `iv` decrypts. */
function encrypt(live: LiveGuest, plain: Uint8Array): { data: string; iv: string } {
  if (!live.masterKey) throw new InternalError("a secret without a master key");
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", live.masterKey, iv);
  const data = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { data: data.toString("base64"), iv: iv.toString("base64") };
}
