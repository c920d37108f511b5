import { ErrorCode, virtError } from "@tsvirt/base";

/** The most bytes a file name may have on Linux. */
const NAME_MAX = 255;

/**
 * Checks a name that becomes part of a path (threat-model F2): no `/`, no control characters, neither `.` nor `..`, not
 * empty, at most 255 bytes together with `suffix`. Throws libvirt's XML error otherwise.
 */
export function checkFileName(name: string, what: string, suffix = ""): string {
  const fail = (why: string): never => {
    throw virtError(ErrorCode.xmlError, `${why} in ${what} name '${printable(name)}'`);
  };
  if (name === "") throw virtError(ErrorCode.xmlError, `${what} name must not be empty`);
  if (name === "." || name === "..") return fail("reserved word");
  if (name.includes("/")) throw virtError(ErrorCode.xmlError, `name ${printable(name)} cannot contain '/'`);
  if (/\p{Cc}/u.test(name)) return fail("control character");
  if (new TextEncoder().encode(name + suffix).length > NAME_MAX) return fail("too many bytes");
  return name;
}

function printable(name: string): string {
  return name.slice(0, 300).replace(/\p{Cc}/gu, (each) => `\\x${each.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
