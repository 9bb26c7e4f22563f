/**
 * Every message of telemetry, with readings of every type: what tests of the dissector put into captures.
 */
import fc from 'fast-check';
import { READING_TYPES, type SensorInfo, sensorInfo } from '../../src/readings/sensor-info.ts';
import {
  writeAcknowledgement,
  writeBye,
  writeClockDrift,
  writeClockReply,
  writeClockRequest,
  writeCommand,
  writeCommandResult,
  writeError,
} from '../../src/telemetry/messages/control.ts';
import { writeHello, writeWelcome } from '../../src/telemetry/messages/handshake.ts';
import { writeReading, writeReadings } from '../../src/telemetry/messages/readings.ts';
import { writeSensor, writeSensorsKnown } from '../../src/telemetry/messages/sensor.ts';
import { type Message, raw } from '../../src/testing/messages.ts';
import { anyBatch, type TypedBatch } from '../../src/testing/reading-arbitraries.ts';

export const EPOCH = 1_800_000_000_000_000;
/** Of fast-check, so that a failure comes again. */
export const SEED = 5;

/** One sensor for each type of readings, at its place in the list. */
export const SENSORS: readonly SensorInfo[] = READING_TYPES.map((type, id) =>
  sensorInfo({
    name: `${type} ${id} °`,
    unit: id % 2 === 0 ? '°C' : '',
    type,
    ...(['int', 'uint', 'float32', 'float64'].includes(type) && {
      scale: 0.1 * (id + 1),
      offset: -50,
      rateHz: 100,
    }),
  }),
);

export const hello: Message = body =>
  writeHello(body, {
    lowestVersion: 1,
    highestVersion: 3,
    session: '00112233445566778899aabbccddeeff',
    epochUs: EPOCH,
    from: 7,
    source: 'bench °',
  });
const welcome: Message = body =>
  writeWelcome(body, {
    version: 1,
    tag: 0x5c1d2e,
    position: 7,
    missing: 3,
    mostMessageBytes: 65_536,
    mostSensors: 256,
  });

/** Everything that a sender can say. */
export function senderMessages(batches: readonly TypedBatch[]): Message[] {
  let number = 7;
  const readings = batches.map(({ type, batch }): Message => {
    const place = { sensor: READING_TYPES.indexOf(type), type, number, epochUs: EPOCH };
    number += batch.times.length;
    return body => {
      // What does not fit 52 bits goes one by one: here the first of them.
      if (batch.times.length === 1 || !writeReadings(body, place, batch)) writeReading(body, place, batch, 0);
    };
  });
  return [
    hello,
    ...SENSORS.map(
      (info, id): Message =>
        body =>
          writeSensor(body, { id, info }),
    ),
    ...readings,
    body => writeClockRequest(body, { sentUs: EPOCH + 1, offsetUs: -123_456, uncertaintyUs: 0 }),
    body => writeClockRequest(body, { sentUs: EPOCH + 2, offsetUs: 2 ** 40, uncertaintyUs: 2 ** 53 - 1 }),
    body => writeClockDrift(body, -48_500),
    body => writeCommandResult(body, { command: 300, status: 1, reason: 'no such sensor' }),
    body => writeCommandResult(body, { command: 0, status: 0, reason: '' }),
    raw(0x5f),
    raw(0x41, 1, 2, 3),
    body => writeBye(body, { next: number, dropped: 2 ** 33 }),
    body => writeError(body, { code: 10, reason: 'shutting down: €' }),
  ];
}

export const COLLECTOR_MESSAGES: readonly Message[] = [
  welcome,
  body => writeAcknowledgement(body, 'delivered', { upTo: 2 ** 52, missing: 0 }),
  body => writeAcknowledgement(body, 'stored', { upTo: 300, missing: 300 }),
  body => writeClockReply(body, { sentUs: EPOCH, arrivedUs: EPOCH + 5, answeredUs: 2 ** 52 - 1 }),
  body => writeCommand(body, { command: 1, action: 1, sensor: undefined, rateHz: 12.5 }),
  body => writeCommand(body, { command: 2 ** 40, action: 2, sensor: 5, rateHz: 0 }),
  body => writeSensorsKnown(body, 7),
  raw(0xc0, 9),
  body => writeError(body, { code: 77, reason: '' }),
];

/** Batches of every type. Texts have nothing that tshark would write otherwise. */
export function someBatches(most: number, count: number): TypedBatch[] {
  const near = anyBatch(most).map(({ type, batch }) => ({
    type,
    batch: {
      times: batch.times.map((time, index) => (index === 0 ? time : (batch.times[0] as number)) % 2 ** 51),
      values:
        type === 'text'
          ? (batch.values as string[]).map(text => text.replaceAll(/\p{C}/gu, ''))
          : batch.values,
    },
  }));
  return fc.sample(near, { seed: SEED, numRuns: count });
}
