import {
  isJsonArray,
  JsonError,
  type JsonObject,
  OptionError,
  type OptionStatics,
  type PartialOption,
} from "@tsvirt/codec/options";
import type { Argument } from "./argument.ts";
import { GraphError } from "./block-graph.ts";
import type { Draft } from "./draft.ts";

/** A device as the command line names it. */
export interface DeviceArgument {
  readonly argument: Argument;
  /** QEMU's name of the driver, never an alias. */
  readonly driver: string;
  readonly id: string | undefined;
  /** The option with the driver's own name. */
  readonly text: string;
}

/** Reads devices of some drivers by their declaration. */
export interface DeviceReader {
  readonly drivers: readonly string[];
  /** When it is read: what makes buses before others, what is about other devices after them. */
  readonly when: "first" | "last" | undefined;
  read(draft: Draft, device: DeviceArgument): void;
}

/** A declaration, as a reader needs it. */
export interface Readable<T> extends OptionStatics<T> {
  parsePartial<U>(this: OptionStatics<U>, text: string): PartialOption<U>;
}

/** Something that documents cannot say: the argument is handed on as it is. */
export class NoPlaceError extends Error {
  override readonly name = "NoPlaceError";
}

/**
 * A reader for the devices that a declaration declares. `read` puts the device into the document; it throws
 * {@link NoPlaceError} if it cannot. `drivers` are needed where the declaration names none.
 */
export function deviceReader<T extends { readonly driver: string }>(
  declaration: Readable<T>,
  read: (draft: Draft, keys: PartialOption<T>, device: DeviceArgument) => void,
  options: { readonly drivers?: Iterable<string>; readonly when?: "first" | "last" } = {},
): DeviceReader {
  const words = declaration.fields.driver?.scalar.words;
  return {
    drivers: [...(options.drivers ?? words ?? [])],
    when: options.when,
    read: (draft, device) => {
      const keys = declaration.parsePartial(device.text);
      const { rest } = keys as { readonly rest?: JsonObject };
      const list = Object.entries(rest ?? {}).find(([, value]) => value === null || isJsonArray(value));
      if (list) throw new NoPlaceError(`the list '${list[0]}' has no counterpart`);
      read(draft, keys, device);
    },
  };
}

/** Runs a reader; what documents cannot say is handed on with the reason. */
export function orPass(argument: Argument, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (
      !(
        error instanceof NoPlaceError ||
        error instanceof GraphError ||
        error instanceof OptionError ||
        error instanceof JsonError
      )
    )
      throw error;
    argument.pass(error.message);
  }
}
