import { DomainSaveRestoreFlags, DomainXmlFlags } from "@tsvirt/client";
import { type Command, command, data, flag, text } from "../../vsh/command.ts";
import { attempt, type Shell } from "../../vsh/shell.ts";
import { printDocument } from "../document.ts";
import { bits } from "../flags.ts";

/** A path of ours as the daemon, which is elsewhere, understands it. */
function absolutePath(shell: Shell, path: string): string {
  return path.startsWith("/") ? path : `${shell.io.cwd().replace(/\/$/, "")}/${path}`;
}

/** The flags that saving and restoring share. */
function saveFlags(args: { readonly running: boolean; readonly paused: boolean; readonly bypass: boolean }): number {
  return bits(
    [args.bypass, DomainSaveRestoreFlags.bypassCache],
    [args.running, DomainSaveRestoreFlags.running],
    [args.paused, DomainSaveRestoreFlags.paused],
  );
}

/** Commands that save guests' memory and bring it back. */
export const commands: readonly Command[] = [
  command({
    name: "domjobabort",
    help: "abort active domain job",
    about: "Aborts the currently running domain job",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      postcopy: flag("interrupt post-copy migration"),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      await shell.connection.remote.domainAbortJob({ dom: domain.ref });
    },
  }),
  command({
    name: "managedsave",
    help: "managed save of a domain state",
    about:
      "Save and destroy a running domain, so it can be restarted from\nthe same state at a later time.  When the virsh 'start'\ncommand is next run for the domain, it will automatically\nbe started from this saved state.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      "bypass-cache": flag("avoid file system cache when saving"),
      running: flag("set domain to be running on next start"),
      paused: flag("set domain to be paused on next start"),
      verbose: flag("display the progress of save"),
    },
    async run(shell, args) {
      const flags = saveFlags({ ...args, bypass: args["bypass-cache"] });
      const domain = await shell.domain(args.domain);
      await attempt(domain.managedSave({ flags }), `Failed to save domain '${args.domain}' state`);
      shell.out.done(`\nDomain '${args.domain}' state saved by libvirt`, { domain: args.domain });
    },
  }),
  command({
    name: "managedsave-remove",
    help: "Remove managed save of a domain",
    about: "Remove an existing managed save state file from a domain",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const saved = await attempt(domain.hasManagedSaveImage(), "Failed to check for domain managed save image");
      if (!saved) {
        shell.out.extra(`Domain '${args.domain}' has no manage save image; removal skipped`);
        shell.out.json({ domain: args.domain, removed: false });
        return;
      }
      await attempt(domain.managedSaveRemove(), `Failed to remove managed save image for domain '${args.domain}'`);
      shell.out.extra(`Removed managedsave image for domain '${args.domain}'`);
      shell.out.json({ domain: args.domain, removed: true });
    },
  }),
  command({
    name: "managedsave-dumpxml",
    help: "Domain information of managed save state file in XML",
    about: "Dump XML of domain information for a managed save state file to stdout.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      "security-info": flag("include security sensitive information in XML dump"),
      xpath: text("xpath expression to filter the XML document", { named: true }),
      wrap: flag("wrap xpath results in an common root element"),
    },
    async run(shell, args) {
      const flags = bits([args["security-info"], DomainXmlFlags.secure]);
      const { xpath } = args;
      const domain = await shell.domain(args.domain);
      const { xml } = await shell.connection.remote.domainManagedSaveGetXmlDesc({ dom: domain.ref, flags });
      await printDocument(shell, xml, { xpath, wrap: args.wrap });
    },
  }),
  command({
    name: "managedsave-define",
    help: "redefine the XML for a domain's managed save state file",
    about: "Replace the domain XML associated with a managed save state file",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      xml: data("filename containing updated XML for the target", { complete: "file" }),
      running: flag("set domain to be running on start"),
      paused: flag("set domain to be paused on start"),
    },
    async run(shell, args) {
      const flags = bits([args.running, DomainSaveRestoreFlags.running], [args.paused, DomainSaveRestoreFlags.paused]);
      const domain = await shell.domain(args.domain);
      const dxml = await shell.readDocument(args.xml);
      const defined = shell.connection.remote.domainManagedSaveDefineXml({ dom: domain.ref, dxml, flags });
      await attempt(defined, `Failed to update domain '${args.domain}' managed save state`);
      shell.out.done(`Managed save state file of domain '${args.domain}' updated.`, { domain: args.domain });
    },
  }),
  command({
    name: "restore",
    help: "restore a domain from a saved state in a file",
    about: "Restore a domain.",
    options: {
      file: data("the state to restore", { complete: "file" }),
      "bypass-cache": flag("avoid file system cache when restoring"),
      xml: text("filename containing updated XML for the target", { complete: "file" }),
      running: flag("restore domain into running state"),
      paused: flag("restore domain into paused state"),
      "reset-nvram": flag("re-initialize NVRAM from its pristine template"),
    },
    async run(shell, args) {
      const flags = bits(
        [args["bypass-cache"], DomainSaveRestoreFlags.bypassCache],
        [args.running, DomainSaveRestoreFlags.running],
        [args.paused, DomainSaveRestoreFlags.paused],
        [args["reset-nvram"], DomainSaveRestoreFlags.resetNvram],
      );
      const { file, xml } = args;
      const dxml = xml === undefined ? undefined : await shell.readDocument(xml);
      const { remote } = shell.connection;
      const from = absolutePath(shell, file);
      const restored =
        flags === 0 && dxml === undefined
          ? remote.domainRestore({ from })
          : remote.domainRestoreFlags({ from, flags, ...(dxml === undefined ? {} : { dxml }) });
      await attempt(restored, `Failed to restore domain from ${file}`);
      shell.out.done(`Domain restored from ${file}`, { file });
    },
  }),
  command({
    name: "save",
    help: "save a domain state to a file",
    about: "Save the RAM state of a running domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      file: data("where to save the data", { complete: "file" }),
      "bypass-cache": flag("avoid file system cache when saving"),
      xml: text("filename containing updated XML for the target", { complete: "file" }),
      running: flag("set domain to be running on restore"),
      paused: flag("set domain to be paused on restore"),
      verbose: flag("display the progress of save"),
    },
    async run(shell, args) {
      const { file } = args;
      const flags = saveFlags({ ...args, bypass: args["bypass-cache"] });
      const domain = await shell.domain(args.domain);
      const { xml } = args;
      const dxml = xml === undefined ? undefined : await shell.readDocument(xml);
      const { remote } = shell.connection;
      const to = absolutePath(shell, file);
      const saved =
        flags === 0 && dxml === undefined
          ? remote.domainSave({ dom: domain.ref, to })
          : remote.domainSaveFlags({ dom: domain.ref, to, flags, ...(dxml === undefined ? {} : { dxml }) });
      await attempt(saved, `Failed to save domain '${args.domain}' to ${file}`);
      shell.out.done(`\nDomain '${args.domain}' saved to ${file}`, { domain: args.domain, file });
    },
  }),
  command({
    name: "save-image-define",
    help: "redefine the XML for a domain's saved state file",
    about: "Replace the domain XML associated with a saved state file",
    options: {
      file: data("saved state file to modify", { complete: "file" }),
      xml: data("filename containing updated XML for the target", { complete: "file" }),
      running: flag("set domain to be running on restore"),
      paused: flag("set domain to be paused on restore"),
    },
    async run(shell, args) {
      const { file } = args;
      const flags = bits([args.running, DomainSaveRestoreFlags.running], [args.paused, DomainSaveRestoreFlags.paused]);
      const dxml = await shell.readDocument(args.xml);
      const defined = shell.connection.remote.domainSaveImageDefineXml({
        file: absolutePath(shell, file),
        dxml,
        flags,
      });
      await attempt(defined, `Failed to update ${file}`);
      shell.out.done(`State file ${file} updated.`, { file });
    },
  }),
  command({
    name: "save-image-dumpxml",
    help: "saved state domain information in XML",
    about: "Dump XML of domain information for a saved state file to stdout.",
    options: {
      file: data("saved state file to read", { complete: "file" }),
      "security-info": flag("include security sensitive information in XML dump"),
      xpath: text("xpath expression to filter the XML document", { named: true }),
      wrap: flag("wrap xpath results in an common root element"),
    },
    async run(shell, args) {
      const { file, xpath } = args;
      const flags = bits([args["security-info"], DomainXmlFlags.secure]);
      const { remote } = shell.connection;
      const { xml } = await remote.domainSaveImageGetXmlDesc({ file: absolutePath(shell, file), flags });
      await printDocument(shell, xml, { xpath, wrap: args.wrap });
    },
  }),
];
