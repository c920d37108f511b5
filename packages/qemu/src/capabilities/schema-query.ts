import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "@tsvirt/codec/options";

/**
 * Questions to QEMU's own description of QMP (`query-qmp-schema`, QAPI introspection). A path starts with a command or
 * event and goes on with
 * - `arg-type` or `ret-type` of a command, a member of an object (`*member`: an optional one), arrays are entered by themselves;
 * - `+case`: the variant of an object; `^value`: a value of an enum; `$feature`: a feature of what was reached; `!type`: a
 *   built-in type.
 *
 * `blockdev-add/arg-type/+file/drop-cache` is true if `blockdev-add` takes `drop-cache` with the driver `file`.
 */
export class SchemaQuery {
  readonly #entries = new Map<string, JsonObject>();

  constructor(schema: JsonValue) {
    if (!isJsonArray(schema)) return;
    for (const entry of schema) {
      if (isJsonObject(entry) && typeof entry.name === "string") this.#entries.set(entry.name, entry);
    }
  }

  /** True if the path can be walked to its end. */
  has(path: string): boolean {
    const [start = "", ...steps] = path.split("/");
    const entry = this.#entries.get(start);
    return entry !== undefined && this.#walk(entry, steps);
  }

  #walk(entry: JsonObject, steps: readonly string[]): boolean {
    const [step, ...rest] = steps;
    if (step === undefined) return true;
    const kind = step[0] ?? "";
    const name = "+^$*!".includes(kind) ? step.slice(1) : step;
    if (kind === "$") return rest.length === 0 && strings(entry.features).includes(name);
    const follow = (type: JsonValue | undefined): boolean => {
      const next = typeof type === "string" ? this.#entries.get(type) : undefined;
      return next !== undefined && this.#walk(next, rest);
    };
    switch (entry["meta-type"]) {
      case "command":
      case "event":
        return follow(entry[name]);
      case "array": {
        const element = entry["element-type"];
        const next = typeof element === "string" ? this.#entries.get(element) : undefined;
        return next !== undefined && this.#walk(next, steps);
      }
      case "object": {
        if (kind === "+")
          return objects(entry.variants).some((variant) => variant.case === name && follow(variant.type));
        const member = objects(entry.members).find((candidate) => candidate.name === name);
        if (!member || (kind === "*" && !("default" in member))) return false;
        if (rest[0]?.startsWith("$")) return rest.length === 1 && strings(member.features).includes(rest[0].slice(1));
        return rest.length === 0 || follow(member.type);
      }
      case "alternate":
        return objects(entry.members).some((member) => {
          const next = typeof member.type === "string" ? this.#entries.get(member.type) : undefined;
          return next !== undefined && this.#walk(next, steps);
        });
      case "enum":
        return kind === "^" && rest.length === 0 && strings(entry.values).includes(name);
      case "builtin":
        return kind === "!" && rest.length === 0 && entry["json-type"] === name;
      default:
        return false;
    }
  }
}

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return isJsonArray(value) ? value.filter(isJsonObject) : [];
}

function strings(value: JsonValue | undefined): readonly JsonValue[] {
  return isJsonArray(value) ? value : [];
}
