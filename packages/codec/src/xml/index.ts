export { escapeAttribute, escapeXml } from "./characters.ts";
export {
  type ElementClass,
  type ElementOptions,
  type ElementStatics,
  element,
  type FormatOptions,
  type Parsed,
  type ParseOptions,
  warningsOf,
} from "./element.ts";
export { DocumentError, type Position, type Problem, problemLine } from "./errors.ts";
export {
  type AnyCodec,
  type AnyElement,
  type AnyField,
  attribute,
  type Codec,
  type CodecParts,
  child,
  children,
  content,
  type ElementOf,
  type Field,
  type Fields,
  type FieldTexts,
  fieldsOf,
  flag,
  lazyChild,
  lazyChildren,
  lenient,
  live,
  obsolete,
  once,
  type Presence,
  readLive,
  type Shape,
  secret,
  stateOnly,
  type TypeOf,
  type UnknownContent,
  unlessEmpty,
  unlessZero,
  writtenIf,
} from "./field.ts";
export { leaf, single, verbatim } from "./leaf.ts";
export { STATE_LIMITS, WIRE_LIMITS, type XmlLimits } from "./limits.ts";
export { type ParseTextOptions, parseXml } from "./parser.ts";
export type { XmlNamespace } from "./plan.ts";
export { formatRaw, isRawElement, type RawComment, type RawElement, type RawNode, rawOf } from "./raw.ts";
export { Reader, type ReadOptions, type ReportOptions } from "./reader.ts";
export {
  hex,
  hex64,
  i32,
  integer,
  mac,
  oneOf,
  oneZero,
  onOff,
  parseInteger,
  portNumber,
  positive,
  refined,
  type Scalar,
  text,
  u8,
  u16,
  u32,
  u53,
  u64,
  unsigned64,
  uuid,
  yesNo,
} from "./scalar.ts";
export { type Identity, scanIdentity } from "./scan.ts";
export { suggest } from "./suggest.ts";
export { type XmlAttribute, XmlElement, XmlSource } from "./tree.ts";
export { anyOf, union } from "./union.ts";
export { bytesPerUnit, scaledBytes } from "./units.ts";
export { type WriteOptions, XmlWriter } from "./writer.ts";
