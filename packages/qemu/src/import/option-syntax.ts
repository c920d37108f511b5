/** QEMU's options that stand alone, old ones included; every other option has a value behind it. */
const flags: ReadonlySet<string> = new Set(
  (
    "h help version S s S usb snapshot daemonize nodefaults nodefconfig no-user-config nographic curses sdl full-screen " +
    "no-frame portrait alt-grab ctrl-grab no-quit no-acpi no-hpet no-fd-bootchk no-reboot no-shutdown enable-kvm no-kvm " +
    "no-kvm-irqchip no-kvm-pit no-kvm-pit-reinjection enable-hax enable-fips mem-prealloc localtime win2k-hack rtc-td-hack " +
    "singlestep preconfig only-migratable semihosting old-param enable-sync-profile xen-attach xen-create " +
    "xen-domid-restrict std-vga vmwarevga no-kqemu kernel-kqemu enable-kqemu bootp enable-nesting no-tdf tdf cirrusvga " +
    "mem-lock nouserconfig enable-colo async-teardown spice-disabled no-sandbox dump-vmstate-help show-cursor"
  ).split(" "),
);

/** Options of the same meaning: the name they are looked up by. */
const aliases: Readonly<Record<string, string>> = {
  M: "machine",
};

/** `-opt` and `--opt` are one option; gives its name without dashes. */
export function optionName(word: string): string {
  const name = word.replace(/^--?/, "");
  return aliases[name] ?? name;
}

/** Whether the word behind this option is its value. */
export function takesValue(word: string): boolean {
  return !flags.has(word.replace(/^--?/, ""));
}

/** Whether a word is an option and no value or image. A dash alone stands for standard input. */
export function isOption(word: string): boolean {
  return /^--?[A-Za-z0-9]/.test(word);
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Whether a program is a QEMU that emulates a whole machine, by its name. */
export function isQemuProgram(path: string): boolean {
  return /^(?:(?:.*[-_.])?qemu-system-\w+|qemu-kvm|kvm|kvm-spice|qemu|qemu-dm)(?:[-.]\d[\w.]*)?(?:\.exe)?$/.test(
    baseName(path),
  );
}
