import type { LogLevel } from "@tsvirt/base";

/** libvirt's numbers of the levels, from most to least talkative. */
export const levelNumber: Readonly<Record<LogLevel, number>> = { debug: 1, info: 2, warn: 3, error: 4 };
const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];
/** How libvirt writes a level in a line of a log. */
export const levelName: Readonly<Record<LogLevel, string>> = {
  debug: "debug",
  info: "info",
  warn: "warning",
  error: "error",
};

/** The level of one of libvirt's numbers, given as text; `undefined` for any other text. */
export function levelOf(text: string): LogLevel | undefined {
  return /^[1-4]$/.test(text) ? levels[Number(text) - 1] : undefined;
}

/** The level that `LIBVIRT_DEBUG` names: a number, or its name (`error` … `debug`). */
export function namedLevel(text: string): LogLevel | undefined {
  return levelOf(text) ?? levels.find((level) => text === levelName[level]);
}
