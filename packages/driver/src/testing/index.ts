/** A machine in memory on which the driver runs guests: for tests of it and of what uses it. */
export { FakeClient } from "./fake-client.ts";
export { type Behaviour, EMULATOR, FakeMachine, type RunningQemu } from "./fake-machine.ts";
