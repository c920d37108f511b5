import type { Files, Owner } from "@tsvirt/host";

// The attributes are libvirt's (`security_util.c` of 9.0): either daemon gives back what the other one took.
const LABEL = "trusted.libvirt.security.dac";
const COUNT = "trusted.libvirt.security.ref_dac";
const STAMP = "trusted.libvirt.security.timestamp_dac";

/** Clocks of a boot are compared with this much leeway, in seconds: libvirt rounds, and so do we. */
const LEEWAY = 2;

/**
 * Notes on a file who owned it before a guest got it; several guests may share one, and the first note counts. False when
 * the file system cannot keep notes: the owner is then not given back.
 */
export async function rememberOwner(files: Files, path: string, owner: Owner, bootTime: number): Promise<boolean> {
  const count = await countOf(files, path, bootTime);
  if (count === 0 && !(await files.setAttribute(path, LABEL, formatOwner(owner)))) return false;
  await files.setAttribute(path, COUNT, String(count + 1));
  await files.setAttribute(path, STAMP, String(bootTime));
  return true;
}

/** Takes a note back; gives the owner to be restored once the last guest has let go of the file. */
export async function recallOwner(files: Files, path: string, bootTime: number): Promise<Owner | undefined> {
  const count = await countOf(files, path, bootTime);
  if (count === 0) return undefined;
  if (count > 1) {
    await files.setAttribute(path, COUNT, String(count - 1));
    return undefined;
  }
  const owner = parseOwner((await files.getAttribute(path, LABEL)) ?? "");
  for (const name of [COUNT, LABEL, STAMP]) await files.removeAttribute(path, name);
  return owner;
}

/** Whether a guest that runs has the file. */
export async function isRemembered(files: Files, path: string, bootTime: number): Promise<boolean> {
  return (await countOf(files, path, bootTime)) > 0;
}

/** How many guests have the file. Notes of an earlier boot are of guests that are no more. */
async function countOf(files: Files, path: string, bootTime: number): Promise<number> {
  const stamp = await files.getAttribute(path, STAMP);
  const count = Number((await files.getAttribute(path, COUNT)) ?? 0);
  if (!Number.isSafeInteger(count) || count <= 0) return 0;
  return Math.abs(Number(stamp ?? 0) - bootTime) <= LEEWAY ? count : 0;
}

/** `+1000:+1000` */
function formatOwner({ uid, gid }: Owner): string {
  return `+${uid}:+${gid}`;
}

function parseOwner(label: string): Owner | undefined {
  const match = /^\+?(\d{1,10}):\+?(\d{1,10})$/.exec(label);
  return match ? { uid: Number(match[1]), gid: Number(match[2]) } : undefined;
}
