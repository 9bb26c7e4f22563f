import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { READING_TYPES, sensorInfo } from '../readings/sensor-info.ts';
import { writeAcknowledgement, writeBye } from '../telemetry/messages/control.ts';
import { writeHello } from '../telemetry/messages/handshake.ts';
import { writeReading, writeReadings } from '../telemetry/messages/readings.ts';
import { writeSensor } from '../telemetry/messages/sensor.ts';
import { ConversationFrames } from '../testing/conversation-frames.ts';
import { datagram, type Message, raw, stream } from '../testing/messages.ts';
import { anyBatch, type TypedBatch } from '../testing/reading-arbitraries.ts';
import { CostLedger } from './cost-ledger.ts';
import { type DetailField, FieldTree } from './frame-detail-fields.ts';
import { FrameCutter } from './telemetry-decode-frames.ts';
import { walkFrame } from './telemetry-decode-message.ts';
import { placesIn } from './telemetry-decode-places.ts';
import type { DecodedReading, ReadingContext } from './telemetry-decode-readings.ts';
import { TelemetryStream } from './telemetry-decode-stream.ts';
import { OwnProtocols } from './telemetry-decode-watch.ts';

const EPOCH = 1_800_000_000_000_000;

const hello: Message = body =>
  writeHello(body, {
    lowestVersion: 1,
    highestVersion: 1,
    session: '00112233445566778899aabbccddeeff',
    epochUs: EPOCH,
    from: 0,
    source: 'bench',
  });
const thermometer: Message = body =>
  writeSensor(body, {
    id: 0,
    info: sensorInfo({ name: 'temperature', unit: '°C', type: 'int', scale: 0.1, offset: -50 }),
  });
/** 71.4 is stored as 1214: (71.4 + 50) / 0.1. */
const reading =
  (number: number, value: number): Message =>
  body =>
    writeReading(
      body,
      { sensor: 0, type: 'int', number, epochUs: EPOCH },
      { times: Float64Array.of(EPOCH + 10_000 * number), values: Float64Array.of(value) },
      0,
    );

/** Walks one frame. */
function walk(
  bytes: Uint8Array,
  context: ReadingContext,
): { fields: DetailField[]; readings: readonly DecodedReading[] } {
  const cutter = new FrameCutter();
  expect(cutter.next(bytes, 0, bytes.length)).toBe(true);
  const tree = new FieldTree();
  const readings = walkFrame(bytes, 0, cutter.bodyStart, cutter.end, tree, context);
  return { fields: tree.fields, readings };
}

function expectWithin(fields: readonly DetailField[], length: number): void {
  for (const { start, end, fields: inner } of fields) {
    expect(0 <= start && start <= end && end <= length).toBe(true);
    expectWithin(inner, length);
  }
}

