/**
 * The packets that open connections, and RESET (docs/RELIABLE-UDP.md sections 2 and 4).
 *
 * Writers of INIT and ACCEPT give what stands before the frames: `FrameWriter.beginLong` goes on from there. Cookies,
 * nonces and tokens that were read are views of the datagram.
 */
import { ByteReader } from '../bytes/reader.ts';
import { ByteWriter } from '../bytes/writer.ts';
import { FormatError } from '../errors/errors.ts';
import { COOKIE_BYTES, NONCE_BYTES, PACKET, SHORT, TOKEN_BYTES, VERSION } from './layout.ts';
import { NUMBERS_END } from './numbers.ts';
import { type ConnectionParameters, readParameters, writeParameters } from './parameters.ts';

/** Room for the longest header, so that its writer does not grow. */
const HEADER_BYTES = 128;
/** Byte 0 and the connection id: what every packet begins with. */
const LEAST_BYTES = 5;

/** A client asks for a connection. */
export interface Init {
  /** Chosen by the client, who sends this. */
  readonly clientId: number;
  /** 8 bytes. */
  readonly nonce: Uint8Array;
  /** As RETRY brought it, at most 255 bytes; undefined at first. */
  readonly cookie: Uint8Array | undefined;
  readonly parameters: ConnectionParameters;
  /** Of the frames that follow; told where there is a cookie, and then needed. */
  readonly packetNumber: number | undefined;
}

/** The server asks the client to come again with this cookie. */
export interface Retry {
  readonly clientId: number;
  /** 8 bytes, those of INIT. */
  readonly nonce: Uint8Array;
  /** 20 bytes. */
  readonly cookie: Uint8Array;
}

/** The server has made the connection. */
export interface Accept {
  readonly clientId: number;
  readonly serverId: number;
  /** 16 bytes that only RESET will show again. */
  readonly resetToken: Uint8Array;
  readonly parameters: ConnectionParameters;
}

/** The sender knows no connection of this id. */
export interface Reset {
  readonly receiverId: number;
  /** 16 bytes. */
  readonly resetToken: Uint8Array;
}

/** The server speaks these versions. */
export interface VersionList {
  readonly clientId: number;
  /** 8 bytes, those of INIT. */
  readonly nonce: Uint8Array;
  readonly versions: readonly number[];
}

/** Where the frames of a packet begin; they go to its end. */
interface WithFrames {
  readonly framesStart: number;
}

export type LongPacket =
  | ({ readonly kind: 'init' } & Init & WithFrames)
  /** INIT of a version that we do not speak: what stands at the same place in all versions. */
  | {
      readonly kind: 'otherVersion';
      readonly version: number;
      readonly clientId: number;
      readonly nonce: Uint8Array;
    }
  | ({ readonly kind: 'retry' } & Retry)
  | ({ readonly kind: 'accept' } & Accept & WithFrames)
  | ({ readonly kind: 'reset' } & Reset)
  | ({ readonly kind: 'version' } & VersionList);

export function isLong(datagram: Uint8Array): boolean {
  return ((datagram[0] ?? 0) & SHORT.long) !== 0;
}

/** The connection id of any packet: the receiver's, in INIT the client's. Undefined where the datagram is too short. */
export function connectionIdOf(datagram: Uint8Array): number | undefined {
  return datagram.length < LEAST_BYTES ? undefined : readU32(new ByteReader(datagram, 1));
}

/** INIT without its frames. */
export function writeInit(init: Init): Uint8Array {
  const writer = begin(PACKET.init, init.clientId);
  writer.u8(VERSION);
  writer.bytes(init.nonce);
  writer.u8(init.cookie?.length ?? 0);
  if (init.cookie !== undefined) writer.bytes(init.cookie);
  writeParameters(writer, init.parameters);
  if (init.cookie !== undefined) writer.varint(init.packetNumber ?? 0);
  return writer.toBytes();
}

export function writeRetry(retry: Retry): Uint8Array {
  const writer = begin(PACKET.retry, retry.clientId);
  writer.u8(VERSION);
  writer.bytes(retry.nonce);
  writer.bytes(retry.cookie);
  return writer.toBytes();
}

