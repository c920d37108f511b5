import { ErrorCode } from "@tsvirt/base";
import type { StorageSource } from "@tsvirt/model/domain";
import type { StorageType } from "../../argv/blockdev-source.ts";
import type { Completing } from "../state.ts";

/** An image of a disk or of firmware variables, as far as it decides what QEMU can do with it. */
export interface CheckedSource {
  readonly type: StorageType;
  readonly format: string;
  readonly source: StorageSource;
  readonly readonly?: boolean;
  /** Bytes of cache for the image's tables. */
  readonly metadataCache?: number | undefined;
}

const http: readonly (string | undefined)[] = ["http", "https"];
const transfer: readonly (string | undefined)[] = ["http", "https", "ftp", "ftps"];
const secureTransfer: readonly (string | undefined)[] = ["https", "ftps"];

/** What QEMU cannot do of one image (`qemuDomainValidateStorageSource`). */
export function validateStorageSource(state: Completing, checked: CheckedSource): void {
  const { caps, report } = state;
  const { type, format, source } = checked;
  const refuse = (message: string): void => report(source, message, ErrorCode.configUnsupported);
  validateFormat(checked, refuse);
  const protocol = type === "network" ? source.protocol : undefined;
  const only = (given: boolean, protocols: readonly (string | undefined)[], message: string): void => {
    if (given && !protocols.includes(protocol)) refuse(message);
  };
  only(source.ssl !== undefined, secureTransfer, "ssl verification is supported only with HTTPS/FTPS protocol");
  if (source.reservations && !caps.has("pr-manager-helper")) {
    refuse("reservations not supported with this QEMU binary");
  }
  only((source.cookies?.cookies.length ?? 0) > 0, http, "http cookies are supported only with HTTP(S) protocol");
  validateCookies(state, source);
  only((source.readahead ?? 0n) > 0n, transfer, "readahead is supported only with HTTP(S)/FTP(s) protocols");
  only((source.timeout ?? 0n) > 0n, transfer, "timeout is supported only with HTTP(S)/FTP(s) protocols");
  only(source.query !== undefined, http, "query is supported only with HTTP(S) protocols");
  if (protocol === "tftp") refuse("'tftp' protocol is not supported with this QEMU binary");
  if (protocol === "nfs") validateNfs(source, refuse);
  if ((checked.metadataCache ?? 0) > 0 && format !== "qcow2") {
    refuse("metadata cache max size control is supported only with qcow2 images");
  }
  if (source.encryption) validateEncryption(state, checked, source.encryption, refuse);
  if (source.tlsHostname !== undefined) {
    if (protocol !== "nbd") refuse("'tlsHostname' field is supported only with NBD disks");
    else if (!caps.has("blockdev.nbd.tls-hostname")) refuse("'tlsHostname' field is not supported by this QEMU");
  }
}

function validateFormat({ type, format, readonly }: CheckedSource, refuse: (message: string) => void): void {
  switch (format) {
    case "cow":
      refuse("'cow' storage format is not supported");
      return;
    case "dir":
      refuse("'directory' storage format is not directly supported by QEMU, use 'dir' disk type instead");
      return;
    case "iso":
      refuse("storage format 'iso' is not directly supported by QEMU, use 'raw' instead");
      return;
    case "fat":
      if (type !== "volume" && type !== "dir") refuse("storage format 'fat' is supported only with 'dir' storage type");
  }
  if (type !== "dir") return;
  if (format !== "fat" && format !== "none") refuse("storage type 'dir' requires use of storage format 'fat'");
  if (readonly === false) refuse("virtual FAT storage can't be accessed in read-write mode");
}

/** What stands between the values would end them. */
const cookieName = /^[\x21-\x7e]+$/;
const cookieNameStops = /["(),/:;<=>?@[\\\]{}]/;
const cookieValueStops = /[",;\\]/;

/** Cookies as RFC 6265 has them (`virStorageSourceNetCookiesValidate`). */
function validateCookies({ report }: Completing, source: StorageSource): void {
  const seen = new Set<string>();
  for (const cookie of source.cookies?.cookies ?? []) {
    const refuse = (message: string): void => report(cookie, message);
    const { name, value } = cookie;
    if (name === "") refuse("cookie name must not be empty");
    else if (!cookieName.test(name) || cookieNameStops.test(name)) {
      refuse(`cookie name '${name}' contains invalid characters`);
    }
    const inner = value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
    if (/[^\x21-\x7e]/.test(inner) || cookieValueStops.test(inner)) {
      refuse(`value of cookie '${name}' contains invalid characters`);
    }
    if (seen.has(name)) refuse(`duplicate cookie '${name}'`);
    seen.add(name);
  }
}

function validateNfs({ hosts }: StorageSource, refuse: (message: string) => void): void {
  const [host, ...others] = hosts;
  if (!host || others.length > 0) refuse("'nfs' protocol requires the usage of exactly one host");
  else if ((host.transport ?? "tcp") !== "tcp") refuse("'nfs' host must use TCP protocol");
  else if ((host.port ?? 0) !== 0) refuse("port cannot be specified in 'nfs' protocol host");
}

function validateEncryption(
  { caps }: Completing,
  { type, format, source }: CheckedSource,
  encryption: NonNullable<StorageSource["encryption"]>,
  refuse: (message: string) => void,
): void {
  if (encryption.engine === "librbd") {
    if (!caps.has("rbd-encryption")) refuse("librbd encryption is not supported by this QEMU binary");
    else if (encryption.format !== "luks" && encryption.format !== "luks2") {
      refuse("librbd encryption engine only supports luks/luks2 formats");
    } else if (type !== "network" || source.protocol !== "rbd") {
      refuse("librbd encryption is supported only with RBD backed disks");
    }
    return;
  }
  if (encryption.format === "luks2") {
    refuse("luks2 is currently not supported by the qemu encryption engine");
  } else if (encryption.format !== "luks") refuse("old qcow/qcow2 encryption is not supported");
  else if (format !== "raw" && format !== "qcow2" && format !== "none") {
    refuse("encryption is supported only with 'raw' and 'qcow2' image format");
  }
}
