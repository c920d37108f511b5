import { ErrorCode, ErrorDomain, type ErrorLevel, VirtError, virtError } from "@tsvirt/base";
import { i32, optional, string, struct } from "@tsvirt/codec/xdr";
import type { AnyProcedure } from "./program.ts";
import { REMOTE_STRING_MAX } from "./remote/limits.ts";
import { DomainRef, NetworkRef } from "./remote/refs.ts";

const optionalText = optional(string(REMOTE_STRING_MAX));

/** An error on the wire (`virNetMessageError`). Unused numbers are -1; `dom` and `net` are never used. */
export class NetError extends struct({
  code: i32,
  domain: i32,
  message: optionalText,
  level: i32,
  dom: optional(DomainRef),
  str1: optionalText,
  str2: optionalText,
  str3: optionalText,
  int1: i32,
  int2: i32,
  net: optional(NetworkRef),
}) {}

/** The wire form of an error. */
export function toNetError(error: VirtError): NetError {
  return {
    code: error.code,
    domain: error.domain,
    message: clip(error.message),
    level: error.level,
    ...(error.str1 === undefined ? {} : { str1: clip(error.str1) }),
    ...(error.str2 === undefined ? {} : { str2: clip(error.str2) }),
    ...(error.str3 === undefined ? {} : { str3: clip(error.str3) }),
    int1: error.int1,
    int2: error.int2,
  };
}

/** An error must always get across: a text over the limit, or with a NUL, is cut there. */
function clip(text: string): string {
  const nul = text.indexOf("\0");
  const shown = nul < 0 ? text : text.slice(0, nul);
  return shown.length * 3 <= REMOTE_STRING_MAX ? shown : shown.slice(0, Math.floor(REMOTE_STRING_MAX / 3));
}

/** The error that a server sent. Codes and domains that this version does not know are kept as they are. */
export function fromNetError(error: NetError): VirtError {
  return new VirtError(error.code as ErrorCode, error.message ?? "unknown error", {
    domain: error.domain as ErrorDomain,
    level: error.level as ErrorLevel,
    ...(error.str1 === undefined ? {} : { str1: error.str1 }),
    ...(error.str2 === undefined ? {} : { str2: error.str2 }),
    ...(error.str3 === undefined ? {} : { str3: error.str3 }),
    int1: error.int1,
    int2: error.int2,
  });
}

/** An error of the protocol itself: code and domain RPC, the text as it is. */
export function rpcError(detail: string): VirtError {
  return virtError(ErrorCode.rpc, detail, { domain: ErrorDomain.rpc });
}

/** Which part of libvirt's public API a function belongs to, as its errors say. */
const apiDomains: readonly (readonly [start: RegExp, domain: ErrorDomain])[] = [
  [/^virDomainSnapshot|^virDomain(RevertToSnapshot|HasCurrentSnapshot|ListAllSnapshots)/, ErrorDomain.domainSnapshot],
  [/^virDomainCheckpoint|^virDomainListAllCheckpoints/, ErrorDomain.domainCheckpoint],
  [/^virDomainQemu|^virConnectDomainQemu|^virDomainLxc/, ErrorDomain.none],
  [/^virDomain/, ErrorDomain.domain],
  [/^virNetwork|^virConnect\w*Network/, ErrorDomain.network],
  [/^virNWFilter|^virConnect\w*NWFilter/, ErrorDomain.nwfilter],
  [/^virNodeDevice|^virNode(NumOfDevices|ListDevices)|^virConnect\w*NodeDevice/, ErrorDomain.nodedev],
  [/^virStorage|^virConnect\w*StoragePool/, ErrorDomain.storage],
  [/^virSecret|^virConnect\w*Secret/, ErrorDomain.secret],
  [/^virInterface|^virConnect\w*Interface/, ErrorDomain.interface],
  // What is left is about the connection or the host, which libvirt counts among its domain functions.
  [/^virConnect(?!Open|Close)|^virNode/, ErrorDomain.domain],
];

/** The origin of errors that libvirt's public function `api` reports itself. */
export function apiDomain(api: string): ErrorDomain {
  return apiDomains.find(([start]) => start.test(api))?.[1] ?? ErrorDomain.none;
}

/** What a driver without this function answers: "this function is not supported by the connection driver: virXxx". */
export function unsupported(procedure: AnyProcedure): VirtError {
  const api = procedure.api ?? `procedure ${procedure.number}`;
  return virtError(ErrorCode.noSupport, api, { domain: apiDomain(api) });
}

/**
 * What a read-only connection is told: "operation forbidden: read only access prevents virXxx", or with `says`
 * "operation forbidden: virXxx with secure flag".
 */
export function readOnlyDenied(procedure: AnyProcedure, says?: string): VirtError {
  const api = procedure.api ?? `procedure ${procedure.number}`;
  const detail = says === undefined ? `read only access prevents ${api}` : `${api} ${says}`;
  return virtError(ErrorCode.operationDenied, detail, { domain: apiDomain(api) });
}
