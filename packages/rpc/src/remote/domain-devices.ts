import { array, bytes, i32, i64, nothing, struct, u32, u64 } from "@tsvirt/codec/xdr";
import { procedure, streamProcedure } from "../program.ts";
import { modifiesDomain } from "./access.ts";
import {
  REMOTE_DOMAIN_INTERFACE_PARAMETERS_MAX,
  REMOTE_DOMAIN_MEMORY_PEEK_BUFFER_MAX,
  REMOTE_DOMAIN_SEND_KEY_MAX,
} from "./limits.ts";
import { DomainRef, optionalText, TypedParam, text } from "./refs.ts";

/** Arguments of `domainAttachDevice`. */
export class DomainAttachDeviceArgs extends struct({ dom: DomainRef, xml: text }) {}

/** Arguments of `domainDetachDevice`. */
export class DomainDetachDeviceArgs extends struct({ dom: DomainRef, xml: text }) {}

/** Arguments of `domainInterfaceStats`. */
export class DomainInterfaceStatsArgs extends struct({ dom: DomainRef, device: text }) {}

/** Result of `domainInterfaceStats`. */
export class DomainInterfaceStatsRet extends struct({
  rxBytes: i64,
  rxPackets: i64,
  rxErrs: i64,
  rxDrop: i64,
  txBytes: i64,
  txPackets: i64,
  txErrs: i64,
  txDrop: i64,
}) {}

/** Arguments of `domainMemoryPeek`. */
export class DomainMemoryPeekArgs extends struct({ dom: DomainRef, offset: u64, size: u32, flags: u32 }) {}

/** Result of `domainMemoryPeek`. */
export class DomainMemoryPeekRet extends struct({ buffer: bytes(REMOTE_DOMAIN_MEMORY_PEEK_BUFFER_MAX) }) {}

/** Arguments of `domainAttachDeviceFlags`. */
export class DomainAttachDeviceFlagsArgs extends struct({ dom: DomainRef, xml: text, flags: u32 }) {}

/** Arguments of `domainDetachDeviceFlags`. */
export class DomainDetachDeviceFlagsArgs extends struct({ dom: DomainRef, xml: text, flags: u32 }) {}

/** Arguments of `domainUpdateDeviceFlags`. */
export class DomainUpdateDeviceFlagsArgs extends struct({ dom: DomainRef, xml: text, flags: u32 }) {}

/** Arguments of `domainOpenConsole`. */
export class DomainOpenConsoleArgs extends struct({ dom: DomainRef, devName: optionalText, flags: u32 }) {}

/** Arguments of `domainInjectNmi`. */
export class DomainInjectNmiArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Arguments of `domainScreenshot`. */
export class DomainScreenshotArgs extends struct({ dom: DomainRef, screen: u32, flags: u32 }) {}

/** Result of `domainScreenshot`. */
export class DomainScreenshotRet extends struct({ mime: optionalText }) {}

/** Arguments of `domainSendKey`. */
export class DomainSendKeyArgs extends struct({
  dom: DomainRef,
  codeset: u32,
  holdtime: u32,
  keycodes: array(u32, REMOTE_DOMAIN_SEND_KEY_MAX),
  flags: u32,
}) {}

/** Arguments of `domainOpenGraphics`. */
export class DomainOpenGraphicsArgs extends struct({ dom: DomainRef, idx: u32, flags: u32 }) {}

/** Arguments of `domainSetInterfaceParameters`. */
export class DomainSetInterfaceParametersArgs extends struct({
  dom: DomainRef,
  device: text,
  params: array(TypedParam, REMOTE_DOMAIN_INTERFACE_PARAMETERS_MAX),
  flags: u32,
}) {}

/** Arguments of `domainGetInterfaceParameters`. */
export class DomainGetInterfaceParametersArgs extends struct({
  dom: DomainRef,
  device: text,
  nparams: i32,
  flags: u32,
}) {}

/** Result of `domainGetInterfaceParameters`. */
export class DomainGetInterfaceParametersRet extends struct({
  params: array(TypedParam, REMOTE_DOMAIN_INTERFACE_PARAMETERS_MAX),
  nparams: i32,
}) {}

/** Arguments of `domainOpenChannel`. */
export class DomainOpenChannelArgs extends struct({ dom: DomainRef, name: optionalText, flags: u32 }) {}

/** Arguments of `domainOpenGraphicsFd`. */
export class DomainOpenGraphicsFdArgs extends struct({ dom: DomainRef, idx: u32, flags: u32 }) {}

/** Arguments of `domainDetachDeviceAlias`. */
export class DomainDetachDeviceAliasArgs extends struct({ dom: DomainRef, alias: text, flags: u32 }) {}

/** Arguments of `domainFdAssociate`. */
export class DomainFdAssociateArgs extends struct({ dom: DomainRef, name: text, flags: u32 }) {}

