/** The daemon's exit codes, numbered as libvirtd's (`virDaemonErr`). */
export const ExitStatus = {
  ok: 0,
  /** Command line, configuration, or a pid file that another daemon holds. */
  failure: 1,
  runDirectory: 2,
  init: 3,
  network: 6,
  driver: 10,
  /** An exception that nobody caught; the number is that of `EX_SOFTWARE`. */
  crash: 70,
} as const;
/** One of {@link ExitStatus}. */
export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus];

/** Ends the start with a code and a reason for the log. */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly status: ExitStatus;

  constructor(status: ExitStatus, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}
