import { DomainChannelFlags, DomainConsoleFlags, type Handlers, type RemoteProcedures } from "@tsvirt/rpc";
import { channelDevice, consoleDevice, openCharacterDevice, relay } from "../devices/console.ts";
import { checkFlags, guestOf, type ProcedureContext } from "./context.ts";

/** Two-way streams to a guest's character devices. */
export function consoleProcedures({ driver }: ProcedureContext) {
  return {
    async domainOpenConsole({ dom, devName, flags }, call) {
      checkFlags(flags, DomainConsoleFlags.force | DomainConsoleFlags.safe, "qemuDomainOpenConsole");
      const live = guestOf(driver, dom).requireLive();
      const device = consoleDevice(live.domain, devName);
      const force = (flags & DomainConsoleFlags.force) !== 0;
      const channel = await openCharacterDevice(driver.host, live, device, { force });
      call.stream.serve((io) => relay(live, channel, io));
    },

    async domainOpenChannel({ dom, name, flags }, call) {
      checkFlags(flags, DomainChannelFlags.force, "qemuDomainOpenChannel");
      const live = guestOf(driver, dom).requireLive();
      const device = channelDevice(live.domain, name);
      const force = (flags & DomainChannelFlags.force) !== 0;
      const channel = await openCharacterDevice(driver.host, live, device, { force });
      call.stream.serve((io) => relay(live, channel, io));
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}