describe('a message', () => {
  test('a reading can be pointed at: its value, its time, its byte', () => {
    const info = sensorInfo({ name: 'temperature', unit: '°C', type: 'int', scale: 0.1, offset: -50 });
    const { readings, fields } = walk(stream(reading(3, 714)), { epochUs: EPOCH, sensor: () => info });
    expect(readings).toEqual([
      {
        sensor: 0,
        name: 'temperature',
        unit: '°C',
        number: 3,
        timeUs: EPOCH + 30_000,
        text: '21.4 °C',
        start: 7,
        end: 9,
      },
    ]);
    expect(fields[0]?.label).toBe('READING');
    expect(fields[0]?.fields.map(({ name }) => name)).toEqual([
      'sensewire.length',
      'sensewire.type',
      'sensewire.readings.sensor',
      'sensewire.readings.number',
      'sensewire.readings.name',
      'sensewire.readings.time',
      'sensewire.reading',
    ]);
  });

  test('any batch has the readings that were written, each within the message', () => {
    fc.assert(
      fc.property(anyBatch(70), fc.boolean(), (typed, alone) => {
        const { bytes, count } = written(typed, alone);
        const info = sensorInfo({ name: 'x', type: typed.type });
        const { readings, fields } = walk(bytes, { epochUs: 0, sensor: () => info });
        expect(readings.length).toBe(count);
        expectWithin(fields, bytes.length);
        readings.forEach((one, index) => {
          expect(one.timeUs).toBe(typed.batch.times[index]);
          expect(one.number).toBe(9 + index);
          expect(one.start).toBeLessThanOrEqual(one.end);
          const value = typed.batch.values[index];
          if (typeof value === 'string') expect(one.text).toBe(`"${value}"`);
          else if (typed.type === 'bool') expect(one.text).toBe(String(value === 1));
          else if (typed.type === 'float64' || typed.type === 'int' || typed.type === 'uint')
            expect(Number(one.text)).toBe(typeof value === 'number' && value === 0 ? 0 : value);
        });
      }),
    );
  });

  test('any bytes end in fields, with the mistake named', () => {
    const context: ReadingContext = {
      epochUs: EPOCH,
      sensor: id => sensorInfo({ name: 'x', type: READING_TYPES[id % READING_TYPES.length] ?? 'int' }),
    };
    const body = fc.tuple(
      fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 0x7f, 0x81, 0x82, 0x84, 0x85, 0x86, 0x40),
      fc.uint8Array({ maxLength: 60 }),
    );
    fc.assert(
      fc.property(body, ([type, rest]) => {
        const bytes = stream(raw(type, ...rest));
        expectWithin(walk(bytes, context).fields, bytes.length);
      }),
      { numRuns: 500 },
    );
  });
});

/** The batch as one READINGS, or its first reading as READING. */
function written({ type, batch }: TypedBatch, alone: boolean): { bytes: Uint8Array; count: number } {
  const place = { sensor: 0, type, number: 9, epochUs: 0 };
  let count = 1;
  const bytes = stream(body => {
    if (!alone && writeReadings(body, place, batch)) count = batch.times.length;
    else writeReading(body, place, batch, 0);
  });
  return { bytes, count };
}

describe('a stream', () => {
  const messages = [
    hello,
    thermometer,
    ...Array.from({ length: 12 }, (_, index) => reading(index, 700 + index)),
  ];
  const whole = stream(...messages);

  test('cut anywhere it gives the same messages, and the places that they came from', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length), { maxLength: 12 }), cuts => {
        const found: number[][] = [];
        const decoder = new TelemetryStream({
          onFrame: (_bytes, start, _bodyStart, end, stretches) =>
            void found.push(
              placesIn(stretches, start, end).flatMap(({ frame, start: from, end: to }) =>
                bytesOfFrame(frame, from, to),
              ),
            ),
        });
        const ends = [...cuts, 0, whole.length].sort((a, b) => a - b);
        // Each piece is a frame of its own, whose number says where it starts; there 10 bytes stand before it.
        const bytesOfFrame = (frame: number, from: number, to: number): number[] =>
          Array.from({ length: to - from }, (_, index) => whole[frame + from - 10 + index] as number);
        for (let index = 1; index < ends.length; index++) {
          const [from, to] = [ends[index - 1] as number, ends[index] as number];
          if (to > from) decoder.take(whole, from, to, from, 10);
        }
        expect(found.map(bytes => Uint8Array.from(bytes))).toEqual(messages.map(message => stream(message)));
        expect(decoder.pendingBytes).toBe(0);
      }),
    );
  });

  test('after a gap it goes on with a piece that is whole frames', () => {
    let count = 0;
    const decoder = new TelemetryStream({ onFrame: () => count++ });
    const piece = stream(reading(0, 1));
    decoder.take(piece, 0, 5, 1, 0);
    decoder.gap();
    decoder.take(piece, 3, piece.length, 2, 0);
    expect([count, decoder.isLost]).toEqual([0, true]);
    decoder.take(piece, 0, piece.length, 3, 0);
    expect([count, decoder.isLost]).toEqual([1, false]);
  });
});

