import { array, i32, i64, nothing, struct, u32, u64 } from "@tsvirt/codec/xdr";
import { DomainInterfaceAddressesSource } from "../constants/domain-kinds.ts";
import { procedure } from "../program.ts";
import {
  REMOTE_DOMAIN_AUTHORIZED_SSH_KEYS_MAX,
  REMOTE_DOMAIN_FSFREEZE_MOUNTPOINTS_MAX,
  REMOTE_DOMAIN_FSINFO_DISKS_MAX,
  REMOTE_DOMAIN_FSINFO_MAX,
  REMOTE_DOMAIN_GUEST_INFO_PARAMS_MAX,
  REMOTE_DOMAIN_GUEST_VCPU_PARAMS_MAX,
  REMOTE_DOMAIN_INTERFACE_MAX,
  REMOTE_DOMAIN_IP_ADDR_MAX,
} from "./limits.ts";
import { DomainRef, optionalText, TypedParam, text } from "./refs.ts";

/** Arguments of `domainGetHostname`. */
export class DomainGetHostnameArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainGetHostname`. */
export class DomainGetHostnameRet extends struct({ hostname: text }) {}

/** Arguments of `domainFstrim`. */
export class DomainFstrimArgs extends struct({ dom: DomainRef, mountPoint: optionalText, minimum: u64, flags: u32 }) {}

/** Arguments of `domainSendProcessSignal`. */
export class DomainSendProcessSignalArgs extends struct({ dom: DomainRef, pidValue: i64, signum: u32, flags: u32 }) {}

/** Arguments of `domainFsfreeze`. */
export class DomainFsfreezeArgs extends struct({
  dom: DomainRef,
  mountpoints: array(text, REMOTE_DOMAIN_FSFREEZE_MOUNTPOINTS_MAX),
  flags: u32,
}) {}

/** Result of `domainFsfreeze`. */
export class DomainFsfreezeRet extends struct({ filesystems: i32 }) {}

/** Arguments of `domainFsthaw`. */
export class DomainFsthawArgs extends struct({
  dom: DomainRef,
  mountpoints: array(text, REMOTE_DOMAIN_FSFREEZE_MOUNTPOINTS_MAX),
  flags: u32,
}) {}

/** Result of `domainFsthaw`. */
export class DomainFsthawRet extends struct({ filesystems: i32 }) {}

/** Arguments of `domainGetTime`. */
export class DomainGetTimeArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainGetTime`. */
export class DomainGetTimeRet extends struct({ seconds: i64, nseconds: u32 }) {}

/** Arguments of `domainSetTime`. */
export class DomainSetTimeArgs extends struct({ dom: DomainRef, seconds: i64, nseconds: u32, flags: u32 }) {}

/** Arguments of `domainGetFsinfo`. */
export class DomainGetFsinfoArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** A mounted file system and the disks it is on. */
export class DomainFsinfo extends struct({
  mountpoint: text,
  name: text,
  fstype: text,
  devAliases: array(text, REMOTE_DOMAIN_FSINFO_DISKS_MAX),
}) {}

/** Result of `domainGetFsinfo`. */
export class DomainGetFsinfoRet extends struct({ info: array(DomainFsinfo, REMOTE_DOMAIN_FSINFO_MAX), ret: u32 }) {}

/** Arguments of `domainInterfaceAddresses`. */
export class DomainInterfaceAddressesArgs extends struct({ dom: DomainRef, source: u32, flags: u32 }) {}

/** An address with its prefix length (`IpAddrType`). */
export class DomainIpAddr extends struct({ type: i32, addr: text, prefix: u32 }) {}

/** A guest's interface and its addresses. */
export class DomainInterface extends struct({
  name: text,
  hwaddr: optionalText,
  addrs: array(DomainIpAddr, REMOTE_DOMAIN_IP_ADDR_MAX),
}) {}

/** Result of `domainInterfaceAddresses`. */
export class DomainInterfaceAddressesRet extends struct({
  ifaces: array(DomainInterface, REMOTE_DOMAIN_INTERFACE_MAX),
}) {}

