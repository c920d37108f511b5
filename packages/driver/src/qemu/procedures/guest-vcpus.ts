import { ErrorCode, virtError } from "@tsvirt/base";
import { parseCpuSet } from "@tsvirt/model/domain";
import type { Handlers, RemoteProcedures } from "@tsvirt/rpc";
import type { Guest } from "../guest/guest.ts";
import { checkFlags, guestOf, type ProcedureContext } from "./context.ts";

/** The channel that a guest agent speaks through. */
const AGENT_CHANNEL = "org.qemu.guest_agent.0";

/** Calls that have the guest's agent put virtual CPUs to sleep. */
export function guestVcpuProcedures({ driver }: ProcedureContext) {
  return {
    domainGetGuestVcpus({ dom, flags }) {
      checkFlags(flags, 0, "qemuDomainGetGuestVcpus");
      throw withoutAgent(guestOf(driver, dom));
    },
    domainSetGuestVcpus({ dom, cpumap, state, flags }) {
      checkFlags(flags, 0, "qemuDomainSetGuestVcpus");
      if (state !== 0 && state !== 1) {
        throw virtError(ErrorCode.invalidArg, "state in qemuDomainSetGuestVcpus must be: unsupported state value");
      }
      if (!parseCpuSet(cpumap)) throw virtError(ErrorCode.invalidArg, `Failed to parse bitmap '${cpumap}'`);
      throw withoutAgent(guestOf(driver, dom));
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

/** Why the agent cannot be asked. */
function withoutAgent(guest: Guest): Error {
  const { domain } = guest.requireLive();
  const channels = domain.devices?.channels ?? [];
  const configured = channels.some(({ target }) => target.type === "virtio" && target.name === AGENT_CHANNEL);
  return configured
    ? virtError(ErrorCode.agentUnresponsive, "QEMU guest agent is not connected")
    : virtError(ErrorCode.argumentUnsupported, "QEMU guest agent is not configured");
}
