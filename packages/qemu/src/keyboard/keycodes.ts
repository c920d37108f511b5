import { keyTable } from "./key-table.ts";

/** The sets of key codes that libvirt knows, at the number that the wire has for each (`virKeycodeSet`). */
export const keycodeSets = [
  "linux",
  "xt",
  "atset1",
  "atset2",
  "atset3",
  "osx",
  "xt_kbd",
  "usb",
  "win32",
  "qnum",
] as const;
/** One of {@link keycodeSets}. */
export type KeycodeSet = (typeof keycodeSets)[number];

/** The numbers of one key in all sets that have it. */
type Key = Partial<Record<KeycodeSet, number>>;

interface Keys {
  readonly byCode: ReadonlyMap<KeycodeSet, ReadonlyMap<number, Key>>;
  readonly byName: ReadonlyMap<KeycodeSet, ReadonlyMap<string, number>>;
}

let keys: Keys | undefined;

function load(): Keys {
  const byCode = new Map<KeycodeSet, Map<number, Key>>(keycodeSets.map((set) => [set, new Map()]));
  const byName = new Map<KeycodeSet, Map<string, number>>(keycodeSets.map((set) => [set, new Map()]));
  const add = (key: Key, set: KeycodeSet, code: number): void => {
    key[set] = code;
    const codes = byCode.get(set);
    // Several keys may share a code, e.g. left and right in the Windows set: the first one is meant.
    if (codes && !codes.has(code)) codes.set(code, key);
  };
  for (const line of keyTable.trim().split("\n")) {
    const [names = "", linux, atset1, atset2, atset3, xtKbd, usb, qnum, win32 = "-", osx = "-"] = line.split(" ");
    const key: Key = {};
    const plain = { linux, atset1, atset2, atset3, xt_kbd: xtKbd, usb, qnum };
    for (const [set, text] of Object.entries(plain) as [KeycodeSet, string | undefined][]) {
      if (text !== undefined && text !== "-") add(key, set, Number(text));
    }
    // "xt" was always the same as the first AT set.
    if (key.atset1 !== undefined) add(key, "xt", key.atset1);
    for (const name of names.split(",")) byName.get("linux")?.set(name, Number(linux));
    for (const [set, cell] of [["win32", win32] as const, ["osx", osx] as const]) {
      const [name, code] = cell.split(":");
      if (name === undefined || code === undefined || code === "-") continue;
      add(key, set, Number(code));
      byName.get(set)?.set(name, Number(code));
    }
  }
  return { byCode, byName };
}

/** The same key in another set; `undefined` when there is no such key, or the other set does not have it. */
export function translateKeycode(from: KeycodeSet, code: number, to: KeycodeSet): number | undefined {
  keys ??= load();
  return from === to ? code : keys.byCode.get(from)?.get(code)?.[to];
}

/** The code of a key by name (`KEY_ENTER`, `VK_RETURN`); only the Linux, Windows and macOS sets have names. */
export function keycodeOfName(set: KeycodeSet, name: string): number | undefined {
  keys ??= load();
  return keys.byName.get(set)?.get(name);
}
