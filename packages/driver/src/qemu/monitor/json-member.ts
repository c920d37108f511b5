import { isJsonObject, type JsonValue } from "@tsvirt/codec/options";

/** A member of what should be an object, in replies that have no declared shape; `undefined` when it is none. */
export function memberOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** A member that should be a whole number; `undefined` when it is not. */
export function integerOf(value: JsonValue | undefined, key: string): bigint | undefined {
  const found = memberOf(value, key);
  if (typeof found === "bigint") return found;
  return typeof found === "number" && Number.isFinite(found) ? BigInt(Math.trunc(found)) : undefined;
}

/** As {@link integerOf}, for counters: 0 when it is not there. */
export function counterOf(value: JsonValue | undefined, key: string): bigint {
  return integerOf(value, key) ?? 0n;
}
