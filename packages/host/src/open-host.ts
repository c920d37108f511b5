import { LinuxControlFiles } from "./cgroups/linux-control-files.ts";
import { LinuxFiles } from "./files/linux-files.ts";
import type { Host } from "./host.ts";
import { LinuxNetwork } from "./network/linux-network.ts";
import { LinuxNode } from "./node/linux-node.ts";
import { LinuxProcesses } from "./processes/linux-processes.ts";
import { UnixSockets } from "./sockets/unix-sockets.ts";
import { LinuxStreams } from "./streams/linux-streams.ts";
import { LinuxUsers } from "./users/linux-users.ts";

/** This machine. Costs nothing until used: native code is loaded by the first call that needs it. */
export function openHost(): Host {
  const sockets = new UnixSockets();
  const processes = new LinuxProcesses(sockets);
  return {
    sockets,
    processes,
    files: new LinuxFiles(),
    streams: new LinuxStreams(),
    users: new LinuxUsers(processes),
    network: new LinuxNetwork(processes),
    node: new LinuxNode(processes),
    controlFiles: new LinuxControlFiles(),
  };
}
