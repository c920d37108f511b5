import { ErrorCode } from "@tsvirt/base";
import type { FieldTexts } from "@tsvirt/codec/xml";

/** libvirt's words for a value that it calls an unsupported configuration; `%s` stands for the value. */
export function unsupportedValue(invalid: string, missing?: string): FieldTexts {
  return {
    invalid,
    code: ErrorCode.configUnsupported,
    missingCode: ErrorCode.xmlError,
    ...(missing === undefined ? {} : { missing }),
  };
}

/** libvirt's words for a value that it calls an internal error. */
export function internalError(invalid: string): FieldTexts {
  return { invalid, code: ErrorCode.internalError, missingCode: ErrorCode.xmlError };
}

/** libvirt's words for what is missing, which it calls an internal error. */
export function internalMissing(missing: string, texts: FieldTexts = {}): FieldTexts {
  return { ...texts, missing, missingCode: ErrorCode.internalError };
}

/** libvirt's words for a size that is no number; `place` is the path it names. */
export function noSize(place: string): FieldTexts {
  return {
    invalid: `Invalid value '%s' for element or attribute '${place}'`,
    missing: `missing element or attribute '${place}'`,
  };
}
