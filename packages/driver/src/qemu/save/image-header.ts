import { ErrorCode, VirtError, virtError } from "@tsvirt/base";

/**
 * The head of a saved guest: what libvirt writes before QEMU's migration stream (`qemu_saveimage.h` of libvirt 9.0).
 *
 * Numbers are in the byte order of the host that wrote them; version 2 is the only one written, 1 lacks nothing we read.
 * The file is hostile (threat-model: save images): lengths are checked before anything is allocated.
 */
export interface SaveImageHeader {
  /** The domain XML, secure form, that the restored guest starts from. */
  readonly xml: string;
  /** `<cookie>` document with what the XML cannot say; absent in images of old versions. */
  readonly cookie?: string;
  /** Whether the guest ran when it was saved, so that a plain restore resumes it. */
  readonly running: boolean;
  readonly compression: SaveCompression;
}

/** How the migration stream after the header is packed, by the number in the header. */
export const saveCompressions = ["raw", "gzip", "bzip2", "xz", "lzop"] as const;
/** One of {@link saveCompressions}. */
export type SaveCompression = (typeof saveCompressions)[number];

const MAGIC = "LibvirtQemudSave";
/** What stands there until the whole image is durable. */
const PARTIAL_MAGIC = "LibvirtQemudPart";
const VERSION = 2;
/** magic, five numbers, fourteen unused ones. */
export const SAVE_HEADER_BYTES = 16 + 4 * (5 + 14);
/** Threat-model section 5. */
const DATA_MAX = 16 * 1024 * 1024;

/** Fixed part of the header: enough to know how much more there is to read. */
export interface SaveImagePrefix {
  readonly dataBytes: number;
  readonly cookieOffset: number;
  readonly running: boolean;
  readonly compression: SaveCompression;
}

/** The image was never finished, or has been used: it is good for nothing. */
export class IncompleteImageError extends VirtError {
  override readonly name = "IncompleteImageError";

  constructor() {
    super(ErrorCode.operationFailed, "operation failed: save image is incomplete");
  }
}

/**
 * Reads the first {@link SAVE_HEADER_BYTES} bytes of an image. Throws {@link IncompleteImageError} for one that is not
 * finished, another operationFailed for what is none.
 */
export function decodeSavePrefix(bytes: Uint8Array): SaveImagePrefix {
  if (bytes.length < SAVE_HEADER_BYTES) throw refused("failed to read qemu header");
  const magic = new TextDecoder("latin1").decode(bytes.subarray(0, 16));
  if (magic === PARTIAL_MAGIC) throw new IncompleteImageError();
  if (magic !== MAGIC) throw refused("image magic is incorrect");
  const view = new DataView(bytes.buffer, bytes.byteOffset, SAVE_HEADER_BYTES);
  // An image may come from a host of the other byte order: the version, always small, tells.
  const little = view.getUint32(16, true) <= 0xffff;
  const word = (index: number): number => view.getUint32(16 + 4 * index, little);
  if (word(0) > VERSION) {
    throw refused(`image version is not supported (${word(0)} > ${VERSION})`);
  }
  const dataBytes = word(1);
  const cookieOffset = word(4);
  if (dataBytes === 0 || dataBytes > DATA_MAX) throw refused(`invalid header data length: ${dataBytes | 0}`);
  if (cookieOffset >= dataBytes) throw refused(`invalid cookie offset: ${cookieOffset | 0}`);
  const compression = saveCompressions[word(3)];
  if (compression === undefined) throw refused(`Invalid compressed save format ${word(3)}`);
  return { dataBytes, cookieOffset, running: word(2) !== 0, compression };
}

/** Reads the `dataBytes` bytes that follow the prefix. */
export function decodeSaveData(prefix: SaveImagePrefix, bytes: Uint8Array): SaveImageHeader {
  if (bytes.length < prefix.dataBytes) throw refused("failed to read domain XML");
  const end = prefix.cookieOffset === 0 ? prefix.dataBytes : prefix.cookieOffset;
  const cookie = prefix.cookieOffset === 0 ? "" : terminated(bytes.subarray(prefix.cookieOffset, prefix.dataBytes));
  return {
    xml: terminated(bytes.subarray(0, end)),
    ...(cookie === "" ? {} : { cookie }),
    running: prefix.running,
    compression: prefix.compression,
  };
}

/**
 * Bytes to put at the start of an image.
 *
 * @param finished `false` while the stream is still being written: such an image is refused by every reader.
 * @param dataBytes keep room for this much text, when an existing header is rewritten in place
 */
export function encodeSaveHeader(
  header: SaveImageHeader,
  { finished, dataBytes }: { finished: boolean; dataBytes?: number },
): Uint8Array {
  const encoder = new TextEncoder();
  const xml = encoder.encode(`${header.xml}\0`);
  const cookie = header.cookie === undefined ? new Uint8Array() : encoder.encode(`${header.cookie}\0`);
  const needed = xml.length + cookie.length;
  if (dataBytes !== undefined && needed > dataBytes) throw refused("new xml too large to fit in file");
  const total = dataBytes ?? needed;
  if (total > DATA_MAX) throw refused(`invalid header data length: ${total}`);
  const bytes = new Uint8Array(SAVE_HEADER_BYTES + total);
  bytes.set(encoder.encode(finished ? MAGIC : PARTIAL_MAGIC));
  const view = new DataView(bytes.buffer);
  const words = [
    VERSION,
    total,
    header.running ? 1 : 0,
    saveCompressions.indexOf(header.compression),
    cookie.length > 0 ? xml.length : 0,
  ];
  words.forEach((word, index) => {
    view.setUint32(16 + 4 * index, word, true);
  });
  bytes.set(xml, SAVE_HEADER_BYTES);
  bytes.set(cookie, SAVE_HEADER_BYTES + xml.length);
  return bytes;
}

function terminated(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function refused(detail: string): Error {
  return virtError(ErrorCode.operationFailed, detail);
}
