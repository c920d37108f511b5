export { fakeBuildContext, fakeHostFacts } from "./context.ts";
export { FakeHmp, type HmpAnswer } from "./fake-hmp.ts";
export { type FakeCommand, FakeQemu, type Refusal, refuse } from "./fake-qemu.ts";
export { legacyAnswers } from "./legacy-answers.ts";
export { probeTranscript } from "./probe-transcript.ts";
export { parseTranscript, type TranscriptLine } from "./transcript.ts";
