import {
  group,
  type JsonObject,
  type JsonValue,
  json,
  type Keys,
  type OptionOf,
  type Scalar,
} from "@tsvirt/codec/options";

/** A QMP command: its name, its arguments and what it returns, declared once. */
export interface QmpCommand<A, R> {
  /** Name in the QAPI schema. */
  readonly name: string;
  readonly args: Scalar<A>;
  readonly returns: Scalar<R>;
  /** Milliseconds QEMU may take; 30 s unless declared. */
  readonly deadline: number;
}

/** Arguments of commands that take none. */
export type NoArgs = Readonly<Record<never, never>>;

const nothing: Scalar<undefined> = { expects: "nothing", toJson: () => ({}), fromJson: () => undefined };
const noArgs: Scalar<NoArgs> = { expects: "nothing", toJson: () => ({}), fromJson: () => ({}) };

/** The default of {@link QmpCommand.deadline} (threat-model section 5). */
export const DEFAULT_DEADLINE = 30_000;

/** Declares a command that takes arguments. */
export function command<const F extends Keys, R = undefined>(
  name: string,
  fields: F,
  returns?: Scalar<R>,
  deadline = DEFAULT_DEADLINE,
): QmpCommand<OptionOf<F>, R> {
  return { name, args: group(fields), returns: returns ?? (nothing as Scalar<never>), deadline };
}

/** Declares a command without arguments. */
export function query<R = undefined>(
  name: string,
  returns?: Scalar<R>,
  deadline = DEFAULT_DEADLINE,
): QmpCommand<NoArgs, R> {
  return { name, args: noArgs, returns: returns ?? (nothing as Scalar<never>), deadline };
}

/** A command known by name only; arguments and result are passed on as they are. */
export function rawCommand(name: string, deadline = DEFAULT_DEADLINE): QmpCommand<JsonObject, JsonValue> {
  return { name, args: json as Scalar<JsonObject>, returns: json, deadline };
}
