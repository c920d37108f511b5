import { ErrorCode } from "@tsvirt/base";
import {
  type AnyCodec,
  type Field,
  integer,
  oneOf,
  parseInteger,
  positive,
  type Reader,
  refined,
  type Scalar,
  scaledBytes,
  u53,
  type XmlElement,
  type XmlNamespace,
} from "@tsvirt/codec/xml";

/** The namespace of QEMU's pass-through elements. The misspelt form stands in an old specification. */
export const QEMU_NAMESPACE: XmlNamespace = {
  prefix: "qemu",
  uri: "http://libvirt.org/schemas/domain/qemu/1.0",
  misspelt: ["http://libirt.org/schemas/domain/qemu/1.0"],
};

/** Largest CPU or node number in a set, and most parts and exclusions of its text (threat-model W5). */
const MAX_BIT = 1 << 16;
const MAX_PARTS = 4096;
const MAX_EXCLUDED = 256;

/** Numbers from `first` to `last`. */
export type NumberRange = readonly [first: number, last: number];

/** A set of CPUs or nodes such as `1-4,^3,6`, kept in libvirt's canonical form. */
export const cpuSet: Scalar<string> = refined(
  "a list of numbers and ranges such as 0-3,^2",
  ["0-3", "1,3"],
  (value) => {
    const ranges = parseRanges(value);
    return ranges === undefined ? undefined : formatRanges(ranges);
  },
  { text: "Failed to parse bitmap '%s'", code: ErrorCode.invalidArg },
);

/**
 * A CPU set as ascending ranges that do not touch; undefined if the text is none or names a number above 65535. Costs what
 * the text is long, not what it says.
 */
export function parseRanges(value: string): readonly NumberRange[] | undefined {
  const parts = value.replace(/\s/g, "").split(",", MAX_PARTS + 1);
  if (parts.length > MAX_PARTS) return undefined;
  let included: NumberRange[] = [];
  let excluded = 0;
  for (const part of parts) {
    const match = /^(\^?)(\d{1,6})(?:-(\d{1,6}))?$/.exec(part);
    if (match === null) return undefined;
    const first = Number(match[2]);
    const last = match[3] === undefined ? first : Number(match[3]);
    if (last < first || last >= MAX_BIT) return undefined;
    if (match[1] !== "^") included.push([first, last]);
    else if (match[3] !== undefined || ++excluded > MAX_EXCLUDED) return undefined;
    else included = included.flatMap((range) => without(range, first));
  }
  return merged(included);
}

function without([first, last]: NumberRange, gone: number): NumberRange[] {
  if (gone < first || gone > last) return [[first, last]];
  const parts: NumberRange[] = [];
  if (gone > first) parts.push([first, gone - 1]);
  if (gone < last) parts.push([gone + 1, last]);
  return parts;
}

function merged(ranges: NumberRange[]): NumberRange[] {
  const result: [number, number][] = [];
  for (const [first, last] of ranges.sort((a, b) => a[0] - b[0])) {
    const before = result.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else result.push([first, last]);
  }
  return result;
}

/** libvirt's form of ranges: `a-b`, single numbers alone. */
export function formatRanges(ranges: readonly NumberRange[]): string {
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(",");
}

/** The numbers of a CPU set in ascending order, at most 65536; undefined as with {@link parseRanges}. */
export function parseCpuSet(value: string): readonly number[] | undefined {
  return parseRanges(value)?.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
}

/** libvirt's form of a set of numbers. */
export function formatCpuSet(numbers: readonly number[]): string {
  return formatRanges(merged(numbers.map((number) => [number, number])));
}

const SIZE = "expected a number with a unit of b, KiB, MiB, GiB, ...";

/** Notes that there is no such unit, or that the size is too large for it. */
export function reportUnit(reader: Reader, node: XmlElement, unit: string | undefined): void {
  reader.report(node, `unknown suffix '${unit ?? ""}'`, { attribute: "unit", hint: SIZE, code: ErrorCode.invalidArg });
}

