import assert from "node:assert/strict";
import { test } from "node:test";
import { type GuestInput, type GuestState, inputKinds, isActive, pidOf, step } from "./state.ts";

const states: readonly GuestState[] = [
  { kind: "shutoff", reason: "unknown" },
  { kind: "preparing" },
  { kind: "starting", pid: 7 },
  { kind: "running", pid: 7, reason: "booted" },
  { kind: "paused", pid: 7, reason: "user" },
  { kind: "paused", pid: 7, reason: "unknown" },
  { kind: "shutdown", pid: 7, reason: "unknown" },
  { kind: "crashed", pid: 7, reason: "panicked" },
  { kind: "pmsuspended", pid: 7 },
];

const inputs: Readonly<Record<GuestInput["kind"], GuestInput>> = {
  prepare: { kind: "prepare" },
  launched: { kind: "launched", pid: 7 },
  ready: { kind: "ready", reason: "user" },
  stopped: { kind: "stopped", reason: "save" },
  resumed: { kind: "resumed", reason: "unpaused" },
  poweroff: { kind: "poweroff" },
  ioerror: { kind: "ioerror" },
  watchdog: { kind: "watchdog" },
  panicked: { kind: "panicked" },
  suspended: { kind: "suspended" },
  wakeup: { kind: "wakeup" },
  reset: { kind: "reset" },
  ended: { kind: "ended", reason: "destroyed" },
};

/** Columns are the inputs in the order of `inputKinds`; `-` is refused, `=` is no change. */
const table = `
shutoff(unknown)   preparing - - - - - - - - - - - -
preparing          - starting - - - - - - - - - - shutoff(destroyed)
starting           - - paused(user) = running(unpaused) shutdown(unknown) - - - - - = shutoff(destroyed)
running(booted)    - - - paused(save) = shutdown(unknown) paused(ioerror) paused(watchdog) crashed(panicked) pmsuspended = = shutoff(destroyed)
paused(user)       - - - = running(unpaused) shutdown(unknown) = = crashed(panicked) = = = shutoff(destroyed)
paused(unknown)    - - - = running(unpaused) shutdown(unknown) paused(ioerror) paused(watchdog) crashed(panicked) = = = shutoff(destroyed)
shutdown(unknown)  - - - = running(unpaused) = = = crashed(panicked) = = = shutoff(destroyed)
crashed(panicked)  - - - = running(unpaused) shutdown(unknown) = = crashed(panicked) = = = shutoff(destroyed)
pmsuspended        - - - = running(unpaused) shutdown(unknown) = = crashed(panicked) = running(wakeup) = shutoff(destroyed)
`;

const show = (state: GuestState): string => ("reason" in state ? `${state.kind}(${state.reason})` : state.kind);

test("every state answers every input as the table says", () => {
  const rows = states.map((state) => {
    const cells = inputKinds.map((kind) => {
      const after = step(state, inputs[kind]);
      return after === undefined ? "-" : after === state ? "=" : show(after);
    });
    return [show(state), ...cells].join(" ");
  });
  assert.deepEqual(
    rows,
    table
      .trim()
      .split("\n")
      .map((row) => row.replace(/ +/g, " ")),
  );
});

test("a live state keeps its process", () => {
  for (const state of states) {
    for (const kind of inputKinds) {
      const after = step(state, inputs[kind]);
      if (after && pidOf(state) !== undefined && isActive(after)) assert.equal(pidOf(after), pidOf(state));
    }
  }
});
