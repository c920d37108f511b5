import { type Handlers, remote } from "@tsvirt/rpc";
import type { DriverProcedures } from "../../driver.ts";
import type { NetworkCalls } from "../../network/procedures/remote.ts";
import { capabilityProcedures } from "./capabilities.ts";
import { connectProcedures } from "./connect.ts";
import { consoleProcedures } from "./console.ts";
import type { ProcedureContext } from "./context.ts";
import { displayProcedures } from "./display.ts";
import { eventProcedures } from "./events.ts";
import { infoProcedures } from "./info.ts";
import { lifecycleProcedures } from "./lifecycle.ts";
import { lookupProcedures } from "./lookup.ts";
import { memoryProcedures } from "./memory.ts";
import { metadataProcedures } from "./metadata.ts";
import { nodeProcedures } from "./node.ts";
import { saveProcedures } from "./save.ts";
import { statsProcedures } from "./stats.ts";
import { unsupported } from "./unsupported.ts";
import { unsupportedNames } from "./unsupported-names.ts";

/**
 * Every call of the remote program that reaches a driver, but those about networks. What is neither served nor listed as unsupported does not
 * compile; neither does what is both.
 */
export function remoteHandlers(context: ProcedureContext): Handlers<Omit<DriverProcedures, NetworkCalls>> {
  return {
    ...refusals,
    ...connectProcedures(context),
    ...lookupProcedures(context),
    ...lifecycleProcedures(context),
    ...eventProcedures(context),
    ...capabilityProcedures(context),
    ...saveProcedures(context),
    ...metadataProcedures(context),
    ...memoryProcedures(context),
    ...statsProcedures(context),
    ...displayProcedures(context),
    ...consoleProcedures(context),
    ...infoProcedures(context),
    ...nodeProcedures(context),
  };
}

const refusals = unsupported(remote.procedures, unsupportedNames);
