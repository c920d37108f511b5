import { errnoNumber, SystemError } from "@tsvirt/host";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { labelledFiles } from "./labelled-files.ts";

/** Everybody may search a directory with these bits, unless it has an access list. */
const SEARCHABLE = 0o111;
const ACCESS_LIST = "system.posix_acl_access";

/**
 * Refuses a guest with a file in a directory that its QEMU's user cannot search: owners of directories are never changed,
 * and QEMU would only say "Permission denied". It is tried as that user, as access lists count too; directories that
 * everybody may search need no trial. Throws libvirt's error for such a file, naming the first directory and the remedy.
 */
export async function checkDirectories(driver: QemuDriver, live: LiveGuest): Promise<void> {
  const { user } = live;
  if (!user) return;
  const checked = new Map<string, boolean>([["/", true]]);
  for (const { path } of labelledFiles(live.domain)) {
    for (const directory of directoriesOf(path)) {
      let searchable = checked.get(directory);
      if (searchable === undefined) {
        searchable = await canSearch(driver, live, directory);
        checked.set(directory, searchable);
      }
      if (!searchable) throw await refusal(driver, live, path, directory);
    }
  }
}

/** `/a/b/c`: `/a`, `/a/b`. */
function directoriesOf(path: string): string[] {
  const parts = path.split("/").slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
}

async function canSearch(driver: QemuDriver, live: LiveGuest, directory: string): Promise<boolean> {
  const { files, processes } = driver.host;
  const facts = await files.facts(directory);
  // What is not there is missed by whoever needs it.
  if (facts?.kind !== "directory" || !live.user) return true;
  const isOpen = (facts.mode & SEARCHABLE) === SEARCHABLE;
  if (isOpen && (await files.getAttribute(directory, ACCESS_LIST)) === undefined) return true;
  const keepsAll = live.user.uid === 0 && !driver.settings.clear_emulator_capabilities;
  const { code } = await processes.run({
    argv: ["stat", "--format=", "--", `${directory}/.`],
    credentials: live.user,
    ...(!keepsAll && { capabilities: [] }),
  });
  return code === 0;
}

async function refusal(driver: QemuDriver, live: LiveGuest, path: string, directory: string): Promise<SystemError> {
  const { uid, gid } = live.user ?? driver.host.users.self;
  const name = (await driver.host.users.findUser(`+${uid}`))?.name ?? `uid ${uid}`;
  const what = `Cannot access storage file '${path}' (as uid:${uid}, gid:${gid})`;
  return new SystemError(
    errnoNumber("EACCES") ?? 13,
    `${what}: user ${name} cannot search directory '${directory}' (chmod o+x ${quoted(directory)})`,
  );
}

/** As a shell wants it. */
function quoted(path: string): string {
  return /^[\w/.,:@%+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
