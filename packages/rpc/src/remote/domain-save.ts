import { array, i32, nothing, struct, u32 } from "@tsvirt/codec/xdr";
import { DomainSaveImageXmlFlags } from "../constants/domain-flags.ts";
import { procedure } from "../program.ts";
import { REMOTE_DOMAIN_SAVE_PARAMS_MAX } from "./limits.ts";
import { DomainRef, optionalText, TypedParam, text } from "./refs.ts";

/** Arguments of `domainCoreDump`. */
export class DomainCoreDumpArgs extends struct({ dom: DomainRef, to: text, flags: u32 }) {}

/** Arguments of `domainRestore`. */
export class DomainRestoreArgs extends struct({ from: text }) {}

/** Arguments of `domainSave`. */
export class DomainSaveArgs extends struct({ dom: DomainRef, to: text }) {}

/** Arguments of `domainManagedSave`. */
export class DomainManagedSaveArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Arguments of `domainHasManagedSaveImage`. */
export class DomainHasManagedSaveImageArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainHasManagedSaveImage`. */
export class DomainHasManagedSaveImageRet extends struct({ result: i32 }) {}

/** Arguments of `domainManagedSaveRemove`. */
export class DomainManagedSaveRemoveArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Arguments of `domainSaveFlags`. */
export class DomainSaveFlagsArgs extends struct({ dom: DomainRef, to: text, dxml: optionalText, flags: u32 }) {}

/** Arguments of `domainRestoreFlags`. */
export class DomainRestoreFlagsArgs extends struct({ from: text, dxml: optionalText, flags: u32 }) {}

/** Arguments of `domainSaveImageGetXmlDesc`. */
export class DomainSaveImageGetXmlDescArgs extends struct({ file: text, flags: u32 }) {}

/** Result of `domainSaveImageGetXmlDesc`. */
export class DomainSaveImageGetXmlDescRet extends struct({ xml: text }) {}

/** Arguments of `domainSaveImageDefineXml`. */
export class DomainSaveImageDefineXmlArgs extends struct({ file: text, dxml: text, flags: u32 }) {}

/** Arguments of `domainCoreDumpWithFormat`. */
export class DomainCoreDumpWithFormatArgs extends struct({ dom: DomainRef, to: text, dumpformat: u32, flags: u32 }) {}

/** Arguments of `domainManagedSaveGetXmlDesc`. */
export class DomainManagedSaveGetXmlDescArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainManagedSaveGetXmlDesc`. */
export class DomainManagedSaveGetXmlDescRet extends struct({ xml: text }) {}

/** Arguments of `domainManagedSaveDefineXml`. */
export class DomainManagedSaveDefineXmlArgs extends struct({ dom: DomainRef, dxml: optionalText, flags: u32 }) {}

/** Arguments of `domainSaveParams`. */
export class DomainSaveParamsArgs extends struct({
  dom: DomainRef,
  params: array(TypedParam, REMOTE_DOMAIN_SAVE_PARAMS_MAX),
  flags: u32,
}) {}

/** Arguments of `domainRestoreParams`. */
export class DomainRestoreParamsArgs extends struct({
  params: array(TypedParam, REMOTE_DOMAIN_SAVE_PARAMS_MAX),
  flags: u32,
}) {}

