import type { Shell } from "./shell.ts";

/** Proposes words for an option's value: what the shell can list, by kind, or a fixed list. */
export type Completer =
  | "domain"
  | "activeDomain"
  | "inactiveDomain"
  | "network"
  | "activeNetwork"
  | "inactiveNetwork"
  | "command"
  | "file"
  | readonly string[];

/** What a declaration says of an option beyond its help. */
export interface OptionDetails {
  /** Only as `--name value`, never by its place. */
  readonly named?: true;
  /** An empty value is one. */
  readonly emptyOk?: true;
  readonly complete?: Completer;
}

/** A yes-or-no option. */
export interface FlagOption {
  readonly kind: "flag";
  readonly help: string;
}
/** An option with a text; `required` ones are shown as `<name>`. */
export interface TextOption<R extends boolean = boolean> extends OptionDetails {
  readonly kind: "text";
  readonly required: R;
  readonly help: string;
}
/** How a number is written and bounded. */
export type NumberForm = "int" | "uint" | "long" | "ulong" | "scaled";
/** An option with a number, which is checked when the command looks at it. */
export interface NumberOption<V extends number | bigint = number | bigint, R extends boolean = boolean>
  extends OptionDetails {
  readonly kind: "number";
  readonly required: R;
  readonly help: string;
  readonly form: NumberForm;
  /** For `scaled`: what one is, in bytes, when no unit is written. */
  readonly scale: number;
  /** Never read: says which type the value has. */
  readonly value?: V;
}
/** All remaining words. */
export interface RestOption<R extends boolean = boolean> extends OptionDetails {
  readonly kind: "rest";
  readonly required: R;
  readonly help: string;
}
/** Another spelling, not shown in help: of an option, or of an option with a value. */
export interface AliasOption {
  readonly kind: "alias";
  readonly of: string;
  readonly value?: string;
}
/** Any option of a command. */
export type CommandOption = FlagOption | TextOption | NumberOption | RestOption | AliasOption;
/**
 * A command's options by name. Their order is the order in help, and the order in which words without a name are taken:
 * in virsh whatever takes a value takes it by its place too, unless it is `named`.
 */
export type CommandOptions = { readonly [name: string]: CommandOption };

/** The value an option has in {@link Command.run}. */
export type OptionValue<O extends CommandOption> = O extends FlagOption
  ? boolean
  : O extends TextOption<infer R>
    ? R extends true
      ? string
      : string | undefined
    : O extends NumberOption<infer V, infer R>
      ? R extends true
        ? V
        : V | undefined
      : O extends RestOption
        ? readonly string[]
        : never;

/** All values; a value is checked when it is read, and reading a bad one throws a `ShellError`. */
export type Values<O extends CommandOptions> = { readonly [K in keyof O]: OptionValue<O[K]> };

/** What a declaration of a command holds. */
export interface CommandDeclaration<O extends CommandOptions> {
  readonly name: string;
  /** One line. */
  readonly help: string;
  /** A paragraph for the command's own help. */
  readonly about?: string;
  /** Other names, not listed. */
  readonly aliases?: readonly string[];
  readonly options?: O;
  /** Needs no connection, so none is made for it. */
  readonly offline?: true;
  /** Does the work. Returning is success, throwing is failure. */
  readonly run: (shell: Shell, args: Values<O>) => Promise<void>;
}

/** A command, as parsing, help, completion and the self-test see it. */
export interface Command {
  readonly name: string;
  readonly help: string;
  readonly about: string | undefined;
  readonly aliases: readonly string[];
  readonly options: CommandOptions;
  readonly offline: boolean;
  readonly run: (shell: Shell, args: Values<CommandOptions>) => Promise<void>;
}

/** Commands that help lists together. */
export interface CommandGroup {
  readonly title: string;
  /** The word for `help KEYWORD`. */
  readonly keyword: string;
  readonly commands: readonly Command[];
}

/** Declares a command. */
export function command<const O extends CommandOptions>(declaration: CommandDeclaration<O>): Command {
  const { name, help, about, aliases, options, offline, run } = declaration;
  return {
    name,
    help,
    about,
    aliases: aliases ?? [],
    options: options ?? {},
    offline: offline === true,
    // The parser builds the values from these very options, so they have the type that `run` asks for.
    run: (shell, args) => run(shell, args as Values<O>),
  };
}

/** `--name`. */
export function flag(help: string): FlagOption {
  return { kind: "flag", help };
}
/** `--name TEXT`, which may be missing. */
export function text(help: string, details: OptionDetails = {}): TextOption<false> {
  return { kind: "text", required: false, help, ...details };
}
/** `TEXT`, which must be there. */
export function data(help: string, details: OptionDetails = {}): TextOption<true> {
  return { kind: "text", required: true, help, ...details };
}
/** `--name NUMBER`, a C `int`. */
export function int(help: string, details: OptionDetails = {}): NumberOption<number, false> {
  return { kind: "number", required: false, form: "int", scale: 1, help, ...details };
}
/** `--name NUMBER`, not negative, up to 32 bits. */
export function uint(help: string, details: OptionDetails = {}): NumberOption<number, false> {
  return { kind: "number", required: false, form: "uint", scale: 1, help, ...details };
}
/** `NUMBER`, not negative, up to 32 bits, that must be there. */
export function uintData(help: string, details: OptionDetails = {}): NumberOption<number, true> {
  return { kind: "number", required: true, form: "uint", scale: 1, help, ...details };
}
/** `SIZE` with a unit such as `MiB`, that must be there; in bytes. Without a unit it counts `scale` bytes. */
export function sizeData(help: string, scale: number, details: OptionDetails = {}): NumberOption<bigint, true> {
  return { kind: "number", required: true, form: "scaled", scale, help, ...details };
}
/** All remaining words, possibly none. */
export function rest(help: string, details: OptionDetails = {}): RestOption<false> {
  return { kind: "rest", required: false, help, ...details };
}
/** All remaining words, at least one. */
export function restData(help: string, details: OptionDetails = {}): RestOption<true> {
  return { kind: "rest", required: true, help, ...details };
}
/** Another spelling of option `of`; with `value`, a flag that stands for `--of=value`. */
export function alias(of: string, value?: string): AliasOption {
  return { kind: "alias", of, ...(value === undefined ? {} : { value }) };
}
