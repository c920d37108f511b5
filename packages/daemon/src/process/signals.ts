/**
 * Signals as the daemon takes them, from when this is made: SIGTERM, SIGINT and SIGQUIT end it in order, SIGHUP reloads,
 * SIGPIPE is an error of the write that caused it. SIGUSR1 and SIGUSR2 do nothing: to Node the former would mean opening a
 * debugger to every local user.
 */
export class SignalHandling {
  /** What SIGHUP does. */
  reload: () => void = () => undefined;

  /** `end` is called with the signal that asks for it. */
  constructor(end: (signal: NodeJS.Signals) => void) {
    const ends = (["SIGTERM", "SIGINT", "SIGQUIT"] as const).map((signal) => [signal, () => end(signal)] as const);
    const ignored = (["SIGUSR1", "SIGUSR2", "SIGPIPE"] as const).map((signal) => [signal, () => undefined] as const);
    for (const [signal, action] of [...ends, ...ignored]) process.on(signal, action);
    process.on("SIGHUP", () => this.reload());
  }
}
