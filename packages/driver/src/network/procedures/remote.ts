import { networkEventProcedures } from "./events.ts";
import { networkProcedures } from "./networks.ts";
import { networkPortProcedures } from "./ports.ts";

/** Every call of the remote program that is about virtual networks, in groups that are made for each client as needed. */
export const networkHandlers = [networkProcedures, networkPortProcedures, networkEventProcedures] as const;
