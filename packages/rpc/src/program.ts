import type { AnyType, TypeOf } from "@tsvirt/codec/xdr";

/** What a permission is about, as libvirt's access drivers name it (`viraccessperm.h`). */
export type AccessObject =
  | "connect"
  | "domain"
  | "interface"
  | "network"
  | "network_port"
  | "node_device"
  | "nwfilter"
  | "nwfilter_binding"
  | "secret"
  | "storage_pool"
  | "storage_vol";

/** One permission on one kind of object, e.g. `domain:init_control` (`org.libvirt.api.domain.init-control`). */
export type Permission = `${AccessObject}:${string}`;

/** Holds for a call when the named number among its arguments has any, or none, of these bits, or is this value. */
export type Condition =
  | { readonly argument: string; readonly anyOf: number }
  | { readonly argument: string; readonly noneOf: number }
  | { readonly argument: string; readonly equals: number };

/** A permission that a call needs, always or under a condition. */
export type AccessRule = Permission | { readonly permission: Permission; readonly when: Condition };

/**
 * Whether a read-only connection may call: always, or unless the condition holds, with the words it is then told after the
 * function's name. Absence means never (A1).
 */
export type ReadOnlyRule = "allow" | { readonly unless: Condition; readonly says?: string };

/** The stream that a successful call opens. */
export interface StreamRule {
  /** Who sends data; libvirt marks consoles and channels as to the client only, but they go both ways. */
  readonly direction: "toServer" | "toClient" | "both";
  /** The bit of the argument `flags` that admits holes; without it they are not allowed at all. */
  readonly sparseFlag?: number;
}

/** What a declaration says of a procedure beyond its number. */
export interface ProcedureOptions<A extends AnyType, R extends AnyType> {
  readonly args: A;
  readonly ret: R;
  /** Permissions that an access driver checks; `"none"` is said, never assumed (A1). */
  readonly acl: "none" | AccessRule | readonly AccessRule[];
  /** The permission that filters each object of a returned list, or each event of a registration (A4). */
  readonly aclFilter?: Permission;
  readonly readonly?: ReadOnlyRule;
  /** `false` for the calls that authenticate: they alone work before (A8). */
  readonly needAuth?: false;
  /** `high`: never waits for a guest, so it may overtake calls that do. */
  readonly priority?: "high";
  /** Which message carries descriptors: the call or its reply. */
  readonly fds?: "call" | "reply";
  /** The function of libvirt's public API, as error texts name it. */
  readonly api?: string;
}

/** Any procedure: what parameters ask for. */
export interface AnyProcedure {
  readonly number: number;
  readonly args: AnyType;
  readonly ret: AnyType;
  readonly acl: "none" | AccessRule | readonly AccessRule[];
  readonly aclFilter?: Permission;
  readonly readonly?: ReadOnlyRule;
  readonly needAuth?: false;
  readonly priority?: "high";
  readonly fds?: "call" | "reply";
  readonly api?: string;
  readonly stream?: StreamRule;
}

/** A procedure that a client calls. */
export interface Procedure<A extends AnyType, R extends AnyType> extends AnyProcedure {
  readonly args: A;
  readonly ret: R;
}

/** A procedure whose success opens a stream. */
export interface StreamProcedure<A extends AnyType, R extends AnyType> extends Procedure<A, R> {
  readonly stream: StreamRule;
}

/** A message that the server sends on its own. */
export interface EventDeclaration<M extends AnyType> {
  readonly number: number;
  readonly message: M;
}

/** Procedures by libvirt's name in camelCase. */
export type Procedures = { readonly [name: string]: AnyProcedure };
/** Events by libvirt's name in camelCase. */
export type Events = { readonly [name: string]: EventDeclaration<AnyType> };

/** Declares a procedure under its number on the wire. */
export function procedure<A extends AnyType, R extends AnyType>(
  number: number,
  options: ProcedureOptions<A, R>,
): Procedure<A, R> {
  return { number, ...options };
}

/** Declares a procedure that opens a stream. */
export function streamProcedure<A extends AnyType, R extends AnyType>(
  number: number,
  stream: StreamRule,
  options: ProcedureOptions<A, R>,
): StreamProcedure<A, R> {
  return { number, stream, ...options };
}

/** Declares an event under its number on the wire. */
export function event<M extends AnyType>(number: number, message: M): EventDeclaration<M> {
  return { number, message };
}

/** One row of a program's table, as dispatchers use it. */
export interface ProcedureEntry {
  readonly name: string;
  readonly procedure: AnyProcedure;
}

/** One row of a program's events. */
export interface EventEntry {
  readonly name: string;
  readonly event: EventDeclaration<AnyType>;
}

/** An ONC-RPC-like program: its number on the wire, its version, and all that can be said in it. */
export interface Program<P = Procedures, E = Events> {
  readonly name: string;
  readonly id: number;
  readonly version: number;
  readonly procedures: P;
  readonly events: E;
  /** The calls by number; events and unknown numbers are absent. */
  readonly callByNumber: ReadonlyMap<number, ProcedureEntry>;
  /** The events by number. */
  readonly eventByNumber: ReadonlyMap<number, EventEntry>;
}

/** Declares a program. */
export function program<
  P extends { readonly [K in keyof P]: AnyProcedure },
  E extends { readonly [K in keyof E]: EventDeclaration<AnyType> },
>(declaration: {
  readonly name: string;
  readonly id: number;
  readonly version: number;
  readonly procedures: P;
  readonly events: E;
}): Program<P, E> {
  const callByNumber = new Map<number, ProcedureEntry>();
  for (const [name, one] of Object.entries<AnyProcedure>(declaration.procedures)) {
    callByNumber.set(one.number, { name, procedure: one });
  }
  const eventByNumber = new Map<number, EventEntry>();
  for (const [name, one] of Object.entries<EventDeclaration<AnyType>>(declaration.events)) {
    eventByNumber.set(one.number, { name, event: one });
  }
  return { ...declaration, callByNumber, eventByNumber };
}

/** The arguments of a procedure; `void` when it has none. */
export type ArgsOf<P extends AnyProcedure> = TypeOf<P["args"]>;
/** The result of a procedure; `void` when it has none. */
export type RetOf<P extends AnyProcedure> = TypeOf<P["ret"]>;
/** The content of an event. */
export type MessageOf<E extends EventDeclaration<AnyType>> = TypeOf<E["message"]>;

/** The rules of a procedure as a list. */
export function accessRules(of: AnyProcedure): readonly AccessRule[] {
  if (of.acl === "none") return [];
  return typeof of.acl === "string" || "permission" in of.acl ? [of.acl] : of.acl;
}

/** Whether a condition holds for these (decoded) arguments. An argument that is not a number never matches `anyOf`. */
export function holds(condition: Condition, args: unknown): boolean {
  const values: Readonly<Record<string, unknown>> = typeof args === "object" && args !== null ? { ...args } : {};
  const value = values[condition.argument];
  const number = typeof value === "number" ? value : 0;
  if ("anyOf" in condition) return (number & condition.anyOf) !== 0;
  if ("noneOf" in condition) return (number & condition.noneOf) === 0;
  return number === condition.equals;
}
