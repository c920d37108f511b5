import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";
import type { TypedParam, TypedParamValue } from "./remote/refs.ts";

/** The types of typed parameters, as libvirt's errors call them. */
export type ParamType = TypedParamValue["type"];

/** What a type is in TypeScript. */
interface ParamValues {
  readonly int: number;
  readonly uint: number;
  readonly llong: bigint;
  readonly ullong: bigint;
  readonly double: number;
  readonly boolean: boolean;
  readonly string: string;
}

/** A declared parameter: its name on the wire, its type, and whether it may occur several times. */
export interface ParamField<T extends ParamType = ParamType, L extends boolean = boolean> {
  readonly name: string;
  readonly type: T;
  readonly list: L;
}

/** Declares a parameter that occurs at most once. */
export function param<T extends ParamType>(name: string, type: T): ParamField<T, false> {
  return { name, type, list: false };
}

/** Declares a parameter that may occur several times; its value is an array. */
export function paramList<T extends ParamType>(name: string, type: T): ParamField<T, true> {
  return { name, type, list: true };
}

type ParamFields = { readonly [key: string]: ParamField };

/** The object of declared parameters: those not given are absent. */
export type ParamsOf<F extends ParamFields> = {
  readonly [K in keyof F]?: F[K]["list"] extends true
    ? readonly ParamValues[F[K]["type"]][]
    : ParamValues[F[K]["type"]];
};

/** A set of parameters that a call takes or returns, both ways. */
export interface TypedParams<F extends ParamFields> {
  readonly fields: F;
  /**
   * The values of a received list. Throws what libvirt says to a name that is not declared, a wrong type, or a name given
   * twice.
   */
  parse(params: readonly TypedParam[]): ParamsOf<F>;
  /** Like {@link parse}, but leaves out what is not declared: for what a newer peer returns. */
  read(params: readonly TypedParam[]): ParamsOf<F>;
  /** The list of given values, in the order of the declaration. */
  format(values: ParamsOf<F>): TypedParam[];
}

/**
 * Declares a set: `typedParams({ shares: param(DomainSchedulerParameter.cpuShares, "ullong") })`.
 */
export function typedParams<const F extends ParamFields>(fields: F): TypedParams<F> {
  const byName = new Map(Object.entries(fields).map(([key, field]) => [field.name, { key, field }]));
  const collect = (params: readonly TypedParam[], strict: boolean): ParamsOf<F> => {
    const values: Record<string, unknown> = {};
    for (const { field: name, value } of params) {
      const declared = byName.get(name);
      if (!declared) {
        if (!strict) continue;
        throw virtError(ErrorCode.argumentUnsupported, `parameter '${name}' not supported`, none);
      }
      const { key, field } = declared;
      if (value.type !== field.type) {
        if (!strict) continue;
        throw virtError(
          ErrorCode.invalidArg,
          `invalid type '${value.type}' for parameter '${name}', expected '${field.type}'`,
          none,
        );
      }
      const plain = plainValue(value);
      const before = values[key];
      if (field.list) values[key] = Array.isArray(before) ? [...before, plain] : [plain];
      else if (before !== undefined && strict) {
        throw virtError(ErrorCode.invalidArg, `parameter '${name}' occurs multiple times`, none);
      } else values[key] = plain;
    }
    return values as ParamsOf<F>;
  };
  return {
    fields,
    parse: (params) => collect(params, true),
    read: (params) => collect(params, false),
    format(values) {
      const list: TypedParam[] = [];
      const given: Readonly<Record<string, unknown>> = values;
      for (const [key, field] of Object.entries(fields)) {
        const value = given[key];
        if (value === undefined) continue;
        for (const one of field.list && Array.isArray(value) ? value : [value]) {
          list.push({ field: field.name, value: wireValue(field.type, one) });
        }
      }
      return list;
    },
  };
}

const none = { domain: ErrorDomain.none };

/** A value without its type tag. */
export function plainValue(value: TypedParamValue): number | bigint | boolean | string {
  return value.type === "boolean" ? value.value !== 0 : value.value;
}

function wireValue(type: ParamType, value: unknown): TypedParamValue {
  // The declaration ties the type to the value's; the codec checks ranges.
  return { type, value: type === "boolean" ? (value ? 1 : 0) : value } as TypedParamValue;
}

/** Every parameter of a list by name, for figures whose names are not known beforehand. The last of a name counts. */
export function paramMap(params: readonly TypedParam[]): Map<string, number | bigint | boolean | string> {
  return new Map(params.map(({ field, value }) => [field, plainValue(value)]));
}

/** Builds a list whose names are made on the way, e.g. `vcpu.0.state`. */
export class ParamList {
  readonly params: TypedParam[] = [];

  int(field: string, value: number): this {
    return this.add(field, { type: "int", value });
  }
  uint(field: string, value: number): this {
    return this.add(field, { type: "uint", value });
  }
  llong(field: string, value: bigint): this {
    return this.add(field, { type: "llong", value });
  }
  ullong(field: string, value: bigint): this {
    return this.add(field, { type: "ullong", value });
  }
  double(field: string, value: number): this {
    return this.add(field, { type: "double", value });
  }
  boolean(field: string, value: boolean): this {
    return this.add(field, { type: "boolean", value: value ? 1 : 0 });
  }
  string(field: string, value: string): this {
    return this.add(field, { type: "string", value });
  }

  private add(field: string, value: TypedParamValue): this {
    this.params.push({ field, value });
    return this;
  }
}
