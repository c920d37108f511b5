import { f64, i32, i64, opaque, optional, string, struct, type TypeOf, u32, u64, union } from "@tsvirt/codec/xdr";
import { REMOTE_STRING_MAX } from "./limits.ts";

/** Text that is always there: `remote_nonnull_string`. */
export const text = string(REMOTE_STRING_MAX);
/** Text that may be missing: `remote_string`. */
export const optionalText = optional(text);
/** 16 packed bytes: `remote_uuid`. */
export const uuid = opaque(16);

/** A guest, as every call and event names it: found by its UUID; `id` is -1 when it does not run. */
export class DomainRef extends struct({ name: text, uuid: uuid, id: i32 }) {}

/** A virtual network. */
export class NetworkRef extends struct({ name: text, uuid: uuid }) {}

/** A port of a virtual network. */
export class NetworkPortRef extends struct({ net: NetworkRef, uuid: uuid }) {}

/** A network filter. */
export class NwfilterRef extends struct({ name: text, uuid: uuid }) {}

/** The binding of a filter to a port's device. */
export class NwfilterBindingRef extends struct({ portdev: text, filtername: text }) {}

/** A host interface. */
export class InterfaceRef extends struct({ name: text, mac: text }) {}

/** A storage pool; the UUID is what counts. */
export class StoragePoolRef extends struct({ name: text, uuid: uuid }) {}

/** A volume: the name of its pool, its own name there, and its key. */
export class StorageVolRef extends struct({ pool: text, name: text, key: text }) {}

/** A host device. */
export class NodeDeviceRef extends struct({ name: text }) {}

/** A secret; `usageType` is a `SecretUsageType`. */
export class SecretRef extends struct({ uuid: uuid, usageType: i32, usageId: text }) {}

/** A checkpoint of a guest. */
export class DomainCheckpointRef extends struct({ name: text, dom: DomainRef }) {}

/** A snapshot of a guest. */
export class DomainSnapshotRef extends struct({ name: text, dom: DomainRef }) {}

/** The value of a {@link TypedParam}: seven types, a boolean being an int on the wire. */
export const TypedParamValue = union({
  int: [1, i32],
  uint: [2, u32],
  llong: [3, i64],
  ullong: [4, u64],
  double: [5, f64],
  boolean: [6, i32],
  string: [7, text],
});
/** The value of a {@link TypedParam}. */
export type TypedParamValue = TypeOf<typeof TypedParamValue>;

/** A named value of one of seven types (`virTypedParameter`). */
export class TypedParam extends struct({ field: text, value: TypedParamValue }) {}
