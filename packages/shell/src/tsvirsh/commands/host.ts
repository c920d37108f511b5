import { type Command, command, flag, text } from "../../vsh/command.ts";
import { attempt } from "../../vsh/shell.ts";
import { COMPATIBLE_VERSION } from "../compatible-version.ts";

/** `9.0.0` of 9000000. */
function versionText(version: number): string {
  return `${Math.floor(version / 1_000_000)}.${Math.floor(version / 1000) % 1000}.${version % 1000}`;
}

/** Commands about the host and its hypervisor. */
export const commands: readonly Command[] = [
  command({
    name: "capabilities",
    help: "capabilities",
    about: "Returns capabilities of hypervisor/driver.",
    async run(shell, _args) {
      const xml = await attempt(shell.connection.getCapabilities(), "failed to get capabilities");
      shell.out.value("xml", xml);
    },
  }),
  command({
    name: "domcapabilities",
    help: "domain capabilities",
    about: "Returns capabilities of emulator with respect to host and libvirt.",
    options: {
      virttype: text("virtualization type (/domain/@type)"),
      emulatorbin: text("path to emulator binary (/domain/devices/emulator)"),
      arch: text("domain architecture (/domain/os/type/@arch)"),
      machine: text("machine type (/domain/os/type/@machine)"),
    },
    async run(shell, args) {
      const { virttype, emulatorbin: emulator, arch, machine } = args;
      const xml = await attempt(
        shell.connection.getDomainCapabilities({
          ...(virttype === undefined ? {} : { virttype }),
          ...(emulator === undefined ? {} : { emulator }),
          ...(arch === undefined ? {} : { arch }),
          ...(machine === undefined ? {} : { machine }),
        }),
        "failed to get emulator capabilities",
      );
      shell.out.value("xml", xml);
    },
  }),
  command({
    name: "hostname",
    help: "print the hypervisor hostname",
    async run(shell) {
      shell.out.value("hostname", await attempt(shell.connection.getHostname(), "failed to get hostname"));
    },
  }),
  command({
    name: "nodeinfo",
    help: "node information",
    about: "Returns basic information about the node.",
    async run(shell) {
      const info = await attempt(shell.connection.nodeGetInfo(), "failed to get node information");
      const model = String.fromCharCode(...info.model.filter((char) => char !== 0));
      shell.out.facts(
        [
          { key: "cpuModel", label: "CPU model:", value: model },
          { key: "cpus", label: "CPU(s):", value: info.cpus },
          ...(info.mhz > 0
            ? [{ key: "mhz", label: "CPU frequency:", value: { value: info.mhz, text: `${info.mhz} MHz` } }]
            : []),
          { key: "sockets", label: "CPU socket(s):", value: info.sockets },
          { key: "coresPerSocket", label: "Core(s) per socket:", value: info.cores },
          { key: "threadsPerCore", label: "Thread(s) per core:", value: info.threads },
          { key: "numaCells", label: "NUMA cell(s):", value: info.nodes },
          { key: "memoryKib", label: "Memory size:", value: { value: info.memory, text: `${info.memory} KiB` } },
        ],
        21,
      );
    },
  }),
  command({
    name: "sysinfo",
    help: "print the hypervisor sysinfo",
    about: "output an XML string for the hypervisor sysinfo, if available",
    async run(shell) {
      const sysinfo = shell.connection.remote.connectGetSysinfo({ flags: 0 });
      const { sysinfo: xml } = await attempt(sysinfo, "failed to get sysinfo");
      shell.out.document("xml", xml);
    },
  }),
  command({
    name: "uri",
    help: "print the hypervisor canonical URI",
    async run(shell) {
      shell.out.value("uri", shell.connection.uri);
    },
  }),
  command({
    name: "version",
    help: "show version",
    about: "Display the system version information.",
    options: {
      daemon: flag("report daemon version too"),
    },
    async run(shell, args) {
      const { connection, out } = shell;
      const type = await attempt(connection.getType(), "failed to get hypervisor type");
      out.print(
        `Compiled against library: libvirt ${COMPATIBLE_VERSION}\nUsing library: libvirt ${COMPATIBLE_VERSION}\n`,
      );
      out.print(`Using API: ${type} ${COMPATIBLE_VERSION}\n`);
      const hypervisor = await attempt(connection.getVersion(), "failed to get the hypervisor version");
      out.print(
        hypervisor === 0
          ? `Cannot extract running ${type} hypervisor version\n`
          : `Running hypervisor: ${type} ${versionText(hypervisor)}\n`,
      );
      const daemon = args.daemon
        ? await attempt(connection.getLibVersion(), "failed to get the daemon version")
        : undefined;
      if (daemon !== undefined) out.print(`Running against daemon: ${versionText(daemon)}\n`);
      out.json({
        library: COMPATIBLE_VERSION,
        api: type,
        hypervisor: versionText(hypervisor),
        ...(daemon === undefined ? {} : { daemon: versionText(daemon) }),
      });
    },
  }),
];
