import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import { ErrorCode, ErrorDomain, errnoText as textOf, VirtError } from "@tsvirt/base";

/**
 * A system call failed: libvirt's system error (code 38), worded as libvirt words it: "what: reason".
 * `errno` is positive; decide on `errnoName` (`ENOENT`, …), never on the text.
 */
export class SystemError extends VirtError {
  override readonly name = "SystemError";
  readonly errno: number;
  readonly errnoName: string;

  constructor(errno: number, what: string, options: ErrorOptions = {}) {
    const reason = errnoText(errno);
    super(ErrorCode.systemError, `${what}: ${reason}`, {
      ...options,
      domain: ErrorDomain.none,
      str1: "%s",
      str2: `${what}: ${reason}`,
      int1: errno,
    });
    this.errno = errno;
    this.errnoName = errnoName(errno);
  }
}

/** The symbolic name of a positive errno, `E123` for one this system does not know. */
export function errnoName(errno: number): string {
  try {
    return getSystemErrorName(-errno);
  } catch (error) {
    if (error instanceof RangeError) return `E${errno}`;
    throw error;
  }
}

/** Turns what `node:fs` and friends throw into a {@link SystemError}; anything else is returned as it is. */
export function asSystemError(error: unknown, what: string): unknown {
  // What is one already says better what failed.
  if (error instanceof SystemError) return error;
  if (error instanceof Error && "errno" in error && typeof error.errno === "number") {
    return new SystemError(Math.abs(error.errno), what, { cause: error });
  }
  return error;
}

/** Is this the failure of a system call with that errno name (`ENOENT`, …)? True for ours and for `node:fs`'s. */
export function hasErrno(error: unknown, ...names: readonly string[]): boolean {
  if (error instanceof SystemError) return names.includes(error.errnoName);
  return error instanceof Error && "code" in error && typeof error.code === "string" && names.includes(error.code);
}

/** What `strerror(3)` says about a positive errno. */
export function errnoText(errno: number): string {
  return textOf(errnoName(errno));
}

/** The number behind one of {@link errnoText}'s texts, as helpers print them; `undefined` for any other text. */
export function errnoOfText(text: string): number | undefined {
  return Object.entries(constants.errno).find(([name]) => textOf(name) === text)?.[1];
}

/** The number of a symbolic errno on this system. */
export function errnoNumber(name: keyof typeof constants.errno): number {
  return constants.errno[name];
}
