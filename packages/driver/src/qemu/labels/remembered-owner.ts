import type { HeldFile, Owner } from "@tsvirt/host";

// The attributes are libvirt's (`security_util.c` of 9.0): either daemon gives back what the other one took.
const LABEL = "trusted.libvirt.security.dac";
const COUNT = "trusted.libvirt.security.ref_dac";
const STAMP = "trusted.libvirt.security.timestamp_dac";
/** Clocks of a boot are compared with this much leeway, in seconds: libvirt rounds, and so do we. */
const LEEWAY = 2;

/** What a file is asked and told. */
export type Notes = Pick<HeldFile, "getAttribute" | "setAttribute" | "removeAttribute">;

/** What the notes on a file say. */
export interface Remembered {
  /** How many guests have the file. */
  readonly count: number;
  /** Who owned it before the first of them. */
  readonly owner: Owner | undefined;
}

/**
 * Notes on a file who owned it before a guest got it; several guests may share one, and the first note counts. Gives how
 * many have it now; 0 when the file system cannot keep notes. A kill between the steps leaves a count that is too low or
 * right, and an owner that is right.
 */
export async function rememberOwner(file: Notes, owner: Owner, bootTime: number): Promise<number> {
  const { count } = await remembered(file, bootTime);
  if (count === 0 && !(await file.setAttribute(LABEL, formatOwner(owner)))) return 0;
  await setCount(file, count + 1, bootTime);
  return count + 1;
}

/** Corrects how many guests have the file. */
export async function setCount(file: Notes, count: number, bootTime: number): Promise<void> {
  await file.setAttribute(COUNT, String(count));
  await file.setAttribute(STAMP, String(bootTime));
}

/** The notes on a file; those of an earlier boot are of guests that are no more. */
export async function remembered(file: Notes, bootTime: number): Promise<Remembered> {
  const count = Number((await file.getAttribute(COUNT)) ?? 0);
  if (!Number.isSafeInteger(count) || count <= 0) return { count: 0, owner: undefined };
  const stamp = Number((await file.getAttribute(STAMP)) ?? 0);
  if (Math.abs(stamp - bootTime) > LEEWAY) return { count: 0, owner: undefined };
  return { count, owner: parseOwner((await file.getAttribute(LABEL)) ?? "") };
}

/** Removes the notes, once the file is its owner's again. */
export async function forgetOwner(file: Notes): Promise<void> {
  for (const name of [COUNT, LABEL, STAMP]) await file.removeAttribute(name);
}

/** `+1000:+1000` */
export function formatOwner({ uid, gid }: Owner): string {
  return `+${uid}:+${gid}`;
}

/** Reads {@link formatOwner}'s form, with or without the signs. */
export function parseOwner(label: string): Owner | undefined {
  const match = /^\+?(\d{1,10}):\+?(\d{1,10})$/.exec(label);
  return match ? { uid: Number(match[1]), gid: Number(match[2]) } : undefined;
}
