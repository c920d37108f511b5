export * as qmp from "./qmp/commands.ts";
export { command, type NoArgs, type QmpCommand, query, rawCommand } from "./qmp/declare.ts";
export { QmpClosedError, QmpError, QmpProtocolError } from "./qmp/errors.ts";
export { parseEvent, type QmpEvent, qmpEvents } from "./qmp/events.ts";
export {
  type ExecuteOptions,
  type QmpCounters,
  type QmpGreeting,
  QmpSession,
  type QmpSessionOptions,
  type RawQmpEvent,
} from "./qmp/session.ts";
