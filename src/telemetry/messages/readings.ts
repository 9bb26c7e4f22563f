/**
 * READING and READINGS: values with their times, packed in columns (docs/PROTOCOL.md section 3).
 *
 * Both are decoded into the same growing columns, so that whoever consumes them sees batches and never a single object.
 */
import { canPack, readPacked, writePacked } from '../../bytes/packed.ts';
import type { ByteReader } from '../../bytes/reader.ts';
import type { ByteWriter } from '../../bytes/writer.ts';
import { FormatError } from '../../errors/errors.ts';
import type { Batch, Column } from '../../readings/batch.ts';
import { LARGEST_WHOLE, type ReadingType } from '../../readings/sensor-info.ts';
import type { GrowingColumns } from '../columns.ts';
import { MOST_READINGS } from '../limits.ts';
import { MESSAGE } from './types.ts';

const UTF8_ENCODER = new TextEncoder();

/** How the integers of a READINGS are written. */
const MODE = { plain: 0, delta: 1 } as const;

/** Columns for the encoder's differences; what they hold means nothing between calls. */
const scratch = new Float64Array(MOST_READINGS);

/** Where a message of readings stands in its session. */
export interface ReadingsPlace {
  readonly sensor: number;
  readonly type: ReadingType;
  /** The session's number of the first reading. */
  readonly number: number;
  readonly epochUs: number;
}

/** Writes reading `index` of a batch as READING. */
export function writeReading(writer: ByteWriter, place: ReadingsPlace, batch: Batch, index: number): void {
  writer.u8(MESSAGE.reading);
  writer.varint(place.sensor);
  writer.varint(place.number);
  writer.svarint((batch.times[index] as number) - place.epochUs);
  writeValue(writer, place.type, batch.values, index);
}

function writeValue(writer: ByteWriter, type: ReadingType, values: Column, index: number): void {
  const value = values[index];
  if (typeof value === 'number') {
    if (type === 'int') writer.svarint(value);
    else if (type === 'uint') writer.varint(value);
    else if (type === 'bool') writer.u8(value);
    else if (type === 'float32') writer.f32(value);
    else writer.f64(value);
  } else if (typeof value === 'string') writer.text(value);
  else if (value !== undefined) {
    writer.varint(value.length);
    writer.bytes(value);
  }
}

/**
 * Writes a batch of 1 to {@link MOST_READINGS} as READINGS, and says whether it could: false, with nothing written,
 * where the spread of its times or numbers is beyond 52 bits. Then each reading goes as READING.
 */
export function writeReadings(writer: ByteWriter, place: ReadingsPlace, batch: Batch): boolean {
  const start = writer.length;
  const { times, values } = batch;
  const count = times.length;
  writer.u8(MESSAGE.readings);
  writer.varint(place.sensor);
  writer.varint(place.number);
  writer.varint(count);
  const fits = writeTimes(writer, times, place.epochUs) && writeValues(writer, place.type, values, count);
  if (!fits) writer.truncate(start);
  return fits;
}

function writeTimes(writer: ByteWriter, times: Float64Array, epochUs: number): boolean {
  const first = times[0] as number;
  const last = times.length - 1;
  const period = last === 0 ? 0 : Math.round(((times[last] as number) - first) / last);
  for (let index = 1; index <= last; index++)
    scratch[index] = (times[index] as number) - first - index * period;
  if (!canPack(scratch, 1, last + 1)) return false;
  writer.svarint(first - epochUs);
  writer.svarint(period);
  writePacked(writer, scratch, 1, last + 1);
  return true;
}

function writeValues(writer: ByteWriter, type: ReadingType, values: Column, count: number): boolean {
  if (values instanceof Float64Array) {
    if (type === 'int' || type === 'uint') return writeIntegers(writer, values);
    if (type === 'bool') writeBools(writer, values);
    else if (type === 'float32') for (const value of values) writer.f32(value);
    else for (const value of values) writer.f64(value);
    return true;
  }
  const blobs = values.map(value => (typeof value === 'string' ? UTF8_ENCODER.encode(value) : value));
  for (let index = 0; index < count; index++) scratch[index] = blobs[index]?.length ?? 0;
  writePacked(writer, scratch, 0, count);
  for (const blob of blobs) writer.bytes(blob);
  return true;
}

/** Plain or as differences, whichever spreads less. */
function writeIntegers(writer: ByteWriter, values: Float64Array): boolean {
  const count = values.length;
  let [least, most, leastStep, mostStep] = [values[0] as number, values[0] as number, Infinity, -Infinity];
  for (let index = 1; index < count; index++) {
    const value = values[index] as number;
    const step = value - (values[index - 1] as number);
    scratch[index] = step;
    if (value < least) least = value;
    if (value > most) most = value;
    if (step < leastStep) leastStep = step;
    if (step > mostStep) mostStep = step;
  }
  if (mostStep - leastStep < most - least && canPack(scratch, 1, count)) {
    writer.u8(MODE.delta);
    writer.svarint(values[0] as number);
    writePacked(writer, scratch, 1, count);
    return true;
  }
  if (!canPack(values)) return false;
  writer.u8(MODE.plain);
  writePacked(writer, values);
  return true;
}

function writeBools(writer: ByteWriter, values: Float64Array): void {
  for (let start = 0; start < values.length; start += 8) {
    let byte = 0;
    for (let bit = 0; bit < 8; bit++) byte = (byte << 1) | (values[start + bit] ?? 0);
    writer.u8(byte);
  }
}

