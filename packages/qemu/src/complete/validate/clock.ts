import { ErrorCode } from "@tsvirt/base";
import type { Timer } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";

/** 9999-12-31T23:59:59, the last second that fits into a date with four digits of year. */
const LAST_SECOND = 253_402_300_799n;

/** What QEMU cannot do of clock and timers (`qemuValidateDomainDefClockTimers`). */
export function validateClock(state: Completing): void {
  const { domain, report } = state;
  const { clock } = domain;
  if (!clock) return;
  for (const timer of clock.timers) validateTimer(state, timer);
  if (clock.offset === "absolute" && (clock.start ?? 0n) > LAST_SECOND) {
    report(
      clock,
      `The maximum 'start' value for <clock offset='absolute'> is ${LAST_SECOND}`,
      ErrorCode.configUnsupported,
    );
  }
}

function validateTimer(state: Completing, timer: Timer): void {
  const { board, caps, report, domain } = state;
  const { name, present, track, tickpolicy } = timer;
  const refuse = (message: string): void => report(timer, message, ErrorCode.configUnsupported);
  const notHere = (): void =>
    refuse(
      `Configuring the '${name}' timer is not supported for virtType=${domain.type} arch=${board.arch} machine=${board.machine} guests`,
    );
  switch (name) {
    case "platform":
      refuse(`unsupported timer type (name) '${name}'`);
      return;
    case "tsc":
    case "kvmclock":
    case "hypervclock":
      if (!board.isX86 && present === true) notHere();
      return;
    case "rtc":
      if (track === "boot") refuse(`unsupported rtc timer track '${track}'`);
      if (tickpolicy === "merge" || tickpolicy === "discard") {
        refuse(`unsupported rtc timer tickpolicy '${tickpolicy}'`);
      }
      return;
    case "pit":
      // Only KVM's own timer catches up.
      if (tickpolicy === "merge" || (tickpolicy === "catchup" && !caps.has("kvm-pit-lost-tick-policy"))) {
        refuse(`unsupported pit tickpolicy '${tickpolicy}'`);
      }
      return;
    case "hpet":
      if (present === true && !caps.has("no-hpet") && !caps.has("machine-hpet")) refuse("hpet timer is not supported");
      return;
    case "armvtimer":
      if (domain.type !== "kvm" || !board.isArmVirt) notHere();
      else if (present === false) refuse(`The '${name}' timer can't be disabled`);
      else if (!caps.has("cpu.kvm-no-adjvtime")) {
        refuse(`Configuring the '${name}' timer is not supported with this QEMU binary`);
      } else if (tickpolicy === "catchup" || tickpolicy === "merge") {
        refuse(`The '${name}' timer does not support tickpolicy '${tickpolicy}'`);
      }
      return;
  }
}
