/** What signals ask of the daemon. */
export interface SignalActions {
  /** SIGTERM, SIGINT, SIGQUIT: end in order; guests live on. */
  readonly end: (signal: NodeJS.Signals) => void;
  /** SIGHUP: read the configuration and definitions again. */
  readonly reload: () => void;
  /** SIGUSR1: to Node it would mean opening a debugger to every local user; here it only says so in the log. */
  readonly remark: (signal: NodeJS.Signals) => void;
}

/** Handles signals from now on. Returns how to stop that. */
export function handleSignals(actions: SignalActions): () => void {
  const table: readonly (readonly [NodeJS.Signals, (signal: NodeJS.Signals) => void])[] = [
    ["SIGTERM", actions.end],
    ["SIGINT", actions.end],
    ["SIGQUIT", actions.end],
    ["SIGHUP", () => actions.reload()],
    ["SIGUSR1", actions.remark],
    ["SIGUSR2", actions.remark],
    // A client that goes away while it is written to is an error of that write.
    ["SIGPIPE", () => undefined],
  ];
  for (const [signal, action] of table) process.on(signal, action);
  return () => {
    for (const [signal, action] of table) process.off(signal, action);
  };
}
