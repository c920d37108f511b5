import { ErrorCode, virtError } from "@tsvirt/base";
import type { ChardevSource, Serial } from "@tsvirt/model/domain";
import type { CommandWriter } from "./command.ts";
import { Chardev, SecretObject, TlsCredentials } from "./declarations/backends.ts";

/** The host's end of any character device. */
export type Backend = Pick<Serial, "type" | "sources" | "protocol" | "log">;

/** What decides besides the document. */
export interface ChardevOptions {
  /** Id of the back end is `char` and this. */
  readonly alias: string;
  /** The device node is a parallel port. */
  readonly parallel?: boolean;
  /** A listening socket whose client must be there before the guest starts (vhost-user). */
  readonly wait?: boolean;
  /** Kind of SPICE channel. */
  readonly spiceName?: "vdagent" | "smartcard" | "usbredir" | undefined;
}

/** Writes `-chardev` and what it needs in front of it. Gives the back end's id. */
export function writeChardev(line: CommandWriter, backend: Backend, options: ChardevOptions): string {
  const { alias } = options;
  const id = `char${alias}`;
  const value = backendOf(line, backend, options, id);
  const log = backend.log;
  let logging: Pick<Chardev, "logfile" | "logappend"> = {};
  if (log) {
    const fd = line.context.chardevFile(`${alias}-log`);
    logging =
      fd === undefined
        ? { logfile: log.file, logappend: log.append }
        : { logfile: line.fdset(fd, `${alias}-log`), logappend: true };
  }
  line.option(Chardev, { ...value, id, ...logging });
  return id;
}

function backendOf(line: CommandWriter, backend: Backend, options: ChardevOptions, id: string): Omit<Chardev, "id"> {
  const source: Partial<ChardevSource> = backend.sources[0] ?? {};
  switch (backend.type) {
    case "null":
    case "vc":
    case "pty":
    case "stdio":
      return { backend: backend.type };
    case "dev":
      return { backend: options.parallel === true ? "parallel" : "serial", path: source.path ?? "" };
    case "pipe":
      return { backend: "pipe", path: source.path ?? "" };
    case "file": {
      const fd = line.context.chardevFile(options.alias);
      if (fd === undefined) return { backend: "file", path: source.path ?? "", append: source.append };
      return { backend: "file", path: line.fdset(fd, `${options.alias}-source`), append: true };
    }
    case "udp":
      return udp(backend);
    case "tcp":
      return tcp(line, backend, source, id);
    case "unix":
      return unix(line, source, options);
    case "spicevmc":
      return { backend: "spicevmc", name: options.spiceName };
    case "spiceport":
    case "dbus":
      return { backend: backend.type, name: source.channel };
    case "qemu-vdagent":
      return {
        backend: "qemu-vdagent",
        name: "vdagent",
        clipboard: source.clipboard?.copypaste ?? false,
        mouse: source.mouse === "client",
      };
    case "nmdm":
      throw virtError(ErrorCode.configUnsupported, `unsupported chardev '${backend.type}'`);
  }
}

function udp(backend: Backend): Omit<Chardev, "id"> {
  const connect = backend.sources.find(({ mode }) => mode !== "bind");
  const bind = backend.sources.find(({ mode }) => mode === "bind");
  return {
    backend: "udp",
    host: connect?.host ?? "",
    port: connect?.service ?? "",
    localaddr: bind?.host ?? "",
    localport: bind?.service ?? "0",
  };
}

function tcp(line: CommandWriter, backend: Backend, source: Partial<ChardevSource>, id: string): Omit<Chardev, "id"> {
  const listen = source.mode === "bind";
  const { config } = line.context;
  const tls = source.tls ?? (config.chardev_tls === true && backend.protocol !== "telnet");
  return {
    backend: "socket",
    host: source.host,
    port: source.service,
    telnet: backend.protocol === "telnet" ? true : undefined,
    ...server(listen),
    reconnect: listen ? undefined : reconnect(source),
    "tls-creds": tls ? writeTls(line, id, listen) : undefined,
  };
}

function unix(
  line: CommandWriter,
  source: Partial<ChardevSource>,
  { alias, wait }: ChardevOptions,
): Omit<Chardev, "id"> {
  const listen = source.mode !== "connect";
  const fd = listen && wait !== true ? line.context.listeningChardev(alias) : undefined;
  return {
    backend: "socket",
    path: fd === undefined ? (source.path ?? "") : undefined,
    fd: fd === undefined ? undefined : line.fd(fd),
    ...(listen && wait === true ? { server: true } : server(listen)),
    reconnect: listen ? undefined : reconnect(source),
  };
}

function server(listen: boolean): Pick<Chardev, "server" | "wait"> {
  return listen ? { server: true, wait: false } : {};
}

function reconnect(source: Partial<ChardevSource>): number | undefined {
  if (!source.reconnect) return undefined;
  return source.reconnect.enabled === true ? (source.reconnect.timeout ?? 0) : 0;
}

/** TLS of a socket: an object with the credentials. */
function writeTls(line: CommandWriter, id: string, listen: boolean): string {
  const { config } = line.context;
  const alias = `obj${id}_tls0`;
  const secretUuid = config.chardev_tls_x509_secret_uuid ?? config.default_tls_x509_secret_uuid;
  const passwordid = secretUuid === undefined ? undefined : `${id}-secret0`;
  if (passwordid !== undefined && secretUuid !== undefined) {
    writeSecret(line, passwordid, { type: "tls", uuid: secretUuid });
  }
  line.option(TlsCredentials, {
    "qom-type": "tls-creds-x509",
    id: alias,
    dir: config.chardev_tls_x509_cert_dir ?? config.default_tls_x509_cert_dir ?? "/etc/pki/qemu",
    endpoint: listen ? "server" : "client",
    "verify-peer": listen ? (config.chardev_tls_x509_verify ?? config.default_tls_x509_verify ?? false) : true,
    passwordid,
  });
  return alias;
}

/** A libvirt secret as a `secret` object, encrypted with the guest's master key. */
export function writeSecret(
  line: CommandWriter,
  id: string,
  secret: { readonly type: string; readonly uuid?: string | undefined; readonly usage?: string | undefined },
): void {
  const { secretValue, byHand } = line.context;
  if (byHand) {
    const whose = secret.usage ?? secret.uuid ?? "";
    line.option(SecretObject, {
      "qom-type": "secret",
      id,
      file: byHand.secretFile(id, `${secret.type} secret ${whose}`),
    });
    return;
  }
  if (!secretValue)
    throw virtError(ErrorCode.noSecret, `no secret with matching usage '${secret.usage ?? secret.uuid ?? ""}'`);
  writeSecretValue(line, id, secretValue(secret));
}

/** A value that QEMU must have and nobody may see: a `secret` object, encrypted with the guest's master key. */
export function writeSecretValue(line: CommandWriter, id: string, value: Uint8Array): void {
  const { encryptSecret } = line.context;
  if (!encryptSecret) throw virtError(ErrorCode.configUnsupported, "secrets cannot be handed to this emulator");
  const { data, iv } = encryptSecret(id, value);
  line.option(SecretObject, { "qom-type": "secret", id, data, keyid: "masterKey0", iv, format: "base64" });
}
