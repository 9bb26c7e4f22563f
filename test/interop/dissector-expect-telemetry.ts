/**
 * What our own decoder says of telemetry, as the fields that the dissector must show.
 */

import { toHex } from '../../src/bytes/hex.ts';
import { ByteReader } from '../../src/bytes/reader.ts';
import { FormatError } from '../../src/errors/errors.ts';
import { isNumeric, type ReadingType, type SensorInfo } from '../../src/readings/sensor-info.ts';
import { GrowingColumns, hasNumbers } from '../../src/telemetry/columns.ts';
import { DATAGRAM_HEADER_BYTES, readFrames } from '../../src/telemetry/framing.ts';
import {
  readAcknowledgement,
  readBye,
  readClockDrift,
  readClockReply,
  readClockRequest,
  readCommand,
  readCommandResult,
  readError,
} from '../../src/telemetry/messages/control.ts';
import { readHello, readWelcome } from '../../src/telemetry/messages/handshake.ts';
import { readReading, readReadings, readReadingsHead } from '../../src/telemetry/messages/readings.ts';
import { readSensor, readSensorsKnown } from '../../src/telemetry/messages/sensor.ts';
import { isExtension, MESSAGE, TYPE_CODES } from '../../src/telemetry/messages/types.ts';
import { double, instant, type Shown, show, type Value } from './dissector-capture.ts';

/** What a session is known by. */
export class KnownSession {
  epochUs: number | undefined;
  readonly sensors: Map<number, SensorInfo> = new Map();
}

/** Sessions of one address pair, by tag. */
export class TaggedSessions {
  readonly #pair = new KnownSession();
  readonly #tagged: Map<number, KnownSession> = new Map();

  of(tag: number): KnownSession {
    if (tag === 0) return this.#pair;
    const session = this.#tagged.get(tag) ?? new KnownSession();
    this.#tagged.set(tag, session);
    session.epochUs ??= this.#pair.epochUs;
    return session;
  }
}

/** The frames of `bytes[start..]`. Gives where what is no whole frame begins. */
export function expectFrames(bytes: Uint8Array, start: number, session: KnownSession, shown: Shown): number {
  return readFrames(bytes, start, (type, body) => {
    show(shown, 'sensewire.length', body.remaining + 1);
    show(shown, 'sensewire.type', type);
    expectMessage(type, body, bytes, session, shown);
  });
}

/** A datagram whose mark is right. */
export function expectDatagram(
  bytes: Uint8Array,
  sessionOf: (tag: number) => KnownSession,
  shown: Shown,
): void {
  const tag = new ByteReader(bytes, 1).u24();
  show(shown, 'sensewire.mark', bytes[0] as number);
  show(shown, 'sensewire.tag', tag);
  expectFrames(bytes, DATAGRAM_HEADER_BYTES, sessionOf(tag), shown);
}

function expectMessage(
  type: number,
  body: ByteReader,
  bytes: Uint8Array,
  session: KnownSession,
  shown: Shown,
): void {
  const put = (name: string, ...values: readonly Value[]): void =>
    show(shown, `sensewire.${name}`, ...values);
  switch (type) {
    case MESSAGE.hello: {
      const hello = readHello(body);
      session.epochUs = hello.epochUs;
      put('hello.magic', 'SWIR');
      put('hello.lowest_version', hello.lowestVersion);
      put('hello.highest_version', hello.highestVersion);
      put('hello.session', hello.session);
      put('hello.epoch', instant(hello.epochUs));
      put('hello.from', hello.from);
      put('hello.source', hello.source);
      return;
    }
    case MESSAGE.welcome: {
      const welcome = readWelcome(body);
      put('welcome.version', welcome.version);
      put('welcome.tag', welcome.tag);
      put('welcome.position', welcome.position);
      put('welcome.missing', welcome.missing);
      put('welcome.most_bytes', welcome.mostMessageBytes);
      put('welcome.most_sensors', welcome.mostSensors);
      return;
    }
    case MESSAGE.sensor: {
      const { id, info } = readSensor(body);
      if (!session.sensors.has(id)) session.sensors.set(id, info);
      put('sensor.id', id);
      put('sensor.type', TYPE_CODES.indexOf(info.type));
      put('sensor.scale', double(info.scale));
      put('sensor.offset', double(info.offset));
      put('sensor.rate', double(info.rateHz));
      put('sensor.name', info.name);
      put('sensor.unit', info.unit);
      return;
    }
    case MESSAGE.reading:
    case MESSAGE.readings:
      expectReadings(type, body, bytes, session, put);
      return;
    case MESSAGE.clockDrift:
      put('clock.drift', readClockDrift(body));
      return;
    case MESSAGE.clockRequest: {
      const { sentUs, offsetUs, uncertaintyUs } = readClockRequest(body);
      put('clock.t1', instant(sentUs));
      put('clock.offset', offsetUs);
      put('clock.uncertainty', uncertaintyUs);
      return;
    }
    case MESSAGE.clockReply: {
      const { sentUs, arrivedUs, answeredUs } = readClockReply(body);
      put('clock.t1', instant(sentUs));
      put('clock.t2', instant(arrivedUs));
      put('clock.t3', instant(answeredUs));
      return;
    }
    case MESSAGE.command: {
      const { command, action, sensor, rateHz } = readCommand(body);
      put('command.number', command);
      put('command.action', action);
      put('command.sensor', sensor === undefined ? 0 : sensor + 1);
      put('command.rate', double(rateHz));
      return;
    }
    case MESSAGE.commandResult: {
      const { command, status, reason } = readCommandResult(body);
      put('command.number', command);
      put('command.status', status);
      put('command.reason', reason);
      return;
    }
    case MESSAGE.bye: {
      const { next, dropped } = readBye(body);
      put('bye.next', next);
      put('bye.dropped', dropped);
      return;
    }
    case MESSAGE.error: {
      const { code, reason } = readError(body);
      put('error.code', code);
      put('error.reason', reason);
      return;
    }
    case MESSAGE.delivered:
    case MESSAGE.stored: {
      const { upTo, missing } = readAcknowledgement(body);
      put('acknowledged.up_to', upTo);
      put('acknowledged.missing', missing);
      return;
    }
    case MESSAGE.sensorsKnown:
      put('sensors_known.count', readSensorsKnown(body));
      return;
    default:
      if (!isExtension(type)) throw new FormatError('an unknown type', body.position);
      if (body.remaining > 0) put('extension', toHex(body.bytes(body.remaining)));
  }
}

