import type { NetworkContext } from "./context.ts";
import { networkEventProcedures } from "./events.ts";
import { networkProcedures } from "./networks.ts";
import { networkPortProcedures } from "./ports.ts";

/** Every call of the remote program that is about virtual networks. */
export function networkHandlers(context: NetworkContext) {
  return {
    ...networkProcedures(context),
    ...networkPortProcedures(context),
    ...networkEventProcedures(context),
  };
}

/** The names of the calls that {@link networkHandlers} serves. */
export type NetworkCalls = keyof ReturnType<typeof networkHandlers>;
