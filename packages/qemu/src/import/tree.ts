import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "@tsvirt/codec/options";

type Growing = { [key: string]: JsonValue };

/** Keys with dots as the objects they stand for, numbered ones as lists: `{"a.b": 1, "c.0": 2}` is `{a: {b: 1}, c: [2]}`. */
export function nested(flat: JsonObject | undefined): JsonObject {
  const root: Growing = Object.create(null);
  for (const [key, value] of Object.entries(flat ?? {})) {
    let node = root;
    const path = key.split(".");
    for (const part of path.slice(0, -1)) {
      const next = node[part];
      const child: Growing = isJsonObject(next) ? { ...next } : {};
      node[part] = child;
      node = child;
    }
    node[path.at(-1) ?? ""] = value;
  }
  const lists = listed(root);
  return isJsonObject(lists) ? lists : {};
}

function listed(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]): [string, JsonValue] => [key, listed(item)]);
  if (entries.length > 0 && entries.every(([key], index) => key === String(index)))
    return entries.map(([, item]) => item);
  return Object.fromEntries(entries);
}

/**
 * An object of the block layer whose keys are taken one by one, in whichever notation it came; what is left in the end is what
 * nobody knows.
 */
export class Tree {
  readonly #keys: Map<string, JsonValue>;

  constructor(object: JsonObject) {
    this.#keys = new Map(Object.entries(object));
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  take(key: string): JsonValue | undefined {
    const value = this.#keys.get(key);
    this.#keys.delete(key);
    return value;
  }

  /** A text, or a number as text. */
  text(key: string): string | undefined {
    const value = this.#keys.get(key);
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "bigint") return undefined;
    this.#keys.delete(key);
    return String(value);
  }

  /** A boolean in JSON or as `on` and `off`. */
  flag(key: string): boolean | undefined {
    const value = this.#keys.get(key);
    const flag = value === true || value === "on" ? true : value === false || value === "off" ? false : undefined;
    if (flag !== undefined) this.#keys.delete(key);
    return flag;
  }

  /** A whole number. */
  number(key: string): number | undefined {
    const value = this.#keys.get(key);
    const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number !== "number" || !Number.isSafeInteger(number)) return undefined;
    this.#keys.delete(key);
    return number;
  }

  object(key: string): Tree | undefined {
    const value = this.#keys.get(key);
    if (!isJsonObject(value)) return undefined;
    this.#keys.delete(key);
    return new Tree(value);
  }

  list(key: string): readonly JsonValue[] {
    const value = this.#keys.get(key);
    if (!isJsonArray(value)) return [];
    this.#keys.delete(key);
    return value;
  }

  /** The names of the keys that nobody has taken. */
  get left(): readonly string[] {
    return [...this.#keys.keys()];
  }
}
