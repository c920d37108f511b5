import { ErrorCode, ErrorDomain, strerror, type VirtError, virtError } from "@tsvirt/base";

/** A `systemError` as libvirt words it: `what: text of errno`. */
export function systemError(what: string, error: unknown): VirtError {
  return virtError(ErrorCode.systemError, `${what}: ${strerror(error)}`, { domain: ErrorDomain.rpc, cause: error });
}
