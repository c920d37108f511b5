import { type Rollback, VirtError } from "@tsvirt/base";
import type { Owner } from "@tsvirt/host";
import type { Disk, Domain } from "@tsvirt/model/domain";
import { layersOf, pathOf } from "../block/chain.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { isRemembered, recallOwner, rememberOwner } from "./remembered-owner.ts";

/** Files that a guest's QEMU opens by their path. */
function filesOf(domain: Domain): string[] {
  const { os, devices } = domain;
  const nvram = os.nvram?.path ?? os.nvram?.source?.file;
  const others = [os.kernel, os.initrd, os.dtb, nvram].flatMap((path) => (path ? [path] : []));
  return [...(devices?.disks ?? []).flatMap(imagesOf), ...others];
}

function imagesOf(disk: Disk): string[] {
  return layersOf(disk)
    .map(({ source }) => pathOf(source))
    .filter((path) => path !== "");
}

/**
 * Gives a guest's files to the user that its QEMU runs as, for as long as it runs (`dynamic_ownership` of qemu.conf).
 * Devices stay whose they are where a device node is shared by many; a file that cannot be given away is QEMU's to
 * complain about.
 */
export function takeFiles(driver: QemuDriver, live: LiveGuest): Promise<void> {
  return takeAll(driver, live, filesOf(live.domain), live.holdings);
}

/** As {@link takeFiles} for the images of a disk that the guest gets while it runs; `undo` gives them back. */
export function takeImages(driver: QemuDriver, live: LiveGuest, disk: Disk, undo: Rollback): Promise<void> {
  return takeAll(driver, live, imagesOf(disk), undo);
}

async function takeAll(driver: QemuDriver, live: LiveGuest, paths: readonly string[], undo: Rollback): Promise<void> {
  const { user, settings } = driver;
  if (!user || !settings.dynamic_ownership) return;
  const owner = ownerFor(live) ?? { uid: user.uid, gid: user.gid };
  for (const path of paths) await takeFile(driver, path, owner, undo);
}

async function takeFile(driver: QemuDriver, path: string, owner: Owner, undo: Rollback): Promise<void> {
  const { files } = driver.host;
  const facts = await files.facts(path);
  if (!facts) return;
  const isTheirs = facts.uid === owner.uid && facts.gid === owner.gid;
  try {
    const boot = await driver.bootTime();
    // A file that is QEMU's user's anyway needs no note, unless another guest's end would change that.
    if (isTheirs && !(await isRemembered(files, path, boot))) return;
    if (driver.settings.remember_owner) await rememberOwner(files, path, facts, boot);
    if (!isTheirs) await files.chown(path, owner);
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    driver.log.warn("file not given to the guest's user", { path, error: error.message });
    return;
  }
  undo.add(() => giveBack(driver, path));
}

/** At the end of a run that another daemon began: its notes are on the files. */
export function readoptOwnership(driver: QemuDriver, live: LiveGuest): void {
  if (!live.kept.rememberOwner) return;
  for (const path of filesOf(live.domain)) live.holdings.add(() => giveBack(driver, path));
}

async function giveBack(driver: QemuDriver, path: string): Promise<void> {
  const { files } = driver.host;
  if (!driver.privileged || !(await files.facts(path))) return;
  const owner = await recallOwner(files, path, await driver.bootTime());
  if (owner) await files.chown(path, owner);
}

/** A label in the definition (`<seclabel model='dac'>`) names another user. */
function ownerFor(live: LiveGuest): Owner | undefined {
  const label = live.domain.seclabels.find(({ model }) => model === "dac")?.label ?? "";
  const match = /^\+(\d{1,10}):\+(\d{1,10})$/.exec(label);
  return match ? { uid: Number(match[1]), gid: Number(match[2]) } : undefined;
}
