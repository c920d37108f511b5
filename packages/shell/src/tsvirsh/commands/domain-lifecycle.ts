import {
  DomainCreateFlags,
  DomainDestroyFlags,
  DomainRebootFlags,
  DomainShutdownFlags,
  DomainSnapshotListFlags,
  DomainUndefineFlags,
} from "@tsvirt/client";
import { type Command, command, data, flag, text } from "../../vsh/command.ts";
import { ShellError } from "../../vsh/errors.ts";
import { attempt } from "../../vsh/shell.ts";
import { bits } from "../flags.ts";
import { refusePassedFds } from "../passed-fds.ts";

const modes = ["acpi", "agent", "initctl", "signal", "paravirt"] as const;
type Mode = (typeof modes)[number];

const shutdownModes: Readonly<Record<Mode, number>> = {
  acpi: DomainShutdownFlags.acpiPowerBtn,
  agent: DomainShutdownFlags.guestAgent,
  initctl: DomainShutdownFlags.initctl,
  signal: DomainShutdownFlags.signal,
  paravirt: DomainShutdownFlags.paravirt,
};
const rebootModes: Readonly<Record<Mode, number>> = {
  acpi: DomainRebootFlags.acpiPowerBtn,
  agent: DomainRebootFlags.guestAgent,
  initctl: DomainRebootFlags.initctl,
  signal: DomainRebootFlags.signal,
  paravirt: DomainRebootFlags.paravirt,
};

/** The flags of a list of modes. */
function modeFlags(text: string | undefined, flags: Readonly<Record<Mode, number>>): number {
  let sum = 0;
  for (const word of text?.split(",") ?? []) {
    const mode = modes.find((name) => name === word);
    if (!mode) {
      const list = "'acpi', 'agent', 'initctl', 'signal', or 'paravirt'";
      throw new ShellError(`Unknown mode ${word} value, expecting ${list}`);
    }
    sum |= flags[mode];
  }
  return sum;
}

