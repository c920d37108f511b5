import { ErrorCode, ErrorDomain, ErrorLevel } from "./error-codes.ts";

/** Everything of a {@link VirtError} but its code and message. */
export interface VirtErrorOptions extends ErrorOptions {
  /** Which part raised it; `qemu` unless said otherwise. */
  readonly domain?: ErrorDomain;
  readonly level?: ErrorLevel;
  /** libvirt's free fields: usually the format text, the detail, and an object's name. */
  readonly str1?: string;
  readonly str2?: string;
  readonly str3?: string;
  readonly int1?: number;
  readonly int2?: number;
  /** What the user can do about it: a command or a setting, in one sentence. */
  readonly hint?: string;
}

/**
 * An error a client sees: libvirt's code, origin and level with a message that is complete on its own.
 * It crosses the wire as `virNetMessageError`. Decide on `code` or the class, never on the text.
 */
export class VirtError extends Error {
  override readonly name: string = "VirtError";
  readonly code: ErrorCode;
  readonly domain: ErrorDomain;
  readonly level: ErrorLevel;
  readonly str1: string | undefined;
  readonly str2: string | undefined;
  readonly str3: string | undefined;
  readonly int1: number;
  readonly int2: number;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: VirtErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.domain = options.domain ?? ErrorDomain.qemu;
    this.level = options.level ?? ErrorLevel.error;
    this.str1 = options.str1;
    this.str2 = options.str2;
    this.str3 = options.str3;
    this.int1 = options.int1 ?? -1;
    this.int2 = options.int2 ?? -1;
    this.hint = options.hint;
  }

  /** The key of {@link ErrorCode} for this error's code, e.g. `noDomain`. */
  get codeName(): string {
    return nameOfCode(this.code);
  }

  /** More than the message has room for, a line each: all that is wrong with a document. For logs and terminals. */
  get details(): readonly string[] {
    return [];
  }
}

/** Our own mistake: logged with its cause, sent to clients as libvirt's internal error without the stack. */
export class InternalError extends Error {
  override readonly name = "InternalError";
}

const codeNames = new Map<number, string>(Object.entries(ErrorCode).map(([name, code]) => [code, name]));

/** The key of {@link ErrorCode} for a number from the wire; `unknown(N)` for a newer daemon's code. */
export function nameOfCode(code: number): string {
  return codeNames.get(code) ?? `unknown(${code})`;
}

/**
 * libvirt puts a fixed text before most messages (`virErrorMsg` in `virerror.c`), e.g. "Domain not found: …".
 * This table has the texts for the codes whose message carries a detail; the first is used when there is no detail.
 */
