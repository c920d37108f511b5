import { type Change, diff } from "@tsvirt/model/domain";

/** The documents that a plan is made of. */
export interface PlanInput {
  readonly wanted: string;
  /** Name of the wanted document's file, for messages. */
  readonly file?: string;
  /** The stored definition; absent for a transient guest. */
  readonly definition?: string;
  /** What runs; absent if nothing does. */
  readonly live?: string;
}

/** A change of a plan. */
export interface PlannedChange extends Change {
  /** The definition has it already; only what runs has not. */
  readonly pending: boolean;
}

/** Parts in which a running guest's document says what became of the definition, not what was asked for. */
const outcomes: readonly string[] = [
  "/domain/cpu",
  "/domain/devices/interface/@type",
  "/domain/devices/interface/source",
  "/domain/devices/disk/backingStore",
  "/domain/seclabel",
  "/domain/resource",
];

/**
 * What has to change for a guest to become what a document says. For a running guest, what is defined but does not run yet is
 * listed too, as pending; a change that only the definition lacks, because the running guest has it already, takes a definition
 * alone. Throws `DocumentError`.
 */
export function makePlan({ wanted, file, definition, live }: PlanInput): readonly PlannedChange[] {
  const files = [undefined, file] as const;
  const running = live === undefined ? undefined : diff(live, wanted, { files });
  const asPlanned = (change: Change): PlannedChange => ({ ...change, pending: false });
  if (definition === undefined) return (running ?? []).filter(isAsked).map(asPlanned);
  const defined = diff(definition, wanted, { files });
  if (running === undefined) return defined.map(asPlanned);
  const runningPaths = new Set(running.map(({ path }) => path));
  const definedPaths = new Set(defined.map(({ path }) => path));
  return [
    ...defined.map((change): PlannedChange => {
      if (runningPaths.has(change.path) || !isAsked(change) || change.when === "new") return asPlanned(change);
      return { ...change, when: "live", how: "virsh define; the running guest has it", pending: false };
    }),
    ...running
      .filter((change) => isAsked(change) && !definedPaths.has(change.path))
      .map((change): PlannedChange => ({ ...change, pending: true })),
  ];
}

function isAsked({ path }: Change): boolean {
  const pattern = path.replace(/\[(?:[^\]'"]|'[^']*'|"[^"]*")*\]/g, "");
  return !outcomes.some((outcome) => pattern === outcome || pattern.startsWith(`${outcome}/`));
}
