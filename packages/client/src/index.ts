export { ErrorCode, ErrorDomain, ErrorLevel, VirtError } from "@tsvirt/base";
export * from "@tsvirt/rpc";
export type { CallLimits, FlagOptions, RawCallOptions, Remote } from "./call-options.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export type {
  Connection,
  DomainCapabilitiesOptions,
  DomainStatsOptions,
  RemoteCalls,
} from "./connection.ts";
export type { Domain, Screenshot } from "./domain.ts";
export type { DomainEventName, DomainEventOf, DomainEventOptions } from "./domain-events.ts";
export type { Environment } from "./environment.ts";
export type { Listening, SubscribeOptions, Subscription } from "./events.ts";
export type { Network } from "./network.ts";
export type { NetworkEvent, NetworkEventOptions } from "./network-events.ts";
export type { VirtStream } from "./stream.ts";
