import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";
import { ConnectIdentityParameter, type ConnectSetIdentityArgs, type ParamsOf, param, typedParams } from "@tsvirt/rpc";
import type { Client } from "./client.ts";

const identityParams = typedParams({
  userName: param(ConnectIdentityParameter.userName, "string"),
  uid: param(ConnectIdentityParameter.unixUserId, "ullong"),
  groupName: param(ConnectIdentityParameter.groupName, "string"),
  gid: param(ConnectIdentityParameter.unixGroupId, "ullong"),
  pid: param(ConnectIdentityParameter.processId, "llong"),
  processTime: param(ConnectIdentityParameter.processTime, "ullong"),
  saslUserName: param(ConnectIdentityParameter.saslUserName, "string"),
  x509Name: param(ConnectIdentityParameter.x509DistinguishedName, "string"),
  selinuxContext: param(ConnectIdentityParameter.selinuxContext, "string"),
});

/** Who a client says it speaks for. It grants nothing: rights stay those of the peer. */
export type ForwardedIdentity = ParamsOf<typeof identityParams.fields>;

/**
 * Takes over the identity that a proxy forwards (`virConnectSetIdentity`). Only from root on the read-write socket (A7);
 * libvirtd takes it from everybody who may write.
 */
export function forwardIdentity({ params, flags }: ConnectSetIdentityArgs, client: Client): void {
  if (flags !== 0) {
    throw virtError(ErrorCode.invalidArg, `unsupported flags (0x${flags.toString(16)})`, { domain: ErrorDomain.rpc });
  }
  if (client.peer.uid !== 0 || client.readOnly) {
    throw virtError(ErrorCode.accessDenied, "only root may forward an identity", { domain: ErrorDomain.access });
  }
  client.forwarded = identityParams.parse(params);
}
