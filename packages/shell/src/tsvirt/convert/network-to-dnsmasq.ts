import { dnsmasqFiles, hostsFileStem, parseNetwork } from "@tsvirt/model/network";
import { readInput } from "../user-files.ts";
import { fileCommand } from "./command.ts";

/** Where libvirt's system instance keeps dnsmasq's files. */
const DIRECTORY = "/var/lib/libvirt/dnsmasq";

/** `tsvirt convert network-to-dnsmasq`: what the network's DHCP and DNS server would be configured with. */
export const networkToDnsmasq = fileCommand({
  help: "a network to its dnsmasq's configuration and list of hosts",
  options: {},
  async convert(file) {
    const network = parseNetwork(await readInput(file), { file });
    const stem = hostsFileStem(network.name);
    const { conf, hosts } = dnsmasqFiles(network, {
      hostsFile: `${DIRECTORY}/${stem}.hostsfile`,
      addnHostsFile: `${DIRECTORY}/${stem}.addnhosts`,
    });
    return { conf, ...(hosts !== "" && { hostsfile: hosts }) };
  },
});
