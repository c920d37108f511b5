import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";
import type { AuthScheme, LibvirtdConf } from "./libvirtd-conf.ts";

/** One of the daemon's sockets. */
export type SocketRole = "rw" | "ro" | "admin";

/** How a socket is guarded. */
export interface SocketAccess {
  readonly auth: AuthScheme;
  /** Permission bits of the socket's file. */
  readonly mode: number;
}

/**
 * The guard of every socket, from configuration and instance kind. libvirtd leaves its read-write socket open to all
 * when authentication is turned off; here the default follows what is configured, and asking for both is an error (A5).
 */
export function socketAccess(conf: LibvirtdConf, privileged: boolean): Readonly<Record<SocketRole, SocketAccess>> {
  const standard: AuthScheme = privileged ? "polkit" : "none";
  const rwAuth = conf.auth_unix_rw ?? standard;
  const mode = conf.unix_sock_rw_perms ?? (rwAuth === "none" ? 0o700 : 0o777);
  if (rwAuth === "none" && (mode & 0o002) !== 0) {
    throw virtError(
      ErrorCode.configUnsupported,
      'unix_sock_rw_perms lets everybody write to the read-write socket while auth_unix_rw is "none"',
      {
        domain: ErrorDomain.conf,
        hint: 'Set auth_unix_rw to "polkit", or unix_sock_rw_perms to "0770" with a unix_sock_group.',
      },
    );
  }
  return {
    rw: { auth: rwAuth, mode },
    ro: { auth: conf.auth_unix_ro ?? standard, mode: conf.unix_sock_ro_perms },
    admin: { auth: "none", mode: conf.unix_sock_admin_perms },
  };
}

/** Refuses what the daemon could only ignore at the price of letting in somebody it should not. */
export function checkAccessDrivers(conf: LibvirtdConf): void {
  const driver = conf.access_drivers?.find((name) => name !== "none" && name !== "nop");
  if (driver === undefined) return;
  throw virtError(ErrorCode.configUnsupported, `access driver '${driver}' is not available in this version`, {
    domain: ErrorDomain.conf,
    hint: "Remove access_drivers from the configuration, or keep the former daemon.",
  });
}
