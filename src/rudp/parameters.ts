/**
 * What an end tells the other one in INIT and ACCEPT (docs/RELIABLE-UDP.md section 4).
 *
 *   length 1 | id 1, length 1, value: varint | …
 *
 * Only what differs from the default is written; unknown ids are skipped.
 */
import type { ByteReader } from '../bytes/reader.ts';
import type { ByteWriter } from '../bytes/writer.ts';
import { FormatError } from '../errors/errors.ts';
import { MESSAGE_COST_BYTES } from './channels.ts';
import { MOST_MESSAGE_BYTES, USUAL_DATAGRAM_BYTES } from './layout.ts';
import { varintLength } from './put.ts';

/** One end's side of a connection. */
export interface ConnectionParameters {
  /** The longest it holds an acknowledgement back, in milliseconds, 0 to 16,383. */
  readonly ackDelayMs: number;
  /** The first MAX_DATA: costs of messages that it takes, in bytes, at least 1,048,592. */
  readonly maxData: number;
  /** Silence after which it closes, in milliseconds; 0: never. */
  readonly idleMs: number;
  /** The largest UDP payload that it takes, in bytes, 1,200 to 65,535. */
  readonly largestDatagram: number;
}

export const DEFAULT_PARAMETERS: ConnectionParameters = {
  ackDelayMs: 80,
  maxData: 4 * 2 ** 20,
  idleMs: 30_000,
  largestDatagram: USUAL_DATAGRAM_BYTES,
};

/** Any message must fit the window, or it would wait for ever. */
const LEAST_MAX_DATA = MOST_MESSAGE_BYTES + MESSAGE_COST_BYTES;

/** Ids and ranges. 16,383 ms is what QUIC allows (RFC 9000 §18.2); 1,200 bytes is what every path must carry. */
const KNOWN = [
  { id: 1, name: 'ackDelayMs', least: 0, most: 16_383 },
  { id: 2, name: 'maxData', least: LEAST_MAX_DATA, most: Number.MAX_SAFE_INTEGER },
  { id: 3, name: 'idleMs', least: 0, most: Number.MAX_SAFE_INTEGER },
  { id: 4, name: 'largestDatagram', least: 1_200, most: 65_535 },
] as const;

export function writeParameters(writer: ByteWriter, parameters: ConnectionParameters): void {
  const told = KNOWN.filter(({ name }) => parameters[name] !== DEFAULT_PARAMETERS[name]);
  writer.u8(told.reduce((sum, { name }) => sum + 2 + varintLength(parameters[name]), 0));
  for (const { id, name } of told) {
    writer.u8(id);
    writer.u8(varintLength(parameters[name]));
    writer.varint(parameters[name]);
  }
}

/** @throws FormatError where a known one is out of range, told twice, or not as long as it says. */
export function readParameters(reader: ByteReader): ConnectionParameters {
  const parameters: { -readonly [Name in keyof ConnectionParameters]: number } = { ...DEFAULT_PARAMETERS };
  const seen = new Set<number>();
  const length = reader.u8();
  const end = reader.position + length;
  while (reader.position < end) {
    const at = reader.position;
    const id = reader.u8();
    const bytes = reader.u8();
    const valueEnd = reader.position + bytes;
    if (valueEnd > end) throw new FormatError('a parameter beyond the end of the parameters', at);
    const known = KNOWN.find(each => each.id === id);
    if (known === undefined) {
      reader.bytes(bytes);
      continue;
    }
    const value = reader.varint();
    const { name, least, most } = known;
    if (reader.position !== valueEnd || seen.has(id))
      throw new FormatError(`parameter ${name} is damaged or told twice`, at);
    if (value < least || value > most)
      throw new FormatError(`parameter ${name} is ${value}; it goes from ${least} to ${most}`, at);
    seen.add(id);
    parameters[name] = value;
  }
  return parameters;
}