/** Calls about a guest's devices, consoles and displays. */
export const domainDevicesProcedures = {
  /** Adds a device to a running guest. `virDomainAttachDevice`. */
  domainAttachDevice: procedure(8, {
    args: DomainAttachDeviceArgs,
    ret: nothing,
    acl: "domain:write",
    api: "virDomainAttachDevice",
  }),

  /** Removes a device from a running guest; matched by its XML. `virDomainDetachDevice`. */
  domainDetachDevice: procedure(13, {
    args: DomainDetachDeviceArgs,
    ret: nothing,
    acl: "domain:write",
    api: "virDomainDetachDevice",
  }),

  /**
   * Bytes, packets, errors and drops of an interface named by its host device; -1 where unknown.
   * `virDomainInterfaceStats`.
   */
  domainInterfaceStats: procedure(65, {
    args: DomainInterfaceStatsArgs,
    ret: DomainInterfaceStatsRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainInterfaceStats",
  }),

  /** Bytes of a guest's memory at a virtual or physical address (`DomainMemoryFlags`). `virDomainMemoryPeek`. */
  domainMemoryPeek: procedure(104, {
    args: DomainMemoryPeekArgs,
    ret: DomainMemoryPeekRet,
    acl: "domain:mem_read",
    api: "virDomainMemoryPeek",
  }),

  /**
   * Adds a device to the running guest, its definition or both (`DomainDeviceModifyFlags`).
   * `virDomainAttachDeviceFlags`.
   */
  domainAttachDeviceFlags: procedure(160, {
    args: DomainAttachDeviceFlagsArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainAttachDeviceFlags",
  }),

  /**
   * Removes a device from the running guest, its definition or both (`DomainDeviceModifyFlags`).
   * `virDomainDetachDeviceFlags`.
   */
  domainDetachDeviceFlags: procedure(161, {
    args: DomainDetachDeviceFlagsArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainDetachDeviceFlags",
  }),

  /**
   * Changes a device in place: media, link state, a display's password (`DomainDeviceModifyFlags`).
   * `virDomainUpdateDeviceFlags`.
   */
  domainUpdateDeviceFlags: procedure(174, {
    args: DomainUpdateDeviceFlagsArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainUpdateDeviceFlags",
  }),

  /**
   * Connects a stream to a console, serial or parallel device by alias; the first console when none is named.
   * `virDomainOpenConsole`.
   */
  domainOpenConsole: streamProcedure(
    201,
    { direction: "both" },
    {
      args: DomainOpenConsoleArgs,
      ret: nothing,
      acl: "domain:open_device",
      api: "virDomainOpenConsole",
    },
  ),

  /** Sends a non-maskable interrupt to all processors of a guest. `virDomainInjectNMI`. */
  domainInjectNmi: procedure(210, {
    args: DomainInjectNmiArgs,
    ret: nothing,
    acl: "domain:inject_nmi",
    api: "virDomainInjectNMI",
  }),

  /** Sends a picture of a screen through a stream; `mime` says its type. `virDomainScreenshot`. */
  domainScreenshot: streamProcedure(
    211,
    { direction: "toClient" },
    {
      args: DomainScreenshotArgs,
      ret: DomainScreenshotRet,
      acl: "domain:screenshot",
      api: "virDomainScreenshot",
    },
  ),

  /** Presses keys of a `KeycodeSet` together and releases them after `holdtime` milliseconds. `virDomainSendKey`. */
  domainSendKey: procedure(226, {
    args: DomainSendKeyArgs,
    ret: nothing,
    acl: "domain:send_input",
    api: "virDomainSendKey",
  }),

  /**
   * Hands a socket to a guest's display as a new client; the descriptor comes with the call. `virDomainOpenGraphics`.
   */
  domainOpenGraphics: procedure(249, {
    args: DomainOpenGraphicsArgs,
    ret: nothing,
    acl: "domain:open_graphics",
    fds: "call",
    api: "virDomainOpenGraphics",
  }),

  /** Changes an interface's bandwidth (`DomainBandwidthParameter`). `virDomainSetInterfaceParameters`. */
  domainSetInterfaceParameters: procedure(256, {
    args: DomainSetInterfaceParametersArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainSetInterfaceParameters",
  }),

  /**
   * An interface's bandwidth (`DomainBandwidthParameter`); with `nparams` 0 only the count.
   * `virDomainGetInterfaceParameters`.
   */
  domainGetInterfaceParameters: procedure(257, {
    args: DomainGetInterfaceParametersArgs,
    ret: DomainGetInterfaceParametersRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetInterfaceParameters",
  }),

  /**
   * Connects a stream to a channel by alias or target name; the first channel when none is named.
   * `virDomainOpenChannel`.
   */
  domainOpenChannel: streamProcedure(
    296,
    { direction: "both" },
    {
      args: DomainOpenChannelArgs,
      ret: nothing,
      acl: "domain:open_device",
      api: "virDomainOpenChannel",
    },
  ),

  /** Returns a descriptor that is connected to a guest's display. `virDomainOpenGraphicsFD`. */
  domainOpenGraphicsFd: procedure(343, {
    args: DomainOpenGraphicsFdArgs,
    ret: nothing,
    acl: "domain:open_graphics",
    fds: "reply",
    api: "virDomainOpenGraphicsFD",
  }),

  /**
   * Asks a guest to release the device of this alias; the removal is announced by an event.
   * `virDomainDetachDeviceAlias`.
   */
  domainDetachDeviceAlias: procedure(392, {
    args: DomainDetachDeviceAliasArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainDetachDeviceAlias",
  }),

  /**
   * Keeps descriptors under a name for the disks of a guest that refer to it; freed with the connection.
   * `virDomainFDAssociate`.
   */
  domainFdAssociate: procedure(443, {
    args: DomainFdAssociateArgs,
    ret: nothing,
    acl: "domain:write",
    fds: "call",
    api: "virDomainFDAssociate",
  }),
};
