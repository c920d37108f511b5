import { ErrorCode, virtError } from "@tsvirt/base";
import {
  type Handlers,
  IpAddrType,
  type RemoteProcedures,
  DomainInterfaceAddressesSource as Source,
} from "@tsvirt/rpc";
import { checkFlags, guestOf, type ProcedureContext } from "./context.ts";

/** Which addresses a guest's interfaces have, by what the host knows. */
export function addressProcedures({ driver }: ProcedureContext) {
  return {
    async domainInterfaceAddresses({ dom, source, flags }) {
      checkFlags(flags, 0, "qemuDomainInterfaceAddresses");
      const guest = guestOf(driver, dom);
      const live = guest.requireLive();
      if (source === Source.agent) throw virtError(ErrorCode.argumentUnsupported, "QEMU guest agent is not configured");
      if (source !== Source.lease && source !== Source.arp) {
        throw virtError(ErrorCode.argumentUnsupported, `Unknown IP address data source ${source}`);
      }
      const neighbours = source === Source.arp ? await driver.host.network.neighbours() : [];
      const ifaces = [];
      for (const { mac, source: from, target } of live.domain.devices?.interfaces ?? []) {
        if (mac === undefined || target?.dev === undefined) continue;
        const hwaddr = mac.address;
        const found =
          source === Source.arp
            ? neighbours.filter((each) => each.mac === hwaddr).map(({ address }) => ({ address, prefix: 0 }))
            : from?.network === undefined
              ? []
              : ((await driver.networks?.addresses(from.network, hwaddr)) ?? []);
        // As libvirt: an interface of which nothing is known is not named.
        if (found.length === 0) continue;
        ifaces.push({
          name: target.dev,
          hwaddr,
          addrs: found.map(({ address, prefix }) => ({
            type: address.includes(":") ? IpAddrType.ipv6 : IpAddrType.ipv4,
            addr: address,
            prefix,
          })),
        });
      }
      return { ifaces };
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}