type Put = (name: string, ...values: readonly Value[]) => void;

function expectReadings(
  type: number,
  body: ByteReader,
  bytes: Uint8Array,
  session: KnownSession,
  put: Put,
): void {
  const isOne = type === MESSAGE.reading;
  const end = body.position + body.remaining;
  const { sensor, number, count } = readReadingsHead(body, type);
  const info = session.sensors.get(sensor);
  put('readings.sensor', sensor);
  put('readings.number', number);
  if (!isOne) put('readings.count', count);
  if (info === undefined) {
    // Of a sensor that nobody knows, only what does not depend on its type is read.
    const rest = new ByteReader(bytes, body.position, end);
    put('readings.time', rest.svarint());
    if (!isOne) {
      put('readings.period', rest.svarint());
      expectPacked(rest, count - 1, put);
    }
    if (rest.remaining > 0) put('undecoded', toHex(rest.bytes(rest.remaining)));
    return;
  }
  put('readings.name', info.name);
  const layout = new ByteReader(bytes, body.position, end);
  const epochUs = session.epochUs ?? 0;
  const columns = new GrowingColumns();
  if (isOne) readReading(body, info.type, epochUs, columns);
  else readReadings(body, info.type, epochUs, count, columns);
  expectLayout(layout, isOne, count, info.type, put);
  const { times, values } = columns.take(info.type);
  for (let index = 0; index < count; index++) {
    put('reading.number', number + index);
    if (session.epochUs !== undefined) put('reading.time', instant(times[index] as number));
    expectValue(info, values[index] as number | string | Uint8Array, put);
  }
}

function expectValue(info: SensorInfo, value: number | string | Uint8Array, put: Put): void {
  if (typeof value === 'string') put('reading.text', value);
  else if (typeof value !== 'number') put('reading.bytes', toHex(value));
  else if (info.type === 'bool') put('reading.bool', value);
  else {
    if (info.type === 'int' || info.type === 'uint') put('reading.integer', value);
    else put('reading.float', double(value));
    put('reading.value', double(value * info.scale + info.offset));
  }
}

/** What the columns do not show any more: how times and values are packed. */
function expectLayout(reader: ByteReader, isOne: boolean, count: number, type: ReadingType, put: Put): void {
  put('readings.time', reader.svarint());
  if (isOne) return;
  put('readings.period', reader.svarint());
  expectPacked(reader, count - 1, put);
  if (type === 'int' || type === 'uint') {
    const mode = reader.u8();
    put('readings.mode', mode);
    if (mode === 1) put('readings.first', reader.svarint());
    expectPacked(reader, mode === 1 ? count - 1 : count, put);
  } else if (type === 'bool') put('readings.bools', toHex(reader.bytes(Math.ceil(count / 8))));
  else if (!hasNumbers(type)) expectPacked(reader, count, put);
  else if (!isNumeric(type)) throw new Error(`no layout of ${type}`);
}

function expectPacked(reader: ByteReader, count: number, put: Put): void {
  for (let done = 0; done < count; done += 32) {
    put('packed.base', reader.svarint());
    const width = reader.u8();
    put('packed.width', width);
    if (width > 0)
      put('packed.bits', toHex(reader.bytes(Math.ceil((Math.min(32, count - done) * width) / 8))));
  }
}
