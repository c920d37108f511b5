import { DomainModificationImpact } from "@tsvirt/client";
import { ShellError } from "../vsh/errors.ts";
import { bits } from "./flags.ts";

/** The flags of `--config` and `--live`; `--current` is neither. */
export function affects(args: { readonly config?: boolean; readonly live?: boolean }): number {
  return bits(
    [args.config === true, DomainModificationImpact.config],
    [args.live === true, DomainModificationImpact.live],
  );
}

/** Refuses options that exclude each other. */
export function exclusive<K extends string>(
  args: { readonly [N in K]: unknown },
  ...pairs: readonly (readonly [K, K])[]
): void {
  const given = (value: unknown): boolean => value !== undefined && value !== false;
  for (const [one, other] of pairs) {
    if (given(args[one]) && given(args[other])) {
      throw new ShellError(`Options --${one} and --${other} are mutually exclusive`);
    }
  }
}
