// biome-ignore-all lint/complexity/noThisInStatic: `this` is the subclass, whose name the results keep.
import { type ConfLine, formatConf, formatConfValue } from "./format.ts";
import { type ConfText, parseConf } from "./parser.ts";
import type { ConfScalar } from "./scalars.ts";
import { ConfError, type ConfNotice, type ConfPosition, type ConfSetting, type ConfValue } from "./value.ts";

/** What a declaration says of a key besides its codec. */
export interface SettingNotes {
  /** For the administrator: one or more sentences. */
  readonly doc: string;
  /** Opens a new part of the sample file under this title. */
  readonly section?: string;
  /** `ignored`: read and checked, but without effect (so far); setting it gives a notice. */
  readonly effect?: "ignored";
}

/** A declared key. */
export interface Setting<T, Optional extends boolean = boolean> extends SettingNotes {
  readonly scalar: ConfScalar<T>;
  readonly optional: Optional;
  /** The default, or for an optional key what the sample file shows. */
  readonly value: T;
}

/** The declared keys, in the order of the sample file. */
export type Settings = Readonly<Record<string, AnySetting>>;
interface AnySetting extends SettingNotes {
  readonly scalar: {
    readonly expects: string;
    toConf(value: never): ConfValue;
    fromConf(value: ConfValue): unknown;
  };
  readonly optional: boolean;
  readonly value: unknown;
}

type ValueOf<S> = S extends { readonly scalar: ConfScalar<infer T> } ? T : never;
type Required<F> = { [K in keyof F]: F[K] extends { readonly optional: false } ? K : never }[keyof F];
type Optional<F> = { [K in keyof F]: F[K] extends { readonly optional: false } ? never : K }[keyof F];

/** The plain object of a file: keys with a default are always there. */
export type SettingsOf<F> = { readonly [K in Required<F>]: ValueOf<F[K]> } & {
  readonly [K in Optional<F>]?: ValueOf<F[K]>;
};

/** Declares a key with a default. */
export function setting<T>(scalar: ConfScalar<T>, value: T, notes: SettingNotes | string): Setting<T, false> {
  return { scalar, optional: false, value, ...notesOf(notes) };
}
/** Declares a key that may be absent; `sample` only serves the sample file. */
setting.optional = <T>(scalar: ConfScalar<T>, sample: T, notes: SettingNotes | string): Setting<T, true> => ({
  scalar,
  optional: true,
  value: sample,
  ...notesOf(notes),
});

function notesOf(notes: SettingNotes | string): SettingNotes {
  return typeof notes === "string" ? { doc: notes } : notes;
}

/** A file that was read. */
export interface ReadSettings<T> {
  readonly values: T;
  /** The keys that the file sets, as opposed to defaults. */
  readonly given: ReadonlySet<string>;
  /** Where the file sets them, for checks that need more than one value. */
  readonly places: ReadonlyMap<string, ConfPosition>;
  readonly notices: readonly ConfNotice[];
}

/** The statics of a settings class. */
export interface SettingsClass<F extends Settings> {
  new (_: never): SettingsOf<F>;
  /** The declaration, for walking. */
  readonly fields: F;
  /** All defaults. */
  defaults<T>(this: SettingsStatics<T>): T;
  /** Reads a file's text. Throws {@link ConfError}. */
  parse<T>(this: SettingsStatics<T>, text: string, file: string): ReadSettings<T>;
  /** Writes the keys that differ from their defaults. */
  format<T>(this: SettingsStatics<T>, values: T): string;
  /** The documented sample file: every key commented out, at its default. */
  sample(): string;
}
/** What the statics need of `this`: keeps the class's own name in results. */
export interface SettingsStatics<T> {
  new (_: never): T;
  readonly fields: Settings;
}

/**
 * Declares a configuration file: `class LibvirtdConf extends settings({ max_clients: setting(uint, 5000, "…") }) {}`.
 * The class is never constructed; plain objects go in and come out.
 */
export function settings<const F extends Settings>(fields: F): SettingsClass<F> {
  class File {
    static readonly fields = fields;

    static defaults<T>(this: SettingsStatics<T>): T {
      return defaultsOf(this.fields) as T;
    }
    static parse<T>(this: SettingsStatics<T>, text: string, file: string): ReadSettings<T> {
      const { values, ...rest } = read(this.fields, parseConf(text, file));
      return { values: values as T, ...rest };
    }
    static format<T>(this: SettingsStatics<T>, values: T): string {
      return formatConf(linesOf(this.fields, values as object));
    }
    static sample(): string {
      return sampleOf(fields);
    }
  }
  return File as never as SettingsClass<F>;
}

function defaultsOf(fields: Settings): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null);
  for (const [name, { optional, value }] of Object.entries(fields)) if (!optional) values[name] = value;
  return values;
}

function read(fields: Settings, source: ConfText): ReadSettings<object> {
  const values = defaultsOf(fields);
  const given = new Set<string>();
  const places = new Map<string, ConfPosition>();
  const notices = [...source.notices];
  const note = (entry: ConfSetting, message: string): void => {
    notices.push({ file: source.file, line: entry.line, column: entry.column, message });
  };
  for (const entry of source.entries) {
    if (entry.kind !== "setting") continue;
    const { name } = entry;
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field) note(entry, `unknown setting '${name}'`);
    else if (given.has(name)) note(entry, `'${name}' is set twice: the first one counts`);
    else {
      const value = field.scalar.fromConf(entry.value);
      if (value === undefined) {
        throw new ConfError(`expected ${field.scalar.expects} for '${name}' parameter`, source.file, entry);
      }
      values[name] = value;
      given.add(name);
      places.set(name, { line: entry.line, column: entry.column });
      if (field.effect === "ignored") note(entry, `'${name}' has no effect`);
    }
  }
  return { values, given, places, notices };
}

function linesOf(fields: Settings, values: object): ConfLine[] {
  const table = new Map<string, unknown>(Object.entries(values));
  return Object.entries(fields).flatMap(([name, field]): ConfLine[] => {
    const value = table.get(name);
    if (value === undefined) return [];
    const coded = conf(field, value);
    if (!field.optional && formatConfValue(coded) === formatConfValue(conf(field, field.value))) return [];
    return [{ kind: "setting", name, value: coded }];
  });
}

/** The declaration's type guarantees that `value` is what its own scalar takes. */
function conf(field: AnySetting, value: unknown): ConfValue {
  return field.scalar.toConf(value as never);
}

function sampleOf(fields: Settings): string {
  const blocks = Object.entries(fields).map(([name, field]) => {
    const head = field.section === undefined ? "" : `${"#".repeat(65)}\n#\n# ${field.section}\n#\n\n`;
    const ignored = field.effect === "ignored" ? "\nThis setting has no effect in this version." : "";
    const doc = wrap(`${field.doc}${ignored}`).map((line) => (line === "" ? "#" : `# ${line}`));
    return `${head}${doc.join("\n")}\n#\n#${name} = ${formatConfValue(conf(field, field.value))}\n`;
  });
  return blocks.join("\n");
}

/** Breaks text into lines of at most 75 characters, between words. */
function wrap(text: string): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && line.length + word.length >= 75) {
        lines.push(line);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    return [...lines, line];
  });
}
