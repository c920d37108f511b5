import { ErrorCode, virtError } from "@tsvirt/base";
import { DomainModificationImpact as Impact } from "@tsvirt/rpc";
import { notRunning } from "../guest/errors.ts";
import type { Guest } from "../guest/guest.ts";

/** What of a guest a call is about: what runs, the definition of its next start, or both. */
export interface Scope {
  readonly live: boolean;
  readonly config: boolean;
}

/**
 * Decides from `AFFECT_LIVE` and `AFFECT_CONFIG`; neither means whatever is current. Throws libvirt's texts for a guest
 * that does not run, or has no definition.
 */
export function scopeOf(guest: Guest, flags: number): Scope {
  const current = (flags & (Impact.live | Impact.config)) === 0;
  const live = current ? guest.isActive : (flags & Impact.live) !== 0;
  const config = current ? !guest.isActive : (flags & Impact.config) !== 0;
  if (live && !guest.isActive) throw notRunning();
  if (config && !guest.isPersistent) {
    throw virtError(ErrorCode.operationInvalid, "transient domains do not have any persistent config");
  }
  return { live, config };
}

/** As {@link scopeOf} for calls that read: they cannot be about both at once. */
export function readScopeOf(guest: Guest, flags: number): Scope {
  const both = Impact.live | Impact.config;
  if ((flags & both) === both) {
    throw virtError(
      ErrorCode.invalidArg,
      "flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' in are mutually exclusive",
    );
  }
  return scopeOf(guest, flags);
}
