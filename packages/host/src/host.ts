/** The seam at which effects on the machine are faked: see `@tsvirt/host/testing`. */
import type { ControlFiles } from "./cgroups/control-files.ts";
import type { Files } from "./files/files.ts";
import type { HostNetwork } from "./network/host-network.ts";
import type { NodeInformation } from "./node/node-information.ts";
import type { Processes } from "./processes/processes.ts";
import type { Sockets } from "./sockets/sockets.ts";
import type { Streams } from "./streams/streams.ts";
import type { Users } from "./users/users.ts";

/** One Linux machine, by concern. Nothing above this interface touches the machine otherwise. */
export interface Host {
  readonly processes: Processes;
  readonly sockets: Sockets;
  readonly files: Files;
  readonly streams: Streams;
  readonly users: Users;
  readonly network: HostNetwork;
  readonly node: NodeInformation;
  /** The file systems of control groups. */
  readonly controlFiles: ControlFiles;
}
