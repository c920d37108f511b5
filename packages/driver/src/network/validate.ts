import { ErrorCode } from "@tsvirt/base";
import { checkFileName, checkInterfaceName } from "@tsvirt/host";
import { type Network, networkProblem, ownsBridge } from "@tsvirt/model/network";
import { networkError } from "./errors.ts";
import type { NetworkDriver } from "./network-driver.ts";

/** The largest number that a bridge's name is made with. */
const MAX_BRIDGE_ID = 256;

/**
 * Checks what only the driver can, and fills in the bridge's name and hardware address. Must be called while the
 * driver's claims are held: the name is not taken until the network is registered.
 */
export async function completeNetwork(driver: NetworkDriver, network: Network): Promise<void> {
  checkFileName(network.name, "network", ".ports");
  if (ownsBridge(network)) {
    nameBridge(driver, network);
    network.mac ??= { address: randomMac() };
  } else if (network.bridge?.name !== undefined) checkInterfaceName(network.bridge.name);
  for (const { dev } of network.forward?.interfaces ?? []) checkInterfaceName(dev);
  const problem = networkProblem(network);
  if (problem !== undefined) throw networkError(ErrorCode.configUnsupported, problem);
}

/** A given name must be free; a pattern, or none, takes the first number that neither a network nor the host uses. */
function nameBridge(driver: NetworkDriver, network: Network): void {
  const bridge = network.bridge ?? {};
  const wanted = bridge.name;
  if (wanted !== undefined && !wanted.includes("%d")) {
    checkInterfaceName(wanted);
    if (driver.networks.bridgeInUse(wanted, network.name)) {
      throw networkError(ErrorCode.internalError, `bridge name '${wanted}' already in use.`);
    }
    return;
  }
  const pattern = wanted !== undefined && wanted.split("%").length === 2 ? wanted : "virbr%d";
  for (let id = 0; id <= MAX_BRIDGE_ID; id++) {
    const name = checkInterfaceName(pattern.replace("%d", String(id)));
    if (driver.networks.bridgeInUse(name, network.name) || driver.host.network.exists(name)) continue;
    bridge.name = name;
    network.bridge = bridge;
    return;
  }
  throw networkError(ErrorCode.internalError, `Bridge generation exceeded max id ${MAX_BRIDGE_ID}`);
}

/** A random address of QEMU's vendor prefix. */
function randomMac(): string {
  const tail = [...crypto.getRandomValues(new Uint8Array(3))].map((byte) => byte.toString(16).padStart(2, "0"));
  return ["52", "54", "00", ...tail].join(":");
}
