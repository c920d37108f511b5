import { VirtError } from "@tsvirt/base";
import type { Owner } from "@tsvirt/host";
import type { Domain } from "@tsvirt/model/domain";
import { layersOf, pathOf } from "../block/chain.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { isRemembered, recallOwner, rememberOwner } from "./remembered-owner.ts";

/** Files that a guest's QEMU opens by their path. */
function filesOf(domain: Domain): string[] {
  const { os, devices } = domain;
  const disks = (devices?.disks ?? []).flatMap((disk) => layersOf(disk).map(({ source }) => pathOf(source)));
  const nvram = os.nvram?.path ?? os.nvram?.source?.file;
  return [...disks, os.kernel, os.initrd, os.dtb, nvram].flatMap((path) => (path ? [path] : []));
}

/**
 * Gives a guest's files to the user that its QEMU runs as, for as long as it runs (`dynamic_ownership` of qemu.conf).
 * Devices stay whose they are where a device node is shared by many; a file that cannot be given away is QEMU's to
 * complain about.
 */
export async function takeFiles(driver: QemuDriver, live: LiveGuest): Promise<void> {
  const { user, settings } = driver;
  if (!user || !settings.dynamic_ownership) return;
  const owner = ownerFor(live) ?? { uid: user.uid, gid: user.gid };
  for (const path of filesOf(live.domain)) await takeFile(driver, live, path, owner);
}

/** As {@link takeFiles} for one file that the guest gets while it runs. */
export async function takeFile(driver: QemuDriver, live: LiveGuest, path: string, owner: Owner): Promise<void> {
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
  live.holdings.add(() => giveBack(driver, path));
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