describe('our own protocols in a capture', () => {
  test('telemetry over TCP, with a segment lost and sent again', () => {
    const own = new OwnProtocols();
    const ledger = new CostLedger(own);
    const talk = new ConversationFrames(ledger);
    talk.open();
    talk.tcp(0, stream(hello, thermometer));
    const first = stream(reading(0, 714));
    const second = stream(reading(1, 715));
    const at = talk.next[0] as number;
    talk.tcp(0, second, { sequence: at + first.length });
    talk.nanoseconds += 200_000_000;
    talk.tcp(0, first, { sequence: at });
    talk.tcp(
      1,
      stream(body => writeAcknowledgement(body, 'stored', { upTo: 2, missing: 0 })),
    );
    const { telemetry } = own.ofTcp(0) ?? {};
    expect(telemetry).toMatchObject({
      readings: 2,
      source: 'bench',
      messages: 5,
      sensorNames: ['temperature'],
    });
    expect(telemetry?.examples.map(({ text, places }) => ({ text, places }))).toEqual([
      { text: '21.4 °C', places: [{ frame: 6, start: 71, end: 73 }] },
      { text: '21.5 °C', places: [{ frame: 5, start: 73, end: 75 }] },
    ]);
    const sheet = ledger.ofTcp(0);
    expect(sheet.readings?.count).toBe(2);
    // Time and value of each reading; everything else is ours.
    expect(sheet.newPayloadBytes).toBe(1 + 2 + 3 + 2);
    expect(sheet.layers.payload).toBe(8);
    expect(sheet.application.map(({ name }) => name)).toEqual([
      'telemetry: heads of readings',
      'telemetry: session and sensors',
      'telemetry: acknowledgements',
    ]);
  });

  test('telemetry in datagrams: each for its cause', () => {
    const own = new OwnProtocols();
    const ledger = new CostLedger(own);
    const talk = new ConversationFrames(ledger);
    talk.udp(0, datagram(0, hello));
    talk.udp(0, datagram(5, thermometer));
    talk.udp(0, datagram(5, reading(0, 714), reading(1, 715)));
    talk.udp(
      1,
      datagram(5, body => writeAcknowledgement(body, 'stored', { upTo: 2, missing: 0 })),
    );
    talk.udp(
      0,
      datagram(5, body => writeBye(body, { next: 2, dropped: 0 })),
    );
    const sheet = ledger.ofUdp(0);
    expect(sheet.causes.map(({ cause, frames }) => [cause, frames])).toEqual([
      ['data', 1],
      ['acknowledgement', 1],
      ['handshake', 2],
      ['close', 1],
    ]);
    expect([sheet.readings?.count, sheet.messages?.count]).toEqual([2, 1]);
    expect(own.ofUdp(0)?.telemetry?.examples[1]?.text).toBe('21.5 °C');
  });

  test('a capture that begins later: by readings whose numbers go on', () => {
    const own = new OwnProtocols();
    const talk = new ConversationFrames(new CostLedger(own));
    talk.tcp(0, stream(reading(70, 714)));
    talk.tcp(
      1,
      stream(body => writeAcknowledgement(body, 'stored', { upTo: 71, missing: 0 })),
    );
    expect(own.ofTcp(0)).toBeUndefined();
    talk.tcp(0, stream(reading(71, 715)));
    talk.tcp(0, stream(reading(72, 715)));
    expect(own.ofTcp(0)?.telemetry).toMatchObject({ readings: 2, source: undefined, examples: [] });
  });

  test('other programs are none of ours', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 5 }),
        payloads => {
          const own = new OwnProtocols();
          const talk = new ConversationFrames(new CostLedger(own));
          talk.open();
          for (const payload of payloads) {
            talk.tcp(0, payload);
            talk.udp(0, payload);
          }
          expect(own.ofTcp(0)).toBeUndefined();
          expect(own.ofUdp(0)?.protocol).not.toBe('telemetry');
        },
      ),
    );
  });
});
