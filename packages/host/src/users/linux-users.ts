import { readFile } from "node:fs/promises";
import { asSystemError } from "../errors.ts";
import type { Processes } from "../processes/processes.ts";
import type { Group, User, Users } from "./users.ts";

/** Users and groups of this machine: its files first, then whatever name services `getent` asks. */
export class LinuxUsers implements Users {
  readonly self = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  readonly #processes: Processes;

  constructor(processes: Processes) {
    this.#processes = processes;
  }

  async findUser(nameOrId: string): Promise<User | undefined> {
    const found = await this.#find("passwd", nameOrId);
    if (!found) return undefined;
    const [name = "", , uid, gid, , home = "/"] = found;
    return { name, uid: Number(uid), gid: Number(gid), home };
  }

  async findGroup(nameOrId: string): Promise<Group | undefined> {
    const found = await this.#find("group", nameOrId);
    if (!found) return undefined;
    const [name = "", , gid] = found;
    return { name, gid: Number(gid) };
  }

  async groupsOf(user: User): Promise<readonly number[]> {
    const { code, stdout } = await this.#processes.run({ argv: ["id", "-G", "--", user.name] });
    const groups = code === 0 ? stdout.trim().split(/\s+/).map(Number) : [];
    return [user.gid, ...groups.filter((each) => each !== user.gid)];
  }

  /** The fields of an entry by name, or else by number (`+N` is always a number). */
  async #find(database: "passwd" | "group", nameOrId: string): Promise<readonly string[] | undefined> {
    const forced = nameOrId.startsWith("+");
    const key = forced ? nameOrId.slice(1) : nameOrId;
    const numeric = /^[0-9]+$/.test(key);
    if (key === "" || (forced && !numeric)) return undefined;
    const entries = parseEntries(await this.#readDatabase(database));
    const local =
      (forced ? undefined : entries.find(([name]) => name === key)) ??
      (numeric ? entries.find(([, , id]) => id === key) : undefined);
    if (local) return local;
    const { code, stdout } = await this.#processes.run({ argv: ["getent", "--", database, key] });
    return code === 0 ? parseEntries(stdout)[0] : undefined;
  }

  async #readDatabase(database: "passwd" | "group"): Promise<string> {
    try {
      return await readFile(`/etc/${database}`, "utf8");
    } catch (error) {
      throw asSystemError(error, `Unable to read '/etc/${database}'`);
    }
  }
}

function parseEntries(text: string): readonly (readonly string[])[] {
  return text
    .split("\n")
    .filter((line) => line.includes(":"))
    .map((line) => line.split(":"));
}
