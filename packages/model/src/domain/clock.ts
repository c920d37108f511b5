import {
  attribute,
  child,
  children,
  element,
  type Field,
  obsolete,
  oneOf,
  stateOnly,
  text,
  u64,
  unlessEmpty,
  yesNo,
} from "@tsvirt/codec/xml";
import { internalError, unsupportedValue } from "./texts.ts";

/** How fast a timer catches up with ticks it missed. */
export class TimerCatchup extends element(
  "catchup",
  { threshold: attribute.optional(u64), slew: attribute.optional(u64), limit: attribute.optional(u64) },
  { omitEmpty: true },
) {}

/** A timer of the guest. */
export class Timer extends element("timer", {
  name: attribute(oneOf("platform", "pit", "rtc", "hpet", "tsc", "kvmclock", "hypervclock", "armvtimer")),
  present: attribute.optional(yesNo),
  tickpolicy: attribute.optional(oneOf("delay", "catchup", "merge", "discard")),
  track: attribute.optional(oneOf("boot", "guest", "wall", "realtime")),
  frequency: attribute.optional(u64),
  mode: attribute.optional(oneOf("auto", "native", "emulate", "paravirt", "smpsafe")),
  catchup: child.optional(TimerCatchup),
}) {}

const offsets = oneOf("utc", "localtime", "variable", "timezone", "absolute");

/** `<clock sync='localtime'/>` is how versions before 0.6 spelt `offset`. */
const sync: Field<"utc" | "localtime" | "variable" | "timezone" | "absolute", "optional"> = obsolete(
  attribute.optional(offsets),
);

/** The guest's clock. https://libvirt.org/formatdomain.html#time-keeping */
export class Clock extends element(
  "clock",
  {
    offset: unlessEmpty(attribute.optional(offsets, undefined, unsupportedValue("unknown clock offset '%s'"))),
    /** Seconds for `variable`; `reset` for the others. */
    adjustment: attribute.optional(text),
    basis: unlessEmpty(
      attribute.optional(oneOf("utc", "localtime"), undefined, unsupportedValue("unknown clock basis '%s'")),
    ),
    adjustment0: stateOnly(attribute.optional(text)),
    timezone: attribute.optional(text),
    /** Seconds since 1970, for `absolute`. */
    start: attribute.optional(
      u64,
      undefined,
      internalError("missing 'start' attribute for clock with offset='absolute'"),
    ),
    sync,
    timers: children(Timer),
  },
  {
    check(clock, node, reader) {
      if (clock.sync === undefined) return;
      clock.offset ??= clock.sync;
      delete clock.sync;
      reader.report(node, `attribute 'sync' of element 'clock' is an old spelling of 'offset'`, {
        severity: "warning",
        attribute: "sync",
        hint: "did you mean 'offset'?",
      });
    },
  },
) {}
