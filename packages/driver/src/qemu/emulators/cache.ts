import { formatJson, isJsonObject, type JsonObject, parseJson } from "@tsvirt/codec/options";
import { QemuCapabilities } from "@tsvirt/qemu";

/** What an emulator's answers depend on; another stamp makes them stale. Nothing in it differs between cores. */
export interface EmulatorStamp {
  readonly path: string;
  /** Of the binary behind all links; nanoseconds since the epoch. */
  readonly mtime: bigint;
  readonly ctime: bigint;
  /** Whether `/dev/kvm` can be opened for writing. */
  readonly kvm: boolean;
  /** Ours: another version may ask other questions. */
  readonly version: string;
}

/** What an emulator said, as a cache file: its stamp on the first line, the capabilities on the second. */
export function formatCache(stamp: EmulatorStamp, capabilities: QemuCapabilities): string {
  return `${formatJson(stampToJson(stamp))}\n${capabilities.format()}\n`;
}

/** Reads {@link formatCache}; `undefined` for anything stale or damaged, which is then probed again. */
export function parseCache(text: string, stamp: EmulatorStamp): QemuCapabilities | undefined {
  const [head, body] = text.split("\n", 2);
  if (head === undefined || body === undefined) return undefined;
  try {
    const found = parseJson(head);
    if (!isJsonObject(found) || formatJson(found) !== formatJson(stampToJson(stamp))) return undefined;
    return QemuCapabilities.parse(body);
  } catch (error) {
    // The cache is ours to lose: a torn file is as good as none.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function stampToJson(stamp: EmulatorStamp): JsonObject {
  return {
    path: stamp.path,
    mtime: String(stamp.mtime),
    ctime: String(stamp.ctime),
    kvm: stamp.kvm,
    version: stamp.version,
  };
}
