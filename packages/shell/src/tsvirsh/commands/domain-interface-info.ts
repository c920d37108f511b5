import { DomainInterfaceAddressesSource, DomainXmlFlags, IpAddrType } from "@tsvirt/client";
import { parseXml } from "@tsvirt/codec/xml";
import { type Command, command, data, flag, text } from "../../vsh/command.ts";
import { ShellError } from "../../vsh/errors.ts";
import { attempt } from "../../vsh/shell.ts";
import { attributeOf, elementsAt, firstAttribute, textOrDash } from "../xml-paths.ts";

const counters = [
  ["rxBytes", "rx_bytes"],
  ["rxPackets", "rx_packets"],
  ["rxErrs", "rx_errs"],
  ["rxDrop", "rx_drop"],
  ["txBytes", "tx_bytes"],
  ["txPackets", "tx_packets"],
  ["txErrs", "tx_errs"],
  ["txDrop", "tx_drop"],
] as const;

/** What guests' network interfaces are and did. */
export const commands: readonly Command[] = [
  command({
    name: "domifaddr",
    help: "Get network interfaces' addresses for a running domain",
    about: "Get network interfaces' addresses for a running domain",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      interface: text("network interface name"),
      full: flag("always display names and MACs of interfaces"),
      source: text("address source: 'lease', 'agent', or 'arp'", { complete: ["lease", "agent", "arp"] }),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const wanted = args.interface;
      const name = args.source ?? "lease";
      const source =
        name === "lease" || name === "agent" || name === "arp" ? DomainInterfaceAddressesSource[name] : undefined;
      if (source === undefined) throw new ShellError(`Unknown data source '${name}'`);
      const interfaces = await attempt(domain.interfaceAddresses(source), "Failed to query for interfaces addresses");
      shell.out.extra(
        ` ${"Name".padEnd(10)} ${"MAC address".padEnd(20)} ${"Protocol".padEnd(8)}     Address\n${"-".repeat(79)}\n`,
      );
      const chosen = interfaces.filter((one) => wanted === undefined || one.name === wanted);
      const line = (who: string, mac: string, protocol: string, address: string): void => {
        shell.out.print(` ${who.padEnd(10)} ${mac.padEnd(17)}    ${protocol.padEnd(12)} ${address}\n`);
      };
      for (const { name: who, hwaddr = "", addrs } of chosen) {
        if (addrs.length === 0) line(who, hwaddr, "N/A", "N/A");
        for (const [at, { type, addr, prefix }] of addrs.entries()) {
          const protocol = type === IpAddrType.ipv6 ? "ipv6" : "ipv4";
          const named = args.full || at === 0;
          line(named ? who : "-", named ? hwaddr : "-", protocol, `${addr}/${prefix}`);
        }
      }
      shell.out.json(
        chosen.map(({ name: who, hwaddr, addrs }) => ({
          name: who,
          mac: hwaddr ?? null,
          addresses: addrs.map(({ type, addr, prefix }) => ({
            protocol: type === IpAddrType.ipv6 ? "ipv6" : "ipv4",
            address: addr,
            prefix,
          })),
        })),
      );
    },
  }),
  command({
    name: "domiflist",
    help: "list all domain virtual interfaces",
    about: "Get the summary of virtual interfaces for a domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      inactive: flag("get inactive rather than running configuration"),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const flags = args.inactive ? DomainXmlFlags.inactive : 0;
      const root = parseXml(await domain.getXmlDesc({ flags }));
      const rows = elementsAt(root, "devices/interface").map((element) => [
        textOrDash(attributeOf(element, "target", "dev")),
        element.attribute("type") ?? "",
        textOrDash(firstAttribute(element, "source", ["bridge", "dev", "network", "name"])),
        textOrDash(attributeOf(element, "model", "type")),
        textOrDash(attributeOf(element, "mac", "address")),
      ]);
      shell.out.table(
        [
          { key: "interface", title: "Interface" },
          { key: "type", title: "Type" },
          { key: "source", title: "Source" },
          { key: "model", title: "Model" },
          { key: "mac", title: "MAC" },
        ],
        rows,
      );
    },
  }),
  command({
    name: "domifstat",
    help: "get network interface stats for a domain",
    about: "Get network interface stats for a running domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      interface: data("interface device specified by name or MAC Address"),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const device = args.interface;
      const stats = await attempt(
        domain.interfaceStats(device),
        `Failed to get interface stats ${args.domain} ${device}`,
      );
      for (const [field, name] of counters) {
        const value = stats[field];
        if (value < 0n) continue;
        shell.out.print(`${device} ${name} ${value}\n`);
        shell.out.json({ [name]: value });
      }
    },
  }),
];
