import { DomainModificationImpact } from "../constants/domain-kinds.ts";
import type { AccessRule } from "../program.ts";

/**
 * What changing a guest needs: `write`, and `save` when the definition is changed, which it is when asked for or when
 * neither the live guest nor the definition is chosen.
 */
export const modifiesDomain: readonly AccessRule[] = [
  "domain:write",
  {
    permission: "domain:save",
    when: { argument: "flags", noneOf: DomainModificationImpact.config | DomainModificationImpact.live },
  },
  { permission: "domain:save", when: { argument: "flags", anyOf: DomainModificationImpact.config } },
];
