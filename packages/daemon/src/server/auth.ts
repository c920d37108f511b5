import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";
import { AuthType, type authProcedures, type Handlers } from "@tsvirt/rpc";
import type { AuthScheme } from "../config/libvirtd-conf.ts";
import type { Client } from "./client.ts";
import type { PolkitCheck } from "./polkit.ts";

/** The calls that work before authentication. */
export type AuthHandlers = Handlers<typeof authProcedures, Client>;

const typeOf: Readonly<Record<AuthScheme, AuthType>> = {
  none: AuthType.none,
  sasl: AuthType.sasl,
  polkit: AuthType.polkit,
};
const domain = ErrorDomain.rpc;

/** Serves authentication to all clients. One sequence each; out of order ends the connection (A8). */
export function authHandlers(polkit: PolkitCheck): AuthHandlers {
  const asking = new WeakSet<Client>();
  const noSasl = (): never => {
    throw virtError(ErrorCode.authFailed, "SASL is not available in this version of tsvirtd", {
      domain,
      hint: 'Set auth_unix_rw and auth_unix_ro to "polkit" or "none".',
    });
  };
  return {
    authList: (_, { session }) => ({ types: [typeOf[session.auth]] }),
    authSaslInit: noSasl,
    authSaslStart: noSasl,
    authSaslStep: noSasl,
    async authPolkit(_, { session, signal }) {
      if (session.auth !== "polkit") {
        throw virtError(ErrorCode.internalError, "client tried invalid PolicyKit init request", { domain });
      }
      if (session.authenticated || asking.has(session)) {
        session.close("authentication out of order");
        throw virtError(ErrorCode.authFailed, "authentication out of order", { domain });
      }
      asking.add(session);
      try {
        await polkit(session.readOnly ? "org.libvirt.unix.monitor" : "org.libvirt.unix.manage", session.peer, signal);
      } catch (error) {
        session.log.warn("authentication failed", {
          client: session.id,
          uid: session.peer.uid,
          pid: session.peer.pid,
          error,
        });
        throw error;
      } finally {
        asking.delete(session);
      }
      if (!session.link.closed) session.admit();
      return { complete: 1 };
    },
  };
}
