import {
  NetworkCreateFlags,
  NetworkDefineFlags,
  NetworkUpdateCommand,
  NetworkUpdateFlags,
  NetworkUpdateSection,
  NetworkXmlFlags,
} from "@tsvirt/client";
import { type Command, command, data, flag, int, text } from "../../vsh/command.ts";
import { ShellError } from "../../vsh/errors.ts";
import { attempt } from "../../vsh/shell.ts";
import { exclusive } from "../affects.ts";
import { printDocument } from "../document.ts";
import { bits } from "../flags.ts";

/** What virsh calls the parts of a network's document. */
const sections: Readonly<Record<string, number>> = {
  bridge: NetworkUpdateSection.bridge,
  domain: NetworkUpdateSection.domain,
  ip: NetworkUpdateSection.ip,
  "ip-dhcp-host": NetworkUpdateSection.ipDhcpHost,
  "ip-dhcp-range": NetworkUpdateSection.ipDhcpRange,
  forward: NetworkUpdateSection.forward,
  "forward-interface": NetworkUpdateSection.forwardInterface,
  "forward-pf": NetworkUpdateSection.forwardPf,
  portgroup: NetworkUpdateSection.portgroup,
  "dns-host": NetworkUpdateSection.dnsHost,
  "dns-txt": NetworkUpdateSection.dnsTxt,
  "dns-srv": NetworkUpdateSection.dnsSrv,
};

const updates: Readonly<Record<string, number>> = {
  add: NetworkUpdateCommand.addLast,
  "add-last": NetworkUpdateCommand.addLast,
  "add-first": NetworkUpdateCommand.addFirst,
  delete: NetworkUpdateCommand.delete,
  modify: NetworkUpdateCommand.modify,
};

