import { array, bytes, i32, nothing, optional, struct, u32 } from "@tsvirt/codec/xdr";
import { event, procedure } from "../program.ts";
import { REMOTE_SECRET_LIST_MAX, REMOTE_SECRET_VALUE_MAX } from "./limits.ts";
import { SecretRef, text, uuid } from "./refs.ts";

/** Result of `connectNumOfSecrets`. */
export class ConnectNumOfSecretsRet extends struct({ num: i32 }) {}

/** Arguments of `connectListSecrets`. */
export class ConnectListSecretsArgs extends struct({ maxuuids: i32 }) {}

/** Result of `connectListSecrets`. */
export class ConnectListSecretsRet extends struct({ uuids: array(text, REMOTE_SECRET_LIST_MAX) }) {}

/** Arguments of `secretLookupByUuid`. */
export class SecretLookupByUuidArgs extends struct({ uuid: uuid }) {}

/** Result of `secretLookupByUuid`. */
export class SecretLookupByUuidRet extends struct({ secret: SecretRef }) {}

/** Arguments of `secretDefineXml`. */
export class SecretDefineXmlArgs extends struct({ xml: text, flags: u32 }) {}

/** Result of `secretDefineXml`. */
export class SecretDefineXmlRet extends struct({ secret: SecretRef }) {}

/** Arguments of `secretGetXmlDesc`. */
export class SecretGetXmlDescArgs extends struct({ secret: SecretRef, flags: u32 }) {}

/** Result of `secretGetXmlDesc`. */
export class SecretGetXmlDescRet extends struct({ xml: text }) {}

/** Arguments of `secretSetValue`. */
export class SecretSetValueArgs extends struct({
  secret: SecretRef,
  value: bytes(REMOTE_SECRET_VALUE_MAX),
  flags: u32,
}) {}

/** Arguments of `secretGetValue`. */
export class SecretGetValueArgs extends struct({ secret: SecretRef, flags: u32 }) {}

/** Result of `secretGetValue`. */
export class SecretGetValueRet extends struct({ value: bytes(REMOTE_SECRET_VALUE_MAX) }) {}

/** Arguments of `secretUndefine`. */
export class SecretUndefineArgs extends struct({ secret: SecretRef }) {}

/** Arguments of `secretLookupByUsage`. */
export class SecretLookupByUsageArgs extends struct({ usageType: i32, usageId: text }) {}

/** Result of `secretLookupByUsage`. */
export class SecretLookupByUsageRet extends struct({ secret: SecretRef }) {}

/** Arguments of `connectListAllSecrets`. */
export class ConnectListAllSecretsArgs extends struct({ needResults: i32, flags: u32 }) {}

/** Result of `connectListAllSecrets`. */
export class ConnectListAllSecretsRet extends struct({ secrets: array(SecretRef, REMOTE_SECRET_LIST_MAX), ret: u32 }) {}

/** Arguments of `connectSecretEventRegisterAny`. */
export class ConnectSecretEventRegisterAnyArgs extends struct({ eventId: i32, secret: optional(SecretRef) }) {}

/** Result of `connectSecretEventRegisterAny`. */
export class ConnectSecretEventRegisterAnyRet extends struct({ callbackId: i32 }) {}

/** Arguments of `connectSecretEventDeregisterAny`. */
export class ConnectSecretEventDeregisterAnyArgs extends struct({ callbackId: i32 }) {}

/** Content of `secretEventLifecycle`. */
export class SecretEventLifecycleMsg extends struct({ callbackId: i32, secret: SecretRef, event: i32, detail: i32 }) {}

/** Content of `secretEventValueChanged`. */
export class SecretEventValueChangedMsg extends struct({ callbackId: i32, secret: SecretRef }) {}

