import { ErrorCode, ErrorDomain, type LogLevel, virtError } from "@tsvirt/base";
import { levelNumber, levelOf } from "./levels.ts";

/** `LEVEL:MATCH`: the least level of the sources whose name holds `match`, a glob of `*` and `?`. */
export interface LogFilter {
  readonly level: LogLevel;
  readonly match: string;
}

/** Reads libvirt's `log_filters`. Throws libvirt's own errors. */
export function parseFilters(text: string): LogFilter[] {
  return words(text).map((word) => {
    const colon = word.indexOf(":");
    if (colon === -1) throw invalid(`Malformed format for filter '${word}'`);
    const number = word.slice(0, colon);
    const level = levelOf(number);
    if (!level) throw invalid(`Invalid priority '${number}' for filter '${word}'`);
    // A leading + once asked for stack traces; libvirt still accepts it.
    const match = word.slice(colon + 1).replace(/^\+/, "");
    if (match === "") throw invalid(`Malformed format for filter '${word}'`);
    return { level, match };
  });
}

/** Writes filters as `virt-admin daemon-log-filters` shows them: as libvirt does, with a space after each. */
export function formatFilters(filters: readonly LogFilter[]): string {
  return filters.map(({ level, match }) => `${levelNumber[level]}:*${match.replace(/^\*+|\*+$/g, "")}* `).join("");
}

/** The words of a space-separated setting. */
export function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/** An error in a logging setting. */
export function invalid(message: string): Error {
  return virtError(ErrorCode.invalidArg, message, { domain: ErrorDomain.none });
}

/** Whether a glob of `*` and `?` matches somewhere in `text`. Takes time in proportion to the product of the lengths. */
export function globFinds(glob: string, text: string): boolean {
  const pattern = `*${glob}*`;
  let [p, t, star, mark] = [0, 0, -1, 0];
  while (t < text.length) {
    const want = pattern[p];
    if (want === "*") {
      star = p++;
      mark = t;
    } else if (want !== undefined && (want === "?" || want === text[t])) {
      p++;
      t++;
    } else if (star !== -1) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
