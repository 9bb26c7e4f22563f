/**
 * The worked example of docs/PROTOCOL.md section 7, byte by byte: what it shows is what we encode, and what we decode.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/bytes/hex.ts';
import type { Batch } from '../../src/readings/batch.ts';
import { sensorInfo } from '../../src/readings/sensor-info.ts';
import { CollectorSession, type CollectorSessionEvent } from '../../src/telemetry/collector-session.ts';
import type { Form } from '../../src/telemetry/form.ts';
import { SensorSession } from '../../src/telemetry/sensor-session.ts';
import { toldStream } from '../../src/testing/messages.ts';

const EPOCH = 1_800_000_000_000_000;
const SESSION = '00112233445566778899aabbccddeeff';
const TAG = 0x5c1d2e;
const TMP36 = sensorInfo({ name: 'tmp36', unit: '°C', type: 'int', scale: 0.1, offset: -50, rateHz: 100 });
const FIRST: Batch = { times: Float64Array.of(EPOCH + 1_250), values: Float64Array.of(753) };
const THREE: Batch = {
  times: Float64Array.of(EPOCH + 11_250, EPOCH + 21_250, EPOCH + 31_253),
  values: Float64Array.of(753, 755, 754),
};
const now = { monotonicUs: 0, wallUs: EPOCH };

// biome-ignore format: one row
type NineBlocks = [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];

/** The bytes of each block of hex in the section, without what stands beside them. */
function blocks(): Uint8Array[] {
  const document = readFileSync(new URL('../../docs/PROTOCOL.md', import.meta.url), 'utf8');
  const section = document.slice(document.indexOf('## 7. '));
  return Array.from(section.matchAll(/```hex\n(.*?)```/gs), ([, block = '']) =>
    fromHex(block.replaceAll(/^((?:[0-9a-f]{2} )*[0-9a-f]{2})(?: {2,}.*)?$/gm, '$1')),
  );
}

const [hello, welcome, sensor, reading, readings, stored, bye, storedAgain, datagram] =
  blocks() as NineBlocks;

/** Everything that a sender says now, but its clock requests. */
function said(session: SensorSession): string {
  let hex = '';
  for (let bytes = session.pollTransmit(now); bytes !== undefined; bytes = session.pollTransmit(now))
    hex += toHex(bytes);
  // After WELCOME the first frame is CLOCK-REQUEST: 11 bytes, and its length.
  return hex.startsWith('0b05') ? hex.slice(24) : hex;
}

function newSender(form: Form): SensorSession {
  return new SensorSession({ session: SESSION, source: 'bench', epochUs: EPOCH, form, bufferReadings: 100 });
}

it('shows nine blocks, each message with the length that it says', () => {
  expect(blocks()).toHaveLength(9);
  expect([hello, welcome, sensor, reading, readings, stored, bye, storedAgain].flatMap(toldStream)).toEqual([
    'HELLO from 0',
    'WELCOME 0 −0',
    'SENSOR 0 tmp36',
    'READINGS of 0 0+1',
    'READINGS of 0 1+3',
    'STORED 4 −0',
    'BYE 4 dropped 0',
    'STORED 4 −0',
  ]);
});

it('shows what our sender says, and what it understands', () => {
  const sender = newSender('stream');
  sender.announce(TMP36);
  sender.connected(now);
  expect(said(sender)).toBe(toHex(hello));
  sender.receive(welcome, now);
  expect(said(sender)).toBe(toHex(sensor));
  sender.send(0, FIRST, now);
  expect(said(sender)).toBe(toHex(reading));
  sender.send(0, THREE, now);
  expect(said(sender)).toBe(toHex(readings));
  sender.receive(stored, now);
  sender.finish();
  expect(said(sender)).toBe(toHex(bye));
  sender.receive(storedAgain, now);
  expect([sender.state, sender.stored]).toEqual(['done', 4]);
});

it('shows what our collector says, and what it understands', () => {
  const collector = new CollectorSession({ form: 'stream', tag: TAG, mostSensors: 256 }, now);
  const take = (bytes: Uint8Array): CollectorSessionEvent => {
    collector.receive(bytes, now);
    return collector.pollEvent() as CollectorSessionEvent;
  };
  const answer = (): string => toHex(collector.pollTransmit() ?? new Uint8Array());
  expect(take(hello)).toEqual({
    type: 'hello',
    hello: {
      lowestVersion: 1,
      highestVersion: 1,
      session: SESSION,
      epochUs: EPOCH,
      from: 0,
      source: 'bench',
    },
  });
  collector.accept(0, now);
  expect(answer()).toBe(toHex(welcome));
  expect(take(sensor)).toEqual({ type: 'sensor', id: 0, info: TMP36 });
  const mark = { upTo: 4, missing: 0 };
  const event = { type: 'readings', sensor: TMP36, overtaken: false };
  expect(take(reading)).toEqual({ ...event, number: 0, batch: FIRST, mark: { upTo: 1, missing: 0 } });
  expect(take(readings)).toEqual({ ...event, number: 1, batch: THREE, mark });
  collector.stored(mark, now);
  expect(answer()).toBe(toHex(stored));
  expect(take(bye)).toEqual({ type: 'bye', mark, dropped: 0 });
  collector.stored(mark, now);
  expect(answer()).toBe(toHex(storedAgain));
});

it('shows a datagram as our sender makes it', () => {
  const sender = newSender('datagram');
  sender.announce(TMP36);
  sender.connected(now);
  said(sender);
  sender.receive(Uint8Array.of(0xd1, 0x5c, 0x1d, 0x2e, ...welcome), now);
  said(sender);
  // SENSORS-KNOWN 1
  sender.receive(Uint8Array.of(0xd1, 0x5c, 0x1d, 0x2e, 2, 0x86, 1), now);
  sender.send(0, FIRST, now);
  expect(said(sender)).toBe(toHex(datagram));
});
