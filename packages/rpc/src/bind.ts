import { InternalError } from "@tsvirt/base";
import type { AnyType } from "@tsvirt/codec/xdr";
import { unsupported } from "./errors.ts";
import type { Call, Handlers } from "./handlers.ts";
import type { AnyProcedure, EventDeclaration, ProcedureEntry, Program } from "./program.ts";

/** A program together with what serves it on one connection. Cheap: the table is shared. */
export interface BoundProgram {
  readonly id: number;
  readonly version: number;
  readonly callByNumber: ReadonlyMap<number, ProcedureEntry>;
  /** Calls the handler of an entry. Its arguments come from the entry's own codec. */
  invoke(entry: ProcedureEntry, args: unknown, call: Call): unknown;
}

type Table = { readonly [name: string]: (args: unknown, call: Call) => unknown };

/**
 * Binds a program to its handlers: all of them, or it does not compile. `handlers` may be an instance of a class.
 *
 * `S` is the type of `call.session`, which the owner of the connection vouches for.
 */
export function bind<
  P extends { readonly [K in keyof P]: AnyProcedure },
  E extends { readonly [K in keyof E]: EventDeclaration<AnyType> },
  S,
>(program: Program<P, E>, handlers: Handlers<P, S>): BoundProgram {
  return bound(program, handlers, (entry) => {
    throw new InternalError(`No handler for ${program.name}.${entry.name}`);
  });
}

/**
 * Binds a program to some handlers. The others answer `missing`, unless told otherwise that the driver does not support
 * them, in libvirt's words.
 */
export function bindPartial<
  P extends { readonly [K in keyof P]: AnyProcedure },
  E extends { readonly [K in keyof E]: EventDeclaration<AnyType> },
  S,
>(
  program: Program<P, E>,
  handlers: Partial<Handlers<P, S>>,
  missing: (entry: ProcedureEntry) => unknown = (entry) => {
    throw unsupported(entry.procedure);
  },
): BoundProgram {
  return bound(program, handlers, missing);
}

function bound(
  program: Pick<BoundProgram, "id" | "version" | "callByNumber">,
  handlers: object,
  missing: (entry: ProcedureEntry) => unknown,
): BoundProgram {
  const table = handlers as Table;
  return {
    id: program.id,
    version: program.version,
    callByNumber: program.callByNumber,
    invoke(entry, args, call) {
      const { name } = entry;
      return table[name] ? table[name](args, call) : missing(entry);
    },
  };
}
