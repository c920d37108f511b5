/** What {@link DecodeError} and {@link EncodeError} share: where in the value it happened. */
abstract class XdrError extends Error {
  /** What is wrong, without the place. */
  readonly reason: string;
  /** Field names and indices from the outermost type inwards, e.g. `["params", "3", "value"]`. */
  readonly path: string[] = [];

  constructor(reason: string) {
    super();
    this.reason = reason;
  }

  /** {@link path} as a reader would write it: `params[3].value`; empty at the top. */
  get place(): string {
    let text = "";
    for (const step of this.path) text += /^\d+$/.test(step) ? `[${step}]` : text === "" ? step : `.${step}`;
    return text;
  }
}

/** Bytes that are not a value of the type: too short, a length over its limit, bad padding, trailing bytes, … */
export class DecodeError extends XdrError {
  override readonly name = "DecodeError";
  /** Where in the bytes, counted from the start of the value. */
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(reason);
    this.offset = offset;
  }

  override get message(): string {
    const place = this.place;
    return `${this.reason} at byte ${this.offset}${place === "" ? "" : ` (${place})`}`;
  }
}

/** A value that its type cannot carry: over a limit, out of range, an unknown selector. */
export class EncodeError extends XdrError {
  override readonly name = "EncodeError";

  override get message(): string {
    const place = this.place;
    return place === "" ? this.reason : `${this.reason} (${place})`;
  }
}

/** Puts one more step in front of the path of an error that passes through a composite type, and throws it on. */
export function rethrowAt(error: unknown, step: string | number): never {
  if (error instanceof XdrError) error.path.unshift(String(step));
  throw error;
}