/** Commands that start and end guests. */
export const commands: readonly Command[] = [
  command({
    name: "autostart",
    help: "autostart a domain",
    about: "Configure a domain to be automatically started at boot.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      disable: flag("disable autostarting"),
    },
    async run(shell, args) {
      const { disable } = args;
      const domain = await shell.domain(args.domain);
      const mark = disable ? "unmark" : "mark";
      await attempt(domain.setAutostart(!disable), `Failed to ${mark} domain '${args.domain}' as autostarted`);
      shell.out.done(`Domain '${args.domain}' ${mark}ed as autostarted`, { domain: args.domain, autostart: !disable });
    },
  }),
  command({
    name: "destroy",
    help: "destroy (stop) a domain",
    about: "Forcefully stop a given domain, but leave its resources intact.",
    options: {
      domain: data("domain name, id or uuid", { complete: "activeDomain" }),
      graceful: flag("terminate gracefully"),
      "remove-logs": flag("remove domain logs"),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const flags = bits(
        [args.graceful, DomainDestroyFlags.graceful],
        [args["remove-logs"], DomainDestroyFlags.removeLogs],
      );
      await attempt(domain.destroy(flags === 0 ? {} : { flags }), `Failed to destroy domain '${args.domain}'`);
      shell.out.done(`Domain '${args.domain}' destroyed`, { domain: args.domain });
    },
  }),
  command({
    name: "reboot",
    help: "reboot a domain",
    about: "Run a reboot command in the target domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "activeDomain" }),
      mode: text("shutdown mode: acpi|agent|initctl|signal|paravirt"),
    },
    async run(shell, args) {
      const flags = modeFlags(args.mode, rebootModes);
      const domain = await shell.domain(args.domain);
      await attempt(domain.reboot({ flags }), `Failed to reboot domain '${args.domain}'`);
      shell.out.done(`Domain '${args.domain}' is being rebooted`, { domain: args.domain });
    },
  }),
  command({
    name: "reset",
    help: "reset a domain",
    about: "Reset the target domain as if by power button",
    options: {
      domain: data("domain name, id or uuid", { complete: "activeDomain" }),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      await attempt(domain.reset(), `Failed to reset domain '${args.domain}'`);
      shell.out.done(`Domain '${args.domain}' was reset`, { domain: args.domain });
    },
  }),
  command({
    name: "resume",
    help: "resume a domain",
    about: "Resume a previously suspended domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "activeDomain" }),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      await attempt(domain.resume(), `Failed to resume domain '${args.domain}'`);
      shell.out.done(`Domain '${args.domain}' resumed`, { domain: args.domain });
    },
  }),
  command({
    name: "shutdown",
    help: "gracefully shutdown a domain",
    about: "Run shutdown in the target domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "activeDomain" }),
      mode: text("shutdown mode: acpi|agent|initctl|signal|paravirt"),
    },
    async run(shell, args) {
      const flags = modeFlags(args.mode, shutdownModes);
      const domain = await shell.domain(args.domain);
      await attempt(domain.shutdown(flags === 0 ? {} : { flags }), `Failed to shutdown domain '${args.domain}'`);
      shell.out.done(`Domain '${args.domain}' is being shutdown`, { domain: args.domain });
    },
  }),
  command({
    name: "start",
    help: "start a (previously defined) inactive domain",
    about:
      "Start a domain, either from the last managedsave\nstate, or via a fresh boot if no managedsave state\nis present.",
    options: {
      domain: data("name of the inactive domain", { complete: "inactiveDomain" }),
      console: flag("attach to console after creation"),
      paused: flag("leave the guest paused after creation"),
      autodestroy: flag("automatically destroy the guest when virsh disconnects"),
      "bypass-cache": flag("avoid file system cache when loading"),
      "force-boot": flag("force fresh boot by discarding any managed save"),
      "pass-fds": text("pass file descriptors N,M,... to the guest"),
      "reset-nvram": flag("re-initialize NVRAM from its pristine template"),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain, ["name", "uuid"]);
      if (domain.id !== -1) throw new ShellError("Domain is already active");
      const flags = bits(
        [args.paused, DomainCreateFlags.startPaused],
        [args.autodestroy, DomainCreateFlags.startAutodestroy],
        [args["bypass-cache"], DomainCreateFlags.startBypassCache],
        [args["force-boot"], DomainCreateFlags.startForceBoot],
        [args["reset-nvram"], DomainCreateFlags.startResetNvram],
      );
      refusePassedFds(args["pass-fds"]);
      await attempt(domain.create(flags === 0 ? {} : { flags }), `Failed to start domain '${domain.name}'`);
      shell.out.done(`Domain '${domain.name}' started`, { domain: domain.name, id: domain.id });
      if (args.console) await (await import("../console-session.ts")).runConsole(shell, domain, {});
    },
  }),
  command({
    name: "suspend",
    help: "suspend a domain",
    about: "Suspend a running domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "activeDomain" }),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      await attempt(domain.suspend(), `Failed to suspend domain '${args.domain}'`);
      shell.out.done(`Domain '${args.domain}' suspended`, { domain: args.domain });
    },
  }),
  command({
    name: "undefine",
    help: "undefine a domain",
    about: "Undefine an inactive domain, or convert persistent to transient.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      "managed-save": flag("remove domain managed state file"),
      storage: text(
        "remove associated storage volumes (comma separated list of targets or source paths) (see domblklist)",
      ),
      "remove-all-storage": flag("remove all associated storage volumes (use with caution)"),
      "delete-storage-volume-snapshots": flag(
        "delete snapshots associated with volume(s), requires --remove-all-storage (must be supported by storage driver)",
      ),
      "wipe-storage": flag("wipe data on the removed volumes"),
      "snapshots-metadata": flag("remove all domain snapshot metadata (vm must be inactive)"),
      "checkpoints-metadata": flag("remove all domain checkpoint metadata (vm must be inactive)"),
      nvram: flag("remove nvram file"),
      "keep-nvram": flag("keep nvram file"),
      tpm: flag("remove TPM state"),
      "keep-tpm": flag("keep TPM state"),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const wantsStorage = args.storage !== undefined || args["remove-all-storage"];
      if (args.storage !== undefined && args["remove-all-storage"]) {
        throw new ShellError("Specified both --storage and --remove-all-storage");
      }
      if (args["delete-storage-volume-snapshots"] && !args["remove-all-storage"]) {
        throw new ShellError("Option --delete-storage-volume-snapshots is required by option --remove-all-storage");
      }
      for (const [one, other] of [
        ["nvram", "keep-nvram"],
        ["tpm", "keep-tpm"],
      ] as const) {
        if (args[one] && args[other]) throw new ShellError(`Options --${one} and --${other} are mutually exclusive`);
      }
      let flags = bits(
        [args["managed-save"], DomainUndefineFlags.managedSave],
        [args["snapshots-metadata"], DomainUndefineFlags.snapshotsMetadata],
        [args["checkpoints-metadata"], DomainUndefineFlags.checkpointsMetadata],
        [args.nvram, DomainUndefineFlags.nvram],
        [args["keep-nvram"], DomainUndefineFlags.keepNvram],
        [args.tpm, DomainUndefineFlags.tpm],
        [args["keep-tpm"], DomainUndefineFlags.keepTpm],
      );
      const active = await domain.isActive();
      if (active && wantsStorage) throw new ShellError("Storage volume deletion is supported only on stopped domains");
      if (!active) {
        const saved = await domain.hasManagedSaveImage();
        if (saved && !args["managed-save"]) {
          throw new ShellError("Refusing to undefine while domain managed save image exists");
        }
        if (!saved) flags &= ~DomainUndefineFlags.managedSave;
        if (flags & DomainUndefineFlags.snapshotsMetadata) {
          const metadata = { dom: domain.ref, flags: DomainSnapshotListFlags.metadata };
          const { num } = await shell.connection.remote.domainSnapshotNum(metadata);
          if (num === 0) flags &= ~DomainUndefineFlags.snapshotsMetadata;
        }
      }
      const storage = wantsStorage ? await import("../storage-removal.ts") : undefined;
      const volumes = await storage?.storageToRemove(shell, domain, args.storage, args["remove-all-storage"]);
      await attempt(domain.undefine({ flags }), `Failed to undefine domain '${args.domain}'`);
      shell.out.done(`Domain '${args.domain}' has been undefined`, { domain: args.domain });
      await storage?.removeStorage(shell, volumes ?? [], {
        wipe: args["wipe-storage"],
        snapshots: args["delete-storage-volume-snapshots"],
      });
    },
  }),
];
