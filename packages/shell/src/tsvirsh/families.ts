import type { Command, CommandGroup } from "../vsh/command.ts";
import type { CommandTable } from "../vsh/parser.ts";

/** Loads the module that declares some commands. */
type Loader = () => Promise<{ readonly commands: readonly Command[] }>;

/** A group of help and, in its order, where its commands are declared. */
interface Family {
  readonly title: string;
  readonly keyword: string;
  readonly commands: Readonly<Record<string, Loader>>;
}

const lifecycle: Loader = () => import("./commands/domain-lifecycle.ts");
const define: Loader = () => import("./commands/domain-define.ts");
const names: Loader = () => import("./commands/domain-names.ts");
const display: Loader = () => import("./commands/domain-display.ts");
const input: Loader = () => import("./commands/domain-input.ts");
const sizes: Loader = () => import("./commands/domain-sizes.ts");
const save: Loader = () => import("./commands/domain-save.ts");
const devices: Loader = () => import("./commands/domain-devices.ts");
const metadata: Loader = () => import("./commands/domain-metadata.ts");
const qemu: Loader = () => import("./commands/qemu.ts");
const consoles: Loader = () => import("./commands/console.ts");
const list: Loader = () => import("./commands/domain-list.ts");
const info: Loader = () => import("./commands/domain-info.ts");
const stats: Loader = () => import("./commands/domain-stats.ts");
const blocks: Loader = () => import("./commands/domain-block-info.ts");
const interfaces: Loader = () => import("./commands/domain-interface-info.ts");
const events: Loader = () => import("./commands/domain-event.ts");
const host: Loader = () => import("./commands/host.ts");
const hostStats: Loader = () => import("./commands/host-stats.ts");
const network: Loader = () => import("./commands/network.ts");
const networkList: Loader = () => import("./commands/network-list.ts");
const itself: Loader = () => import("./commands/shell-itself.ts");

/**
 * All commands. Their names are here beside their declarations so that only the module of a command that is run is loaded;
 * a test keeps the two equal.
 */
const families: readonly Family[] = [
  {
    title: "Domain Management",
    keyword: "domain",
    commands: {
      "attach-device": devices,
      autostart: lifecycle,
      console: consoles,
      create: define,
      define,
      desc: metadata,
      destroy: lifecycle,
      "detach-device": devices,
      domdisplay: display,
      domid: names,
      domjobabort: save,
      domname: names,
      domrename: names,
      domuuid: names,
      dumpxml: define,
      edit: define,
      "inject-nmi": input,
      "send-key": input,
      "send-process-signal": input,
      managedsave: save,
      "managedsave-remove": save,
      "managedsave-dumpxml": save,
      "managedsave-define": save,
      metadata,
      "qemu-attach": qemu,
      "qemu-monitor-command": qemu,
      "qemu-monitor-event": qemu,
      "qemu-agent-command": qemu,
      reboot: lifecycle,
      reset: lifecycle,
      restore: save,
      resume: lifecycle,
      save,
      "save-image-define": save,
      "save-image-dumpxml": save,
      screenshot: display,
      setmaxmem: sizes,
      setmem: sizes,
      setvcpus: sizes,
      shutdown: lifecycle,
      start: lifecycle,
      suspend: lifecycle,
      ttyconsole: display,
      undefine: lifecycle,
      "update-device": devices,
      vcpucount: sizes,
      vcpuinfo: sizes,
      vncdisplay: display,
    },
  },
  {
    title: "Domain Monitoring",
    keyword: "monitor",
    commands: {
      domblkinfo: blocks,
      domblklist: blocks,
      domblkstat: blocks,
      domcontrol: info,
      domifaddr: interfaces,
      domiflist: interfaces,
      domifstat: interfaces,
      dominfo: info,
      dommemstat: stats,
      domstate: info,
      domstats: stats,
      list,
    },
  },
  { title: "Domain Events", keyword: "events", commands: { event: events } },
  {
    title: "Host and Hypervisor",
    keyword: "host",
    commands: {
      capabilities: host,
      domcapabilities: host,
      freecell: hostStats,
      hostname: host,
      maxvcpus: hostStats,
      nodecpumap: hostStats,
      nodecpustats: hostStats,
      nodeinfo: host,
      nodememstats: hostStats,
      sysinfo: host,
      uri: host,
      version: host,
    },
  },
  {
    title: "Networking",
    keyword: "network",
    commands: {
      "net-autostart": network,
      "net-create": network,
      "net-define": network,
      "net-destroy": network,
      "net-dhcp-leases": networkList,
      "net-dumpxml": network,
      "net-event": networkList,
      "net-info": networkList,
      "net-list": networkList,
      "net-name": networkList,
      "net-start": network,
      "net-undefine": network,
      "net-update": network,
      "net-uuid": networkList,
    },
  },
  {
    title: "Virsh itself",
    keyword: "virsh",
    commands: { cd: itself, echo: itself, exit: itself, help: itself, pwd: itself, quit: itself, connect: itself },
  },
];

/** Commands that help does not list. */
const hidden: Readonly<Record<string, Loader>> = {
  complete: () => import("./commands/complete.ts"),
  "self-test": () => import("./commands/self-test.ts"),
};

async function load(loader: Loader, name: string): Promise<Command | undefined> {
  return (await loader()).commands.find((command) => command.name === name || command.aliases.includes(name));
}

/** Finds a command and loads its module. */
export const commandTable: CommandTable = {
  async find(name) {
    for (const { commands } of families) {
      if (Object.hasOwn(commands, name)) {
        const loader = commands[name];
        return loader && load(loader, name);
      }
    }
    const loader = Object.hasOwn(hidden, name) ? hidden[name] : undefined;
    return loader && load(loader, name);
  },
  names: () => families.flatMap(({ commands }) => Object.keys(commands)),
};

/** Loads every command. */
export async function loadGroups(): Promise<readonly CommandGroup[]> {
  return Promise.all(
    families.map(async ({ title, keyword, commands }) => {
      const loaded = await Promise.all(Object.entries(commands).map(([name, loader]) => load(loader, name)));
      return { title, keyword, commands: loaded.filter((command) => command !== undefined) };
    }),
  );
}
