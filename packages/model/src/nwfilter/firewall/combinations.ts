import { ErrorCode, virtError } from "@tsvirt/base";
import type { Variables } from "../filter.ts";
import { formatVariable, type Variable } from "../operand.ts";

/** The value of a variable in one combination. */
export type Lookup = (variable: Variable) => string;

/** Variables whose values are walked through together. */
interface Walk {
  /** Number of the iteration; undefined for one element of a list. */
  readonly iterator: number | undefined;
  /** For an element: the variable it is of. */
  readonly element: string | undefined;
  readonly names: string[];
  first: number;
  last: number;
  at: number;
}

/**
 * All combinations of values that a rule with these variables is made for: those of one iteration go side by side, those of
 * different ones in every combination. What came before in the same lists is left out. Throws a `VirtError` for lists of
 * different lengths in one iteration.
 */
export function* combinations(variables: readonly Variable[], values: Variables): Generator<Lookup> {
  const walks = walksOf(variables, values);
  do yield lookupIn(walks, values);
  while (advance(walks, values));
}

/** The values at the places where the walks are now. */
function lookupIn(walks: readonly Walk[], values: Variables): Lookup {
  const here = walks.map((walk) => ({ ...walk }));
  return (variable) => {
    const walk = here.find((candidate) => belongs(variable, candidate));
    const value = walk === undefined ? undefined : values.get(variable.variable)?.[walk.at];
    if (value === undefined) throw missing(variable);
    return value;
  };
}

function missing(variable: Variable): Error {
  return virtError(ErrorCode.internalError, `Could not find value for variable '${formatVariable(variable)}'`);
}

function belongs({ variable, index, iterator = 0 }: Variable, walk: Walk): boolean {
  if (index === undefined) return walk.iterator === iterator;
  return walk.element === variable && walk.first === index;
}

function walksOf(variables: readonly Variable[], values: Variables): Walk[] {
  const walks: Walk[] = [{ iterator: 0, element: undefined, names: [], first: 0, last: 0, at: 0 }];
  for (const variable of variables) {
    const { variable: name, index, iterator = 0 } = variable;
    const list = values.get(name);
    if (list === undefined) throw missing(variable);
    const [first, last] = index === undefined ? [0, list.length - 1] : [index, index];
    const known = index === undefined ? walks.find((walk) => walk.iterator === iterator) : undefined;
    if (known === undefined) {
      const element = index === undefined ? undefined : name;
      const number = index === undefined ? iterator : undefined;
      walks.push({ iterator: number, element, names: [name], first, last, at: first });
    } else if (known.names.length === 0) {
      Object.assign(known, { first, last, at: first });
      known.names.push(name);
    } else if (known.last === last) known.names.push(name);
    else {
      const text = "Cardinality of list items must be the same for processing them in parallel";
      throw virtError(ErrorCode.internalError, text);
    }
  }
  return walks;
}

/** Goes on to the next combination; false after the last. */
function advance(walks: readonly Walk[], values: Variables): boolean {
  for (const walk of walks) {
    for (walk.at++; walk.at <= walk.last; walk.at++) if (isNew(walk, values)) return true;
    walk.at = walk.first;
  }
  return false;
}

/** Whether no earlier place of the lists had the same values. */
function isNew({ names, at }: Walk, values: Variables): boolean {
  const lists = names.map((name) => values.get(name) ?? []);
  for (let earlier = 0; earlier < at; earlier++) {
    if (lists.every((list) => list[earlier] === list[at])) return false;
  }
  return true;
}
