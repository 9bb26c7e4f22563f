import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../bytes/hex.ts';
import { ByteReader } from '../../bytes/reader.ts';
import { ByteWriter } from '../../bytes/writer.ts';
import { LARGEST_WHOLE, READING_TYPES, sensorInfo } from '../../readings/sensor-info.ts';
import { anyBatch, anyTime } from '../../testing/reading-arbitraries.ts';
import { GrowingColumns, hasNumbers } from '../columns.ts';
import * as control from './control.ts';
import * as handshake from './handshake.ts';
import * as readings from './readings.ts';
import * as sensor from './sensor.ts';
import { COMMAND_ACTION, ERROR_CODE, errorName, isExtension, MESSAGE } from './types.ts';

const varint = fc.maxSafeNat();
const svarint = fc.integer({ min: -LARGEST_WHOLE, max: LARGEST_WHOLE });
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: names have none
  .filter(text => !/[\u0000-\u001f\u007f-\u009f]/.test(text) && Buffer.byteLength(text) <= 32);
const reason = fc.string({ unit: 'grapheme', maxLength: 60 }).filter(text => Buffer.byteLength(text) <= 512);
const session = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .filter(bytes => bytes.some(byte => byte > 0))
  .map(bytes => Buffer.from(bytes).toString('hex'));
const missingOf = fc.tuple(varint, varint).map(([a, b]) => [Math.max(a, b), Math.min(a, b)] as const);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

/** The body of a message, without its type, that `write` wrote into a buffer that must grow. */
function bodyOf(type: number, write: (writer: ByteWriter) => void): ByteReader {
  const writer = new ByteWriter(1);
  write(writer);
  const reader = new ByteReader(writer.toBytes());
  expect(reader.u8()).toBe(type);
  return reader;
}

/** Asserts that decode∘encode is the identity for all values. */
function isIdentity<T>(
  values: fc.Arbitrary<T>,
  type: number,
  write: (writer: ByteWriter, value: T) => void,
  read: (reader: ByteReader) => T,
): void {
  fc.assert(
    fc.property(values, value => {
      expect(read(bodyOf(type, writer => write(writer, value)))).toEqual(value);
    }),
  );
}

describe('messages come back as they were', () => {
  it('HELLO', () => {
    const hello = fc.record({
      lowestVersion: fc.nat(1),
      highestVersion: fc.integer({ min: 1, max: 255 }),
      session,
      epochUs: varint,
      from: varint,
      source: name,
    });
    isIdentity(hello, MESSAGE.hello, handshake.writeHello, handshake.readHello);
  });

  it('WELCOME', () => {
    const welcome = fc
      .record({
        version: fc.nat(255),
        tag: fc.integer({ min: 1, max: 2 ** 24 - 1 }),
        positionMissing: missingOf,
        mostMessageBytes: varint,
        mostSensors: varint,
      })
      .map(({ positionMissing: [position, missing], ...rest }) => ({ position, missing, ...rest }));
    isIdentity(welcome, MESSAGE.welcome, handshake.writeWelcome, handshake.readWelcome);
  });

  it('SENSOR', () => {
    const announcement = fc.record({
      id: varint,
      info: fc.oneof(
        fc.record({
          name,
          unit: fc.oneof(fc.constant(''), name),
          type: fc.constantFrom('int', 'uint', 'float32', 'float64'),
          scale: finite.filter(scale => scale !== 0),
          offset: finite,
          rateHz: finite.map(rate => Math.abs(rate)),
        }),
        fc.record({
          name,
          unit: fc.constant(''),
          type: fc.constantFrom('bool', 'text', 'bytes'),
          scale: fc.constant(1),
          offset: fc.constant(0),
          rateHz: fc.constant(0),
        }),
      ),
    });
    isIdentity(announcement, MESSAGE.sensor, sensor.writeSensor, sensor.readSensor);
  });

  it('SENSORS-KNOWN', () => {
    isIdentity(varint, MESSAGE.sensorsKnown, sensor.writeSensorsKnown, sensor.readSensorsKnown);
  });

  it.each(['delivered', 'stored'] as const)('the acknowledgement %s', what => {
    const acknowledgement = missingOf.map(([upTo, missing]) => ({ upTo, missing }));
    isIdentity(
      acknowledgement,
      MESSAGE[what],
      (writer, value) => control.writeAcknowledgement(writer, what, value),
      control.readAcknowledgement,
    );
  });

  it('CLOCK-REQUEST, CLOCK-DRIFT and CLOCK-REPLY', () => {
    const request = fc.record({ sentUs: varint, offsetUs: svarint, uncertaintyUs: varint });
    isIdentity(request, MESSAGE.clockRequest, control.writeClockRequest, control.readClockRequest);
    isIdentity(svarint, MESSAGE.clockDrift, control.writeClockDrift, control.readClockDrift);
    const reply = fc.record({ sentUs: varint, arrivedUs: varint, answeredUs: varint });
    isIdentity(reply, MESSAGE.clockReply, control.writeClockReply, control.readClockReply);
  });

  it('COMMAND and COMMAND-RESULT', () => {
    const command = fc.record({
      command: varint,
      sensor: fc.option(fc.nat(300), { nil: undefined }),
      action: fc.constantFrom(...Object.values(COMMAND_ACTION)),
      rateHz: fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true }),
    });
    const given = command.map(value =>
      value.action === COMMAND_ACTION.rate ? value : { ...value, rateHz: 0 },
    );
    isIdentity(given, MESSAGE.command, control.writeCommand, control.readCommand);
    const result = fc.record({ command: varint, status: fc.nat(2), reason });
    isIdentity(result, MESSAGE.commandResult, control.writeCommandResult, control.readCommandResult);
  });

  it('BYE and ERROR', () => {
    isIdentity(fc.record({ next: varint, dropped: varint }), MESSAGE.bye, control.writeBye, control.readBye);
    isIdentity(fc.record({ code: varint, reason }), MESSAGE.error, control.writeError, control.readError);
  });
});

