import { array, chars, enumeration, i32, nothing, struct } from "@tsvirt/codec/xdr";
import { procedure } from "../program.ts";
import { REMOTE_AUTH_SASL_DATA_MAX, REMOTE_AUTH_TYPE_LIST_MAX } from "./limits.ts";
import { text } from "./refs.ts";

/** How the server wants clients to authenticate (`remote_auth_type`). */
export const AuthType = { none: 0, sasl: 1, polkit: 2 } as const;
/** A value of {@link AuthType}. */
export type AuthType = (typeof AuthType)[keyof typeof AuthType];

/** Result of `authList`. */
export class AuthListRet extends struct({ types: array(enumeration(AuthType), REMOTE_AUTH_TYPE_LIST_MAX) }) {}

/** Result of `authSaslInit`. */
export class AuthSaslInitRet extends struct({ mechlist: text }) {}

/** Arguments of `authSaslStart`. */
export class AuthSaslStartArgs extends struct({ mech: text, nil: i32, data: chars(REMOTE_AUTH_SASL_DATA_MAX) }) {}

/** Result of `authSaslStart`. */
export class AuthSaslStartRet extends struct({ complete: i32, nil: i32, data: chars(REMOTE_AUTH_SASL_DATA_MAX) }) {}

/** Arguments of `authSaslStep`. */
export class AuthSaslStepArgs extends struct({ nil: i32, data: chars(REMOTE_AUTH_SASL_DATA_MAX) }) {}

/** Result of `authSaslStep`. */
export class AuthSaslStepRet extends struct({ complete: i32, nil: i32, data: chars(REMOTE_AUTH_SASL_DATA_MAX) }) {}

/** Result of `authPolkit`. */
export class AuthPolkitRet extends struct({ complete: i32 }) {}

/** The calls that work before authentication. */
export const authProcedures = {
  /** The kinds of authentication the server wants, in fact exactly one (`AuthType`). */
  authList: procedure(66, {
    args: nothing,
    ret: AuthListRet,
    readonly: "allow",
    acl: "none",
    needAuth: false,
    priority: "high",
  }),

  /** The SASL mechanisms the server offers, separated by commas. */
  authSaslInit: procedure(67, {
    args: nothing,
    ret: AuthSaslInitRet,
    readonly: "allow",
    acl: "none",
    needAuth: false,
    priority: "high",
  }),

  /** Starts SASL with a mechanism; `nil` 1 tells no data from empty data. */
  authSaslStart: procedure(68, {
    args: AuthSaslStartArgs,
    ret: AuthSaslStartRet,
    readonly: "allow",
    acl: "none",
    needAuth: false,
    priority: "high",
  }),

  /** The next step of SASL, until `complete`. */
  authSaslStep: procedure(69, {
    args: AuthSaslStepArgs,
    ret: AuthSaslStepRet,
    readonly: "allow",
    acl: "none",
    needAuth: false,
    priority: "high",
  }),

  /** Asks polkit about the peer; answered when polkit has decided. */
  authPolkit: procedure(70, {
    args: nothing,
    ret: AuthPolkitRet,
    readonly: "allow",
    acl: "none",
    needAuth: false,
    priority: "high",
  }),
};
