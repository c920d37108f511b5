import { ErrorCode, formatUuid } from "@tsvirt/base";
import { formatNetwork } from "@tsvirt/model/network";
import {
  type Handlers,
  IpAddrType,
  ConnectListAllNetworksFlags as ListFlags,
  NetworkCreateFlags,
  NetworkDefineFlags,
  NetworkUpdateCommand,
  NetworkUpdateFlags,
  NetworkUpdateSection,
  NetworkXmlFlags,
  type RemoteProcedures,
} from "@tsvirt/rpc";
import { checkFlags } from "../../qemu/procedures/context.ts";
import { createNetwork, defineNetwork, setAutostart, undefineNetwork } from "../define.ts";
import { leasesOf } from "../dnsmasq/leases.ts";
import { networkError } from "../errors.ts";
import { startNetwork } from "../start.ts";
import { stopNetwork } from "../stop.ts";
import { type UpdateCommand, type UpdateSection, updateNetwork } from "../update.ts";
import type { VirtualNetwork } from "../virtual-network.ts";
import { type NetworkContext, networkOf, refOf } from "./context.ts";

const commands: Readonly<Record<number, UpdateCommand>> = {
  [NetworkUpdateCommand.modify]: "modify",
  [NetworkUpdateCommand.delete]: "delete",
  [NetworkUpdateCommand.addLast]: "addLast",
  [NetworkUpdateCommand.addFirst]: "addFirst",
};

const sections: Readonly<Record<number, UpdateSection>> = {
  [NetworkUpdateSection.bridge]: "bridge",
  [NetworkUpdateSection.domain]: "domain",
  [NetworkUpdateSection.ip]: "ip",
  [NetworkUpdateSection.ipDhcpHost]: "ip-dhcp-host",
  [NetworkUpdateSection.ipDhcpRange]: "ip-dhcp-range",
  [NetworkUpdateSection.forward]: "forward",
  [NetworkUpdateSection.forwardInterface]: "forward-interface",
  [NetworkUpdateSection.forwardPf]: "forward-pf",
  [NetworkUpdateSection.portgroup]: "portgroup",
  [NetworkUpdateSection.dnsHost]: "dns-host",
  [NetworkUpdateSection.dnsTxt]: "dns-txt",
  [NetworkUpdateSection.dnsSrv]: "dns-srv",
};

/** Each pair of filters of a list: neither or both given means that it does not matter. */
function passes(flags: number, network: VirtualNetwork): boolean {
  const pairs = [
    [ListFlags.active, ListFlags.inactive, network.isActive],
    [ListFlags.persistent, ListFlags.transient, network.isPersistent],
    [ListFlags.autostart, ListFlags.noAutostart, network.autostart],
  ] as const;
  return pairs.every(([yes, no, is]) => (flags & (yes | no)) === 0 || (flags & (is ? yes : no)) !== 0);
}

const allListFlags = Object.values(ListFlags).reduce((all: number, flag) => all | flag, 0);