/** ACCEPT without its frames. */
export function writeAccept(accept: Accept): Uint8Array {
  const writer = begin(PACKET.accept, accept.clientId);
  writer.u8(VERSION);
  writeU32(writer, accept.serverId);
  writer.bytes(accept.resetToken);
  writeParameters(writer, accept.parameters);
  return writer.toBytes();
}

export function writeReset(reset: Reset): Uint8Array {
  const writer = begin(PACKET.reset, reset.receiverId);
  writer.bytes(reset.resetToken);
  return writer.toBytes();
}

export function writeVersionList(list: VersionList): Uint8Array {
  const writer = begin(PACKET.version, list.clientId);
  writer.bytes(list.nonce);
  writer.u8(list.versions.length);
  for (const version of list.versions) writer.u8(version);
  return writer.toBytes();
}

/** Reads a datagram of which {@link isLong} is true. @throws FormatError where it is damaged. */
export function readLongPacket(datagram: Uint8Array): LongPacket {
  const reader = new ByteReader(datagram);
  const type = reader.u8();
  const id = readU32(reader);
  switch (type) {
    case PACKET.init:
      return readInit(reader, id);
    case PACKET.retry: {
      readVersion(reader);
      const nonce = reader.bytes(NONCE_BYTES);
      return whole(reader, { kind: 'retry', clientId: id, nonce, cookie: reader.bytes(COOKIE_BYTES) });
    }
    case PACKET.accept: {
      readVersion(reader);
      const serverId = readU32(reader);
      const resetToken = reader.bytes(TOKEN_BYTES);
      const parameters = readParameters(reader);
      const framesStart = reader.position;
      return { kind: 'accept', clientId: id, serverId, resetToken, parameters, framesStart };
    }
    case PACKET.reset:
      return whole(reader, { kind: 'reset', receiverId: id, resetToken: reader.bytes(TOKEN_BYTES) });
    case PACKET.version: {
      const nonce = reader.bytes(NONCE_BYTES);
      const versions = Array.from(reader.bytes(reader.u8()));
      return whole(reader, { kind: 'version', clientId: id, nonce, versions });
    }
    default:
      throw new FormatError(`an unknown long packet, 0x${type.toString(16)}`, 0);
  }
}

function readInit(reader: ByteReader, clientId: number): LongPacket {
  const version = reader.u8();
  const nonce = reader.bytes(NONCE_BYTES);
  if (version !== VERSION) return { kind: 'otherVersion', version, clientId, nonce };
  const cookieBytes = reader.u8();
  const cookie = cookieBytes === 0 ? undefined : reader.bytes(cookieBytes);
  const parameters = readParameters(reader);
  const numberAt = reader.position;
  const packetNumber = cookie === undefined ? undefined : reader.varint();
  if (packetNumber !== undefined && packetNumber >= NUMBERS_END)
    throw new FormatError(`packet number ${packetNumber}, they end at 2^48`, numberAt);
  const framesStart = reader.position;
  if (cookie === undefined) reader.end();
  return { kind: 'init', clientId, nonce, cookie, parameters, packetNumber, framesStart };
}

function readVersion(reader: ByteReader): void {
  const at = reader.position;
  const version = reader.u8();
  if (version !== VERSION) throw new FormatError(`version ${version}, ${VERSION} was asked for`, at);
}

/** The packet, where nothing is left over. */
function whole(reader: ByteReader, packet: LongPacket): LongPacket {
  reader.end();
  return packet;
}

function begin(type: number, id: number): ByteWriter {
  const writer = new ByteWriter(HEADER_BYTES);
  writer.u8(type);
  writeU32(writer, id);
  return writer;
}

function writeU32(writer: ByteWriter, value: number): void {
  writer.u8(value >>> 24);
  writer.u24(value & 0xff_ffff);
}

function readU32(reader: ByteReader): number {
  return reader.u8() * 2 ** 24 + reader.u24();
}
