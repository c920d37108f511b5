import { ErrorCode, virtError } from "@tsvirt/base";
import type { ChardevSource, Serial } from "@tsvirt/model/domain";

/** The host's end of a character device in its old spelling: one word after `-serial`, `-parallel` or `-monitor`. */
export type LegacyChardev = Pick<Serial, "type" | "sources" | "protocol">;

const empty: Pick<ChardevSource, "seclabels"> = { seclabels: [] };

/** Writes a character device as one word. Throws for kinds that this spelling has none for. */
export function formatChardev({ type, sources, protocol }: LegacyChardev): string {
  const source: Partial<ChardevSource> = sources[0] ?? {};
  const server = source.mode === "bind" ? ",server,nowait" : "";
  switch (type) {
    case "null":
    case "vc":
    case "pty":
    case "stdio":
      return type;
    case "dev":
      return source.path ?? "";
    case "file":
    case "pipe":
      return `${type}:${source.path ?? ""}`;
    case "tcp":
      return `${protocol === "telnet" ? "telnet" : "tcp"}:${source.host ?? ""}:${source.service ?? ""}${server}`;
    case "unix":
      return `unix:${source.path ?? ""}${server}`;
    case "udp": {
      const connect = sources.find(({ mode }) => mode !== "bind");
      const bind = sources.find(({ mode }) => mode === "bind");
      const local = bind ? `@${bind.host ?? ""}:${bind.service ?? ""}` : "";
      return `udp:${connect?.host ?? ""}:${connect?.service ?? ""}${local}`;
    }
    default:
      throw virtError(ErrorCode.configUnsupported, `unsupported chardev '${type}'`);
  }
}

/** Reads what {@link formatChardev} writes; `undefined` for words that name no character device. */
export function parseChardev(word: string): LegacyChardev | undefined {
  if (word === "null" || word === "vc" || word === "pty" || word === "stdio") return { type: word, sources: [] };
  if (word.startsWith("/dev/")) return { type: "dev", sources: [{ ...empty, path: word }] };
  const [, kind, rest = ""] = /^([a-z]+):(.*)$/s.exec(word) ?? [];
  switch (kind) {
    case "file":
    case "pipe":
      return { type: kind, sources: [{ ...empty, path: rest }] };
    case "vc":
      return { type: "vc", sources: [] };
    case "unix": {
      const options = splitServer(rest);
      if (!options) return undefined;
      const { place, telnet: _telnet, ...source } = options;
      return { type: "unix", sources: [{ ...empty, ...source, path: place }] };
    }
    case "tcp":
    case "telnet": {
      const options = splitServer(rest);
      if (!options) return undefined;
      const { place, telnet, ...source } = options;
      return {
        type: "tcp",
        sources: [{ ...empty, ...source, ...hostAndService(place) }],
        protocol: kind === "telnet" || telnet ? "telnet" : "raw",
      };
    }
    case "udp": {
      const at = rest.indexOf("@");
      const connect = { ...empty, mode: "connect" as const, ...hostAndService(at < 0 ? rest : rest.slice(0, at)) };
      if (at < 0) return { type: "udp", sources: [connect] };
      return { type: "udp", sources: [{ ...empty, mode: "bind", ...hostAndService(rest.slice(at + 1)) }, connect] };
    }
    default:
      return undefined;
  }
}

/** A socket's place and options; `undefined` if it has some that documents do not know. */
function splitServer(text: string):
  | (Pick<ChardevSource, "reconnect"> & {
      readonly place: string;
      readonly mode: "bind" | "connect";
      readonly telnet: boolean;
    })
  | undefined {
  const [place = "", ...options] = text.split(",");
  const given = new Map(
    options.map((option): [string, string] => [option.split("=", 1)[0] ?? "", option.split("=")[1] ?? "on"]),
  );
  const known = ["server", "wait", "nowait", "delay", "nodelay", "ipv4", "ipv6", "telnet", "reconnect"];
  if ([...given.keys()].some((name) => !known.includes(name))) return undefined;
  const seconds = Number(given.get("reconnect") ?? 0);
  return {
    place,
    mode: given.get("server") === "on" ? "bind" : "connect",
    telnet: given.get("telnet") === "on",
    ...(seconds > 0 && { reconnect: { enabled: true, timeout: seconds } }),
  };
}

/** The service is behind the last colon: an address of IPv6 has some itself. */
function hostAndService(text: string): { readonly host: string; readonly service: string } {
  const at = text.lastIndexOf(":");
  if (at < 0) return { host: text, service: "" };
  return { host: text.slice(0, at).replace(/^\[(.*)\]$/, "$1"), service: text.slice(at + 1) };
}
