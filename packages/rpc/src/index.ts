export * from "./admin.ts";
export { type BoundProgram, bind, bindPartial } from "./bind.ts";
export { ClientConnection, type ClientOptions } from "./client.ts";
export * from "./constants/admin.ts";
export * from "./constants/admin-parameters.ts";
export * from "./constants/connect.ts";
export * from "./constants/domain-block.ts";
export * from "./constants/domain-event.ts";
export * from "./constants/domain-flags.ts";
export * from "./constants/domain-kinds.ts";
export * from "./constants/domain-snapshot.ts";
export * from "./constants/domain-state.ts";
export * from "./constants/features.ts";
export * from "./constants/interface.ts";
export * from "./constants/network.ts";
export * from "./constants/node-device.ts";
export * from "./constants/nwfilter.ts";
export * from "./constants/other-parameters.ts";
export * from "./constants/qemu.ts";
export * from "./constants/secret.ts";
export * from "./constants/storage.ts";
export * from "./constants/tuning-parameters.ts";
export { apiDomain, fromNetError, NetError, readOnlyDenied, rpcError, toNetError, unsupported } from "./errors.ts";
export * from "./handlers.ts";
export { KEEPALIVE_PROGRAM } from "./keepalive.ts";
export { lazyHandlers } from "./lazy-handlers.ts";
export type { LinkTiming } from "./link.ts";
export * from "./lxc.ts";
export { type MemoryTransport, memoryTransport } from "./memory-transport.ts";
export * from "./program.ts";
export * from "./qemu.ts";
export * from "./remote/auth.ts";
export * from "./remote/connect.ts";
export * from "./remote/domain-block.ts";
export * from "./remote/domain-checkpoint.ts";
export * from "./remote/domain-devices.ts";
export * from "./remote/domain-events.ts";
export * from "./remote/domain-guest.ts";
export * from "./remote/domain-info.ts";
export * from "./remote/domain-lifecycle.ts";
export * from "./remote/domain-lookup.ts";
export * from "./remote/domain-migration.ts";
export * from "./remote/domain-save.ts";
export * from "./remote/domain-snapshot.ts";
export * from "./remote/domain-tuning.ts";
export * from "./remote/interface.ts";
export * from "./remote/limits.ts";
export * from "./remote/network.ts";
export * from "./remote/network-port.ts";
export * from "./remote/node.ts";
export * from "./remote/node-device.ts";
export * from "./remote/nwfilter.ts";
export { type RemoteEvents, type RemoteProcedures, remote } from "./remote/program.ts";
export {
  DomainCheckpointRef,
  DomainRef,
  DomainSnapshotRef,
  InterfaceRef,
  NetworkPortRef,
  NetworkRef,
  NodeDeviceRef,
  NwfilterBindingRef,
  NwfilterRef,
  SecretRef,
  StoragePoolRef,
  StorageVolRef,
  TypedParam,
  TypedParamValue,
} from "./remote/refs.ts";
export * from "./remote/secret.ts";
export * from "./remote/storage-pool.ts";
export * from "./remote/storage-volume.ts";
export { type ClientLimits, ServerConnection, type ServerOptions } from "./server.ts";
export * from "./stream.ts";
export { type Receiver, type Schedule, systemSchedule, type Transport } from "./transport.ts";
export {
  type ParamField,
  ParamList,
  type ParamsOf,
  type ParamType,
  param,
  paramList,
  paramMap,
  plainValue,
  type TypedParams,
  typedParams,
} from "./typed-params.ts";
