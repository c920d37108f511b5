import {
  type AnyCodec,
  type Field,
  integer,
  parseInteger,
  refined,
  type Scalar,
  scaledBytes,
  u53,
  type XmlNamespace,
} from "@tsvirt/codec/xml";

/** The namespace of QEMU's pass-through elements. The misspelt form stands in an old specification. */
export const QEMU_NAMESPACE: XmlNamespace = {
  prefix: "qemu",
  uri: "http://libvirt.org/schemas/domain/qemu/1.0",
  misspelt: ["http://libirt.org/schemas/domain/qemu/1.0"],
};

/** Largest CPU or node number in a set (threat-model W5). */
const MAX_BIT = 1 << 16;

/** A set of CPUs or nodes such as `1-4,^3,6`, kept in libvirt's canonical form. */
export const cpuSet: Scalar<string> = refined(
  "a list of numbers and ranges such as 0-3,^2",
  ["0-3", "1,3"],
  (value) => {
    const bits = parseCpuSet(value);
    return bits === undefined ? undefined : formatCpuSet(bits);
  },
);

/** The numbers of a CPU set in ascending order; undefined if the text is none or names a number above 65535. */
export function parseCpuSet(value: string): readonly number[] | undefined {
  const bits = new Set<number>();
  const compact = value.replace(/\s/g, "");
  if (compact === "" || compact.length > 65_536) return undefined;
  for (const part of compact.split(",")) {
    const match = /^(\^?)(\d{1,6})(?:-(\d{1,6}))?$/.exec(part);
    if (match === null) return undefined;
    const [, negative, first, last] = match;
    const from = Number(first);
    const to = last === undefined ? from : Number(last);
    if (to < from || to >= MAX_BIT || (negative === "^" && last !== undefined)) return undefined;
    for (let bit = from; bit <= to; bit++) {
      if (negative === "^") bits.delete(bit);
      else bits.add(bit);
    }
  }
  return [...bits].sort((a, b) => a - b);
}

/** libvirt's form of a set of numbers: ranges of two and more as `a-b`. */
export function formatCpuSet(bits: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < bits.length; ) {
    const first = bits[i] ?? 0;
    let last = first;
    let next = i + 1;
    while (next < bits.length && bits[next] === last + 1) {
      last++;
      next++;
    }
    parts.push(first === last ? String(first) : `${first}-${last}`);
    i = next;
  }
  return parts.join(",");
}

interface SizeSpec {
  readonly name: string | undefined;
  /** Unit that is written; bytes of it. */
  readonly unit: string;
  readonly bytes: bigint;
  /** Unit of a number without one. */
  readonly fallback: string;
  /** What is left over is dropped instead of rounded up. */
  readonly truncate?: boolean;
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
        else reader.unknownAttribute(node, attribute);
      }
      for (const element of node.elements) reader.unknownElement(element);
      const size = scaledSize(node.text, unit, spec);
      if (size === undefined) {
        const bad = parseInteger(node.text) === undefined;
        reader.report(
          node,
          bad ? `could not parse element '${name}': '${node.text}'` : `unknown suffix '${unit ?? ""}'`,
          {
            hint: "expected a number with a unit of b, KiB, MiB, GiB, ...",
          },
        );
      }
      return size;
    },
    writeElement(value: number, writer) {
      writer.start(name);
      writer.attribute("unit", spec.unit);
      writer.text(String(value));
      writer.end(name);
    },
  };
}

/** A scaled number in `spec.unit`, rounded up; undefined if it is no size or beyond 2^53. */
function scaledSize(value: string, unit: string | undefined, spec: SizeSpec): number | undefined {
  const bytes = scaledBytes(value, unit, spec.fallback);
  if (bytes === undefined) return undefined;
  const units = spec.truncate === true ? bytes / spec.bytes : (bytes + spec.bytes - 1n) / spec.bytes;
  return units > MAX_SAFE ? undefined : Number(units);
}

/** A size element in KiB, `<memory unit='KiB'>…</memory>`: read in any unit, KiB without one. */
export function kib(name?: string): Field<number, "required"> {
  return sizeField("required", { name, unit: "KiB", bytes: 1024n, fallback: "KiB" });
}
/** {@link kib} that may be absent. */
kib.optional = (name?: string): Field<number, "optional"> =>
  sizeField("optional", { name, unit: "KiB", bytes: 1024n, fallback: "KiB" });

/** A size element in bytes that may be absent. */
export function byteSize(name?: string): Field<number, "optional"> {
  return sizeField("optional", { name, unit: "bytes", bytes: 1n, fallback: "bytes" });
}

/** A size element in MiB that libvirt writes as `unit='M'`; may be absent. */
export function mib(name?: string): Field<number, "optional"> {
  return sizeField("optional", { name, unit: "M", bytes: 1n << 20n, fallback: "bytes", truncate: true });
}

function sizeField<P extends "required" | "optional">(presence: P, spec: SizeSpec): Field<number, P> {
  return { presence, spec: { kind: "child", codec: (key) => sizeCodec(spec.name ?? key, spec) } };
}

/** KiB in an element's text whose unit stands in an attribute of its own; undefined if it is no size. */
export function kibOf(value: number, unit: string | undefined, fallback = "KiB"): number | undefined {
  return scaledSize(String(value), unit, { name: undefined, unit: "KiB", bytes: 1024n, fallback });
}

/** A TCP or UDP port. */
export const port: Scalar<number> = integer(0, 65_535);

/** A boot order: libvirt rejects 0. */
export const bootOrder: Scalar<number> = integer(1, 0x7fff_ffff);
