import { readFile } from "node:fs/promises";
import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";
import { type Environment, userConfigDirectory } from "./environment.ts";

/** What `libvirt.conf` says about URIs. */
interface ClientSettings {
  readonly uriDefault: string | undefined;
  readonly aliases: ReadonlyMap<string, string>;
}

const none: ClientSettings = { uriDefault: undefined, aliases: new Map() };

/** Reads `/etc/libvirt/libvirt.conf` for root, the user's otherwise. A missing one says nothing. */
async function readSettings(environment: Environment): Promise<ClientSettings> {
  const path = `${environment.uid === 0 ? "/etc/libvirt" : userConfigDirectory(environment)}/libvirt.conf`;
  let source: string;
  try {
    source = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error) return none;
    throw error;
  }
  // Nearly always all of it is comments: then the grammar need not even be loaded.
  if (!/^\s*[a-z_]+\s*=/m.test(source)) return none;
  const { parseConf } = await import("@tsvirt/codec/conf");
  const aliases = new Map<string, string>();
  let uriDefault: string | undefined;
  for (const entry of parseConf(source, path).entries) {
    if (entry.kind !== "setting") continue;
    const { name, value } = entry;
    if (name === "uri_default" && typeof value === "string") uriDefault = value;
    if (name !== "uri_aliases" || typeof value !== "object") continue;
    for (const item of value) {
      const [, alias, uri] = /^([a-zA-Z0-9_.-]+)=(.+)$/.exec(String(item)) ?? [];
      if (alias === undefined || uri === undefined) {
        throw virtError(
          ErrorCode.confSyntax,
          `Malformed 'uri_aliases' config entry '${String(item)}', expected 'alias=uri://host/path'`,
          { domain: ErrorDomain.none },
        );
      }
      aliases.set(alias, uri);
    }
  }
  return { uriDefault, aliases };
}

/**
 * The URI to open: the given one, with an alias of `libvirt.conf` replaced; else `LIBVIRT_DEFAULT_URI`, else `uri_default`;
 * `undefined` leaves the choice to the daemon.
 */
export async function resolveUri(given: string | undefined, environment: Environment): Promise<string | undefined> {
  const named = given || environment.variables.LIBVIRT_DEFAULT_URI;
  // An alias has no colon; a URI has. So most connections need not read the file.
  if (named?.includes(":")) return named;
  const settings = await readSettings(environment);
  const name = named || settings.uriDefault;
  return name === undefined ? undefined : (settings.aliases.get(name) ?? name);
}