interface SizeSpec {
  /** The path that libvirt's messages name. */
  readonly place?: string | undefined;
  readonly name: string | undefined;
  /** Unit that is written; bytes of it. */
  readonly unit: string;
  readonly bytes: bigint;
  /** Unit of a number without one. */
  readonly fallback: string;
  /** Read with its fraction, which is dropped when it is written, instead of rounded up. */
  readonly fraction?: boolean;
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

function sizeCodec(name: string, spec: SizeSpec): AnyCodec {
  return {
    elementNames: [name],
    parts: { kind: "leaf", scalar: u53 },
    readElement(node, reader) {
      let unit: string | undefined;
      for (const attribute of node.attributes) {
        if (attribute.name === "unit" && attribute.namespace === "") unit = attribute.value;
        else reader.unknownAttribute(node, attribute, ["unit"]);
      }
      for (const element of node.elements) reader.unknownElement(element);
      if (node.text === "") return undefined;
      const size = scaledSize(node.text, unit, spec);
      if (size === undefined) {
        const place = spec.place ?? `./${name}`;
        const count = parseInteger(node.text);
        if (count !== undefined && count >= 0n && count < 1n << 64n) reportUnit(reader, node, unit);
        else {
          reader.report(node, `Invalid value '${node.text}' for element or attribute '${place}'`, { hint: SIZE });
        }
      }
      return size;
    },
    writeElement(value: number, writer) {
      writer.start(name);
      if (writer.units || spec.unit !== spec.fallback) writer.attribute("unit", spec.unit);
      writer.text(String(Math.trunc(value)));
      writer.end(name);
    },
  };
}

/** A scaled number in `spec.unit`, rounded up; undefined if it is no size or beyond 2^53. */
function scaledSize(value: string, unit: string | undefined, spec: SizeSpec): number | undefined {
  const bytes = scaledBytes(value, unit, spec.fallback);
  if (bytes === undefined) return undefined;
  const units = (bytes + spec.bytes - 1n) / spec.bytes;
  if (units > MAX_SAFE) return undefined;
  return spec.fraction === true ? Number(bytes) / Number(spec.bytes) : Number(units);
}

/** A size element in KiB, `<memory unit='KiB'>…</memory>`: read in any unit, KiB without one. */
export function kib(name?: string, place?: string): Field<number, "required"> {
  return sizeField("required", { name, unit: "KiB", bytes: 1024n, fallback: "KiB", place });
}
/** {@link kib} that may be absent. */
kib.optional = (name?: string, place?: string): Field<number, "optional"> =>
  sizeField("optional", { name, unit: "KiB", bytes: 1024n, fallback: "KiB", place });

/** A size element in bytes that may be absent. */
export function byteSize(name?: string): Field<number, "optional"> {
  return sizeField("optional", { name, unit: "bytes", bytes: 1n, fallback: "bytes" });
}

/** A size element in MiB, with a fraction, that libvirt writes as `unit='M'`; may be absent. */
export function mib(name?: string): Field<number, "optional"> {
  return sizeField("optional", {
    name,
    unit: "M",
    bytes: 1n << 20n,
    fallback: "bytes",
    fraction: true,
    place: "./size[1]",
  });
}

function sizeField<P extends "required" | "optional">(presence: P, spec: SizeSpec): Field<number, P> {
  const texts = spec.place === undefined ? undefined : { missing: `missing element or attribute '${spec.place}'` };
  return { presence, spec: { kind: "child", codec: (key) => sizeCodec(spec.name ?? key, spec), texts } };
}

/** KiB in an element's text whose unit stands in an attribute of its own; undefined if it is no size. */
export function kibOf(value: number, unit: string | undefined, fallback = "KiB"): number | undefined {
  return scaledSize(String(value), unit, { name: undefined, unit: "KiB", bytes: 1024n, fallback });
}

/** A signed number as libvirt refuses it: it first wants a number, then one that may stand there. */
export function signed(min: number, max: number): Scalar<number> {
  return {
    ...integer(min, max),
    suffix(found) {
      const number = parseInteger(found);
      const isInteger = number !== undefined && number >= -0x8000_0000n && number <= 0x7fff_ffffn;
      return isInteger ? " Expected non-negative value" : " Expected integer value";
    },
  };
}

/** A word that is typed as text: libvirt checks it, but more may come. */
export function word(...words: readonly string[]): Scalar<string> {
  return oneOf(...words);
}

/** A TCP or UDP port. */
export const port: Scalar<number> = integer(0, 65_535);

/** A boot order: libvirt rejects 0. */
export const bootOrder: Scalar<number> = positive(0xffff_ffff);
