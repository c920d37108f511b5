import { ErrorCode, virtError } from "@tsvirt/base";
import { type Host, hasErrno, Store } from "@tsvirt/host";
import type { Domain } from "@tsvirt/model/domain";
import { type Access, loadedMode, profileFromTemplate, profileName, RULES_HEADER } from "@tsvirt/qemu/apparmor";
import { guestRules, rulesOf } from "./guest-rules.ts";

/** Where the profiles of guests are, with their templates: libvirt's own place. */
export const PROFILES = "/etc/apparmor.d/libvirt";
/** The kernel's list of what is loaded. */
const LOADED = "/sys/kernel/security/apparmor/profiles";
/** What apparmor_parser ends with when it is to unload what is not loaded. */
const NOT_LOADED = 234;

/** How a profile is renewed. */
export interface RenewOptions {
  /** Needed, but not in the document. */
  readonly extra?: readonly Access[];
  /** Adds the rules for `extra` to those there are, and does not look at the document. */
  readonly isAddition?: boolean;
  /** The rules alone: nothing is written. */
  readonly isDry?: boolean;
}

/**
 * The profiles of guests, by libvirt's scheme: `libvirt-UUID` is made once out of a template and is the administrator's from
 * then on; `libvirt-UUID.files`, which it includes, is written anew whenever what the guest needs has changed.
 */
export class AppArmorProfiles {
  readonly #host: Pick<Host, "files" | "processes">;
  readonly #store: Store;

  constructor(host: Pick<Host, "files" | "processes">) {
    this.#host = host;
    this.#store = new Store(host.files, `${PROFILES}/.intents`);
  }

  /** Whether the kernel has AppArmor and we may read what is loaded. */
  available(): Promise<boolean> {
    return this.#host.files.access(LOADED, "read");
  }

  /** The profile that this process is confined by; `undefined` when by none. */
  async ownProfile(): Promise<string | undefined> {
    const { files } = this.#host;
    for (const path of ["/proc/self/attr/apparmor/current", "/proc/self/attr/current"]) {
      try {
        const label = (await files.readText(path)).replace(/[\0\n]+$/, "");
        return label === "" || label === "unconfined" ? undefined : label;
      } catch (error) {
        // Older kernels have one place for all modules; without a module reading gives EINVAL.
        if (!hasErrno(error, "ENOENT", "EINVAL", "EACCES")) throw error;
      }
    }
    return undefined;
  }

  /** `enforce`, `complain`, ... for a profile that is loaded, else `undefined`. */
  async mode(name: string): Promise<string | undefined> {
    return loadedMode(await this.#host.files.readText(LOADED), name);
  }

  /** The template for guests of a domain's type. Older packages have but one. Throws when there is none. */
  async template({ type }: Pick<Domain, "type">): Promise<string> {
    const kind = ["qemu", "kqemu", "kvm"].includes(type) ? "qemu" : type;
    for (const path of [`${PROFILES}/TEMPLATE.${kind}`, `${PROFILES}/TEMPLATE`]) {
      if (await this.#host.files.access(path, "exist")) return this.#host.files.readText(path);
    }
    throw virtError(ErrorCode.internalError, `template '${PROFILES}/TEMPLATE.${kind}' does not exist`, {
      hint: "Install the templates that come with tsvirt, or those of libvirt's package.",
    });
  }

  /** Whether there is a template for guests of QEMU. */
  async hasTemplate(): Promise<boolean> {
    const there = ["TEMPLATE.qemu", "TEMPLATE"].map((name) => this.#host.files.access(`${PROFILES}/${name}`, "exist"));
    return (await Promise.all(there)).includes(true);
  }

  /** Whether the administrator's file of a guest is there. An empty one is what a full disk left: it counts as none. */
  async exists(name: string): Promise<boolean> {
    return ((await this.#host.files.facts(`${PROFILES}/${name}`))?.size ?? 0n) > 0n;
  }

  /**
   * Makes the kernel allow what a guest needs by now: writes its rules, makes its profile if it has none, and loads it. When
   * that fails and it was not loaded before, nothing is left that this call has made.
   */
  async renew(domain: Domain, options: RenewOptions = {}): Promise<void> {
    const name = profileName(domain.uuid ?? "");
    const text = await this.rules(domain, options);
    const isNew = !(await this.exists(name));
    const path = `${PROFILES}/${name}`;
    const template = isNew ? await this.template(domain) : undefined;
    await this.#write(`${path}.files`, text);
    try {
      if (template !== undefined) await this.#write(path, profileFromTemplate(template, name));
      await this.load(name, isNew ? "add" : "replace");
    } catch (error) {
      if (isNew) await this.#store.remove(path);
      if (isNew || (await this.#mayBeLoaded(name)) === undefined) await this.#store.remove(`${path}.files`);
      throw error;
    }
  }

  /** The file of rules that {@link renew} writes. */
  async rules(domain: Domain, { extra = [], isAddition = false, isDry = false }: RenewOptions = {}): Promise<string> {
    const { files } = this.#host;
    const path = `${PROFILES}/${profileName(domain.uuid ?? "")}.files`;
    const text = isAddition ? await rulesOf(files, extra) : await guestRules(files, domain, extra);
    if (isDry) return text;
    const before = isAddition && (await files.access(path, "exist")) ? await files.readText(path) : RULES_HEADER;
    return before + text;
  }

  /** Has the kernel take a profile that is on disk. `add` is for one that is not loaded. */
  async load(name: string, how: "add" | "replace"): Promise<void> {
    // What is loaded already, by whatever was there before us, is replaced all the same.
    await this.#parse(name, how === "add" && (await this.#mayBeLoaded(name)) === undefined ? "-a" : "-r");
  }

  /** Unloads a profile; one that is not loaded is no failure. The files stay. */
  async unload(name: string): Promise<void> {
    if (await this.exists(name)) await this.#parse(name, "-R");
  }

  /** After a guest's end: unloads its profile and removes its rules. The administrator's file stays. */
  async release(name: string): Promise<void> {
    try {
      await this.unload(name);
    } finally {
      await this.#store.remove(`${PROFILES}/${name}.files`);
    }
  }

  /** With a guest that is undefined, the administrator's file goes too. */
  async forget(name: string): Promise<void> {
    await this.#store.remove(`${PROFILES}/${name}.files`);
    await this.#store.remove(`${PROFILES}/${name}`);
  }

  /** A list that cannot be read says nothing. */
  async #mayBeLoaded(name: string): Promise<string | undefined> {
    return (await this.available()) ? this.mode(name) : undefined;
  }

  async #write(path: string, text: string): Promise<void> {
    const { files } = this.#host;
    if ((await files.access(path, "exist")) && (await files.readText(path)) === text) return;
    await this.#store.write(path, text, { mode: 0o644 });
  }

  async #parse(name: string, flag: "-a" | "-r" | "-R"): Promise<void> {
    const { code, stderr } = await this.#host.processes.run({
      argv: ["apparmor_parser", flag, `${PROFILES}/${name}`],
    });
    if (code === 0 || (flag === "-R" && code === NOT_LOADED)) return;
    const said = stderr.trim();
    throw virtError(ErrorCode.internalError, `apparmor_parser exited with error${said === "" ? "" : `: ${said}`}`);
  }
}