describe('READING and READINGS', () => {
  const epochs = fc.oneof(fc.constantFrom(0, LARGEST_WHOLE, 1_700_000_000_000_000), anyTime);

  it('bring back readings of every type, whatever the epoch', () => {
    let packed = 0;
    fc.assert(
      fc.property(anyBatch(80), epochs, fc.nat(300), fc.nat(2 ** 31 - 1), (typed, epochUs, id, number) => {
        const { type, batch } = typed;
        const count = batch.times.length;
        const place = { sensor: id, type, number, epochUs };
        const writer = new ByteWriter(1);
        const columns = new GrowingColumns();
        if (readings.writeReadings(writer, place, batch)) {
          packed++;
          const reader = new ByteReader(writer.toBytes());
          const messageType = reader.u8();
          expect(messageType).toBe(MESSAGE.readings);
          expect(readings.readReadingsHead(reader, messageType)).toEqual({ sensor: id, number, count });
          readings.readReadings(reader, type, epochUs, count, columns);
        } else {
          expect(writer.length).toBe(0);
          for (let index = 0; index < count; index++) {
            writer.truncate();
            readings.writeReading(writer, { ...place, number: number + index }, batch, index);
            const reader = new ByteReader(writer.toBytes());
            const messageType = reader.u8();
            expect(readings.readReadingsHead(reader, messageType)).toEqual({
              sensor: id,
              number: number + index,
              count: 1,
            });
            readings.readReading(reader, type, epochUs, columns);
          }
        }
        const read = columns.take(type);
        expect(read.times).toEqual(batch.times);
        // float32 arbitraries are exact in 32 bits, so no type needs a tolerance. NaN and −0 are told apart by toEqual.
        expect(read.values).toEqual(batch.values);
      }),
      { numRuns: 1_000 },
    );
    expect(packed).toBeGreaterThan(100);
  });

  it('cost the 3 bytes of a header more for a steady hundred than the spread of the values does', () => {
    const times = Float64Array.from({ length: 100 }, (_, index) => 1_000_000 + 10_000 * index);
    const values = Float64Array.from({ length: 100 }, (_, index) => 200 + (index % 4));
    const writer = new ByteWriter();
    const place = { sensor: 0, type: 'int', number: 0, epochUs: 1_000_000 } as const;
    expect(readings.writeReadings(writer, place, { times, values })).toBe(true);
    // Head 4, time and period 4, four groups of times without bits 8, mode 1, values 4 × 3 and 25 bytes of bits.
    expect(writer.length).toBe(4 + 4 + 8 + 1 + 12 + 25);
  });

  it('prefer differences where values grow steadily', () => {
    const count = Float64Array.from({ length: 64 }, (_, index) => 1_000_000 * index);
    const writer = new ByteWriter();
    const place = { sensor: 0, type: 'uint', number: 0, epochUs: 0 } as const;
    readings.writeReadings(writer, place, { times: count, values: count });
    expect(writer.length).toBeLessThan(40);
  });

  const ofBools = '04 00 00 03 00 00 0000';
  it.each([
    ['a count of 0', 'int', '04 00 00 00 00 00'],
    ['a count above 4,096', 'int', '04 00 00 8120 00 00'],
    ['padding bits in bools', 'bool', `${ofBools} a1`],
    ['a mode that is unknown', 'int', '04 00 00 01 00 00 02 00 00'],
    ['a uint below 0', 'uint', '04 00 00 01 00 00 00 01 00'],
    ['an int beyond its range by a difference', 'int', '04 00 00 02 00 00 0000 01 feffffffffffff0f 0200'],
    ['a time before 1970', 'int', '04 00 00 01 01 00 00 00 00'],
    ['a length below 0', 'text', '04 00 00 01 00 00 01 00'],
    ['a length beyond the message', 'bytes', '04 00 00 01 00 00 04 00 61'],
    ['a text that is not UTF-8', 'text', '04 00 00 01 00 00 02 00 ff'],
    ['bytes left over', 'bool', `${ofBools} a0 00`],
    ['a bool of 2', 'bool', '03 00 00 00 02'],
    ['a number at 2^52 − 1', 'bool', '03 00 ffffffffffffff07 00 00'],
    ['no value', 'int', '03 00 00 00'],
  ] as const)('are refused with %s', (_what, type, hex) => {
    expect(() => decode(fromHex(hex), type)).toThrow(expect.objectContaining({ code: 'SW_FORMAT' }));
  });

  it('end in readings or in a FormatError, whatever the bytes are', () => {
    const damaged = fc.tuple(
      anyBatch(40),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
      fc.nat(3),
    );
    fc.assert(
      fc.property(damaged, fc.constantFrom(...READING_TYPES), ([typed, changes, cut], type) => {
        const writer = new ByteWriter();
        const place = { sensor: 0, type: typed.type, number: 0, epochUs: 0 };
        if (!readings.writeReadings(writer, place, typed.batch)) return;
        const bytes = writer.toBytes().subarray(0, writer.length - cut);
        for (const [at, value] of changes) bytes[1 + (at % (bytes.length - 1))] = value;
        endsWell(() => decode(bytes, changes.length % 2 === 0 ? typed.type : type));
      }),
      { numRuns: 3_000 },
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        fc.constantFrom(...READING_TYPES),
        (bytes, type) => {
          bytes[0] = MESSAGE.readings;
          endsWell(() => decode(bytes, type));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  function decode(bytes: Uint8Array, type: (typeof READING_TYPES)[number]): void {
    const reader = new ByteReader(bytes);
    const messageType = reader.u8();
    const columns = new GrowingColumns();
    const { count } = readings.readReadingsHead(reader, messageType);
    if (messageType === MESSAGE.reading) readings.readReading(reader, type, 0, columns);
    else readings.readReadings(reader, type, 0, count, columns);
    const batch = columns.take(type);
    expect(batch.times.length).toBe(count);
    expect(batch.values.length).toBe(count);
    if (hasNumbers(type)) expect(batch.times.every(time => time >= 0 && time <= LARGEST_WHOLE)).toBe(true);
  }
});

function endsWell(decode: () => void): void {
  try {
    decode();
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^SW_(FORMAT|PROTOCOL)$/) });
  }
}

describe('the other messages', () => {
  const readers = {
    hello: handshake.readHello,
    welcome: handshake.readWelcome,
    sensor: sensor.readSensor,
    sensorsKnown: sensor.readSensorsKnown,
    acknowledgement: control.readAcknowledgement,
    clockRequest: control.readClockRequest,
    clockDrift: control.readClockDrift,
    clockReply: control.readClockReply,
    command: control.readCommand,
    commandResult: control.readCommandResult,
    bye: control.readBye,
    error: control.readError,
  } as const;

  it('end in values or in a FormatError, whatever the bytes are', () => {
    const anyReader = fc.constantFrom(...Object.values(readers));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), anyReader, (bytes, read) => {
        endsWell(() => void read(new ByteReader(bytes)));
      }),
      { numRuns: 5_000 },
    );
  });

  const hello = `53574952 01 01 ${'11'.repeat(16)} 0000000000000001 00 01 78`;
  it('HELLO and WELCOME take options that they do not know', () => {
    expect(handshake.readHello(new ByteReader(fromHex(`${hello} 05 02 ffff 8001 00`)))).toMatchObject({
      source: 'x',
      from: 0,
    });
    expect(handshake.readWelcome(new ByteReader(fromHex('01 000001 00 00 01 01 05 00'))).tag).toBe(1);
  });

  it.each([
    ['another magic', 'hello', hello.replace('53574952', '53574953')],
    ['an empty range of versions', 'hello', hello.replace('01 01', '01 00')],
    ['a session of zeros', 'hello', hello.replace('11'.repeat(16), '00'.repeat(16))],
    ['no name', 'hello', hello.replace('01 78', '00')],
    ['a line break in the name', 'hello', hello.replace('01 78', '01 0a')],
    ['an option that ends early', 'hello', `${hello} 05 02 ff`],
    ['the tag 0', 'welcome', '01 000000 00 00 01 01'],
    ['more missing than there are', 'welcome', '01 000001 01 02 01 01'],
    ['a type that is unknown', 'sensor', `00 07 ${'3ff0000000000000'.repeat(3)} 01 78 00`],
    ['a scale of 0', 'sensor', `00 01 ${'0000000000000000'.repeat(3)} 01 78 00`],
    [
      'a name that is too long',
      'sensor',
      `00 01 ${'3ff0000000000000'.repeat(3)} 8101 ${'78'.repeat(129)} 00`,
    ],
    ['more missing than there are', 'acknowledgement', '01 02'],
    ['an action that is unknown', 'command', '00 04 00 0000000000000000'],
    ['a rate of 0', 'command', '00 01 00 0000000000000000'],
    ['a rate where there is none', 'command', '00 02 00 3ff0000000000000'],
    ['a status that is unknown', 'commandResult', '00 03 00'],
    ['a reason above 512 bytes', 'error', `00 8104 ${'78'.repeat(513)}`],
    ['bytes left over', 'bye', '00 00 00'],
  ] as const)('are refused with %s (%s)', (_what, which, hex) => {
    expect(() => readers[which](new ByteReader(fromHex(hex)))).toThrow(
      expect.objectContaining({ code: 'SW_FORMAT' }),
    );
  });

  it('HELLO without a version in common is ERROR 1, however the rest looks', () => {
    const later = new ByteReader(fromHex(`53574952 02 05 ${'11'.repeat(16)} ff`));
    expect(() => handshake.readHello(later)).toThrow(
      expect.objectContaining({ closeCode: ERROR_CODE.version, message: 'versions 1 to 1' }),
    );
  });

  it('cut a reason between two characters', () => {
    expect(control.shortened('short')).toBe('short');
    expect(control.shortened('x'.repeat(513))).toBe(`${'x'.repeat(509)}…`);
    expect(Buffer.byteLength(control.shortened('😀'.repeat(200)))).toBeLessThanOrEqual(512);
    expect(control.shortened('long', 3)).toBe('…');
    expect(control.shortened('long', 2)).toBe('');
    expect(control.shortened('', 0)).toBe('');
  });

  it('have names for their codes', () => {
    expect(errorName(ERROR_CODE.unknownSession)).toBe('UNKNOWN-SESSION');
    expect(errorName(99)).toBe('ERROR 99');
  });

  it('know extensions of both ends', () => {
    expect([0x3f, 0x40, 0x5f, 0x60, 0xbf, 0xc0, 0xdf, 0xe0].map(isExtension)).toEqual([
      false,
      true,
      true,
      false,
      false,
      true,
      true,
      false,
    ]);
  });

  it('describe a sensor as it was announced', () => {
    const writer = new ByteWriter();
    const info = sensorInfo({ name: 'tmp36', unit: '°C', type: 'int', scale: 0.1, offset: -50, rateHz: 100 });
    sensor.writeSensor(writer, { id: 3, info });
    expect(sensor.readSensor(new ByteReader(writer.toBytes(), 1))).toEqual({ id: 3, info });
  });
});
