import { type Domain, DomainDeviceModifyFlags } from "@tsvirt/client";
import { type Command, command, data, flag } from "../../vsh/command.ts";
import { attempt } from "../../vsh/shell.ts";
import { affects, exclusive } from "../affects.ts";

/** The scope of a change of devices: `persistent` is the definition too, and a running guest as well. */
async function scope(
  domain: Domain,
  args: {
    readonly persistent: boolean;
    readonly config: boolean;
    readonly live: boolean;
    readonly current: boolean;
  },
): Promise<number> {
  exclusive(args, ["persistent", "current"], ["current", "live"], ["current", "config"]);
  let flags = affects(args);
  if (args.persistent) flags |= DomainDeviceModifyFlags.config;
  if (args.persistent && (await domain.isActive())) flags |= DomainDeviceModifyFlags.live;
  return flags;
}

/** Commands that plug devices. */
export const commands: readonly Command[] = [
  command({
    name: "attach-device",
    help: "attach device from an XML file",
    about: "Attach device from an XML <file>.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      file: data("XML file", { complete: "file" }),
      persistent: flag("make live change persistent"),
      config: flag("affect next boot"),
      live: flag("affect running domain"),
      current: flag("affect current domain"),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const { file } = args;
      const flags = await scope(domain, args);
      const xml = await shell.readDocument(file);
      await attempt(domain.attachDevice(xml, flags === 0 ? {} : { flags }), `Failed to attach device from ${file}`);
      shell.out.done("Device attached successfully", { domain: args.domain });
    },
  }),
  command({
    name: "detach-device",
    help: "detach device from an XML file",
    about: "Detach device from an XML <file>",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      file: data("XML file", { complete: "file" }),
      persistent: flag("make live change persistent"),
      config: flag("affect next boot"),
      live: flag("affect running domain"),
      current: flag("affect current domain"),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const { file } = args;
      const flags = await scope(domain, args);
      const xml = await shell.readDocument(file);
      await attempt(domain.detachDevice(xml, flags === 0 ? {} : { flags }), `Failed to detach device from ${file}`);
      shell.out.done("Device detached successfully", { domain: args.domain });
    },
  }),
  command({
    name: "update-device",
    help: "update device from an XML file",
    about: "Update device from an XML <file>.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      file: data("XML file", { complete: "file" }),
      persistent: flag("make live change persistent"),
      config: flag("affect next boot"),
      live: flag("affect running domain"),
      current: flag("affect current domain"),
      force: flag("force device update"),
    },
    async run(shell, args) {
      const { file } = args;
      const domain = await shell.domain(args.domain);
      const xml = await shell.readDocument(file);
      const flags = (await scope(domain, args)) | (args.force ? DomainDeviceModifyFlags.force : 0);
      await attempt(domain.updateDevice(xml, { flags }), `Failed to update device from ${file}`);
      shell.out.done("Device updated successfully", { domain: args.domain });
    },
  }),
];
