import { DomainMetadataType, DomainState, DomainXmlFlags, ErrorCode, VirtError } from "@tsvirt/client";
import { parseXml } from "@tsvirt/codec/xml";
import { type Command, command, data, flag, rest, text } from "../../vsh/command.ts";
import { ShellError } from "../../vsh/errors.ts";
import { attempt } from "../../vsh/shell.ts";
import { affects, exclusive } from "../affects.ts";
import { editDocument } from "../editor.ts";
import { elementAt } from "../xml-paths.ts";

/** Commands about titles, descriptions and custom elements. */
export const commands: readonly Command[] = [
  command({
    name: "desc",
    help: "show or set domain's description or title",
    about: "Allows setting or modifying the description or title of a domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      live: flag("modify/get running state"),
      config: flag("modify/get persistent configuration"),
      current: flag("modify/get current state configuration"),
      title: flag("modify/get the title instead of description"),
      edit: flag("open an editor to modify the description"),
      "new-desc": rest("message"),
    },
    async run(shell, args) {
      exclusive(args, ["current", "live"], ["current", "config"]);
      const flags = affects(args);
      const what = args.title ? "title" : "description";
      const type = args.title ? DomainMetadataType.title : DomainMetadataType.description;
      const domain = await shell.domain(args.domain);
      const state = await domain.getState();
      const inactive = args.config || state.state === DomainState.shutoff;
      const current = async (): Promise<string> => {
        const root = parseXml(await domain.getXmlDesc({ flags: inactive ? DomainXmlFlags.inactive : 0 }));
        return elementAt(root, what)?.text ?? "";
      };
      if (args.edit) {
        const changed = await editDocument(shell, {
          read: async () => (args["new-desc"].length > 0 ? args["new-desc"].join(" ") : await current()),
          write: (text) => domain.setMetadata({ type, metadata: text.replace(/\n$/, "") }, { flags }),
        });
        const done = `Domain ${what} updated successfully`;
        shell.out.extra(changed ? done : `Domain ${what} not changed\n`);
        shell.out.json({ [what]: await current(), changed });
        return;
      }
      if (args["new-desc"].length > 0) {
        const text = args["new-desc"].join(" ");
        await attempt(domain.setMetadata({ type, metadata: text }, { flags }), `Failed to set new domain ${what}`);
        shell.out.extra(`Domain ${what} updated successfully`);
        shell.out.json({ [what]: text });
        return;
      }
      const text = await current();
      if (text === "") shell.out.extra(`No ${what} for domain: ${domain.name}`);
      else shell.out.print(text);
      shell.out.json({ [what]: text });
    },
  }),
  command({
    name: "metadata",
    help: "show or set domain's custom XML metadata",
    about: "Shows or modifies the XML metadata of a domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      uri: data("URI of the namespace"),
      live: flag("modify/get running state"),
      config: flag("modify/get persistent configuration"),
      current: flag("modify/get current state configuration"),
      edit: flag("use an editor to change the metadata"),
      key: text("key to be used as a namespace identifier"),
      set: text("new metadata to set"),
      remove: flag("remove the metadata corresponding to an uri"),
    },
    async run(shell, args) {
      exclusive(
        args,
        ["current", "live"],
        ["current", "config"],
        ["edit", "remove"],
        ["edit", "set"],
        ["set", "remove"],
      );
      const flags = affects(args);
      const domain = await shell.domain(args.domain);
      const { uri, key, set } = args;
      const type = DomainMetadataType.element;
      if ((set !== undefined || args.edit) && key === undefined) {
        throw new ShellError("namespace key is required when modifying metadata");
      }
      if (set !== undefined || args.remove) {
        await domain.setMetadata(
          { type, uri, ...(set === undefined ? {} : { metadata: set }), ...(key === undefined ? {} : { key }) },
          { flags },
        );
        shell.out.extra(args.remove ? "Metadata removed\n" : "Metadata modified\n");
        shell.out.json({ uri, removed: args.remove });
        return;
      }
      if (args.edit) {
        const changed = await editDocument(shell, {
          read: () =>
            domain.getMetadata(type, { uri, flags }).catch((error: unknown) => {
              if (error instanceof VirtError && error.code === ErrorCode.noDomainMetadata) return "\n";
              throw error;
            }),
          write: (xml) =>
            domain.setMetadata({ type, uri, metadata: xml, ...(key === undefined ? {} : { key }) }, { flags }),
        });
        shell.out.extra(changed ? "Metadata modified\n" : "Metadata not changed\n");
        shell.out.json({ uri, changed });
        return;
      }
      shell.out.value("metadata", await domain.getMetadata(type, { uri, flags }));
    },
  }),
];
