import { IpAddrType, ConnectListAllNetworksFlags as ListFlags } from "@tsvirt/client";
import { type Command, command, data, flag, text, uint } from "../../vsh/command.ts";
import { ShellError } from "../../vsh/errors.ts";
import { attempt } from "../../vsh/shell.ts";
import { type EventSource, positiveTimeout, watchEvents } from "../event-loop.ts";
import { bits } from "../flags.ts";
import { localTime } from "../local-time.ts";
import { orUndefined } from "../or-undefined.ts";

const lifecycle = ["Defined", "Undefined", "Started", "Stopped"];

const byText = (a: string, b: string): number => {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
};

/** Commands that tell of virtual networks. */
export const commands: readonly Command[] = [
  command({
    name: "net-dhcp-leases",
    help: "print lease info for a given network",
    about: "Print lease info for a given network",
    options: {
      network: data("network name or uuid", { complete: "network" }),
      mac: text("MAC address"),
    },
    async run(shell, args) {
      const { mac } = args;
      const network = await shell.network(args.network);
      const got = network.getDhcpLeases(mac === undefined ? {} : { mac });
      const leases = await attempt(got, `Failed to get leases info for ${network.name}`);
      const rows = [...leases]
        .sort(
          (a, b) =>
            byText(a.mac ?? "", b.mac ?? "") || byText(a.iaid ?? "", b.iaid ?? "") || byText(a.ipaddr, b.ipaddr),
        )
        .map((lease) => {
          const v6 = lease.type === IpAddrType.ipv6;
          const time = localTime(Number(lease.expirytime) * 1000);
          const client = lease.clientid ?? (v6 ? lease.iaid : undefined);
          return [
            { value: lease.expirytime, text: ` ${time}`.trim() },
            lease.mac ?? "-",
            v6 ? "ipv6" : "ipv4",
            `${lease.ipaddr}/${lease.prefix}`,
            { value: lease.hostname ?? null, text: lease.hostname ?? "-" },
            { value: client ?? null, text: client ?? "-" },
          ];
        });
      shell.out.table(
        [
          { key: "expiryTime", title: "Expiry Time" },
          { key: "mac", title: "MAC address" },
          { key: "protocol", title: "Protocol" },
          { key: "address", title: "IP address" },
          { key: "hostname", title: "Hostname" },
          { key: "clientId", title: "Client ID or DUID" },
        ],
        rows,
      );
    },
  }),
  command({
    name: "net-event",
    help: "Network Events",
    about: "List event types, or wait for network events to occur",
    options: {
      network: text("filter by network name or uuid", { complete: "network" }),
      event: text("which event type to wait for", { complete: ["lifecycle"] }),
      loop: flag("loop until timeout or interrupt, rather than one-shot"),
      timeout: uint("timeout seconds"),
      list: flag("list valid event types"),
      timestamp: flag("show timestamp for each printed event"),
    },
    async run(shell, args) {
      if (args.list) {
        shell.out.lines("events", ["lifecycle"]);
        return;
      }
      const { event } = args;
      if (event === undefined) throw new ShellError("either --list or --event <type> is required");
      if (event !== "lifecycle") throw new ShellError(`unknown event type ${event}`);
      const timeout = positiveTimeout(args.timeout);
      const network = args.network === undefined ? undefined : await shell.network(args.network);
      const source: EventSource = (report) =>
        shell.connection.onNetworkEvent(
          (one) => {
            const what = lifecycle[one.event] ?? "unknown";
            report({
              text: `event 'lifecycle' for network ${one.network.name}: ${what}\n`,
              json: { event: "lifecycle", network: one.network.name, what },
            });
          },
          network ? { network } : {},
        );
      await watchEvents(shell, { loop: args.loop, timeout, timestamp: args.timestamp }, [source]);
    },
  }),
  command({
    name: "net-info",
    help: "network information",
    about: "Returns basic information about the network",
    options: {
      network: data("network name or uuid", { complete: "network" }),
    },
    async run(shell, args) {
      const network = await shell.network(args.network);
      const yesNo = (value: boolean) => ({ value, text: value ? "yes" : "no" });
      const [active, persistent, autostart, bridge] = await Promise.all([
        orUndefined(network.isActive()),
        orUndefined(network.isPersistent()),
        orUndefined(network.getAutostart()),
        orUndefined(network.getBridgeName()),
      ]);
      shell.out.facts(
        [
          { key: "name", label: "Name:", value: network.name },
          { key: "uuid", label: "UUID:", value: network.uuid },
          ...(active === undefined ? [] : [{ key: "active", label: "Active:", value: yesNo(active) }]),
          { key: "persistent", label: "Persistent:", value: persistent === undefined ? "unknown" : yesNo(persistent) },
          { key: "autostart", label: "Autostart:", value: autostart === undefined ? "no autostart" : yesNo(autostart) },
          ...(bridge === undefined ? [] : [{ key: "bridge", label: "Bridge:", value: bridge }]),
        ],
        16,
      );
    },
  }),
  command({
    name: "net-list",
    help: "list networks",
    about: "Returns list of networks.",
    options: {
      inactive: flag("list inactive networks"),
      all: flag("list inactive & active networks"),
      persistent: flag("list persistent networks"),
      transient: flag("list transient networks"),
      autostart: flag("list networks with autostart enabled"),
      "no-autostart": flag("list networks with autostart disabled"),
      uuid: flag("list uuid's only"),
      name: flag("list network names only"),
      table: flag("list table (default)"),
    },
    async run(shell, args) {
      const flags = bits(
        [args.inactive || args.all, ListFlags.inactive],
        [!args.inactive || args.all, ListFlags.active],
        [args.persistent, ListFlags.persistent],
        [args.transient, ListFlags.transient],
        [args.autostart, ListFlags.autostart],
        [args["no-autostart"], ListFlags.noAutostart],
      );
      for (const [one, other] of [
        ["table", "uuid"],
        ["table", "name"],
        ["uuid", "name"],
      ] as const) {
        if (args[one] && args[other]) throw new ShellError(`Options --${one} and --${other} are mutually exclusive`);
      }
      const networks = await shell.connection.listAllNetworks({ flags });
      const known = await Promise.all(networks.map(async (network) => ({ network, active: await network.isActive() })));
      known.sort((a, b) => Number(b.active) - Number(a.active) || byText(a.network.name, b.network.name));
      if (args.uuid || args.name) {
        shell.out.json(known.map(({ network }) => (args.uuid ? { uuid: network.uuid } : { name: network.name })));
        for (const { network } of known) shell.out.print(`${args.uuid ? network.uuid : network.name}\n`);
        return;
      }
      const rows = await Promise.all(
        known.map(async ({ network, active }) => {
          const [autostart, persistent] = await Promise.all([
            orUndefined(network.getAutostart()),
            orUndefined(network.isPersistent()),
          ]);
          return [
            network.name,
            active ? "active" : "inactive",
            { value: autostart ?? null, text: autostart === undefined ? "no autostart" : autostart ? "yes" : "no" },
            { value: persistent ?? null, text: persistent ? "yes" : "no" },
            network.uuid,
          ];
        }),
      );
      shell.out.table(
        [
          { key: "name", title: "Name" },
          { key: "state", title: "State" },
          { key: "autostart", title: "Autostart" },
          { key: "persistent", title: "Persistent" },
          { key: "uuid" },
        ],
        rows,
      );
    },
  }),
  command({
    name: "net-name",
    help: "convert a network UUID to network name",
    options: {
      network: data("network uuid", { complete: "network" }),
    },
    async run(shell, args) {
      const network = await shell.network(args.network, ["uuid"]);
      shell.out.value("name", network.name);
    },
  }),
  command({
    name: "net-uuid",
    help: "convert a network name to network UUID",
    options: {
      network: data("network name", { complete: "network" }),
    },
    async run(shell, args) {
      const network = await shell.network(args.network, ["name"]);
      shell.out.value("uuid", network.uuid);
    },
  }),
];