/** Commands that change virtual networks. */
export const commands: readonly Command[] = [
  command({
    name: "net-autostart",
    help: "autostart a network",
    about: "Configure a network to be automatically started at boot.",
    options: {
      network: data("network name or uuid", { complete: "network" }),
      disable: flag("disable autostarting"),
    },
    async run(shell, args) {
      const { disable } = args;
      const network = await shell.network(args.network);
      const mark = disable ? "unmark" : "mark";
      await attempt(network.setAutostart(!disable), `failed to ${mark} network ${args.network} as autostarted`);
      shell.out.done(`Network ${args.network} ${mark}ed as autostarted`, {
        network: args.network,
        autostart: !disable,
      });
    },
  }),
  command({
    name: "net-create",
    help: "create a network from an XML file",
    about: "Create a network.",
    options: {
      file: data("file containing an XML network description", { complete: "file" }),
      validate: flag("validate the XML against the schema"),
    },
    async run(shell, args) {
      const { file } = args;
      const xml = await shell.readDocument(file);
      const flags = bits([args.validate, NetworkCreateFlags.validate]);
      const created = shell.connection.networkCreateXml(xml, flags === 0 ? {} : { flags });
      const network = await attempt(created, `Failed to create network from ${file}`);
      shell.out.done(`Network ${network.name} created from ${file}`, { network: network.name, uuid: network.uuid });
    },
  }),
  command({
    name: "net-define",
    help: "define an inactive persistent virtual network or modify an existing persistent one from an XML file",
    about: "Define or modify a persistent virtual network.",
    options: {
      file: data("file containing an XML network description", { complete: "file" }),
      validate: flag("validate the XML against the schema"),
    },
    async run(shell, args) {
      const { file } = args;
      const xml = await shell.readDocument(file);
      const flags = bits([args.validate, NetworkDefineFlags.validate]);
      const defined = shell.connection.networkDefineXml(xml, flags === 0 ? {} : { flags });
      const network = await attempt(defined, `Failed to define network from ${file}`);
      shell.out.done(`Network ${network.name} defined from ${file}`, { network: network.name, uuid: network.uuid });
    },
  }),
  command({
    name: "net-destroy",
    help: "destroy (stop) a network",
    about: "Forcefully stop a given network.",
    options: {
      network: data("network name or uuid", { complete: "activeNetwork" }),
    },
    async run(shell, args) {
      const network = await shell.network(args.network);
      await attempt(network.destroy(), `Failed to destroy network ${args.network}`);
      shell.out.done(`Network ${args.network} destroyed`, { network: args.network });
    },
  }),
  command({
    name: "net-dumpxml",
    help: "network information in XML",
    about: "Output the network information as an XML dump to stdout.",
    options: {
      network: data("network name or uuid", { complete: "network" }),
      inactive: flag("show inactive defined XML"),
      xpath: text("xpath expression to filter the XML document", { named: true }),
      wrap: flag("wrap xpath results in an common root element"),
    },
    async run(shell, args) {
      const { xpath } = args;
      const network = await shell.network(args.network);
      const flags = args.inactive ? NetworkXmlFlags.inactive : 0;
      await printDocument(shell, await network.getXmlDesc({ flags }), { xpath, wrap: args.wrap });
    },
  }),
  command({
    name: "net-start",
    help: "start a (previously defined) inactive network",
    about: "Start a network.",
    options: {
      network: data("network name or uuid", { complete: "inactiveNetwork" }),
    },
    async run(shell, args) {
      const network = await shell.network(args.network, ["name", "uuid"]);
      await attempt(network.create(), `Failed to start network ${args.network}`);
      shell.out.done(`Network ${args.network} started`, { network: args.network });
    },
  }),
  command({
    name: "net-undefine",
    help: "undefine a persistent network",
    about: "Undefine the configuration for a persistent network.",
    options: {
      network: data("network name or uuid", { complete: "network" }),
    },
    async run(shell, args) {
      const network = await shell.network(args.network);
      await attempt(network.undefine(), `Failed to undefine network ${args.network}`);
      shell.out.done(`Network ${args.network} has been undefined`, { network: args.network });
    },
  }),
  command({
    name: "net-update",
    help: "update parts of an existing network's configuration",
    options: {
      network: data("network name or uuid", { complete: "network" }),
      command: data("type of update (add-first, add-last (add), delete, or modify)", {
        complete: Object.keys(updates),
      }),
      section: data("which section of network configuration to update", { complete: Object.keys(sections) }),
      xml: data(
        "name of file containing xml (or, if it starts with '<', the complete xml element itself) to add/modify, or to be matched for search",
        { complete: "file" },
      ),
      "parent-index": int("which parent object to search through"),
      config: flag("affect next network startup"),
      live: flag("affect running network"),
      current: flag("affect current state of network"),
    },
    async run(shell, args) {
      exclusive(args, ["current", "live"], ["current", "config"]);
      const network = await shell.network(args.network);
      const command = Object.hasOwn(updates, args.command) ? updates[args.command] : undefined;
      if (command === undefined) throw new ShellError(`unrecognized command name '${args.command}'`);
      const section = Object.hasOwn(sections, args.section) ? sections[args.section] : undefined;
      if (section === undefined) throw new ShellError(`unrecognized section name '${args.section}'`);
      const parentIndex = args["parent-index"] ?? -1;
      const given = args.xml;
      const xml = given.startsWith("<") ? given : await shell.readDocument(given);
      const flags = bits([args.config, NetworkUpdateFlags.config], [args.live, NetworkUpdateFlags.live]);
      const update = network.update({ command, section, parentIndex, xml }, { flags });
      await attempt(update, `Failed to update network ${network.name}`);
      const affected =
        args.config && args.live
          ? "persistent config and live state"
          : args.config
            ? "persistent config"
            : args.live || (await network.isActive())
              ? "live state"
              : "persistent config";
      shell.out.extra(`Updated network ${network.name} ${affected}`);
      shell.out.json({ network: network.name, affected });
    },
  }),
];
