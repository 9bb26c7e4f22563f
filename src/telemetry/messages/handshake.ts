/**
 * HELLO and WELCOME: how a session begins or goes on.
 */
import { fromHex, toHex } from '../../bytes/hex.ts';
import type { ByteReader } from '../../bytes/reader.ts';
import type { ByteWriter } from '../../bytes/writer.ts';
import { FormatError, RemoteProtocolError } from '../../errors/errors.ts';
import { hasControl } from '../../readings/sensor-info.ts';
import { MOST_SOURCE_BYTES, VERSIONS } from '../limits.ts';
import { ERROR_CODE, type Hello, MESSAGE, type Welcome } from './types.ts';

/** `SWIR`. */
const MAGIC = 0x53574952;
const SESSION_BYTES = 16;

export function writeHello(writer: ByteWriter, hello: Hello): void {
  writer.u8(MESSAGE.hello);
  for (const shift of [24, 16, 8, 0]) writer.u8((MAGIC >>> shift) & 0xff);
  writer.u8(hello.lowestVersion);
  writer.u8(hello.highestVersion);
  writer.bytes(fromHex(hello.session));
  writer.u64(hello.epochUs);
  writer.varint(hello.from);
  writer.text(hello.source);
}

/**
 * The fields up to the session are the same in every version, so that any two can say that they do not fit; what
 * follows is read only where they do.
 * @throws RemoteProtocolError with ERROR 1 where no version is known to both ends.
 */
export function readHello(reader: ByteReader): Hello {
  const start = reader.position;
  const magic = reader.u8() * 2 ** 24 + reader.u24();
  if (magic !== MAGIC) throw new FormatError('a HELLO without the magic "SWIR"', start);
  const lowestVersion = reader.u8();
  const highestVersion = reader.u8();
  if (lowestVersion > highestVersion) throw new FormatError('an empty range of versions', start + 4);
  const session = toHex(reader.bytes(SESSION_BYTES));
  if (/^0+$/.test(session)) throw new FormatError('a session of zeros', start + 6);
  const { lowest, highest } = VERSIONS;
  if (lowestVersion > highest || highestVersion < lowest)
    throw new RemoteProtocolError('SW_PROTOCOL', `versions ${lowest} to ${highest}`, ERROR_CODE.version);
  const epochUs = reader.u64();
  const from = reader.varint();
  const source = reader.text(MOST_SOURCE_BYTES);
  if (source === '') throw new FormatError('a sender without a name', reader.position);
  if (hasControl(source))
    throw new FormatError('a sender with control characters in its name', reader.position);
  skipOptions(reader);
  return { lowestVersion, highestVersion, session, epochUs, from, source };
}

export function writeWelcome(writer: ByteWriter, welcome: Welcome): void {
  writer.u8(MESSAGE.welcome);
  writer.u8(welcome.version);
  writer.u24(welcome.tag);
  writer.varint(welcome.position);
  writer.varint(welcome.missing);
  writer.varint(welcome.mostMessageBytes);
  writer.varint(welcome.mostSensors);
}

export function readWelcome(reader: ByteReader): Welcome {
  const start = reader.position;
  const welcome: Welcome = {
    version: reader.u8(),
    tag: reader.u24(),
    position: reader.varint(),
    missing: reader.varint(),
    mostMessageBytes: reader.varint(),
    mostSensors: reader.varint(),
  };
  skipOptions(reader);
  if (welcome.tag === 0) throw new FormatError('a WELCOME with the tag 0', start);
  if (welcome.missing > welcome.position)
    throw new FormatError('more readings missing than there are', start);
  return welcome;
}

/** Options to come: checked for their form, not for their meaning. */
function skipOptions(reader: ByteReader): void {
  while (reader.remaining > 0) {
    reader.varint();
    reader.bytes(reader.varint());
  }
}
