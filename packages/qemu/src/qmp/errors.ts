import { ErrorCode, ErrorDomain, VirtError } from "@tsvirt/base";

/** QEMU refused a command. Decide on `errorClass` (QAPI's `QapiErrorClass`), never on the text. */
export class QmpError extends VirtError {
  override readonly name = "QmpError";
  /** The command that failed. */
  readonly command: string;
  /** `GenericError`, `CommandNotFound`, `DeviceNotFound`, `DeviceNotActive`, `KVMMissingCap`, … */
  readonly errorClass: string;
  /** QEMU's own words. */
  readonly description: string;

  constructor(command: string, errorClass: string, description: string) {
    super(ErrorCode.internalError, `internal error: unable to execute QEMU command '${command}': ${description}`, {
      domain: ErrorDomain.qemu,
    });
    this.command = command;
    this.errorClass = errorClass;
    this.description = description;
  }
}

/** The monitor said something that is not QMP, or said nothing in time; the session cannot be used any more. */
export class QmpProtocolError extends VirtError {
  override readonly name = "QmpProtocolError";

  constructor(detail: string, options?: ErrorOptions) {
    super(ErrorCode.internalError, `internal error: ${detail}`, { domain: ErrorDomain.qemu, ...options });
  }
}

/** The monitor is closed: QEMU ended, or we hung up. */
export class QmpClosedError extends VirtError {
  override readonly name = "QmpClosedError";

  constructor(detail = "End of file from qemu monitor", options?: ErrorOptions) {
    super(ErrorCode.internalError, `internal error: ${detail}`, { domain: ErrorDomain.qemu, ...options });
  }
}