const prefixes: Partial<Record<ErrorCode, readonly [bare: string, prefix: string]>> = {
  [ErrorCode.internalError]: ["internal error", "internal error: "],
  [ErrorCode.noMemory]: ["out of memory", "out of memory: "],
  [ErrorCode.noSupport]: [
    "this function is not supported by the connection driver",
    "this function is not supported by the connection driver: ",
  ],
  [ErrorCode.noConnect]: ["no connection driver available", "no connection driver available for "],
  [ErrorCode.invalidConn]: ["invalid connection pointer in", "invalid connection pointer in "],
  [ErrorCode.invalidDomain]: ["invalid domain pointer in", "invalid domain pointer in "],
  [ErrorCode.invalidArg]: ["invalid argument", "invalid argument: "],
  [ErrorCode.operationFailed]: ["operation failed", "operation failed: "],
  [ErrorCode.noSource]: ["missing source information for device", "missing source information for device "],
  [ErrorCode.noTarget]: ["missing target information for device", "missing target information for device "],
  [ErrorCode.osType]: ["unknown OS type", "unknown OS type "],
  [ErrorCode.xmlError]: ["XML description is invalid or not well formed", "XML error: "],
  [ErrorCode.domExist]: ["this domain exists already", "domain "],
  [ErrorCode.operationDenied]: ["operation forbidden for read only access", "operation forbidden: "],
  [ErrorCode.openFailed]: ["failed to open configuration file for reading", "failed to open "],
  [ErrorCode.parseFailed]: ["failed to parse configuration file", "failed to parse "],
  [ErrorCode.confSyntax]: ["configuration file syntax error", "configuration file syntax error: "],
  [ErrorCode.xmlInvalidSchema]: [
    "XML document failed to validate against schema",
    "XML document failed to validate against schema: ",
  ],
  [ErrorCode.networkExist]: ["this network exists already", "network "],
  [ErrorCode.systemError]: ["system call error", ""],
  [ErrorCode.rpc]: ["RPC error", ""],
  [ErrorCode.noDomain]: ["Domain not found", "Domain not found: "],
  [ErrorCode.noNetwork]: ["Network not found", "Network not found: "],
  [ErrorCode.invalidMac]: ["invalid MAC address", "invalid MAC address: "],
  [ErrorCode.authFailed]: ["authentication failed", "authentication failed: "],
  [ErrorCode.noStoragePool]: ["Storage pool not found", "Storage pool not found: "],
  [ErrorCode.noStorageVol]: ["Storage volume not found", "Storage volume not found: "],
  [ErrorCode.invalidSecret]: ["Invalid secret", "Invalid secret: "],
  [ErrorCode.noSecret]: ["Secret not found", "Secret not found: "],
  [ErrorCode.noNodeDevice]: ["Node device not found", "Node device not found: "],
  [ErrorCode.noNwfilter]: ["Network filter not found", "Network filter not found: "],
  [ErrorCode.noInterface]: ["Interface not found", "Interface not found: "],
  [ErrorCode.configUnsupported]: ["unsupported configuration", "unsupported configuration: "],
  [ErrorCode.operationTimeout]: ["Timed out during operation", "Timed out during operation: "],
  [ErrorCode.operationInvalid]: ["Requested operation is not valid", "Requested operation is not valid: "],
  [ErrorCode.argumentUnsupported]: ["argument unsupported", "argument unsupported: "],
  [ErrorCode.noDomainSnapshot]: ["Domain snapshot not found", "Domain snapshot not found: "],
  [ErrorCode.noDomainCheckpoint]: ["Domain checkpoint not found", "Domain checkpoint not found: "],
  [ErrorCode.noDomainMetadata]: ["metadata not found", "metadata not found: "],
  [ErrorCode.accessDenied]: ["access denied", "access denied: "],
  [ErrorCode.agentUnresponsive]: ["Guest agent is not responding", "Guest agent is not responding: "],
  [ErrorCode.resourceBusy]: ["resource busy", "resource busy: "],
  [ErrorCode.deviceMissing]: ["device not found", "device not found: "],
  [ErrorCode.authCancelled]: ["authentication cancelled", "authentication cancelled: "],
  [ErrorCode.unknownHost]: ["unknown host", "unknown host "],
  [ErrorCode.readFailed]: ["failed to read configuration file", "failed to read configuration file "],
  [ErrorCode.writeFailed]: ["failed to write configuration file", "failed to write configuration file: "],
  [ErrorCode.callFailed]: ["library call failed", "library call failed: "],
  [ErrorCode.invalidNetwork]: ["invalid network pointer in", "invalid network pointer in "],
  [ErrorCode.noSecurityModel]: ["Security model not found", "Security model not found: "],
  [ErrorCode.buildFirewall]: ["error building firewall", "error building firewall: "],
  [ErrorCode.hookScriptFailed]: ["Hook script execution failed", "Hook script execution failed: "],
  [ErrorCode.snapshotRevertRisky]: ["revert requires force", "revert requires force: "],
  [ErrorCode.operationAborted]: ["operation aborted", "operation aborted: "],
  [ErrorCode.migrateUnsafe]: ["Unsafe migration", "Unsafe migration: "],
  [ErrorCode.overflow]: ["numerical overflow", "numerical overflow: "],
  [ErrorCode.operationUnsupported]: ["Operation not supported", "Operation not supported: "],
  [ErrorCode.cpuIncompatible]: ["the CPU is incompatible with host CPU", "the CPU is incompatible with host CPU: "],
  [ErrorCode.noNetworkPort]: ["network port not found", "network port not found: "],
  [ErrorCode.networkPortExist]: ["this network port exists already", "network port "],
  [ErrorCode.noNwfilterBinding]: ["Network filter binding not found", "Network filter binding not found: "],
  [ErrorCode.noDomainBackup]: ["Domain backup job id not found", "Domain backup job id not found: "],
  [ErrorCode.checkpointInconsistent]: ["checkpoint inconsistent", "checkpoint inconsistent: "],
  [ErrorCode.dbusService]: ["error from service", "error from service: "],
  [ErrorCode.authUnavailable]: ["authentication unavailable", "authentication unavailable: "],
  [ErrorCode.noClient]: ["Client not found", "Client not found: "],
  [ErrorCode.noServer]: ["Server not found", "Server not found: "],
};

/**
 * A {@link VirtError} worded as libvirt words it: the code's fixed text followed by `detail`.
 *
 * `virtError(ErrorCode.noDomain, "no domain with matching name 'x'").message` is
 * `Domain not found: no domain with matching name 'x'`.
 */
export function virtError(code: ErrorCode, detail?: string, options: VirtErrorOptions = {}): VirtError {
  const [bare, prefix] = prefixes[code] ?? ["error", ""];
  const message = detail === undefined ? bare : `${prefix}${detail}`;
  return new VirtError(code, message, {
    str1: detail === undefined ? bare : `${prefix}%s`,
    ...(detail === undefined ? {} : { str2: detail }),
    ...options,
  });
}
