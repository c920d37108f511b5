export {
  checkJsonDepth,
  formatJson,
  formatJsonPretty,
  isJsonArray,
  isJsonObject,
  JsonError,
  type JsonObject,
  type JsonValue,
  parseJson,
} from "./json.ts";
export { escapeComma, flatten, joinKeyVals, type KeyVal, scalarText, splitKeyVals } from "./keyval.ts";
export {
  group,
  type Key,
  type Keys,
  key,
  type OptionClass,
  type OptionOf,
  type OptionStatics,
  option,
  type PartialOption,
} from "./option.ts";
export {
  bare,
  hex,
  integer,
  json,
  list,
  type Notation,
  OptionError,
  oneOf,
  onOff,
  onOffText,
  type Scalar,
  size,
  text,
} from "./scalar.ts";
