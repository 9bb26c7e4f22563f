/**
 * Frames: a length and a message (docs/PROTOCOL.md section 2), in streams and in datagrams.
 *
 * The decoder keeps at most one unfinished frame; what is whole in the bytes at hand is read in place.
 */
import { ByteReader } from '../bytes/reader.ts';
import { ByteWriter } from '../bytes/writer.ts';
import { RemoteProtocolError } from '../errors/errors.ts';
import { MOST_MESSAGE_BYTES } from './limits.ts';
import { ERROR_CODE } from './messages/types.ts';

/** The first byte of every datagram: 0xD0 and the version of the header. */
const DATAGRAM_MARK = 0xd1;
/** Mark and tag. */
export const DATAGRAM_HEADER_BYTES = 4;
/** A length of {@link MOST_MESSAGE_BYTES} as a varint: a fourth byte is never looked at. */
export const MOST_LENGTH_BYTES = 3;

/** Writes the length that begins a frame at `into[at]`, and gives the offset of what follows it. */
export function putLength(into: Uint8Array, at: number, length: number): number {
  let end = at;
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) into[end++] = (rest & 0x7f) | 0x80;
  into[end++] = rest;
  return end;
}

/** Appends one frame to `writer`; `write` writes the message. */
export function writeFrame(writer: ByteWriter, write: (body: ByteWriter) => void): void {
  const body = new ByteWriter(64);
  write(body);
  writer.varint(body.length);
  writer.bytes(body.written());
}

/** Starts a datagram of a session. */
export function writeDatagramHeader(writer: ByteWriter, tag: number): void {
  writer.u8(DATAGRAM_MARK);
  writer.u24(tag);
}

/** The tag of a datagram, or undefined where its header is not ours. */
export function datagramTag(datagram: Uint8Array): number | undefined {
  if (datagram.length <= DATAGRAM_HEADER_BYTES || datagram[0] !== DATAGRAM_MARK) return undefined;
  return new ByteReader(datagram, 1).u24();
}

/** Takes one message: a reader over it, its type already read. It must not be kept. */
export type MessageHandler = (type: number, body: ByteReader) => void;

/**
 * Calls `handler` for each whole frame of `bytes[start..]` and gives the offset of the first byte that belongs to
 * none.
 * @throws RemoteProtocolError for a length that is 0 or too large, or no varint.
 */
export function readFrames(bytes: Uint8Array, start: number, handler: MessageHandler): number {
  const reader = new ByteReader(bytes);
  let at = start;
  while (at < bytes.length) {
    reader.moveTo(at, bytes.length);
    const length = readLength(reader);
    if (length === undefined || reader.remaining < length) break;
    at = reader.position + length;
    reader.moveTo(reader.position, at);
    handler(reader.u8(), reader);
  }
  return at;
}

/** The length of a frame, or undefined where it is not all there yet. Each byte that is wrong is found at once. */
function readLength(reader: ByteReader): number | undefined {
  let length = 0;
  for (let index = 0; index < MOST_LENGTH_BYTES; index++) {
    if (reader.remaining === 0) return undefined;
    const byte = reader.u8();
    length |= (byte & 0x7f) << (7 * index);
    if (byte >= 0x80) continue;
    if (byte === 0) {
      const what = index === 0 ? 'a frame without a message' : 'a length that is not in its shortest form';
      throw new RemoteProtocolError('SW_PROTOCOL', what, ERROR_CODE.malformed);
    }
    if (length > MOST_MESSAGE_BYTES) break;
    return length;
  }
  const message = `a message above the ${MOST_MESSAGE_BYTES} bytes that are allowed`;
  throw new RemoteProtocolError('SW_PROTOCOL', message, ERROR_CODE.tooLarge);
}

const NOTHING = new Uint8Array(0);

/** Cuts a stream, in whatever pieces it comes, into messages. */
export class FrameDecoder {
  /** The unfinished frame is `#buffer[0..#pending)`. */
  #buffer: Uint8Array = NOTHING;
  #pending = 0;

  /** Bytes of an unfinished frame that wait for the rest. */
  get pendingBytes(): number {
    return this.#pending;
  }

  /** Calls `handler` for each message that `chunk` completes. @throws RemoteProtocolError; the stream is then lost. */
  receive(chunk: Uint8Array, handler: MessageHandler): void {
    const bytes = this.#pending === 0 ? chunk : this.#append(chunk);
    this.#keep(bytes.subarray(readFrames(bytes, 0, handler)));
  }

  /** The buffer at least doubles, so that a message in pieces of one byte is not copied for each of them. */
  #append(chunk: Uint8Array): Uint8Array {
    const length = this.#pending + chunk.length;
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#buffer.length));
      larger.set(this.#buffer.subarray(0, this.#pending));
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#pending);
    return this.#buffer.subarray(0, length);
  }

  /** A copy, since the chunk belongs to whoever gave it. */
  #keep(rest: Uint8Array): void {
    this.#pending = rest.length;
    if (rest.length === 0) this.#buffer = NOTHING;
    else if (rest.buffer !== this.#buffer.buffer) this.#buffer = rest.slice();
    else if (rest.byteOffset > 0) this.#buffer.copyWithin(0, rest.byteOffset, rest.byteOffset + rest.length);
  }
}
