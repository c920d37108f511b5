import type { TypedParamValue } from "@tsvirt/client";
import type { Json } from "../vsh/output.ts";

/** A typed parameter's value as virsh writes it. */
export function typedText(value: TypedParamValue): string {
  switch (value.type) {
    case "boolean":
      return value.value === 0 ? "no" : "yes";
    case "double":
      return value.value.toFixed(6);
    default:
      return String(value.value);
  }
}

/** A typed parameter's value in JSON. */
export function typedJson(value: TypedParamValue): Json {
  return value.type === "boolean" ? value.value !== 0 : value.value;
}
