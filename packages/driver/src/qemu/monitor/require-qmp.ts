import { ErrorCode, virtError } from "@tsvirt/base";
import type { LiveGuest } from "../guest/live.ts";

/** Throws libvirt's "operation not supported" for a guest whose emulator has a text monitor alone. `what`: e.g. `saving`. */
export function requireQmp(live: LiveGuest, name: string, what: string): void {
  if (live.requireMonitor(name).session.kind === "qmp") return;
  throw virtError(ErrorCode.operationUnsupported, `${what} is not supported with the text monitor of this QEMU`);
}
