/**
 * READING and READINGS field by field, so that each reading can be pointed at: its time, its value, and the bytes of the value.
 */
import type { ByteReader } from '../bytes/reader.ts';
import { FormatError } from '../errors/errors.ts';
import type { ReadingType, SensorInfo } from '../readings/sensor-info.ts';
import { readReadingsHead } from '../telemetry/messages/readings.ts';
import { MESSAGE } from '../telemetry/messages/types.ts';
import { type FieldTree, hexText } from './frame-detail-fields.ts';
import { type PackedNumbers, walkPacked } from './telemetry-decode-packed.ts';
import { addField, timeText } from './telemetry-decode-values.ts';
import { counted } from './words.ts';

/** What readings mean: from HELLO and SENSOR. */
export interface ReadingContext {
  /** undefined: HELLO is not in the capture. */
  readonly epochUs: number | undefined;
  sensor(id: number): SensorInfo | undefined;
}

/** One reading and where its value stands. */
export interface DecodedReading {
  readonly sensor: number;
  /** From SENSOR. */
  readonly name: string;
  readonly unit: string;
  readonly number: number;
  /** Since 1970; undefined where the epoch is not known. */
  readonly timeUs: number | undefined;
  /** As people read it: `21.4 °C`. */
  readonly text: string;
  /** Bytes of the value, in the bytes that were read. */
  readonly start: number;
  readonly end: number;
}

