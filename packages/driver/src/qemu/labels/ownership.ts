import { ErrorCode, type Rollback, VirtError, virtError } from "@tsvirt/base";
import { type HeldFile, hasErrno, type Owner } from "@tsvirt/host";
import type { Disk } from "@tsvirt/model/domain";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { dacLabelOf, ownerOf } from "./dac-label.ts";
import { type LabelledFile, labelledFiles, labelledImages } from "./labelled-files.ts";
import { writeLedger } from "./ledger.ts";
import { forgetOwner, remembered, rememberOwner, setCount } from "./remembered-owner.ts";

/** Who gets a file that nobody remembers the owner of, as in libvirt. */
const ROOT: Owner = { uid: 0, gid: 0 };

/**
 * Gives a guest's files to the user that its QEMU runs as, for as long as it runs (`dynamic_ownership` of qemu.conf).
 * Throws when another guest has one of them under another user.
 */
export async function takeFiles(driver: QemuDriver, live: LiveGuest): Promise<void> {
  await makeChardevFiles(driver, live);
  await takeAll(driver, live, labelledFiles(live.domain), live.holdings);
}

/** As {@link takeFiles} for the images of a disk that the guest gets while it runs; `undo` gives them back. */
export function takeImages(driver: QemuDriver, live: LiveGuest, disk: Disk, undo: Rollback): Promise<void> {
  return takeAll(driver, live, labelledImages(disk), undo);
}

/** Gives back the images of a disk that the guest has let go of, unless another of its disks needs them. */
export async function giveBackImages(driver: QemuDriver, live: LiveGuest, disk: Disk): Promise<void> {
  const needed = new Set(labelledFiles(live.domain).map(({ path }) => path));
  const paths = labelledImages(disk).map(({ path }) => path);
  await giveBackAll(
    driver,
    live,
    paths.filter((path) => !needed.has(path)),
  );
}

/** Whether files change hands for this guest at all. */
function isRelabelling(driver: QemuDriver, live: LiveGuest): boolean {
  const label = dacLabelOf(live.domain);
  return driver.user !== undefined && driver.settings.dynamic_ownership && label?.relabel !== false;
}

async function takeAll(
  driver: QemuDriver,
  live: LiveGuest,
  wanted: readonly LabelledFile[],
  undo: Rollback,
): Promise<void> {
  if (!isRelabelling(driver, live)) return;
  const label = dacLabelOf(live.domain);
  const own = label ? await ownerOf(driver.host, label.imagelabel ?? label.label ?? "") : driver.user;
  if (!own) return;
  const files = wanted.filter(({ path }) => !live.labelled.has(path));
  for (const { path, shared } of files) {
    const facts = await driver.host.files.facts(path);
    const before = otherHolder(driver, live, path)?.labelled.get(path)?.before;
    if (facts) live.labelled.set(path, { shared, before: before ?? { uid: facts.uid, gid: facts.gid } });
  }
  // Written first: whoever finds it after a crash gives back what was taken, and what was not is as it should be.
  await writeLedger(driver, live);
  const paths = files.map(({ path }) => path);
  undo.add(() => giveBackAll(driver, live, paths));
  for (const { path, label: fileLabel } of files) {
    if (!live.labelled.has(path)) continue;
    const owner = fileLabel === undefined ? own : await ownerOf(driver.host, fileLabel);
    let taken = false;
    try {
      taken = await driver.inTurn(path, () => take(driver, path, owner));
    } finally {
      // What was not taken is not to be given back.
      if (!taken) live.labelled.delete(path);
    }
  }
}

/** False when there is nothing to be given back. */
async function take(driver: QemuDriver, path: string, owner: Owner): Promise<boolean> {
  using file = await driver.host.files.hold(path, driver.user);
  if (!file || file.facts.kind === "directory") return false;
  const { facts } = file;
  const boot = await driver.bootTime();
  const isTheirs = facts.uid === owner.uid && facts.gid === owner.gid;
  const count = driver.settings.remember_owner ? await noteOwner(driver, file, path, boot) : 0;
  if (count > 1 && !isTheirs) {
    await unnote(file, count, boot);
    throw virtError(
      ErrorCode.operationInvalid,
      `Setting different DAC user or group on ${path} which is already in use`,
      { hint: "Another guest that runs has this file under another user; see <seclabel model='dac'> of both." },
    );
  }
  if (isTheirs) return true;
  try {
    await file.chown(owner);
  } catch (error) {
    // QEMU may be able to use it as it is: it says what is wrong, if anything is.
    if (!isRefusal(error)) {
      await unnote(file, count, boot);
      throw error;
    }
    driver.log.info("file not given to the guest's user", { path, error: error.message });
  }
  return true;
}

/** Takes back the note of a guest that does not get the file. */
async function unnote(file: HeldFile, count: number, boot: number): Promise<void> {
  if (count > 1) await setCount(file, count - 1, boot);
  else if (count === 1) await forgetOwner(file);
}

async function noteOwner(driver: QemuDriver, file: HeldFile, path: string, boot: number): Promise<number> {
  try {
    return await rememberOwner(file, { uid: file.facts.uid, gid: file.facts.gid }, boot);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    driver.log.info("owner of a file not noted on it", { path, error: error.message });
    return 0;
  }
}

