/**
 * The bodies of telemetry messages as lists of fields (docs/PROTOCOL.md section 3): the dissector walks them.
 *
 * READING and READINGS have more after what stands here: it depends on the sensor, and is walked by hand.
 */
import { MESSAGE } from '../telemetry/messages/types.ts';
import { spelled } from './fields.ts';

/** How a field is written: the names of docs/PROTOCOL.md section 1, and some that are made of those. */
export type Kind =
  | 'u8'
  | 'u24'
  | 'f64'
  | 'varint'
  | 'svarint'
  | 'text'
  /** A u64 of microseconds since 1970. */
  | 'time'
  /** Four letters. */
  | 'magic'
  /** 16 bytes. */
  | 'session'
  /** All that is left: options. */
  | 'options';

export interface Part {
  /** A name of `telemetry-fields.ts`; of options, the beginning of three. */
  readonly field: string;
  readonly kind: Kind;
}

export interface Body {
  readonly type: number;
  readonly name: string;
  readonly parts: readonly Part[];
}

type MessageName = keyof typeof MESSAGE;

const part = (field: string, kind: Kind): Part => ({ field, kind });
const ACKNOWLEDGED = [part('acknowledged.up_to', 'varint'), part('acknowledged.missing', 'varint')];

const PARTS: Record<MessageName, readonly Part[]> = {
  hello: [
    part('hello.magic', 'magic'),
    part('hello.lowest_version', 'u8'),
    part('hello.highest_version', 'u8'),
    part('hello.session', 'session'),
    part('hello.epoch', 'time'),
    part('hello.from', 'varint'),
    part('hello.source', 'text'),
    part('option', 'options'),
  ],
  sensor: [
    part('sensor.id', 'varint'),
    part('sensor.type', 'u8'),
    part('sensor.scale', 'f64'),
    part('sensor.offset', 'f64'),
    part('sensor.rate', 'f64'),
    part('sensor.name', 'text'),
    part('sensor.unit', 'text'),
  ],
  reading: [part('readings.sensor', 'varint'), part('readings.number', 'varint')],
  readings: [
    part('readings.sensor', 'varint'),
    part('readings.number', 'varint'),
    part('readings.count', 'varint'),
  ],
  clockRequest: [
    part('clock.t1', 'time'),
    part('clock.offset', 'svarint'),
    part('clock.uncertainty', 'varint'),
  ],
  clockDrift: [part('clock.drift', 'svarint')],
  commandResult: [
    part('command.number', 'varint'),
    part('command.status', 'u8'),
    part('command.reason', 'text'),
  ],
  bye: [part('bye.next', 'varint'), part('bye.dropped', 'varint')],
  error: [part('error.code', 'varint'), part('error.reason', 'text')],
  welcome: [
    part('welcome.version', 'u8'),
    part('welcome.tag', 'u24'),
    part('welcome.position', 'varint'),
    part('welcome.missing', 'varint'),
    part('welcome.most_bytes', 'varint'),
    part('welcome.most_sensors', 'varint'),
    part('option', 'options'),
  ],
  delivered: ACKNOWLEDGED,
  stored: ACKNOWLEDGED,
  clockReply: [part('clock.t1', 'time'), part('clock.t2', 'time'), part('clock.t3', 'time')],
  command: [
    part('command.number', 'varint'),
    part('command.action', 'u8'),
    part('command.sensor', 'varint'),
    part('command.rate', 'f64'),
  ],
  sensorsKnown: [part('sensors_known.count', 'varint')],
};

export const BODIES: readonly Body[] = (Object.keys(PARTS) as MessageName[]).map(name => ({
  type: MESSAGE[name],
  name: spelled(name, '-'),
  parts: PARTS[name],
}));
