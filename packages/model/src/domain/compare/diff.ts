import type { Difference } from "../../compare/comparison.ts";
import type { Domain } from "../domain.ts";
import { type Verdict, verdictOf } from "./changes.ts";
import { type CompareDomainsOptions, compareDomains } from "./same-domain.ts";

/** A difference between two documents of a guest, and when it can take effect. */
export interface Change extends Difference, Verdict {}

/**
 * What has to happen to a guest to make it from one document into another, and for each change when that can be. The first document is
 * taken for complete, as a daemon shows it, unless `options` say otherwise; see `sameDomain` for what counts. Throws `DocumentError`
 * if one is none.
 */
export function diff(
  before: string | Domain,
  after: string | Domain,
  options: CompareDomainsOptions = {},
): readonly Change[] {
  return compareDomains(before, after, { complete: "first", ...options }).map((found) => ({
    ...found.difference,
    ...verdictOf(found),
  }));
}
