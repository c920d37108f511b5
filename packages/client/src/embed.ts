import { ErrorCode, ErrorDomain, type Logger, virtError } from "@tsvirt/base";
import type { Connection } from "./connection.ts";
import type { ConnectionUri } from "./uri.ts";

/** Opens a driver within this process. */
export async function openEmbedded(uri: ConnectionUri, _readOnly: boolean, _log: Logger): Promise<Connection> {
  const root = uri.parameters.get("root");
  if (root === undefined || root === "") {
    throw virtError(ErrorCode.invalidArg, "Missing URI parameter 'root'", { domain: ErrorDomain.qemu });
  }
  if (!root.startsWith("/")) {
    throw virtError(ErrorCode.configUnsupported, "root path must be absolute", { domain: ErrorDomain.qemu });
  }
  throw virtError(ErrorCode.noConnect, uri.text);
}
