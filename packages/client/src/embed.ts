import { ErrorCode, ErrorDomain, type Logger, virtError } from "@tsvirt/base";
import type { Driver } from "@tsvirt/driver";
import { type MemoryLink, memoryLink } from "./memory-link.ts";
import type { ConnectionUri } from "./uri.ts";

/** A driver that runs in this process, and how many connections use it. */
interface Instance {
  readonly driver: Promise<Driver>;
  users: number;
}

/** The longest a timer can be set to, in milliseconds. */
const FOREVER = 0x7fff_ffff;

const instances = new Map<string, Instance>();

/**
 * Opens the driver of `root` in this process, or joins it when it is open already, over a connection in memory: what holds
 * for a daemon's clients, read-only refusals for one, holds here as well.
 */
export async function openEmbedded(uri: ConnectionUri, readOnly: boolean, log: Logger): Promise<MemoryLink> {
  const root = embedRoot(uri);
  const instance = instances.get(root) ?? { driver: openDriver(root, uri.text, log), users: 0 };
  instances.set(root, instance);
  instance.users++;
  // As an open socket does, an open connection keeps the process: what its guests do next is awaited here.
  const presence = setInterval(() => undefined, FOREVER);
  const leave = async (): Promise<void> => {
    clearInterval(presence);
    instance.users--;
    if (instance.users > 0) return;
    if (instances.get(root) === instance) instances.delete(root);
    await (await instance.driver).close();
  };
  let driver: Driver;
  try {
    driver = await instance.driver;
  } catch (error) {
    clearInterval(presence);
    instances.delete(root);
    throw error;
  }
  return memoryLink((session) => driver.connect(session), { readOnly, log, release: leave });
}

function embedRoot({ parameters }: ConnectionUri): string {
  const root = parameters.get("root");
  if (root === undefined || root === "") {
    throw virtError(ErrorCode.invalidArg, "Missing URI parameter 'root'", { domain: ErrorDomain.qemu });
  }
  if (!root.startsWith("/")) {
    throw virtError(ErrorCode.configUnsupported, "root path must be absolute", { domain: ErrorDomain.qemu });
  }
  return root;
}

async function openDriver(root: string, uri: string, log: Logger): Promise<Driver> {
  let parts: [typeof import("@tsvirt/driver"), typeof import("@tsvirt/host")];
  try {
    parts = await Promise.all([import("@tsvirt/driver"), import("@tsvirt/host")]);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")) throw error;
    throw virtError(ErrorCode.noConnect, uri, {
      domain: ErrorDomain.none,
      cause: error,
      hint: "Install the package @tsvirt/driver to run guests within this process.",
    });
  }
  const [{ openDriver: open }, { Layout, openHost }] = parts;
  return open({ kind: "embed", uri, layout: Layout.embed(root), host: openHost(), log });
}
