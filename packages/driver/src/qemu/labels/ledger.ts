import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "@tsvirt/codec/options";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import type { Labelled } from "./ownership.ts";
import { formatOwner, parseOwner } from "./remembered-owner.ts";

/**
 * Makes durable which files a guest's QEMU has, or is about to be given; without any, the list goes. A daemon that starts
 * gives back what the lists of guests that are no more name.
 */
export async function writeLedger(driver: QemuDriver, { domain, labelled }: LiveGuest): Promise<void> {
  const file = driver.layout.domainLabelled(domain.uuid ?? "");
  if (labelled.size === 0) {
    await driver.store.remove(file);
    return;
  }
  const entries = [...labelled].map(([path, { shared, before }]): [string, JsonObject] => [
    path,
    { shared, ...(before && { before: formatOwner(before) }) },
  ]);
  await driver.store.write(file, JSON.stringify(Object.fromEntries(entries)));
}

/** All lists, by the guest's UUID; one that cannot be read says nothing. */
export async function readLedgers(driver: QemuDriver): Promise<ReadonlyMap<string, ReadonlyMap<string, Labelled>>> {
  const ledgers = new Map<string, ReadonlyMap<string, Labelled>>();
  for (const { name, text, path } of await driver.store.load(driver.layout.labelledDirectory, ".json")) {
    const value = text === undefined ? undefined : parsed(text);
    if (value) ledgers.set(name.slice(0, -".json".length), value);
    else driver.log.error("list of a guest's files not readable", { file: path });
  }
  return ledgers;
}

function parsed(text: string): ReadonlyMap<string, Labelled> | undefined {
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  return new Map(
    Object.entries(value).flatMap(([path, entry]) => {
      if (!isJsonObject(entry) || !path.startsWith("/")) return [];
      const before = typeof entry.before === "string" ? parseOwner(entry.before) : undefined;
      return [[path, { shared: entry.shared === true, before }]];
    }),
  );
}
