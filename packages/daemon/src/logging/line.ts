import { type LogFields, type LogRecord, VirtError } from "@tsvirt/base";
import { levelName } from "./levels.ts";

/** Fields whose values never go to a log, whoever put them there (S3). */
const secretField = /passw|passphrase|secret|credential|cookie|masterkey|private/i;
const maxText = 4096;

/** A record as a line in libvirt's layout, without the line's end: `TIME: PID: LEVEL : SOURCE : MESSAGE key=value …`. */
export function formatLine(record: LogRecord, pid: number): string {
  return `${formatTime(record.time)}: ${pid}: ${levelName[record.level]} : ${record.source} : ${formatText(record)}`;
}

/** The message and fields of a record: one line, control characters escaped, secrets left out. */
export function formatText(record: LogRecord): string {
  const fields = formatFields(record.fields);
  return fields === "" ? escaped(record.message) : `${escaped(record.message)} ${fields}`;
}

/** UTC as libvirt writes it: `2026-11-24 15:26:18.851+0000`. */
function formatTime(time: number): string {
  return `${new Date(time).toISOString().replace("T", " ").slice(0, -1)}+0000`;
}

function formatFields(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${secretField.test(name) ? "(hidden)" : formatValue(value)}`)
    .join(" ");
}

function formatValue(value: unknown): string {
  if (value instanceof Error) return quote(errorText(value));
  switch (typeof value) {
    case "string":
      return quote(value);
    case "object":
      return quote(value === null ? "null" : JSON.stringify(value, plain));
    default:
      return quote(String(value));
  }
}

/** For `JSON.stringify`: what JSON cannot say, and no secrets. */
function plain(name: string, value: unknown): unknown {
  if (secretField.test(name)) return "(hidden)";
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return `(${value.length} bytes)`;
  return value;
}

/** The message with those of its causes; the stack too when it is not an error meant for clients. */
function errorText(error: Error): string {
  const own = error instanceof VirtError ? error.message : (error.stack ?? String(error));
  return error.cause instanceof Error ? `${own} (because: ${errorText(error.cause)})` : own;
}

function quote(text: string): string {
  return /^[\w.:/@+,-]+$/.test(text) ? cut(text) : `"${escaped(text).replaceAll('"', '\\"')}"`;
}

/** Control characters, and invisible ones such as those that turn the direction of text, become escapes. */
function escaped(text: string): string {
  return cut(text).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}

function cut(text: string): string {
  return text.length > maxText ? `${text.slice(0, maxText)}… (${text.length} characters)` : text;
}
