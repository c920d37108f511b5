/** Makes some of a connection's handlers from what they need to know of it. */
type Factory = (context: never) => object;

/** What all the factories need. */
type ContextOf<F extends readonly Factory[]> = [F[number]] extends [(context: infer C) => object] ? C : never;

/** All their handlers together. */
type Merged<F extends readonly Factory[]> = (F[number] extends infer One ? MadeBy<One> : never) extends (
  made: infer All,
) => void
  ? All
  : never;
type MadeBy<One> = One extends (context: never) => infer Made ? (made: Made) => void : never;

/**
 * Joins groups of handlers without making them for each connection: a group is made when a connection first calls into
 * it, and hardly any connection calls into all. The names are taken from the groups of the first connection; of a name in
 * several groups the last counts.
 */
export function lazyHandlers<const F extends readonly Factory[]>(...factories: F): (context: ContextOf<F>) => Merged<F>;
export function lazyHandlers(...factories: readonly Factory[]): (context: never) => unknown {
  let prototype: object | undefined;
  return (context) => {
    prototype ??= prototypeOf(factories, context);
    return Object.assign(Object.create(prototype), { context, groups: [] });
  };
}

/** A connection's handlers, of which the groups are made so far. */
interface Lazy {
  readonly context: never;
  readonly groups: (Readonly<Record<string, unknown>> | undefined)[];
}

function prototypeOf(factories: readonly Factory[], context: never): object {
  const prototype = {};
  for (const [index, factory] of factories.entries()) {
    for (const name of Object.keys(factory(context))) {
      Object.defineProperty(prototype, name, {
        configurable: true,
        enumerable: true,
        get(this: Lazy) {
          let group = this.groups[index];
          if (!group) {
            group = { ...factory(this.context) };
            this.groups[index] = group;
          }
          return group[name];
        },
      });
    }
  }
  return prototype;
}
