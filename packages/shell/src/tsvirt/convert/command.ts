import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { VirtError } from "@tsvirt/base";
import { ConfError } from "@tsvirt/codec/conf";
import { DocumentError, problemLine, warningsOf } from "@tsvirt/codec/xml";
import { makeDirectory } from "../user-files.ts";
import type { Inputs } from "./inputs.ts";
import {
  type ConvertOptions,
  type ConvertOptionTable,
  describeOptions,
  readConvertOptions,
  requireFiles,
} from "./options.ts";

/** Where a conversion writes what has no file. */
export interface ConvertOutput {
  write(text: string): void;
  /** One line a failure. */
  fail(message: string): void;
  /** One line more about an input: a problem beyond the first, or a warning. */
  note?(line: string): void;
}

/** What a command is run with. */
export interface ConvertContext {
  readonly output: ConvertOutput;
  /** Shared by all commands of one run. */
  readonly inputs: Inputs;
}

/** A command of `tsvirt convert`. */
export interface ConvertCommand {
  readonly help: string;
  readonly options: ConvertOptionTable;
  /** Gives the exit status; throws if nothing could be done at all. */
  run(args: readonly string[], context: ConvertContext): Promise<number>;
}

/** A command with options of its own. */
export function convertCommand<const Table extends ConvertOptionTable>(declaration: {
  readonly help: string;
  readonly options: Table;
  run(options: ConvertOptions<keyof Table & string>, context: ConvertContext): Promise<number>;
}): ConvertCommand {
  const { help, options } = declaration;
  return { help, options, run: (args, context) => declaration.run(readConvertOptions(args, options), context) };
}

const directoryOption = {
  "--out-dir": { takes: "DIR", help: "where the results go, named as the inputs (default: standard output)" },
} as const;

/** See {@link fileCommand}. */
export type Noted = <T extends object>(value: T) => T;

/**
 * A command that makes of every FILE one text or more: STEM.EXT for each extension that `convert` gives a text for, or
 * STEM.err with the message. One failure does not stop the others. Without a directory the texts go to standard output,
 * up to the first failure.
 */
export function fileCommand<const Table extends ConvertOptionTable>(declaration: {
  readonly help: string;
  readonly options: Table;
  convert(
    file: string,
    options: ConvertOptions<keyof Table & string>,
    inputs: Inputs,
    /** Tells what was odd in the document that a value was read from, and gives the value back. */
    noted: Noted,
  ): Promise<Readonly<Record<string, string>>>;
}): ConvertCommand {
  const { help } = declaration;
  const options: ConvertOptionTable = { ...declaration.options, ...directoryOption };
  return {
    help,
    options,
    async run(args, { output, inputs }) {
      const given = readConvertOptions(args, options);
      const convert = (file: string): Promise<Readonly<Record<string, string>>> =>
        declaration.convert(file, given, inputs, (value) => {
          for (const warning of warningsOf(value)) output.note?.(problemLine(warning, file));
          return value;
        });
      requireFiles(given);
      const directory = given.value("--out-dir");
      if (directory === undefined) {
        for (const file of given.files) {
          for (const text of Object.values(await convert(file))) output.write(text);
        }
        return 0;
      }
      await makeDirectory(directory);
      let status = 0;
      for (const file of given.files) {
        const stem = join(directory, basename(file).replace(/\.[^.]*$/, ""));
        try {
          const texts = await convert(file);
          for (const [extension, text] of Object.entries(texts)) await writeFile(`${stem}.${extension}`, text);
        } catch (error) {
          status = 1;
          const message = messageOf(error);
          await writeFile(`${stem}.err`, `${message}\n`);
          output.fail(`${file}: ${message}`);
          noteDetails(error, output);
        }
      }
      return status;
    },
  };
}

/** What an error's message has no room for. */
export function noteDetails(error: unknown, output: ConvertOutput): void {
  if (error instanceof VirtError) for (const line of error.details) output.note?.(line);
}

/** An error as the user sees it, in one line. */
export function messageOf(error: unknown): string {
  if (error instanceof VirtError || error instanceof DocumentError || error instanceof ConfError) {
    return error.message.replaceAll("\n", " ");
  }
  if (error instanceof Error) return `internal error: ${error.message.replaceAll("\n", " ")}`;
  return String(error);
}

/** Help for one command. */
export function describeCommand(name: string, command: ConvertCommand): string {
  return `usage: tsvirt convert ${name} [OPTIONS] [FILE…]\n\n${command.help}\n\n${describeOptions(command.options)}`;
}
