import { ErrorCode } from "@tsvirt/base";
import type { Completing } from "../state.ts";

/** The checks of one object: the first refusal is the one that counts, as in libvirt, and ends them. */
export type Check = (refuse: Refuse) => void;

/** Ends the checks with libvirt's words; an unsupported configuration unless said otherwise. */
export type Refuse = (message: string, code?: ErrorCode) => never;

/** Ends the checks of one object. */
class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: ErrorCode;

  constructor(message: string, code: ErrorCode) {
    super(message);
    this.code = code;
  }
}

/** Runs checks and reports the first refusal with the object's place. */
export function checked({ report }: Pick<Completing, "report">, device: object, check: Check): void {
  try {
    check((message, code = ErrorCode.configUnsupported) => {
      throw new Refusal(message, code);
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    report(device, error.message, error.code);
  }
}
