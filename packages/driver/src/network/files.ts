import type { Network } from "@tsvirt/model/network";
import { withHeader } from "../qemu/definitions/file.ts";
import { definitionText, statusText } from "./documents.ts";
import type { NetworkDriver } from "./network-driver.ts";
import type { VirtualNetwork } from "./virtual-network.ts";

/** Stores a definition; it is on disk when this returns. */
export async function writeDefinition(driver: NetworkDriver, network: Network): Promise<void> {
  const text = withHeader(definitionText(network), `net-edit ${network.name}`);
  await driver.store.write(driver.layout.networkDefinition(network.name), text);
}

/** Stores what a network runs as. */
export async function writeStatus(driver: NetworkDriver, network: VirtualNetwork): Promise<void> {
  if (!network.live) return;
  const text = withHeader(statusText(network.live.document), `net-edit ${network.name}`);
  await driver.store.write(driver.layout.networkStatus(network.name), text);
}
