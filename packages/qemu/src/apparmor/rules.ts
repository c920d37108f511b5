import { ErrorCode, formatUuid, parseUuid, virtError } from "@tsvirt/base";
import type { Domain } from "@tsvirt/model/domain";
import { type Access, type AccessFacts, guestAccesses, ownAccesses, quotePath } from "./accesses.ts";

/** How the names of guests' profiles begin. */
const PREFIX = "libvirt-";

/** The name of a guest's AppArmor profile, which is its label as well: `libvirt-UUID`. */
export function profileName(uuid: string): string {
  return `${PREFIX}${uuid}`;
}

/** Whether a text is such a name, and of one guest. */
export function isProfileName(name: string): boolean {
  if (!name.startsWith(PREFIX) || name.length !== PREFIX.length + 36) return false;
  const bytes = parseUuid(name.slice(PREFIX.length));
  return bytes !== undefined && formatUuid(bytes) === name.slice(PREFIX.length).toLowerCase();
}

/** Types of guests that QEMU runs. */
const qemuTypes: ReadonlySet<string> = new Set(["qemu", "kqemu", "kvm"]);

/**
 * Everything that a guest's profile has to allow: the one place where that is decided, for the daemon and for the helper.
 * Throws when the guest's name could change the meaning of a rule.
 */
export function profileAccesses(domain: Domain, facts: AccessFacts): Access[] {
  // A name stands in rules where others have patterns: what has a meaning there is refused, as by libvirt.
  if (domain.name === "" || /[/[\]{}?^,"*\\]|\p{Cc}/u.test(domain.name)) {
    throw virtError(ErrorCode.internalError, `name '${domain.name}' cannot stand in an AppArmor profile`, {
      hint: 'Rename the domain: none of / [ ] { } ? ^ , " * \\ and no control characters.',
    });
  }
  return [...(qemuTypes.has(domain.type) ? ownAccesses(domain, facts) : []), ...guestAccesses(domain, facts)];
}

/** Never given to a guest, but for what stands below. */
const closed = [
  "/bin/",
  "/etc/",
  "/lib",
  "/lost+found/",
  "/proc/",
  "/sbin/",
  "/selinux/",
  "/sys/",
  "/usr/bin/",
  "/usr/lib",
  "/usr/sbin/",
  "/usr/share/",
  "/usr/local/bin/",
  "/usr/local/etc/",
  "/usr/local/lib",
  "/usr/local/sbin/",
];
/** For reading only: kernels and firmware. */
const readable = [
  "/boot/",
  "/vmlinuz",
  "/initrd",
  "/usr/share/edk2/",
  "/usr/share/OVMF/",
  "/usr/share/ovmf/",
  "/usr/share/AAVMF/",
  "/usr/share/qemu-efi/",
  "/usr/share/qemu-efi-aarch64/",
  "/usr/share/qemu/",
  "/usr/lib/u-boot/",
  "/usr/lib/riscv64-linux-gnu/opensbi",
];
/** Devices of the host. */
const open = ["/sys/devices/pci", "/sys/kernel/config/target/vhost", "/etc/libvirt-sandbox/services/"];

/** Why no rule is made for a path; `undefined` when one may be. The path is one with no symbolic link in it. */
export function whyNoRule(path: string, isReadOnly: boolean): string | undefined {
  const below = (prefixes: readonly string[]): boolean => prefixes.some((prefix) => path.startsWith(prefix));
  if (!path.startsWith("/")) return "it is not absolute";
  if (/["\\]|\p{Cc}/u.test(path)) return "AppArmor has no way to write it";
  // What does not exist yet has not been resolved.
  if (path.split("/").includes("..")) return "it leads back out of a directory that does not exist";
  if (below(open) || (isReadOnly && below(readable))) return undefined;
  if (below(closed)) return "guests have no access to system files";
  return below(readable) ? "guests may only read it" : undefined;
}

/** Absolute paths in accesses whose symbolic links are to be resolved. */
export function pathsOf(accesses: readonly Access[]): string[] {
  return [...new Set(accesses.flatMap((each) => (each.kind === "path" && isAbsolute(each.path) ? [each.path] : [])))];
}

/** TCP ports and the like stand where paths may stand: they need no rule. */
const isAbsolute = (path: string): boolean => path.startsWith("/");

/**
 * The rules for accesses, a line each. `realPaths` has each path as it is when all symbolic links of what exists of it are
 * resolved; a missing one is taken as it is. Throws when a path is one that no guest gets.
 */
export function formatRules(accesses: readonly Access[], realPaths: ReadonlyMap<string, string>): string {
  return accesses.flatMap((access) => rulesFor(access, realPaths).map((line) => `  ${line},\n`)).join("");
}

function rulesFor(access: Access, realPaths: ReadonlyMap<string, string>): string[] {
  if (access.kind === "rule") return [access.text];
  if (!isAbsolute(access.path)) return [];
  const { permissions, isTree = false } = access;
  const real = realPaths.get(access.path) ?? access.path;
  const isReadOnly = !permissions.includes("w");
  const reason = whyNoRule(real, isReadOnly);
  if (reason !== undefined) {
    if (access.isOptional) return [];
    throw virtError(ErrorCode.internalError, `'${access.path}' cannot be given to a guest: ${reason}`, {
      ...(real !== access.path && { hint: `It is a symbolic link: the file is '${real}'.` }),
    });
  }
  const base = quotePath(real.replace(/\/$/, ""));
  const path = isTree ? `${base}/**` : `${base}${access.pattern ?? ""}`;
  const rules = [`"${path}" ${permissions}`];
  // QEMU tries to write first: that is to fail without filling the log.
  if (access.deniesWriting ?? isReadOnly) rules.push(`deny "${path}" w`);
  if (isTree) rules.push(`"${base}/" r`);
  return rules;
}

/** What the file of rules begins with: not to be edited, for it does not last. */
export const RULES_HEADER = "# Written by libvirt's daemon whenever the guest's devices change; edits are lost.\n";

const MARK = "\nprofile LIBVIRT_TEMPLATE";
const END = "\n}";

/**
 * A guest's own profile out of the administrator's template: its name in place of `LIBVIRT_TEMPLATE`, and its rules included
 * at the end. Throws when the template has not got these places.
 */
export function profileFromTemplate(template: string, name: string): string {
  if (!template.includes(MARK) || !template.includes(END)) {
    throw virtError(ErrorCode.internalError, "no replacement string in template", {
      hint: "The template has to have a line 'profile LIBVIRT_TEMPLATE ... {' and the closing '}' on a line of its own.",
    });
  }
  return template
    .replaceAll(MARK, () => `\nprofile ${name}`)
    .replaceAll(END, () => `\n  #include <libvirt/${name}.files>\n\n}`);
}

/** The mode of a profile (`enforce`, `complain`) in the kernel's list of those that are loaded; `undefined` for others. */
export function loadedMode(profiles: string, name: string): string | undefined {
  for (const line of profiles.split("\n")) {
    if (line.startsWith(`${name} (`) && line.endsWith(")")) return line.slice(name.length + 2, -1);
  }
  return undefined;
}
