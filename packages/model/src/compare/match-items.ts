import type { Located } from "./located.ts";

/** An item of a list in one or both documents. */
export interface MatchedItem {
  readonly before: Located | undefined;
  readonly after: Located | undefined;
  /** Place in the second document's list, or in the first's if it is only there. */
  readonly index: number;
  readonly predicate: string | undefined;
}

/** How items are told apart. */
export interface MatchRules {
  readonly ordered: boolean;
  identity(item: Located): string | undefined;
  isSame(before: Located, after: Located): boolean;
  isUncounted(item: Located, side: "before" | "after"): boolean;
}

/** Beyond so many comparisons, items without an identity are taken in order. */
const MAX_COMPARISONS = 10_000;

interface Entry {
  readonly item: Located;
  readonly index: number;
  readonly identity: string | undefined;
}

/**
 * Finds for each item of a list its counterpart in the other: by identity, then by being the same, then by order, of which the last
 * two are for items of which at least one has no identity. What has none is added or removed; items that do not count are left out.
 */
export function matchItems(before: readonly Located[], after: readonly Located[], rules: MatchRules): MatchedItem[] {
  const entries = (list: readonly Located[]): Entry[] =>
    list.map((item, index) => ({ item, index, identity: rules.ordered ? undefined : rules.identity(item) }));
  const taken = new Set<Entry>();
  const pairs: (readonly [Entry, Entry])[] = [];
  const pair = (one: Entry, other: Entry): void => {
    pairs.push([one, other]);
    taken.add(one).add(other);
  };
  const free = (list: readonly Entry[]): Entry[] => list.filter((each) => !taken.has(each));
  let left = entries(before);
  let right = entries(after);

  if (!rules.ordered) {
    const named = new Map<string, Entry[]>();
    for (const entry of right.toReversed()) {
      if (entry.identity === undefined) continue;
      const same = named.get(entry.identity);
      if (same === undefined) named.set(entry.identity, [entry]);
      else same.push(entry);
    }
    for (const one of left) {
      const other = one.identity === undefined ? undefined : named.get(one.identity)?.pop();
      if (other !== undefined) pair(one, other);
    }
    [left, right] = [free(left), free(right)];
    if (left.length * right.length <= MAX_COMPARISONS) {
      for (const one of left) {
        const other = right.find(
          (each) => !taken.has(each) && mayMatch(one, each) && rules.isSame(one.item, each.item),
        );
        if (other !== undefined) pair(one, other);
      }
    }
    left = free(left).filter(({ item }) => !rules.isUncounted(item, "before"));
    right = free(right).filter(({ item }) => !rules.isUncounted(item, "after"));
  }
  if ([...left, ...right].some(({ identity }) => identity === undefined)) {
    for (const one of left) {
      const other = right.find((each) => !taken.has(each) && mayMatch(one, each));
      if (other !== undefined) pair(one, other);
    }
    [left, right] = [free(left), free(right)];
  }

  const result: MatchedItem[] = [
    ...pairs.map(([one, other]) => matched(one, other)),
    ...left.map((one) => matched(one, undefined)),
    ...right.map((other) => matched(undefined, other)),
  ];
  return result.sort((a, b) => a.index - b.index);
}

function mayMatch(one: Entry, other: Entry): boolean {
  return one.identity === undefined || other.identity === undefined;
}

function matched(one: Entry | undefined, other: Entry | undefined): MatchedItem {
  return {
    before: one?.item,
    after: other?.item,
    index: other?.index ?? one?.index ?? 0,
    predicate: other?.identity ?? one?.identity,
  };
}
