import { nothing, struct, u32 } from "@tsvirt/codec/xdr";
import { type Program, procedure, program } from "./program.ts";
import { DomainRef } from "./remote/refs.ts";

/** Arguments of `domainOpenNamespace`. */
export class LxcDomainOpenNamespaceArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** The call of the container program. */
export const lxcProcedures = {
  /** Returns descriptors of a container's namespaces; no driver here has any. `virDomainLxcOpenNamespace`. */
  domainOpenNamespace: procedure(1, {
    args: LxcDomainOpenNamespaceArgs,
    ret: nothing,
    acl: "domain:open_namespace",
    fds: "reply",
    api: "virDomainLxcOpenNamespace",
  }),
};

/** The calls of the container program, as a type. */
export type LxcProcedures = typeof lxcProcedures;

/** The program of containers (`lxc_protocol.x`), for completeness. */
export const lxcProgram: Program<LxcProcedures, Readonly<Record<never, never>>> = program({
  name: "lxc",
  id: 0x0006_8000,
  version: 1,
  procedures: lxcProcedures,
  events: {},
});
