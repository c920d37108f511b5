import { ErrorCode, together, virtError } from "@tsvirt/base";
import type { Descriptor } from "@tsvirt/host";
import { buildCommandLine, type CommandLine } from "@tsvirt/qemu";
import { placeInGroups } from "../cgroups/guest-groups.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { launchLabelOf } from "../security/confine.ts";
import { saveStatus } from "../status/save.ts";
import { LIBVIRT_VERSION_TEXT } from "../version.ts";
import { buildContext } from "./build-context.ts";
import { appendToLog, logSize, startEntry } from "./guest-log.ts";
import type { Taps } from "./interfaces.ts";
import { limitsOf } from "./limits.ts";
import type { RunDescriptors } from "./run-directory.ts";
import { taint } from "./taint.ts";

/** How QEMU is to come up. */
export interface BringUpOptions {
  /** Wait for a memory image: the argument of `-incoming`. */
  readonly incoming?: string;
  readonly resetNvram?: boolean;
}

/** The first descriptor that is free in the child: 0 to 2 are its standard ones. */
const FIRST_FD = 3;

/**
 * Starts QEMU. Its process exists, and is on record with its number, before it becomes QEMU; a daemon that dies in
 * between takes it along. On return QEMU has what it inherits, and the caller may close its own descriptors.
 */
export async function launchQemu(
  driver: QemuDriver,
  guest: Guest,
  live: LiveGuest,
  descriptors: RunDescriptors,
  taps: Taps,
  options: BringUpOptions,
): Promise<void> {
  const fds = new Map<number, Pick<Descriptor, "fd">>([
    [1, descriptors.log],
    [2, descriptors.log],
  ]);
  const line = commandLine(driver, guest, live, descriptors, taps, options, fds);
  const argv: [string, ...string[]] = [line.emulator, ...line.args];
  await appendToLog(driver, guest.name, await logEntry(driver, live, line));
  if (live.domain.qemuCommandline) await taint(driver, guest, live, "custom-argv");
  live.logStart = await logSize(driver, guest.name);
  const label = launchLabelOf(driver, live);
  const { layout, host, settings } = driver;
  const { user } = live;
  const keepsAll = user?.uid === 0 && !settings.clear_emulator_capabilities;
  if (user && (user.uid === 0 || user.gid === 0)) await taint(driver, guest, live, "high-privileges");
  const child = await host.processes.launch({
    argv,
    env: line.env,
    fds,
    ...(user && { credentials: user }),
    // The kernel would not let such a process into a profile of its own; QEMU's sandbox sets it right after that.
    noNewPrivileges: label === undefined,
    ...(label && { label }),
    // The seed's promise: nothing above the user's own rights, for root's QEMU too.
    ...(user && !keepsAll && { capabilities: [] }),
    limits: limitsOf(live.domain, settings),
    lockFile: layout.domainLock(guest.name),
    place: async (identity) => {
      refuseEnded(live);
      // Not before: had another QEMU of this guest held the lock, these would be its files.
      live.holdings.add(() => removeRunFiles(driver, guest.name));
      live.identity = identity;
      guest.mustApply({ kind: "launched", pid: identity.pid });
      await together([
        driver.store.write(layout.domainPid(guest.name), String(identity.pid), { mode: 0o644 }),
        saveStatus(driver, guest),
      ]);
      await placeInGroups(driver, guest, live, identity.pid);
    },
  });
  live.process = child;
}

/** Whoever destroys a guest that has no process yet leaves it to the start to stop: throws then. */
export function refuseEnded(live: LiveGuest): void {
  if (live.ending !== undefined)
    throw virtError(ErrorCode.operationFailed, "domain was destroyed while it was starting");
}

/** Removes what says that a guest runs. */
export async function removeRunFiles(driver: QemuDriver, name: string): Promise<void> {
  const { layout, store } = driver;
  await together([store.remove(layout.domainStatus(name)), store.remove(layout.domainPid(name))]);
  await driver.host.files.unlink(layout.domainLock(name));
}

/** Numbers the descriptors that QEMU inherits, and builds the command line that names them. */
function commandLine(
  driver: QemuDriver,
  guest: Guest,
  live: LiveGuest,
  descriptors: RunDescriptors,
  taps: Taps,
  options: BringUpOptions,
  fds: Map<number, Pick<Descriptor, "fd">>,
): CommandLine {
  let next = FIRST_FD;
  const inherit = (descriptor: Pick<Descriptor, "fd">): number => {
    const number = next++;
    fds.set(number, descriptor);
    return number;
  };
  const monitor = descriptors.monitor && inherit(descriptors.monitor);
  const tapFds = new Map([...taps].map(([alias, ends]) => [alias, ends.map(inherit)]));
  const listening = new Map([...descriptors.listening].map(([alias, end]) => [alias, inherit(end)]));
  const context = buildContext(driver, guest, live, {
    monitor,
    taps: tapFds,
    listening,
    ...(options.incoming !== undefined && { incoming: options.incoming }),
  });
  return buildCommandLine(live.domain, live.capabilities, context);
}

async function logEntry(driver: QemuDriver, live: LiveGuest, line: CommandLine): Promise<string> {
  const { version, data } = live.capabilities;
  const dotted = `${Math.floor(version / 1_000_000)}.${Math.floor(version / 1_000) % 1_000}.${version % 1_000}`;
  const facts = {
    version: LIBVIRT_VERSION_TEXT,
    packageVersion: "tsvirt",
    qemuVersion: `${dotted}${data.package}`,
    kernel: driver.host.node.kernelRelease(),
    hostname: await driver.hostname(),
  };
  return startEntry(driver.clock.now(), facts, line);
}
