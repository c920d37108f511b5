import { NoPlaceError } from "./device-reader.ts";
import { wrote } from "./values.ts";

/** What is left of an option: text for a `-machine` of its own, or nothing. */
export function leftText(left: object): string {
  const { rest, ...others } = left as { readonly rest?: object };
  return [...Object.entries(others), ...Object.entries(rest ?? {})]
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${wrote(value)}`)
    .join(",");
}

/** Refuses keys that are left. */
export function refuse(left: object, what: string): void {
  const { rest, ...others } = left as { readonly rest?: object };
  const [first] = [...Object.entries(others), ...Object.entries(rest ?? {})].filter(([, value]) => value !== undefined);
  if (first) throw new NoPlaceError(`'${first[0]}' of ${what} has no counterpart`);
}
