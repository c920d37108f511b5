import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import { ErrorCode, ErrorDomain, VirtError } from "@tsvirt/base";

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

/** glibc's texts, which libvirt's messages end with, for the errors users meet; others get their symbolic name. */
const texts: Readonly<Record<string, string>> = {
  EPERM: "Operation not permitted",
  ENOENT: "No such file or directory",
  ESRCH: "No such process",
  EINTR: "Interrupted system call",
  EIO: "Input/output error",
  ENXIO: "No such device or address",
  E2BIG: "Argument list too long",
  ENOEXEC: "Exec format error",
  EBADF: "Bad file descriptor",
  ECHILD: "No child processes",
  EAGAIN: "Resource temporarily unavailable",
  ENOMEM: "Cannot allocate memory",
  EACCES: "Permission denied",
  EFAULT: "Bad address",
  EBUSY: "Device or resource busy",
  EEXIST: "File exists",
  EXDEV: "Invalid cross-device link",
  ENODEV: "No such device",
  ENOTDIR: "Not a directory",
  EISDIR: "Is a directory",
  EINVAL: "Invalid argument",
  ENFILE: "Too many open files in system",
  EMFILE: "Too many open files",
  ENOTTY: "Inappropriate ioctl for device",
  ETXTBSY: "Text file busy",
  EFBIG: "File too large",
  ENOSPC: "No space left on device",
  ESPIPE: "Illegal seek",
  EROFS: "Read-only file system",
  EMLINK: "Too many links",
  EPIPE: "Broken pipe",
  EDEADLK: "Resource deadlock avoided",
  ENAMETOOLONG: "File name too long",
  ENOSYS: "Function not implemented",
  ENOTEMPTY: "Directory not empty",
  ELOOP: "Too many levels of symbolic links",
  ENOTSOCK: "Socket operation on non-socket",
  EOPNOTSUPP: "Operation not supported",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  ENETUNREACH: "Network is unreachable",
  ECONNRESET: "Connection reset by peer",
  ENOTCONN: "Transport endpoint is not connected",
  ETIMEDOUT: "Connection timed out",
  ECONNREFUSED: "Connection refused",
  EHOSTUNREACH: "No route to host",
  ESTALE: "Stale file handle",
  EDQUOT: "Disk quota exceeded",
};

/** What `strerror(3)` says about a positive errno. */
export function errnoText(errno: number): string {
  const name = errnoName(errno);
  return texts[name] ?? name;
}

/** The number of a symbolic errno on this system. */
export function errnoNumber(name: keyof typeof constants.errno): number {
  return constants.errno[name];
}
