import { element, integer, leaf, refined, type Scalar, text } from "@tsvirt/codec/xml";

const octalMode: Scalar<string> = refined("an octal file mode", ["0755"], (value) =>
  /^[ \t\n]*0*[0-7]{1,3}$/.test(value) ? `0${value.trim().replace(/^0+(?=.)/, "")}` : undefined,
);

/** A user or group number; -1 is whoever runs the daemon. */
const owner = integer(-1, 0xffff_ffff);

/** Mode, owner and label of a pool's directory or a volume. */
export class Permissions extends element(
  "permissions",
  {
    mode: leaf.optional(octalMode, undefined, { invalid: "malformed octal mode" }),
    owner: leaf.optional(owner, undefined, { invalid: "malformed owner element" }),
    group: leaf.optional(owner, undefined, { invalid: "malformed group element" }),
    label: leaf.optional(text),
  },
  {
    omitEmpty: true,
    check(permissions) {
      for (const key of ["owner", "group"] as const) {
        if (permissions[key] === -1 || permissions[key] === 0xffff_ffff) delete permissions[key];
      }
    },
  },
) {}
