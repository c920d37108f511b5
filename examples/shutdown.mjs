// Lists all guests and shuts one down, waiting until it has.
//
//   node examples/shutdown.mjs NAME
import { connect, DomainEventType } from "@tsvirt/client";

const connection = await connect();
try {
  console.log(`${connection.uri} on ${await connection.getHostname()}`);
  for (const domain of await connection.listAllDomains()) {
    const { state, memory } = await domain.getInfo();
    console.log(`${domain.name}: state ${state}, ${memory} KiB`);
  }

  const domain = await connection.domainLookupByName(process.argv[2] ?? "demo");
  const events = await connection.domainEvents("lifecycle", { domain, signal: AbortSignal.timeout(30_000) });
  await domain.shutdown();
  for await (const { event } of events) {
    if (event === DomainEventType.stopped) break;
  }
  console.log(`${domain.name} has shut down`);
} finally {
  await connection.close();
}
