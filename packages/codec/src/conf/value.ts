/** A value of libvirt's configuration grammar: text, a whole number, or a list of values. */
export type ConfValue = string | bigint | readonly ConfValue[];

/** Where in a file something stands; both count from 1. */
export interface ConfPosition {
  readonly line: number;
  readonly column: number;
}

/** `name = value  # comment`. The comment is kept without its `#`. */
export interface ConfSetting extends ConfPosition {
  readonly kind: "setting";
  readonly name: string;
  readonly value: ConfValue;
  readonly comment?: string;
}

/** A line that is only a comment, without its `#`. */
export interface ConfComment extends ConfPosition {
  readonly kind: "comment";
  readonly text: string;
}

/** One statement of a file. */
export type ConfEntry = ConfSetting | ConfComment;

/** Something in a file that is accepted but that its author should hear of. */
export interface ConfNotice extends ConfPosition {
  readonly file: string;
  readonly message: string;
}

/** A configuration text that cannot be read, or a value that the grammar cannot carry. */
export class ConfError extends Error {
  override readonly name = "ConfError";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What is wrong, without the place. */
  readonly reason: string;

  /** `line` 0 means that the trouble is in no particular place of the file. */
  constructor(reason: string, file: string, { line, column }: ConfPosition = { line: 0, column: 0 }) {
    super(line === 0 ? `${file}: ${reason}` : `${file}:${line}:${column}: ${reason}`);
    this.file = file;
    this.line = line;
    this.column = column;
    this.reason = reason;
  }
}

/** A notice as a line of a log: `file:line:column: message`. */
export function formatNotice(notice: ConfNotice): string {
  return `${notice.file}:${notice.line}:${notice.column}: ${notice.message}`;
}
