/** States a service manager is told (`sd_notify(3)`). */
export type ServiceState = "READY=1" | "STOPPING=1" | "RELOADING=1";

/** Tells the service manager how we are. Does nothing when there is none. */
export type Notify = (...states: readonly ServiceState[]) => void;

/**
 * Talks to the service manager named by `NOTIFY_SOCKET`, and takes that variable out of `env` so that no child believes
 * it were meant.
 */
export function serviceNotifier(env: NodeJS.ProcessEnv, send: (path: string, bytes: Uint8Array) => boolean): Notify {
  const path = env.NOTIFY_SOCKET;
  delete env.NOTIFY_SOCKET;
  if (path === undefined || !/^[/@]/.test(path)) return () => undefined;
  return (...states) => void send(path, new TextEncoder().encode(states.join("\n")));
}
