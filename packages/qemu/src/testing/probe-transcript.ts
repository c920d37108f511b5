import { InternalError } from "@tsvirt/base";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { probeCapabilities } from "../capabilities/probe.ts";
import { FakeQemu } from "./fake-qemu.ts";

/**
 * The capabilities of an emulator whose probe was recorded by scripts/record-probe.ts. Replays it strictly: a question
 * more, less or in another order is an error.
 */
export async function probeTranscript(text: string): Promise<QemuCapabilities> {
  const origin = text.slice(0, text.indexOf("\n"));
  const [, ...halves] = text.split(/^(?=< \{"QMP")/m);
  const fakes = halves.map((half) => FakeQemu.replay(`${origin}\n${half}`));
  const open = async (fake: FakeQemu | undefined): Promise<ReturnType<FakeQemu["open"]>> => {
    if (!fake) throw new InternalError("the transcript has no such conversation");
    const session = fake.open();
    await session.start();
    return session;
  };
  const [first, second] = fakes;
  const capabilities = await probeCapabilities(await open(first), second ? { openTcg: () => open(second) } : {});
  for (const fake of fakes) fake.assertExhausted();
  return capabilities;
}
