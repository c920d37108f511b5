/**
 * Facts of libvirt's framing (`virnetprotocol.x`): each message is a length word that counts itself, a header of six
 * words, and a payload.
 */

/** What kind of message a frame is (`virNetMessageType`). */
export const MessageType = {
  call: 0,
  reply: 1,
  message: 2,
  stream: 3,
  callWithFds: 4,
  replyWithFds: 5,
  streamHole: 6,
} as const;

/** How a call went, or where a stream is (`virNetMessageStatus`). */
export const MessageStatus = { ok: 0, error: 1, continue: 2 } as const;

/** Bytes of the length word. */
export const LENGTH_SIZE = 4;
/** Bytes of program, version, procedure, type, serial and status. */
export const HEADER_SIZE = 24;
/** Most bytes of a message, its length word included: 32 MiB and 4. */
export const MESSAGE_MAX = 33_554_436;
/** Most bytes of a message from a client that has not authenticated (W1). */
export const ANONYMOUS_MESSAGE_MAX = 128 * 1024;
/** Most bytes of data in one stream packet that we send; libvirt's own limit for the sake of old peers. */
export const STREAM_PACKET_MAX = 262_120;
/** Most descriptors with one message. */
export const MESSAGE_FDS_MAX = 32;

/** The header of a frame. */
export interface Header {
  readonly prog: number;
  readonly vers: number;
  readonly proc: number;
  readonly type: number;
  readonly serial: number;
  readonly status: number;
}
