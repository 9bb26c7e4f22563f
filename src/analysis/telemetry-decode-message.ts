/**
 * A telemetry message field by field (docs/PROTOCOL.md section 3). Names, order and meanings are those of the Wireshark
 * dissector's tables.
 */
import { toHex } from '../bytes/hex.ts';
import { ByteReader } from '../bytes/reader.ts';
import { BODIES, type Body, type Part } from '../dissector/telemetry-bodies.ts';
import { FormatError } from '../errors/errors.ts';
import { isExtension, MESSAGE } from '../telemetry/messages/types.ts';
import { type FieldTree, hexNumber, hexText } from './frame-detail-fields.ts';
import { type DecodedReading, type ReadingContext, walkReadings } from './telemetry-decode-readings.ts';
import { addField } from './telemetry-decode-values.ts';

const BODY_OF_TYPE: ReadonlyMap<number, Body> = new Map(BODIES.map(body => [body.type, body]));
const MAGIC_BYTES = 4;
const SESSION_BYTES = 16;
/** A text of a message; longer ones are malformed. */
const MOST_TEXT_BYTES = 65_536;

/** What a message is for, in a few words for students. */
const PURPOSES: Readonly<Record<keyof typeof MESSAGE, string>> = {
  hello: 'the sender begins a session, or goes on with one',
  sensor: 'the sender says what one of its sensors is',
  reading: 'one reading',
  readings: 'readings of one sensor',
  clockRequest: 'the sender asks what time it is',
  clockDrift: 'how much faster the clock of the collector runs',
  commandResult: 'what came of a command',
  bye: 'the sender has said everything',
  error: 'this end breaks off, and says why',
  welcome: 'the collector takes the session, and says from where on',
  delivered: 'the collector has received readings',
  stored: 'readings are on disk: the sender may forget them',
  clockReply: 'the collector says what time it is',
  command: 'the collector asks for something',
  sensorsKnown: 'how many sensors the collector knows',
};
const PURPOSE_OF_TYPE: ReadonlyMap<number, string> = new Map(
  (Object.keys(MESSAGE) as (keyof typeof MESSAGE)[]).map(name => [MESSAGE[name], PURPOSES[name]]),
);

/** The name of a message type as docs/PROTOCOL.md writes it. */
export function messageName(type: number): string {
  return BODY_OF_TYPE.get(type)?.name ?? (isExtension(type) ? 'an extension' : `type ${hexNumber(type, 2)}`);
}

/** True for types that a frame of ours can have. */
export function isKnownType(type: number): boolean {
  return BODY_OF_TYPE.has(type) || isExtension(type);
}

/**
 * Adds a frame, its length and its message, as one group.
 * @param start where the frame starts, `bodyStart` where its message does, after the length; `end` where it ends
 * @returns its readings; what is malformed is a field that says so
 */
export function walkFrame(
  bytes: Uint8Array,
  start: number,
  bodyStart: number,
  end: number,
  tree: FieldTree,
  context: ReadingContext,
): readonly DecodedReading[] {
  let readings: readonly DecodedReading[] = [];
  const type = bytes[bodyStart] as number;
  const name = messageName(type);
  tree.group(name, start, () => {
    addField(tree, 'sensewire.length', end - bodyStart, start, bodyStart);
    addField(tree, 'sensewire.type', type, bodyStart, bodyStart + 1);
    const reader = new ByteReader(bytes, bodyStart + 1, end);
    try {
      if (type === MESSAGE.reading || type === MESSAGE.readings)
        readings = walkReadings(reader, tree, type, context);
      else walkBody(reader, tree, type);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      const at = Math.min(reader.position, end);
      tree.add(
        'sensewire.malformed',
        'Malformed',
        error.message,
        at,
        end,
        'Not what docs/PROTOCOL.md allows.',
      );
    }
    return { end, value: PURPOSE_OF_TYPE.get(type) ?? '' };
  });
  return readings;
}

function walkBody(reader: ByteReader, tree: FieldTree, type: number): void {
  const body = BODY_OF_TYPE.get(type);
  if (body === undefined) {
    const start = reader.position;
    addField(tree, 'sensewire.extension', reader.bytes(reader.remaining), start, reader.position);
    return;
  }
  for (const part of body.parts) walkPart(reader, tree, part);
  reader.end();
}

function walkPart(reader: ByteReader, tree: FieldTree, { field, kind }: Part): void {
  const name = `sensewire.${field}`;
  const start = reader.position;
  if (kind === 'options') {
    while (reader.remaining > 0) walkOption(reader, tree);
    return;
  }
  const value = readPart(reader, kind);
  addField(tree, name, value, start, reader.position);
}

function readPart(reader: ByteReader, kind: Exclude<Part['kind'], 'options'>): number | string {
  switch (kind) {
    case 'u8':
      return reader.u8();
    case 'u24':
      return reader.u24();
    case 'f64':
      return reader.f64();
    case 'varint':
      return reader.varint();
    case 'svarint':
      return reader.svarint();
    case 'text':
      return reader.text(MOST_TEXT_BYTES);
    case 'time':
      return reader.u64();
    case 'magic':
      return String.fromCharCode(...reader.bytes(MAGIC_BYTES));
    case 'session':
      return toHex(reader.bytes(SESSION_BYTES));
  }
}

function walkOption(reader: ByteReader, tree: FieldTree): void {
  let start = reader.position;
  addField(tree, 'sensewire.option.key', reader.varint(), start, reader.position);
  start = reader.position;
  const length = reader.varint();
  addField(tree, 'sensewire.option.length', length, start, reader.position);
  start = reader.position;
  addField(tree, 'sensewire.option.value', hexText(reader.bytes(length)), start, reader.position);
}
