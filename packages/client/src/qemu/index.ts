// QEMU's own program: what is not hypervisor-independent. libvirt's `libvirt-qemu.h`.
import { type QemuDomainMonitorEventMsg, qemuProgram } from "@tsvirt/rpc";
import type { FlagOptions, Remote } from "../call-options.ts";
import type { Connection } from "../connection.ts";
import { Domain } from "../domain.ts";
import {
  type Listening,
  listenTo,
  type Registration,
  type SubscribeOptions,
  type Subscription,
  subscribe,
} from "../events.ts";

/** Every procedure of QEMU's program as a function. */
export type QemuCalls = Remote<typeof qemuProgram.procedures>;

const calls = new WeakMap<Connection, QemuCalls>();

/** QEMU's program on a connection. */
export function qemu(connection: Connection): QemuCalls {
  let made = calls.get(connection);
  if (!made) {
    made = connection.caller(qemuProgram);
    calls.set(connection, made);
  }
  return made;
}

/**
 * Sends a command to the guest's monitor, JSON or, with `DomainQemuMonitorCommandFlags.hmp`, text; returns the answer as it
 * is. Taints the guest. `virDomainQemuMonitorCommand`.
 */
export async function qemuMonitorCommand(
  domain: Domain,
  cmd: string,
  { flags = 0, ...limits }: FlagOptions = {},
): Promise<string> {
  return (await qemu(domain.connection).domainMonitorCommand({ dom: domain.ref, cmd, flags }, limits)).result;
}

/**
 * Sends a command to the guest's agent. `wait` is in seconds: -2 as long as it takes, -1 the daemon's default, 0 not at all.
 * `virDomainQemuAgentCommand`.
 */
export async function qemuAgentCommand(
  domain: Domain,
  cmd: string,
  { wait = -1, flags = 0, ...limits }: FlagOptions & { readonly wait?: number } = {},
): Promise<string | undefined> {
  const args = { dom: domain.ref, cmd, timeout: wait, flags };
  return (await qemu(domain.connection).domainAgentCommand(args, limits)).result;
}

/** Takes over a QEMU that was started by hand. `virDomainQemuAttach`. */
export async function qemuAttach(
  connection: Connection,
  pid: number,
  { flags = 0, ...limits }: FlagOptions = {},
): Promise<Domain> {
  const { dom } = await qemu(connection).domainAttach({ pidValue: pid, flags }, limits);
  return new Domain(connection, dom);
}

/** An event of a guest's monitor as QEMU sent it. */
export interface QemuMonitorEvent {
  readonly domain: Domain;
  /** QEMU's name, e.g. `SHUTDOWN`. */
  readonly event: string;
  readonly seconds: bigint;
  readonly micros: number;
  /** JSON. */
  readonly details: string | undefined;
}

/** Which monitor events. */
export interface QemuMonitorEventOptions extends SubscribeOptions {
  readonly domain?: Domain;
  /** QEMU's name, or a pattern. */
  readonly event?: string;
  /** `ConnectDomainQemuMonitorEventRegisterFlags`. */
  readonly flags?: number;
}

function monitorRegistration(
  connection: Connection,
  { domain, event, flags = 0 }: QemuMonitorEventOptions,
): Registration<QemuDomainMonitorEventMsg, QemuMonitorEvent> {
  const program = qemu(connection);
  return {
    connection,
    listen: (listener) => connection.listen(qemuProgram, qemuProgram.events.domainMonitorEvent, listener),
    register: async (signal) => {
      const args = { ...(domain ? { dom: domain.ref } : {}), ...(event === undefined ? {} : { event }), flags };
      return (await program.connectDomainMonitorEventRegister(args, signal ? { signal } : {})).callbackId;
    },
    deregister: (callbackId) => program.connectDomainMonitorEventDeregister({ callbackId }),
    convert: ({ dom, event: name, seconds, micros, details }) => ({
      domain: new Domain(connection, dom),
      event: name,
      seconds,
      micros,
      details,
    }),
  };
}

/** Monitors' events. `virConnectDomainQemuMonitorEventRegister`. */
export function qemuMonitorEvents(
  connection: Connection,
  options: QemuMonitorEventOptions = {},
): Promise<Subscription<QemuMonitorEvent>> {
  return subscribe(monitorRegistration(connection, options), options);
}

/** Calls `listener` for each event of monitors, until the result is closed or the connection ends. */
export function onQemuMonitorEvent(
  connection: Connection,
  listener: (event: QemuMonitorEvent) => void,
  options: QemuMonitorEventOptions = {},
): Promise<Listening> {
  return listenTo(monitorRegistration(connection, options), listener, options);
}
