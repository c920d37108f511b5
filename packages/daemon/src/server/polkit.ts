import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";
import type { PeerCredentials, Processes } from "@tsvirt/host";

/** Asks polkit whether a peer may do something; it may ask its user for a password meanwhile. */
export type PolkitCheck = (action: string, peer: PeerCredentials, signal: AbortSignal) => Promise<void>;

const domain = ErrorDomain.polkit;

/**
 * polkit by way of `pkcheck(1)`, which waits for the user's agent. The subject is pid, start time and uid, all taken from
 * the kernel at accept, so that a pid that was reused means nothing (A6). Throws when access is not granted.
 */
export function polkitCheck(processes: Pick<Processes, "run" | "findProgram">, timeout: number): PolkitCheck {
  return async (action, peer, signal) => {
    if (peer.startTime === undefined) {
      throw virtError(ErrorCode.authFailed, "the client's process could not be identified", { domain });
    }
    const program = await processes.findProgram("pkcheck");
    if (program === undefined) {
      throw virtError(ErrorCode.authUnavailable, "polkit is not installed (pkcheck not found)", {
        domain,
        hint: 'Install polkitd, or set auth_unix_rw to "none" together with unix_sock_rw_perms and unix_sock_group.',
      });
    }
    const subject = `${peer.pid},${peer.startTime},${peer.uid}`;
    const argv = [program, "--action-id", action, "--process", subject, "--allow-user-interaction"] as const;
    const { code, stderr } = await processes.run({ argv: [...argv], timeout, signal });
    if (code === 0) return;
    throw refusal(code, action, stderr);
  };
}

/** Exit codes of `pkcheck(1)`, worded as libvirt words polkit's answers. */
function refusal(code: number | undefined, action: string, stderr: string): Error {
  switch (code) {
    case 1:
      return virtError(ErrorCode.authFailed, "access denied by policy", { domain });
    case 2:
      return virtError(ErrorCode.authUnavailable, `no polkit agent available to authenticate action '${action}'`, {
        domain,
      });
    case 3:
      return virtError(ErrorCode.authCancelled, "user cancelled authentication process", { domain });
    default: {
      const words = stderr.trim().split("\n").at(-1) ?? "";
      return virtError(ErrorCode.authUnavailable, `polkit did not answer: ${words === "" ? "pkcheck failed" : words}`, {
        domain,
      });
    }
  }
}
