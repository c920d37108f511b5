import { ErrorCode, ErrorDomain, formatUuid, virtError } from "@tsvirt/base";
import { formatJson } from "@tsvirt/codec/options";
import { qmp } from "@tsvirt/qemu";
import {
  DomainQemuMonitorCommandFlags,
  type Handlers,
  qemuEvents,
  type qemuProcedures,
  ConnectDomainQemuMonitorEventRegisterFlags as RegisterFlags,
} from "@tsvirt/rpc";
import type { GuestRef, MonitorEvent } from "../events/domain-event.ts";
import type { Guest } from "../guest/guest.ts";
import { taint } from "../start/taint.ts";
import { checkFlags, guestOf, type ProcedureContext, refOf } from "./context.ts";

/** Every call of the QEMU program. */
export function qemuHandlers(context: ProcedureContext): Handlers<typeof qemuProcedures> {
  const { driver } = context;
  return {
    ...monitorProcedures(context),
    domainAgentCommand({ dom }) {
      const live = guestOf(driver, dom).requireLive();
      const isConfigured = live.domain.devices?.channels.some(({ target }) => target.name === "org.qemu.guest_agent.0");
      throw isConfigured === true
        ? virtError(ErrorCode.agentUnresponsive, "QEMU guest agent is not connected")
        : virtError(ErrorCode.argumentUnsupported, "QEMU guest agent is not configured");
    },
    async domainAttach({ pidValue, flags }) {
      checkFlags(flags, 0, "qemuDomainQemuAttach");
      // Hardly anybody does this: it is loaded when someone does.
      const { attachProcess } = await import("../attach/attach-process.ts");
      return { dom: refOf((await attachProcess(driver, pidValue)).ref) };
    },
  };
}

/** Raw access to the monitor of a guest. */
function monitorProcedures({ driver, client }: ProcedureContext) {
  const run = async (guest: Guest, text: string, hmp: boolean, fds: readonly number[] = []): Promise<string> => {
    guest.requireLive();
    return guest.change("monitor command", async () => {
      const live = guest.requireLive();
      await taint(driver, guest, live, "custom-monitor");
      const { session } = live.requireMonitor(guest.name);
      // A text monitor takes nothing but text.
      if (hmp || session.kind === "hmp")
        return session.execute(qmp.humanMonitorCommand, { "command-line": text }, { fds });
      // What is not JSON is taken for a command's name, as libvirt does.
      const json = text.trimStart().startsWith("{") ? text : JSON.stringify({ execute: text });
      return formatJson(await session.passThrough(json, { fds }));
    });
  };

  const registrations = new Map<number, () => void>();
  return {
    async domainMonitorCommand({ dom, cmd, flags }) {
      checkFlags(flags, DomainQemuMonitorCommandFlags.hmp, "qemuDomainQemuMonitorCommand");
      const hmp = (flags & DomainQemuMonitorCommandFlags.hmp) !== 0;
      return { result: await run(guestOf(driver, dom), cmd, hmp) };
    },
    async domainMonitorCommandWithFiles({ dom, cmd, flags }, { fds }) {
      checkFlags(flags, DomainQemuMonitorCommandFlags.hmp, "qemuDomainQemuMonitorCommandWithFiles");
      if (fds.length > 1) {
        throw virtError(ErrorCode.invalidArg, "at most 1 file descriptor can be passed to qemu");
      }
      const hmp = (flags & DomainQemuMonitorCommandFlags.hmp) !== 0;
      // They are QEMU's once it has answered, and the call's to close here.
      return { result: await run(guestOf(driver, dom), cmd, hmp, fds) };
    },
    connectDomainMonitorEventRegister({ dom, event, flags }) {
      checkFlags(flags, RegisterFlags.regex | RegisterFlags.nocase, "qemuConnectDomainQemuMonitorEventRegister");
      const uuid = dom ? formatUuid(dom.uuid) : undefined;
      const wants = eventFilter(event, (flags & RegisterFlags.regex) !== 0, (flags & RegisterFlags.nocase) !== 0);
      const callbackId = driver.takeCallbackId();
      const deliver = (guest: GuestRef, happened: MonitorEvent): void => {
        if ((uuid !== undefined && uuid !== guest.uuid) || !wants(happened.name)) return;
        client.session.emit("qemu", qemuEvents.domainMonitorEvent, {
          callbackId,
          dom: refOf(guest),
          event: happened.name,
          seconds: BigInt(happened.seconds),
          micros: happened.microseconds,
          ...(happened.details !== undefined && { details: happened.details }),
        });
      };
      const stop = driver.events.onMonitorEvent(deliver);
      registrations.set(callbackId, stop);
      client.onClose(stop);
      return { callbackId };
    },
    connectDomainMonitorEventDeregister({ callbackId }) {
      const stop = registrations.get(callbackId);
      if (!stop) {
        throw virtError(ErrorCode.internalError, `qemu monitor event ${callbackId} not registered`, {
          domain: ErrorDomain.rpc,
        });
      }
      registrations.delete(callbackId);
      stop();
    },
  } satisfies Partial<Handlers<typeof qemuProcedures>>;
}

/** Longest pattern taken: matching is on short event names, but patterns come from clients. */
const PATTERN_MAX = 256;
/** Longest event name that is matched: a hostile QEMU could make one up to keep a pattern busy. */
const NAME_MAX = 40;

/** Names that a registration is for: one, those that match a pattern, or all. */
function eventFilter(event: string | undefined, regex: boolean, nocase: boolean): (name: string) => boolean {
  if (event === undefined) return () => true;
  if (!regex) {
    const fold = (name: string): string => (nocase ? name.toLowerCase() : name);
    return (name) => fold(name) === fold(event);
  }
  if (event.length > PATTERN_MAX) throw virtError(ErrorCode.invalidArg, "failed to compile regex: it is too long");
  try {
    const pattern = new RegExp(event, nocase ? "i" : "");
    return (name) => name.length <= NAME_MAX && pattern.test(name);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw virtError(ErrorCode.invalidArg, `failed to compile regex ${event}`, { cause: error });
  }
}