/** Calls that save, restore and dump guests. */
export const domainSaveProcedures = {
  /** Writes a guest's memory to a file on the host (`DomainCoreDumpFlags`). `virDomainCoreDump`. */
  domainCoreDump: procedure(53, {
    args: DomainCoreDumpArgs,
    ret: nothing,
    acl: "domain:core_dump",
    api: "virDomainCoreDump",
  }),

  /** Starts a guest from a saved image. `virDomainRestore`. */
  domainRestore: procedure(54, {
    args: DomainRestoreArgs,
    ret: nothing,
    acl: ["domain:start", "domain:write"],
    api: "virDomainRestore",
  }),

  /** Saves a running guest to a file and ends it. `virDomainSave`. */
  domainSave: procedure(55, { args: DomainSaveArgs, ret: nothing, acl: "domain:hibernate", api: "virDomainSave" }),

  /** Saves a running guest to where its next start finds it, and ends it. `virDomainManagedSave`. */
  domainManagedSave: procedure(182, {
    args: DomainManagedSaveArgs,
    ret: nothing,
    acl: "domain:hibernate",
    api: "virDomainManagedSave",
  }),

  /** Whether the next start of the guest restores a saved image (1) or not (0). `virDomainHasManagedSaveImage`. */
  domainHasManagedSaveImage: procedure(183, {
    args: DomainHasManagedSaveImageArgs,
    ret: DomainHasManagedSaveImageRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainHasManagedSaveImage",
  }),

  /** Removes the image that the guest's next start would restore. `virDomainManagedSaveRemove`. */
  domainManagedSaveRemove: procedure(184, {
    args: DomainManagedSaveRemoveArgs,
    ret: nothing,
    acl: "domain:hibernate",
    api: "virDomainManagedSaveRemove",
  }),

  /**
   * Saves a running guest to a file and ends it (`DomainSaveRestoreFlags`), with another document if given.
   * `virDomainSaveFlags`.
   */
  domainSaveFlags: procedure(232, {
    args: DomainSaveFlagsArgs,
    ret: nothing,
    acl: "domain:hibernate",
    api: "virDomainSaveFlags",
  }),

  /**
   * Starts a guest from a saved image (`DomainSaveRestoreFlags`), with another document if given.
   * `virDomainRestoreFlags`.
   */
  domainRestoreFlags: procedure(233, {
    args: DomainRestoreFlagsArgs,
    ret: nothing,
    acl: ["domain:start", "domain:write"],
    api: "virDomainRestoreFlags",
  }),

  /** The document within a saved image. `virDomainSaveImageGetXMLDesc`. */
  domainSaveImageGetXmlDesc: procedure(235, {
    args: DomainSaveImageGetXmlDescArgs,
    ret: DomainSaveImageGetXmlDescRet,
    acl: "domain:write",
    priority: "high",
    api: "virDomainSaveImageGetXMLDesc",
  }),

  /** Replaces the document within a saved image. `virDomainSaveImageDefineXML`. */
  domainSaveImageDefineXml: procedure(236, {
    args: DomainSaveImageDefineXmlArgs,
    ret: nothing,
    acl: ["domain:write", "domain:hibernate"],
    priority: "high",
    api: "virDomainSaveImageDefineXML",
  }),

  /** Writes a guest's memory to a file in a format (`DomainCoreDumpFormat`). `virDomainCoreDumpWithFormat`. */
  domainCoreDumpWithFormat: procedure(334, {
    args: DomainCoreDumpWithFormatArgs,
    ret: nothing,
    acl: "domain:core_dump",
    api: "virDomainCoreDumpWithFormat",
  }),

  /** The document within the guest's managed save image. `virDomainManagedSaveGetXMLDesc`. */
  domainManagedSaveGetXmlDesc: procedure(388, {
    args: DomainManagedSaveGetXmlDescArgs,
    ret: DomainManagedSaveGetXmlDescRet,
    readonly: { unless: { argument: "flags", anyOf: DomainSaveImageXmlFlags.secure }, says: "with secure flag" },
    acl: [
      "domain:read",
      { permission: "domain:read_secure", when: { argument: "flags", anyOf: DomainSaveImageXmlFlags.secure } },
    ],
    api: "virDomainManagedSaveGetXMLDesc",
  }),

  /** Replaces the document within the guest's managed save image. `virDomainManagedSaveDefineXML`. */
  domainManagedSaveDefineXml: procedure(389, {
    args: DomainManagedSaveDefineXmlArgs,
    ret: nothing,
    acl: ["domain:write", "domain:hibernate"],
    api: "virDomainManagedSaveDefineXML",
  }),

  /** Saves a running guest as the parameters say (`DomainSaveParameter`). `virDomainSaveParams`. */
  domainSaveParams: procedure(440, {
    args: DomainSaveParamsArgs,
    ret: nothing,
    acl: "domain:hibernate",
    api: "virDomainSaveParams",
  }),

  /** Starts a guest from a saved image as the parameters say (`DomainSaveParameter`). `virDomainRestoreParams`. */
  domainRestoreParams: procedure(441, {
    args: DomainRestoreParamsArgs,
    ret: nothing,
    acl: ["domain:start", "domain:write"],
    api: "virDomainRestoreParams",
  }),
};
