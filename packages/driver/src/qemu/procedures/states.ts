import {
  DomainCrashedReason,
  DomainPausedReason,
  DomainPmsuspendedReason,
  DomainRunningReason,
  DomainShutdownReason,
  DomainShutoffReason,
  DomainState,
} from "@tsvirt/rpc";
import type { GuestState } from "../guest/state.ts";

/** A state as libvirt numbers it (`virDomainState` and the reasons of each). */
export function stateNumbers(state: GuestState): { readonly state: number; readonly reason: number } {
  switch (state.kind) {
    case "shutoff":
      return { state: DomainState.shutoff, reason: DomainShutoffReason[state.reason] };
    case "preparing":
      return { state: DomainState.shutoff, reason: DomainShutoffReason.unknown };
    case "starting":
      return { state: DomainState.paused, reason: DomainPausedReason.startingUp };
    case "running":
      return { state: DomainState.running, reason: DomainRunningReason[state.reason] };
    case "paused":
      return { state: DomainState.paused, reason: DomainPausedReason[state.reason] };
    case "shutdown":
      return { state: DomainState.shutdown, reason: DomainShutdownReason[state.reason] };
    case "crashed":
      return { state: DomainState.crashed, reason: DomainCrashedReason[state.reason] };
    case "pmsuspended":
      return { state: DomainState.pmsuspended, reason: DomainPmsuspendedReason.unknown };
  }
}