/** File systems without owners, read-only ones, and shares on which root counts for nothing. */
function isRefusal(error: unknown): error is VirtError {
  return error instanceof VirtError && hasErrno(error, "EPERM", "EACCES", "EROFS", "ENOTSUP", "EOPNOTSUPP", "EINVAL");
}

/** Gives files of a guest back that it still has. */
async function giveBackAll(driver: QemuDriver, live: LiveGuest, paths: readonly string[]): Promise<void> {
  const label = dacLabelOf(live.domain);
  for (const path of paths) {
    const entry = live.labelled.get(path);
    if (!entry) continue;
    try {
      await driver.inTurn(path, () => giveBack(driver, live, path));
    } catch (error) {
      // One file that is in the way must not keep the others.
      if (!(error instanceof VirtError)) throw error;
      driver.log.warn("file not given back to its owner", { path, label: label?.label, error: error.message });
    }
    live.labelled.delete(path);
  }
  await writeLedger(driver, live);
}

async function giveBack(driver: QemuDriver, live: LiveGuest, path: string): Promise<void> {
  const entry = live.labelled.get(path);
  using file = await driver.host.files.hold(path, driver.user);
  if (!entry || !file) return;
  const boot = await driver.bootTime();
  const { count, owner } = await remembered(file, boot);
  if (count > 1) return setCount(file, count - 1, boot);
  await restore(driver, file, owner, entry, otherHolder(driver, live, path) !== undefined);
}

/** A file as the list of a guest's has it. */
export interface Labelled {
  readonly shared: boolean;
  /** Its owner when the guest got it, as far as known. */
  readonly before: Owner | undefined;
}

/** Back to the noted owner, and then the notes are removed: a kill in between leaves enough to do it again. */
async function restore(
  driver: QemuDriver,
  file: HeldFile,
  noted: Owner | undefined,
  { shared, before }: Labelled,
  isUsed: boolean,
): Promise<void> {
  // Without notes nobody knows who else has a file that is shared; others go to root, as in libvirt.
  const unnoted = driver.settings.remember_owner ? (before ?? (shared ? undefined : ROOT)) : shared ? undefined : ROOT;
  const owner = isUsed ? undefined : (noted ?? unnoted);
  if (owner && (owner.uid !== file.facts.uid || owner.gid !== file.facts.gid)) {
    try {
      await file.chown(owner);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      driver.log.info("file not given back to its owner", { error: error.message });
    }
  }
  if (noted) await forgetOwner(file);
}

/** Another guest that runs and has the file. */
function otherHolder(driver: QemuDriver, live: LiveGuest | undefined, path: string): LiveGuest | undefined {
  for (const guest of driver.guests) {
    if (guest.live && guest.live !== live && guest.live.labelled.has(path)) return guest.live;
  }
  return undefined;
}

/**
 * Gives back what a guest that is no more had, when a daemon starts: the count is set to how many guests that run have the
 * file, as nobody knows between which two steps the former daemon ended. Before anything else happens to guests.
 */
export async function settleFiles(driver: QemuDriver, labelled: ReadonlyMap<string, Labelled>): Promise<void> {
  if (!driver.privileged) return;
  const boot = await driver.bootTime();
  for (const [path, entry] of labelled) {
    const users = [...driver.guests].filter((guest) => guest.live?.labelled.has(path)).length;
    try {
      using file = await driver.host.files.hold(path, driver.user);
      if (!file) continue;
      const { count, owner } = await remembered(file, boot);
      if (users > 0) {
        if (count > users) await setCount(file, users, boot);
      } else {
        await restore(driver, file, owner, entry, false);
        // A kill between the first two notes leaves one that counts for nothing.
        if (!owner) await forgetOwner(file);
      }
    } catch (error) {
      if (!(error instanceof VirtError)) throw error;
      driver.log.warn("file not given back to its owner", { path, error: error.message });
    }
  }
}

/** Files that a guest has been given by a daemon that kept no list: libvirt's notes are on them. */
export function filesOfForeign(live: Pick<LiveGuest, "domain">): Map<string, Labelled> {
  return new Map(labelledFiles(live.domain).map(({ path, shared }) => [path, { shared, before: undefined }]));
}

/** A guest that another daemon started gives its files back at its end. */
export function readoptOwnership(
  driver: QemuDriver,
  live: LiveGuest,
  ledger: ReadonlyMap<string, Labelled> | undefined,
): void {
  if (!ledger && !live.kept.rememberOwner) return;
  for (const [path, entry] of ledger ?? filesOfForeign(live)) live.labelled.set(path, entry);
  live.holdings.add(() => giveBackAll(driver, live, [...live.labelled.keys()]));
}

/** Files that character devices write to: in a directory of the administrator's, QEMU's user could not make them. */
async function makeChardevFiles(driver: QemuDriver, live: LiveGuest): Promise<void> {
  const { devices } = live.domain;
  if (!devices || !isRelabelling(driver, live)) return;
  const { files } = driver.host;
  for (const { type, sources } of [
    ...devices.serials,
    ...devices.parallels,
    ...devices.consoles,
    ...devices.channels,
  ]) {
    const path = sources[0]?.path;
    if (type !== "file" || path === undefined || (await files.facts(path, { followLinks: false }))) continue;
    await files.createSynced(path, new Uint8Array(), { mode: 0o600 });
  }
}
