import { ErrorCode, ErrorDomain, VirtError, virtError } from "@tsvirt/base";

/** A place in a document; line and column count from 1, the column in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a document, or only odd (a warning). */
export interface Problem extends Position {
  readonly severity: "error" | "warning";
  /** The text as libvirt words it, without its prefix "XML error: ". */
  readonly message: string;
  readonly code: ErrorCode;
  /** Path of the element, e.g. `/domain/devices/disk[2]`; empty when the text is not well formed. */
  readonly path: string;
  /** What would have been right, in our words; empty when the message says it all. */
  readonly hint: string;
}

/**
 * A document that cannot be accepted. The message starts with libvirt's own text for the first error, followed by the
 * place and what was expected; `problems` has every error and warning found.
 */
export class DocumentError extends VirtError {
  override readonly name: string = "DocumentError";
  /** Name of the file, if one is known. */
  readonly file: string | undefined;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  /** libvirt's text alone, prefix included: what a stock daemon would have said. */
  readonly bareMessage: string;
  /** All errors, then all warnings, in document order. */
  readonly problems: readonly Problem[];

  constructor(problems: readonly [Problem, ...Problem[]], file?: string) {
    const [first] = problems;
    const bare = virtError(first.code, first.message).message;
    // The text of what is not well formed has its place in it already.
    const detail = first.code === ErrorCode.xmlDetail ? "" : `${detailOf(first, file)}${othersOf(problems)}`;
    super(first.code, `${bare}${detail}`, {
      str1: bare,
      domain: ErrorDomain.domain,
    });
    this.file = file;
    this.line = first.line;
    this.column = first.column;
    this.path = first.path;
    this.bareMessage = bare;
    this.problems = problems;
  }

  /** Every problem on a line of its own, if there is more than one. */
  override get details(): readonly string[] {
    return this.problems.length > 1 ? this.problems.map((problem) => problemLine(problem, this.file)) : [];
  }
}

/** Longest message that a line shows. */
const MAX_LINE = 400;

/** A problem on one line: `vm.xml:14:5: warning: unknown attribute 'typ' … (/domain/devices/disk: did you mean 'type'?)`. */
export function problemLine({ line, column, severity, message, path, hint }: Problem, file?: string): string {
  const where = [path, hint].filter((part) => part !== "").join(": ");
  const flat = message.replaceAll("\n", " ");
  const text = flat.length > MAX_LINE ? `${flat.slice(0, MAX_LINE)}…` : flat;
  return `${file ?? "line "}${file === undefined ? "" : ":"}${line}:${column}: ${severity}: ${text}${where === "" ? "" : ` (${where})`}`;
}

function detailOf(problem: Problem, file: string | undefined): string {
  // In a text without a name, that the whole document is meant goes without saying: then the words are libvirt's alone.
  if (file === undefined && problem.hint === "" && problem.path.lastIndexOf("/") <= 0) return "";
  const place = `${file ?? "line"}${file === undefined ? " " : ":"}${problem.line}:${problem.column}`;
  const path = problem.path === "" ? "" : `, ${problem.path}`;
  return ` (${place}${path}${problem.hint === "" ? "" : `: ${problem.hint}`})`;
}

function othersOf(problems: readonly Problem[]): string {
  const others = problems.filter((problem) => problem.severity === "error").length - 1;
  if (others < 1) return "";
  return others === 1 ? " and 1 more error" : ` and ${others} more errors`;
}

/** A problem with libvirt's XML error code. */
export function problemAt(
  position: Position,
  path: string,
  message: string,
  options: { readonly severity?: "error" | "warning"; readonly code?: ErrorCode; readonly hint?: string } = {},
): Problem {
  return {
    severity: options.severity ?? "error",
    message,
    code: options.code ?? ErrorCode.xmlError,
    line: position.line,
    column: position.column,
    path,
    hint: options.hint ?? "",
  };
}
