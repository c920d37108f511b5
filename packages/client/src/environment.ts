import { homedir } from "node:os";

/** What the client knows of the process it runs in; given, so that tests can have their own. */
export interface Environment {
  /** Environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The effective user. */
  readonly uid: number;
  /** The user's home directory. */
  readonly home: string;
}

/** The process's own. */
export function processEnvironment(): Environment {
  return { variables: process.env, uid: process.geteuid?.() ?? 0, home: process.env.HOME || homedir() };
}

/** Where a user's sockets are: `$XDG_RUNTIME_DIR/libvirt`, else `~/.cache/libvirt`. */
export function userRuntimeDirectory({ variables, home }: Environment): string {
  const runtime = variables.XDG_RUNTIME_DIR;
  return runtime ? `${runtime}/libvirt` : `${variables.XDG_CACHE_HOME || `${home}/.cache`}/libvirt`;
}

/** Where a user's settings are: `$XDG_CONFIG_HOME/libvirt`, else `~/.config/libvirt`. */
export function userConfigDirectory({ variables, home }: Environment): string {
  return `${variables.XDG_CONFIG_HOME || `${home}/.config`}/libvirt`;
}