/** Calls about secrets. */
export const secretProcedures = {
  /** How many secrets are defined. `virConnectNumOfSecrets`. */
  connectNumOfSecrets: procedure(139, {
    args: nothing,
    ret: ConnectNumOfSecretsRet,
    readonly: "allow",
    acl: "connect:search_secrets",
    aclFilter: "secret:getattr",
    priority: "high",
    api: "virConnectNumOfSecrets",
  }),

  /** UUIDs of the secrets, as text. `virConnectListSecrets`. */
  connectListSecrets: procedure(140, {
    args: ConnectListSecretsArgs,
    ret: ConnectListSecretsRet,
    readonly: "allow",
    acl: "connect:search_secrets",
    aclFilter: "secret:getattr",
    priority: "high",
    api: "virConnectListSecrets",
  }),

  /** Finds a secret by its UUID. `virSecretLookupByUUID`. */
  secretLookupByUuid: procedure(141, {
    args: SecretLookupByUuidArgs,
    ret: SecretLookupByUuidRet,
    readonly: "allow",
    acl: "secret:getattr",
    priority: "high",
    api: "virSecretLookupByUUID",
  }),

  /** Stores a secret's definition, not its value. `virSecretDefineXML`. */
  secretDefineXml: procedure(142, {
    args: SecretDefineXmlArgs,
    ret: SecretDefineXmlRet,
    acl: ["secret:write", "secret:save"],
    priority: "high",
    api: "virSecretDefineXML",
  }),

  /** The secret's document, without its value. `virSecretGetXMLDesc`. */
  secretGetXmlDesc: procedure(143, {
    args: SecretGetXmlDescArgs,
    ret: SecretGetXmlDescRet,
    readonly: "allow",
    acl: "secret:read",
    priority: "high",
    api: "virSecretGetXMLDesc",
  }),

  /** Sets a secret's value. `virSecretSetValue`. */
  secretSetValue: procedure(144, {
    args: SecretSetValueArgs,
    ret: nothing,
    acl: "secret:write",
    priority: "high",
    api: "virSecretSetValue",
  }),

  /** A secret's value, unless it is private. `virSecretGetValue`. */
  secretGetValue: procedure(145, {
    args: SecretGetValueArgs,
    ret: SecretGetValueRet,
    acl: "secret:read_secure",
    priority: "high",
    api: "virSecretGetValue",
  }),

  /** Removes a secret with its value. `virSecretUndefine`. */
  secretUndefine: procedure(146, {
    args: SecretUndefineArgs,
    ret: nothing,
    acl: "secret:delete",
    priority: "high",
    api: "virSecretUndefine",
  }),

  /** Finds a secret by what it is for (`SecretUsageType`). `virSecretLookupByUsage`. */
  secretLookupByUsage: procedure(147, {
    args: SecretLookupByUsageArgs,
    ret: SecretLookupByUsageRet,
    readonly: "allow",
    acl: "secret:getattr",
    priority: "high",
    api: "virSecretLookupByUsage",
  }),

  /**
   * The secrets that match (`ConnectListAllSecretsFlags`); `needResults` 0 returns the count alone.
   * `virConnectListAllSecrets`.
   */
  connectListAllSecrets: procedure(287, {
    args: ConnectListAllSecretsArgs,
    ret: ConnectListAllSecretsRet,
    readonly: "allow",
    acl: "connect:search_secrets",
    aclFilter: "secret:getattr",
    priority: "high",
    api: "virConnectListAllSecrets",
  }),

  /**
   * Asks for a kind of secret events, of one secret or all; returns the id they will carry.
   * `virConnectSecretEventRegisterAny`.
   */
  connectSecretEventRegisterAny: procedure(380, {
    args: ConnectSecretEventRegisterAnyArgs,
    ret: ConnectSecretEventRegisterAnyRet,
    readonly: "allow",
    acl: "connect:search_secrets",
    aclFilter: "secret:getattr",
    priority: "high",
    api: "virConnectSecretEventRegisterAny",
  }),

  /** Ends a registration of secret events. `virConnectSecretEventDeregisterAny`. */
  connectSecretEventDeregisterAny: procedure(381, {
    args: ConnectSecretEventDeregisterAnyArgs,
    ret: nothing,
    readonly: "allow",
    acl: "connect:read",
    priority: "high",
    api: "virConnectSecretEventDeregisterAny",
  }),
};

/** What the daemon reports of secrets to those who registered with `connectSecretEventRegisterAny`. */
export const secretEvents = {
  /** A secret was defined or undefined (`SecretEventLifecycleType`). */
  secretEventLifecycle: event(382, SecretEventLifecycleMsg),

  /** A secret got another value. */
  secretEventValueChanged: event(383, SecretEventValueChangedMsg),
};