/** A raw value and where it stands. */
interface RawValue {
  readonly value: number | string | Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Reads what follows the type of the message; gives nothing where the sensor is not known. @throws FormatError */
export function walkReadings(
  reader: ByteReader,
  tree: FieldTree,
  type: number,
  context: ReadingContext,
): readonly DecodedReading[] {
  const { sensor, number, count } = walkHead(reader, tree, type);
  const info = context.sensor(sensor);
  if (info === undefined) {
    const start = reader.position;
    const rest = reader.bytes(reader.remaining);
    addField(tree, 'sensewire.undecoded', rest, start, reader.position);
    return [];
  }
  addField(tree, 'sensewire.readings.name', info.name, 0, 0);
  const timeStart = reader.position;
  const first = reader.svarint();
  const timeEnd = reader.position;
  addField(tree, 'sensewire.readings.time', first, timeStart, timeEnd);
  const times: number[] = [first];
  let values: readonly RawValue[];
  if (type === MESSAGE.reading) values = [walkValue(reader, info.type)];
  else {
    const periodStart = reader.position;
    const period = reader.svarint();
    addField(tree, 'sensewire.readings.period', period, periodStart, reader.position);
    const late = walkPacked(reader, tree, count - 1, 'Times, each minus the expected one');
    for (let index = 1; index < count; index++)
      times.push(first + index * period + (late.numbers[index - 1] as number));
    values = walkColumn(reader, tree, info.type, count);
  }
  reader.end();
  const readings = values.map((raw, index) => ({
    sensor,
    name: info.name,
    unit: info.unit,
    number: number + index,
    timeUs: context.epochUs === undefined ? undefined : context.epochUs + (times[index] as number),
    text: valueText(raw.value, info),
    start: raw.start,
    end: raw.end,
  }));
  for (const reading of readings) {
    const when = reading.timeUs === undefined ? 'time not known: HELLO is missing' : timeText(reading.timeUs);
    const { name, start, end } = reading;
    tree.add('sensewire.reading', `Reading ${reading.number}`, `${name} = ${reading.text}`, start, end, when);
  }
  return readings;
}

function walkHead(
  reader: ByteReader,
  tree: FieldTree,
  type: number,
): { readonly sensor: number; readonly number: number; readonly count: number } {
  const start = reader.position;
  const end = start + reader.remaining;
  const sensor = reader.varint();
  addField(tree, 'sensewire.readings.sensor', sensor, start, reader.position);
  const numberStart = reader.position;
  addField(tree, 'sensewire.readings.number', reader.varint(), numberStart, reader.position);
  const countStart = reader.position;
  if (type !== MESSAGE.reading)
    addField(tree, 'sensewire.readings.count', reader.varint(), countStart, reader.position);
  reader.moveTo(start, end);
  return readReadingsHead(reader, type);
}

function walkColumn(
  reader: ByteReader,
  tree: FieldTree,
  type: ReadingType,
  count: number,
): readonly RawValue[] {
  switch (type) {
    case 'bool':
      return walkBools(reader, tree, count);
    case 'int':
    case 'uint':
      return walkIntegers(reader, tree, count);
    case 'text':
    case 'bytes': {
      const lengths = walkPacked(reader, tree, count, 'Lengths');
      return Array.from(lengths.numbers, length => walkBlob(reader, type, length));
    }
    default:
      return Array.from({ length: count }, () => walkValue(reader, type));
  }
}

function walkIntegers(reader: ByteReader, tree: FieldTree, count: number): readonly RawValue[] {
  const modeStart = reader.position;
  const mode = reader.u8();
  addField(tree, 'sensewire.readings.mode', mode, modeStart, reader.position);
  if (mode === 0) return rawValues(walkPacked(reader, tree, count, 'Numbers'));
  if (mode !== 1) throw new FormatError(`integers in the unknown mode ${mode}`, modeStart);
  const start = reader.position;
  let value = reader.svarint();
  const end = reader.position;
  addField(tree, 'sensewire.readings.first', value, start, end);
  const steps = rawValues(walkPacked(reader, tree, count - 1, 'Differences'));
  return [
    { value, start, end },
    ...steps.map(step => {
      value += step.value as number;
      return { ...step, value };
    }),
  ];
}

function rawValues({ numbers, starts, ends }: PackedNumbers): readonly RawValue[] {
  return Array.from(numbers, (value, index) => ({
    value,
    start: starts[index] as number,
    end: ends[index] as number,
  }));
}

function walkBools(reader: ByteReader, tree: FieldTree, count: number): readonly RawValue[] {
  const start = reader.position;
  const bits = reader.bytes(Math.ceil(count / 8));
  addField(tree, 'sensewire.readings.bools', bits, start, reader.position);
  return Array.from({ length: count }, (_, index) => {
    const byte = index >> 3;
    const value = ((bits[byte] as number) >> (7 - (index & 7))) & 1;
    return { value, start: start + byte, end: start + byte + 1 };
  });
}

function walkValue(reader: ByteReader, type: ReadingType): RawValue {
  if (type === 'text' || type === 'bytes') return walkBlob(reader, type, reader.varint());
  const start = reader.position;
  const value =
    type === 'int'
      ? reader.svarint()
      : type === 'uint'
        ? reader.varint()
        : type === 'float32'
          ? reader.f32()
          : type === 'float64'
            ? reader.f64()
            : reader.u8();
  return { value, start, end: reader.position };
}

function walkBlob(reader: ByteReader, type: 'text' | 'bytes', length: number): RawValue {
  const start = reader.position;
  if (length < 0) throw new FormatError('a negative length', start);
  const value = type === 'text' ? reader.utf8(length) : reader.bytes(length);
  return { value, start, end: reader.position };
}

/** Digits after which a product of two doubles shows its rounding: 214 × 0.1 is 21.4. */
const DIGITS = 12;

function valueText(raw: number | string | Uint8Array, { type, scale, offset, unit }: SensorInfo): string {
  if (typeof raw === 'string') return `"${raw}"`;
  if (raw instanceof Uint8Array) return raw.length === 0 ? counted(0, 'byte') : hexText(raw);
  if (type === 'bool') return raw === 0 ? 'false' : 'true';
  const value = type === 'float32' ? Number(raw.toPrecision(7)) : raw;
  const scaled = scale === 1 && offset === 0 ? value : Number((value * scale + offset).toPrecision(DIGITS));
  return unit === '' ? String(scaled) : `${scaled} ${unit}`;
}
