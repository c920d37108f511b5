import { DomainCreateFlags, DomainDefineFlags, DomainXmlFlags } from "@tsvirt/client";
import { type Command, command, data, flag, text } from "../../vsh/command.ts";
import { attempt } from "../../vsh/shell.ts";
import { printDocument } from "../document.ts";
import { bits } from "../flags.ts";
import { refusePassedFds } from "../passed-fds.ts";

/** Commands about guests' definitions. */
export const commands: readonly Command[] = [
  command({
    name: "create",
    help: "create a domain from an XML file",
    about: "Create a domain.",
    options: {
      file: data("file containing an XML domain description", { complete: "file" }),
      console: flag("attach to console after creation"),
      paused: flag("leave the guest paused after creation"),
      autodestroy: flag("automatically destroy the guest when virsh disconnects"),
      "pass-fds": text("pass file descriptors N,M,... to the guest"),
      validate: flag("validate the XML against the schema"),
      "reset-nvram": flag("re-initialize NVRAM from its pristine template"),
    },
    async run(shell, args) {
      const xml = await shell.readDocument(args.file);
      refusePassedFds(args["pass-fds"]);
      const flags = bits(
        [args.paused, DomainCreateFlags.startPaused],
        [args.autodestroy, DomainCreateFlags.startAutodestroy],
        [args.validate, DomainCreateFlags.startValidate],
        [args["reset-nvram"], DomainCreateFlags.startResetNvram],
      );
      const created = shell.connection.domainCreateXml(xml, { flags });
      const domain = await attempt(created, `Failed to create domain from ${args.file}`);
      shell.out.done(`Domain '${domain.name}' created from ${args.file}`, {
        domain: domain.name,
        uuid: domain.uuid,
        id: domain.id,
      });
      if (args.console) await (await import("../console-session.ts")).runConsole(shell, domain, {});
    },
  }),
  command({
    name: "define",
    help: "define (but don't start) a domain from an XML file",
    about: "Define a domain.",
    options: {
      file: data("file containing an XML domain description", { complete: "file" }),
      validate: flag("validate the XML against the schema"),
    },
    async run(shell, args) {
      const flags = bits([args.validate, DomainDefineFlags.validate]);
      const xml = await shell.readDocument(args.file);
      const defined = shell.connection.domainDefineXml(xml, flags === 0 ? {} : { flags });
      const domain = await attempt(defined, `Failed to define domain from ${args.file}`);
      shell.out.done(`Domain '${domain.name}' defined from ${args.file}`, { domain: domain.name, uuid: domain.uuid });
    },
  }),
  command({
    name: "dumpxml",
    help: "domain information in XML",
    about: "Output the domain information as an XML dump to stdout.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      inactive: flag("show inactive defined XML"),
      "security-info": flag("include security sensitive information in XML dump"),
      "update-cpu": flag("update guest CPU according to host CPU"),
      migratable: flag("provide XML suitable for migrations"),
      xpath: text("xpath expression to filter the XML document", { named: true }),
      wrap: flag("wrap xpath results in an common root element"),
    },
    async run(shell, args) {
      const flags = bits(
        [args.inactive, DomainXmlFlags.inactive],
        [args["security-info"], DomainXmlFlags.secure],
        [args["update-cpu"], DomainXmlFlags.updateCpu],
        [args.migratable, DomainXmlFlags.migratable],
      );
      const { xpath } = args;
      const domain = await shell.domain(args.domain);
      await printDocument(shell, await domain.getXmlDesc({ flags }), { xpath, wrap: args.wrap });
    },
  }),
  command({
    name: "edit",
    help: "edit XML configuration for a domain",
    about: "Edit the XML configuration for a domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      "skip-validate": flag("skip validation of the XML against the schema"),
    },
    async run(shell, args) {
      const { domain: name } = args;
      const domain = await shell.domain(name);
      const flags = DomainXmlFlags.inactive | DomainXmlFlags.secure;
      const validate = args["skip-validate"] ? 0 : DomainDefineFlags.validate;
      const { editDocument } = await import("../editor.ts");
      const changed = await editDocument(shell, {
        read: () => domain.getXmlDesc({ flags }),
        write: async (xml) => {
          await shell.connection.domainDefineXml(xml, { flags: validate });
        },
      });
      shell.out.done(
        changed ? `Domain '${name}' XML configuration edited.` : `Domain '${name}' XML configuration not changed.`,
        { domain: name, changed },
      );
    },
  }),
];
