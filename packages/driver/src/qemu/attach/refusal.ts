import { ErrorCode, type VirtError, virtError } from "@tsvirt/base";

/** Why a process is not attached to, and what to do about it. */
export function refusal(pid: number, why: string, code: ErrorCode = ErrorCode.operationInvalid): VirtError {
  return virtError(code, `cannot attach to process ${pid}: ${why}`);
}