/** Arguments of `domainSetUserPassword`. */
export class DomainSetUserPasswordArgs extends struct({
  dom: DomainRef,
  user: optionalText,
  password: optionalText,
  flags: u32,
}) {}

/** Arguments of `domainGetGuestVcpus`. */
export class DomainGetGuestVcpusArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainGetGuestVcpus`. */
export class DomainGetGuestVcpusRet extends struct({
  params: array(TypedParam, REMOTE_DOMAIN_GUEST_VCPU_PARAMS_MAX),
}) {}

/** Arguments of `domainSetGuestVcpus`. */
export class DomainSetGuestVcpusArgs extends struct({ dom: DomainRef, cpumap: text, state: i32, flags: u32 }) {}

/** Arguments of `domainGetGuestInfo`. */
export class DomainGetGuestInfoArgs extends struct({ dom: DomainRef, types: u32, flags: u32 }) {}

/** Result of `domainGetGuestInfo`. */
export class DomainGetGuestInfoRet extends struct({ params: array(TypedParam, REMOTE_DOMAIN_GUEST_INFO_PARAMS_MAX) }) {}

/** Arguments of `domainAgentSetResponseTimeout`. */
export class DomainAgentSetResponseTimeoutArgs extends struct({ dom: DomainRef, timeout: i32, flags: u32 }) {}

/** Result of `domainAgentSetResponseTimeout`. */
export class DomainAgentSetResponseTimeoutRet extends struct({ result: i32 }) {}

/** Arguments of `domainAuthorizedSshKeysGet`. */
export class DomainAuthorizedSshKeysGetArgs extends struct({ dom: DomainRef, user: text, flags: u32 }) {}

/** Result of `domainAuthorizedSshKeysGet`. */
export class DomainAuthorizedSshKeysGetRet extends struct({
  keys: array(text, REMOTE_DOMAIN_AUTHORIZED_SSH_KEYS_MAX),
}) {}

/** Arguments of `domainAuthorizedSshKeysSet`. */
export class DomainAuthorizedSshKeysSetArgs extends struct({
  dom: DomainRef,
  user: text,
  keys: array(text, REMOTE_DOMAIN_AUTHORIZED_SSH_KEYS_MAX),
  flags: u32,
}) {}

/** Calls that ask the guest itself, mostly through its agent. */
export const domainGuestProcedures = {
  /** The guest's host name, from leases or its agent (`DomainGetHostnameFlags`). `virDomainGetHostname`. */
  domainGetHostname: procedure(277, {
    args: DomainGetHostnameArgs,
    ret: DomainGetHostnameRet,
    acl: "domain:write",
    api: "virDomainGetHostname",
  }),

  /** Has the guest's agent release unused blocks of its file systems. `virDomainFSTrim`. */
  domainFstrim: procedure(294, { args: DomainFstrimArgs, ret: nothing, acl: "domain:fs_trim", api: "virDomainFSTrim" }),

  /**
   * Sends a signal (`DomainProcessSignal`) to a process in the guest; containers only. `virDomainSendProcessSignal`.
   */
  domainSendProcessSignal: procedure(295, {
    args: DomainSendProcessSignalArgs,
    ret: nothing,
    acl: "domain:send_signal",
    api: "virDomainSendProcessSignal",
  }),

  /** Has the guest's agent freeze file systems; returns how many. `virDomainFSFreeze`. */
  domainFsfreeze: procedure(335, {
    args: DomainFsfreezeArgs,
    ret: DomainFsfreezeRet,
    acl: "domain:fs_freeze",
    api: "virDomainFSFreeze",
  }),

  /** Has the guest's agent thaw file systems; returns how many. `virDomainFSThaw`. */
  domainFsthaw: procedure(336, {
    args: DomainFsthawArgs,
    ret: DomainFsthawRet,
    acl: "domain:fs_freeze",
    api: "virDomainFSThaw",
  }),

  /** The guest's clock from its agent, since the epoch. `virDomainGetTime`. */
  domainGetTime: procedure(337, {
    args: DomainGetTimeArgs,
    ret: DomainGetTimeRet,
    acl: "domain:write",
    api: "virDomainGetTime",
  }),

  /**
   * Sets the guest's clock through its agent, from its hardware clock if asked (`DomainSetTimeFlags`).
   * `virDomainSetTime`.
   */
  domainSetTime: procedure(338, {
    args: DomainSetTimeArgs,
    ret: nothing,
    acl: "domain:set_time",
    api: "virDomainSetTime",
  }),

  /** The guest's mounted file systems from its agent. `virDomainGetFSInfo`. */
  domainGetFsinfo: procedure(349, {
    args: DomainGetFsinfoArgs,
    ret: DomainGetFsinfoRet,
    acl: "domain:fs_freeze",
    api: "virDomainGetFSInfo",
  }),

  /**
   * The guest's addresses from leases, its agent or the host's ARP table (`DomainInterfaceAddressesSource`).
   * `virDomainInterfaceAddresses`.
   */
  domainInterfaceAddresses: procedure(353, {
    args: DomainInterfaceAddressesArgs,
    ret: DomainInterfaceAddressesRet,
    readonly: { unless: { argument: "source", equals: DomainInterfaceAddressesSource.agent } },
    acl: [
      "domain:read",
      { permission: "domain:write", when: { argument: "source", equals: DomainInterfaceAddressesSource.agent } },
    ],
    api: "virDomainInterfaceAddresses",
  }),

  /** Sets a user's password in the guest through its agent. `virDomainSetUserPassword`. */
  domainSetUserPassword: procedure(357, {
    args: DomainSetUserPasswordArgs,
    ret: nothing,
    acl: "domain:set_password",
    api: "virDomainSetUserPassword",
  }),

  /** Which processors the guest's agent says are there, online, and can be taken offline. `virDomainGetGuestVcpus`. */
  domainGetGuestVcpus: procedure(371, {
    args: DomainGetGuestVcpusArgs,
    ret: DomainGetGuestVcpusRet,
    acl: "domain:write",
    api: "virDomainGetGuestVcpus",
  }),

  /** Takes processors on- or offline through the guest's agent. `virDomainSetGuestVcpus`. */
  domainSetGuestVcpus: procedure(372, {
    args: DomainSetGuestVcpusArgs,
    ret: nothing,
    acl: "domain:write",
    api: "virDomainSetGuestVcpus",
  }),

  /**
   * Users, system, time zone, host name, file systems, … from the guest's agent (`DomainGuestInfoTypes`).
   * `virDomainGetGuestInfo`.
   */
  domainGetGuestInfo: procedure(418, {
    args: DomainGetGuestInfoArgs,
    ret: DomainGetGuestInfoRet,
    acl: "domain:write",
    api: "virDomainGetGuestInfo",
  }),

  /**
   * Sets for how many seconds to wait for the agent (`DomainAgentResponseTimeout`).
   * `virDomainAgentSetResponseTimeout`.
   */
  domainAgentSetResponseTimeout: procedure(420, {
    args: DomainAgentSetResponseTimeoutArgs,
    ret: DomainAgentSetResponseTimeoutRet,
    acl: "domain:write",
    api: "virDomainAgentSetResponseTimeout",
  }),

  /** A user's authorized SSH keys in the guest, through its agent. `virDomainAuthorizedSSHKeysGet`. */
  domainAuthorizedSshKeysGet: procedure(424, {
    args: DomainAuthorizedSshKeysGetArgs,
    ret: DomainAuthorizedSshKeysGetRet,
    acl: "domain:write",
    api: "virDomainAuthorizedSSHKeysGet",
  }),

  /**
   * Replaces, adds or removes a user's SSH keys in the guest (`DomainAuthorizedSshKeysSetFlags`).
   * `virDomainAuthorizedSSHKeysSet`.
   */
  domainAuthorizedSshKeysSet: procedure(425, {
    args: DomainAuthorizedSshKeysSetArgs,
    ret: nothing,
    acl: "domain:write",
    api: "virDomainAuthorizedSSHKeysSet",
  }),
};
