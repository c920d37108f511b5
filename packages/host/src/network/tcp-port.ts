import { createServer } from "node:net";
import { hasErrno } from "../errors.ts";

/** Can a server listen on this TCP port, on all addresses of both families? A host without IPv6 has one family. */
export async function isTcpPortFree(port: number): Promise<boolean> {
  for (const host of ["::", "0.0.0.0"]) if (!(await canListen(port, host))) return false;
  return true;
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => {
      if (hasErrno(error, "EAFNOSUPPORT", "EADDRNOTAVAIL")) resolve(true);
      else if (hasErrno(error, "EADDRINUSE", "EACCES")) resolve(false);
      else reject(error);
    });
    server.listen({ port, host, ipv6Only: true }, () => server.close(() => resolve(true)));
  });
}
