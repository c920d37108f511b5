import { DomainChannelFlags, DomainConsoleFlags, type Handlers, type RemoteProcedures } from "@tsvirt/rpc";
import { openChannel, openConsole, relay } from "../devices/console.ts";
import { checkFlags, guestOf, type ProcedureContext } from "./context.ts";

/** Two-way streams to a guest's character devices. */
export function consoleProcedures({ driver }: ProcedureContext) {
  return {
    async domainOpenConsole({ dom, devName, flags }, call) {
      checkFlags(flags, DomainConsoleFlags.force | DomainConsoleFlags.safe, "qemuDomainOpenConsole");
      const live = guestOf(driver, dom).requireLive();
      const force = (flags & DomainConsoleFlags.force) !== 0;
      const device = await openConsole(driver.host, live, devName, { force });
      call.stream.serve((io) => relay(device, io));
    },

    async domainOpenChannel({ dom, name, flags }, call) {
      checkFlags(flags, DomainChannelFlags.force, "qemuDomainOpenChannel");
      const live = guestOf(driver, dom).requireLive();
      const force = (flags & DomainChannelFlags.force) !== 0;
      const device = await openChannel(driver.host, live, name, { force });
      call.stream.serve((io) => relay(device, io));
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}
