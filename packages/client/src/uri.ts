import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";

/** How bytes get to the daemon, as libvirt names it. */
export type TransportName = "tls" | "unix" | "ssh" | "libssh2" | "ext" | "tcp" | "libssh";

const transports: readonly TransportName[] = ["tls", "unix", "ssh", "libssh2", "ext", "tcp", "libssh"];

/** Which socket of a host serves a driver: `libvirtd`'s (legacy), the driver's own (direct), or whichever there is. */
export type DaemonMode = "auto" | "legacy" | "direct";

/** A connection URI in its parts: `DRIVER[+TRANSPORT]://[USER@][HOST][:PORT]/PATH[?NAME=VALUE[&…]]` (libvirt's `uri.html`). */
export interface ConnectionUri {
  /** As it was written. */
  readonly text: string;
  /** `qemu`, `lxc`, `test`, …. */
  readonly driver: string;
  /** Of the scheme; TLS when only a host is named, else UNIX. */
  readonly transport: TransportName;
  readonly user: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** With its leading slash. */
  readonly path: string;
  /** Decoded; the last one of a name counts. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly mode: DaemonMode;
  /** What the daemon is asked to open: without transport, host, and the parameters that are the client's. */
  readonly remote: string;
}

/** Parameters that say how to connect: they are the client's and not told to the daemon. */
const ownParameters = new Set([
  "name",
  "command",
  "socket",
  "auth",
  "sshauth",
  "netcat",
  "keyfile",
  "pkipath",
  "known_hosts",
  "known_hosts_verify",
  "tls_priority",
  "mode",
  "proxy",
  "no_sanity",
  "no_verify",
  "no_tty",
]);

const form =
  /^([a-zA-Z][a-zA-Z0-9+.-]*):(?:\/\/(?:([^@/?#]*)@)?(\[[0-9a-fA-F:.%]+\]|[^:/?#[\]]*)(?::(\d*))?)?([^?#]*)(?:\?([^#]*))?(?:#.*)?$/;

/**
 * Parses a connection URI. Throws `noConnect`, `internalError` or `invalidArg`, worded as libvirt's client does.
 */
export function parseUri(text: string): ConnectionUri {
  const remoteError = { domain: ErrorDomain.remote };
  if (!/[^\w./-]/.test(text) && !text.includes(":")) {
    throw virtError(ErrorCode.noConnect, `URI '${text}' does not include a driver name`, { domain: ErrorDomain.none });
  }
  const match = form.exec(text);
  const brokenHost = match?.[3] === "" && match[5]?.startsWith("[");
  if (!match || brokenHost || /[\s<>"{}|\\^`]|%(?![0-9a-fA-F]{2})/.test(text)) {
    throw virtError(ErrorCode.internalError, `Unable to parse URI ${text}`, { domain: ErrorDomain.uri });
  }
  const [, scheme = "", user, hostText = "", port, path = "", query = ""] = match;
  const host = hostText === "" ? undefined : hostText.replace(/^\[|\]$/g, "");
  const plus = scheme.indexOf("+");
  const driver = plus < 0 ? scheme : scheme.slice(0, plus);
  const wanted = plus < 0 ? (host === undefined ? "unix" : "tls") : scheme.slice(plus + 1).toLowerCase();
  const transport = transports.find((name) => name === wanted);
  if (!transport) {
    const list = "tls|unix|ssh|ext|tcp|libssh2|libssh";
    throw virtError(
      ErrorCode.invalidArg,
      `remote_open: transport in URL not recognised (should be ${list})`,
      remoteError,
    );
  }
  const parameters = parseQuery(query);
  const mode = parameters.get("mode") ?? "auto";
  if (mode !== "auto" && mode !== "legacy" && mode !== "direct") {
    throw virtError(ErrorCode.invalidArg, `Unknown remote mode '${mode}'`, remoteError);
  }
  if (transport === "unix" && host !== undefined) {
    throw virtError(
      ErrorCode.invalidArg,
      `using unix socket and remote server '${host}' is not supported.`,
      remoteError,
    );
  }
  return {
    text,
    driver,
    transport,
    user: user === undefined ? undefined : decode(user),
    host,
    port: port === undefined || port === "" ? undefined : Number(port),
    path: decode(path),
    parameters,
    mode,
    remote: parameters.get("name") ?? remoteUri(driver, path, query),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

function pairs(query: string): readonly (readonly [name: string, value: string, source: string])[] {
  return query
    .split(/[&;]/)
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=");
      return equals < 0
        ? [decode(part), "", part]
        : [decode(part.slice(0, equals)), decode(part.slice(equals + 1)), part];
    });
}

function parseQuery(query: string): ReadonlyMap<string, string> {
  return new Map(pairs(query).map(([name, value]) => [name, value]));
}

function remoteUri(driver: string, path: string, query: string): string {
  const rest = pairs(query)
    .filter(([name]) => !ownParameters.has(name))
    .map(([, , source]) => source);
  return `${driver}://${path}${rest.length > 0 ? `?${rest.join("&")}` : ""}`;
}
