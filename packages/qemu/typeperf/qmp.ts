// instantiations <= 400000
// What the declared commands, events and devices of QEMU cost the compiler, and using a few of them.
import { buildCommandLine, parseEvent, type QmpEvent, type QmpSession, qmp } from "@tsvirt/qemu";

export async function use(session: QmpSession): Promise<string> {
  const { status } = await session.execute(qmp.queryStatus, {});
  const machines = await session.execute(qmp.queryMachines, {});
  return `${status} ${machines[0]?.name}`;
}
export const event: QmpEvent | Error | undefined = parseEvent({ name: "STOP", data: {}, seconds: 0, microseconds: 0 });
export const build: typeof buildCommandLine = buildCommandLine;