/** Calls about networks. */
export function networkProcedures({ networks: driver }: NetworkContext) {
  const active = (): readonly VirtualNetwork[] => driver.networks.all.filter(({ isActive }) => isActive);
  const inactive = (): readonly VirtualNetwork[] => driver.networks.all.filter(({ isActive }) => !isActive);
  const names = (networks: readonly VirtualNetwork[], max: number) => ({
    names: networks.slice(0, Math.max(0, max)).map(({ name }) => name),
  });

  return {
    connectNumOfNetworks: () => ({ num: active().length }),
    connectListNetworks: ({ maxnames }) => names(active(), maxnames),
    connectNumOfDefinedNetworks: () => ({ num: inactive().length }),
    connectListDefinedNetworks: ({ maxnames }) => names(inactive(), maxnames),
    connectListAllNetworks({ needResults, flags }) {
      checkFlags(flags, allListFlags, "networkConnectListAllNetworks");
      const found = driver.networks.all.filter((network) => passes(flags, network));
      return { nets: needResults ? found.map(refOf) : [], ret: found.length };
    },
    networkLookupByName: ({ name }) => ({ net: refOf(driver.networks.lookupByName(name)) }),
    networkLookupByUuid: ({ uuid }) => ({ net: refOf(driver.networks.lookupByUuid(formatUuid(uuid))) }),
    networkIsActive: ({ net }) => ({ active: networkOf(driver, net).isActive ? 1 : 0 }),
    networkIsPersistent: ({ net }) => ({ persistent: networkOf(driver, net).isPersistent ? 1 : 0 }),
    networkGetAutostart: ({ net }) => ({ autostart: networkOf(driver, net).autostart ? 1 : 0 }),
    networkGetBridgeName({ net }) {
      const network = networkOf(driver, net);
      const name = network.bridge;
      if (name === undefined) {
        throw networkError(ErrorCode.internalError, `network '${network.name}' does not have a bridge name.`);
      }
      return { name };
    },
    networkGetXmlDesc({ net, flags }) {
      checkFlags(flags, NetworkXmlFlags.inactive, "networkGetXMLDesc");
      const network = networkOf(driver, net);
      const wanted = (flags & NetworkXmlFlags.inactive) !== 0;
      const document = wanted ? (network.definition ?? network.live?.document) : network.current;
      if (!document) throw networkError(ErrorCode.noNetwork, `network '${network.name}' has no definition`);
      return { xml: formatNetwork(document, { inactive: wanted }) };
    },
    async networkDefineXml({ xml }) {
      return { net: refOf(await defineNetwork(driver, xml, { validate: false })) };
    },
    async networkDefineXmlFlags({ xml, flags }) {
      checkFlags(flags, NetworkDefineFlags.validate, "networkDefineXMLFlags");
      return {
        net: refOf(await defineNetwork(driver, xml, { validate: (flags & NetworkDefineFlags.validate) !== 0 })),
      };
    },
    async networkCreateXml({ xml }) {
      return { net: refOf(await createNetwork(driver, xml, { validate: false })) };
    },
    async networkCreateXmlFlags({ xml, flags }) {
      checkFlags(flags, NetworkCreateFlags.validate, "networkCreateXMLFlags");
      return {
        net: refOf(await createNetwork(driver, xml, { validate: (flags & NetworkCreateFlags.validate) !== 0 })),
      };
    },
    async networkCreate({ net }) {
      const network = networkOf(driver, net);
      await network.jobs.run("start", async () => {
        const { definition } = network;
        if (!definition) throw networkError(ErrorCode.operationInvalid, "network is already active");
        await startNetwork(driver, network, definition);
      });
      driver.emit(network, "started");
    },
    networkDestroy: ({ net }) => stopNetwork(driver, networkOf(driver, net)),
    networkUndefine: ({ net }) => undefineNetwork(driver, networkOf(driver, net)),
    networkSetAutostart: ({ net, autostart }) => setAutostart(driver, networkOf(driver, net), autostart !== 0),
    async networkUpdate({ net, command, section, parentIndex, xml, flags }) {
      checkFlags(flags, NetworkUpdateFlags.live | NetworkUpdateFlags.config, "networkUpdate");
      const network = networkOf(driver, net);
      const action = commands[command];
      const part = sections[section];
      if (action === undefined)
        throw networkError(ErrorCode.operationUnsupported, `unrecognized network update command code ${command}`);
      if (part === undefined)
        throw networkError(ErrorCode.operationUnsupported, "can't update unrecognized section of network");
      const current = (flags & (NetworkUpdateFlags.live | NetworkUpdateFlags.config)) === 0;
      await updateNetwork(driver, network, {
        command: action,
        section: part,
        parentIndex,
        xml,
        live: current ? network.isActive : (flags & NetworkUpdateFlags.live) !== 0,
        config: current ? !network.isActive : (flags & NetworkUpdateFlags.config) !== 0,
      });
    },
    async networkGetDhcpLeases({ net, mac, needResults, flags }) {
      checkFlags(flags, 0, "networkGetDHCPLeases");
      if (mac !== undefined && !/^(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/i.test(mac)) {
        throw networkError(ErrorCode.invalidMac, mac);
      }
      const network = networkOf(driver, net);
      const found = network.current ? await leasesOf(driver, network.current, mac) : [];
      const leases = found.map((lease) => ({
        iface: lease.interface,
        expirytime: BigInt(lease.expiry),
        type: IpAddrType[lease.family],
        mac: lease.mac,
        ...(lease.iaid === undefined ? {} : { iaid: lease.iaid }),
        ipaddr: lease.address,
        prefix: lease.prefix,
        ...(lease.hostname === undefined ? {} : { hostname: lease.hostname }),
        ...(lease.clientId === undefined ? {} : { clientid: lease.clientId }),
      }));
      return { leases: needResults ? leases : [], ret: found.length };
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}