/** What a message of readings was, apart from the columns. */
export interface ReadingsHead {
  readonly sensor: number;
  readonly number: number;
  readonly count: number;
}

/** The sensor and the numbers of a READING or READINGS, before its columns are read. */
export function readReadingsHead(reader: ByteReader, type: number): ReadingsHead {
  const sensor = reader.varint();
  const number = reader.varint();
  const count = type === MESSAGE.reading ? 1 : reader.varint();
  if (count < 1 || count > MOST_READINGS) {
    throw new FormatError(
      `a message of ${count} readings, 1 to ${MOST_READINGS} are allowed`,
      reader.position,
    );
  }
  if (number + count > LARGEST_WHOLE)
    throw new FormatError('a reading number above 2^52 − 1', reader.position);
  return { sensor, number, count };
}

/** Appends the readings of a READING to `columns`. @throws FormatError, and `columns` may hold a part of them. */
export function readReading(
  reader: ByteReader,
  type: ReadingType,
  epochUs: number,
  columns: GrowingColumns,
): void {
  const at = columns.extend(1);
  columns.times[at] = checkTime(epochUs + reader.svarint(), reader);
  if (type === 'text') columns.texts.push(reader.utf8(reader.varint()));
  else if (type === 'bytes') columns.blobs.push(reader.bytes(reader.varint()).slice());
  else columns.numbers[at] = readNumber(reader, type);
  reader.end();
}

/** Appends the readings of a READINGS to `columns`. @throws FormatError, and `columns` may hold a part of them. */
export function readReadings(
  reader: ByteReader,
  type: ReadingType,
  epochUs: number,
  count: number,
  columns: GrowingColumns,
): void {
  const at = columns.extend(count);
  readTimes(reader, columns.times, at, count, epochUs);
  if (type === 'text' || type === 'bytes') readBlobs(reader, type, at, count, columns);
  else if (type === 'bool') readBools(reader, columns.numbers, at, count);
  else if (type === 'int' || type === 'uint') readIntegers(reader, type, columns.numbers, at, count);
  else for (let index = at; index < at + count; index++) columns.numbers[index] = readNumber(reader, type);
  reader.end();
}

function readNumber(reader: ByteReader, type: ReadingType): number {
  switch (type) {
    case 'int':
      return reader.svarint();
    case 'uint':
      return checkInteger(reader.varint(), type, reader);
    case 'float32':
      return reader.f32();
    case 'float64':
      return reader.f64();
    default: {
      const value = reader.u8();
      if (value > 1) throw new FormatError(`a bool of ${value}`, reader.position - 1);
      return value;
    }
  }
}

function readTimes(
  reader: ByteReader,
  times: Float64Array,
  at: number,
  count: number,
  epochUs: number,
): void {
  const first = checkTime(epochUs + reader.svarint(), reader);
  const period = reader.svarint();
  times[at] = first;
  readPacked(reader, times, at + 1, count - 1);
  for (let index = 1; index < count; index++) {
    times[at + index] = checkTime((times[at + index] as number) + first + index * period, reader);
  }
}

function checkTime(us: number, reader: ByteReader): number {
  if (us >= 0 && us <= LARGEST_WHOLE) return us;
  throw new FormatError(`a time of ${us} µs, 0 to 2^52 − 1 are allowed`, reader.position);
}

function readIntegers(
  reader: ByteReader,
  type: ReadingType,
  into: Float64Array,
  at: number,
  count: number,
): void {
  const mode = reader.u8();
  if (mode === MODE.plain) readPacked(reader, into, at, count);
  else if (mode === MODE.delta) {
    into[at] = reader.svarint();
    readPacked(reader, into, at + 1, count - 1);
    for (let index = at + 1; index < at + count; index++) {
      into[index] = (into[index] as number) + (into[index - 1] as number);
    }
  } else throw new FormatError(`integers in the unknown mode ${mode}`, reader.position - 1);
  for (let index = at; index < at + count; index++) checkInteger(into[index] as number, type, reader);
}

function checkInteger(value: number, type: ReadingType, reader: ByteReader): number {
  if (value <= LARGEST_WHOLE && value >= (type === 'uint' ? 0 : -LARGEST_WHOLE)) return value;
  throw new FormatError(`a ${type} beyond its range`, reader.position);
}

function readBools(reader: ByteReader, into: Float64Array, at: number, count: number): void {
  const bits = reader.bytes(Math.ceil(count / 8));
  for (let index = 0; index < count; index++)
    into[at + index] = ((bits[index >> 3] as number) >> (7 - (index & 7))) & 1;
  const spare = bits.length * 8 - count;
  if (((bits.at(-1) as number) & ((1 << spare) - 1)) !== 0)
    throw new FormatError('padding bits that are not 0', reader.position - 1);
}

function readBlobs(
  reader: ByteReader,
  type: 'text' | 'bytes',
  at: number,
  count: number,
  columns: GrowingColumns,
): void {
  const lengths = columns.numbers;
  readPacked(reader, lengths, at, count);
  for (let index = at; index < at + count; index++) {
    const length = lengths[index] as number;
    if (length < 0) throw new FormatError('a negative length', reader.position);
    if (type === 'text') columns.texts.push(reader.utf8(length));
    else columns.blobs.push(reader.bytes(length).slice());
  }
}
