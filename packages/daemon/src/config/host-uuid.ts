import { readFile } from "node:fs/promises";
import { ErrorCode, ErrorDomain, formatUuid, parseUuid, type VirtError, virtError } from "@tsvirt/base";
import type { LibvirtdConf } from "./libvirtd-conf.ts";

/**
 * The host's UUID as configured, in lower case with dashes; `undefined` when it is the firmware's. Throws for one that
 * is no UUID or whose digits are all the same, as libvirtd does.
 */
export async function configuredHostUuid(
  conf: LibvirtdConf,
  machineId = "/etc/machine-id",
): Promise<string | undefined> {
  if (conf.host_uuid !== undefined) return checked(conf.host_uuid);
  if (conf.host_uuid_source !== "machine-id") return undefined;
  return checked((await readFile(machineId, "utf8")).trim());
}

function checked(text: string): string {
  const bytes = parseUuid(text);
  if (!bytes) throw invalid(text);
  const uuid = formatUuid(bytes);
  if (/^(.)\1+$/.test(uuid.replaceAll("-", ""))) throw invalid(text);
  return uuid;
}

function invalid(text: string): VirtError {
  return virtError(ErrorCode.configUnsupported, `invalid host UUID: ${text}`, { domain: ErrorDomain.conf });
}
