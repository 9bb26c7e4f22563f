/**
 * A collector with real senders over real sockets, and stores in memory.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock/system-clock.ts';
import { StoreError } from '../errors/errors.ts';
import { sensorInfo } from '../readings/sensor-info.ts';
import { Sender, type SenderOptions } from '../sender/sender.ts';
import { parseAddress } from '../socket/address.ts';
import { connectTo } from '../socket/open.ts';
import { MemoryStore } from '../stores/memory-store.ts';
import type { StoreBatch } from '../stores/store.ts';
import { writeBye } from '../telemetry/messages/control.ts';
import { writeHello } from '../telemetry/messages/handshake.ts';
import { writeReadings } from '../telemetry/messages/readings.ts';
import { writeSensor } from '../telemetry/messages/sensor.ts';
import { COMMAND_STATUS } from '../telemetry/messages/types.ts';
import { stream, toldStream } from '../testing/messages.ts';
import type { Clock } from '../time/clock.ts';
import { Collector, type CollectorNotice, type CollectorOptions } from './collector.ts';

const COUNTER = sensorInfo({ name: 'counter', type: 'uint' });
const WALL = 1_700_000_000_000_000;

/** A collector's seconds as twentieths. */
const QUICK: Clock = {
  wallUs: () => systemClock.wallUs(),
  monotonicUs: () => systemClock.monotonicUs() * 20,
  setTimer: (atUs, callback) => systemClock.setTimer(Math.ceil(atUs / 20), callback),
};

/** Fails or waits as it is told. */
class WilfulStore extends MemoryStore {
  /** Appends wait for this. */
  gate: Promise<void> = Promise.resolve();
  failure: StoreError | undefined;

  override async append(batches: readonly StoreBatch[]): Promise<void> {
    await this.gate;
    if (this.failure !== undefined) throw this.failure;
    await super.append(batches);
  }

  get values(): number[] {
    return this.batches.flatMap(({ values }) => [...(values as Float64Array)]);
  }
}

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function collector(options: Partial<CollectorOptions> = {}, url = 'tcp://127.0.0.1:0') {
  const store = new WilfulStore();
  const said: CollectorNotice[] = [];
  let changed = Promise.withResolvers<void>();
  const one = new Collector({
    clock: systemClock,
    store,
    onNotice: notice => {
      said.push(notice);
      changed.resolve();
      changed = Promise.withResolvers();
    },
    ...options,
  });
  const [address = ''] = await one.listen(parseAddress(url));
  ends.push(() => one.stop());
  const heard = async (type: CollectorNotice['type'], times = 1): Promise<void> => {
    while (said.filter(notice => notice.type === type).length < times) await changed.promise;
  };
  return { one, store, url: address, said, heard };
}

function sender(url: string, options: Partial<SenderOptions> = {}): { it: Sender; running: Promise<string> } {
  const it = new Sender({ address: parseAddress(url), clock: systemClock, source: 'test', ...options });
  const running = it.run();
  running.catch(() => undefined);
  ends.push(() => {
    it.stop();
    return running.catch(() => undefined);
  });
  return { it, running };
}

function push(it: Sender, from: number, to: number): void {
  for (let value = from; value < to; value++) it.push(COUNTER, WALL + value, value);
}

/** Waits, a turn of the event loop at a time. */
async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setImmediate(resolve));
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe.each(['tcp', 'udp'])('a collector over %s', transport => {
  const address = `${transport}://127.0.0.1:0`;

  it('stores what comes, says who came and went, and counts', async () => {
    const { one, store, url, said } = await collector({}, address);
    const { it, running } = sender(url);
    push(it, 0, 500);
    it.finish();
    expect(await running).toBe('done');
    await one.stop();
    expect(store.values).toEqual(upTo(500));
    expect(one.snapshot).toMatchObject({
      readings: 500,
      stored: 500,
      duplicates: 0,
      missing: 0,
      senders: 1,
      connected: 0,
      sensors: 1,
      refused: {},
    });
    expect(said.map(({ type }) => type)).toEqual(['sender-connected', 'sender-left']);
    expect(said[1]).toMatchObject({ source: 'test', readings: 500 });
    expect(one.oneWayUs.count).toBe(500);
    expect(one.oneWayClock).toBe('same');
  });

  it('ends with exactly as many readings as it was asked for, and tells every sender', async () => {
    const { one, store, url } = await collector({ count: 100 }, address);
    const senders = [sender(url, { batch: 7 }), sender(url, { batch: 64 })];
    for (const { it } of senders) push(it, 0, 300);
    expect(await one.ended).toEqual({ reason: 'complete' });
    expect(await Promise.all(senders.map(({ running }) => running))).toEqual(['complete', 'complete']);
    await one.stop();
    expect(store.values).toHaveLength(100);
    expect(one.snapshot.stored).toBe(100);
    const acknowledged = senders.reduce((sum, { it }) => sum + it.counters.stored, 0);
    expect(acknowledged).toBeLessThanOrEqual(100);
    // A message that was cut is not acknowledged whole.
    expect(acknowledged).toBeGreaterThan(30);
  });

  it('acknowledges what it took before it ends', async () => {
    const { one, store, url, heard } = await collector({}, address);
    const gate = Promise.withResolvers<void>();
    const { it } = sender(url);
    await heard('sender-connected');
    store.gate = gate.promise;
    push(it, 0, 50);
    await eventually(() => one.snapshot.readings === 50);
    const stopped = one.stop();
    expect(one.stop()).toBeInstanceOf(Promise);
    gate.resolve();
    await stopped;
    await eventually(() => it.counters.stored === 50);
    expect(await one.ended).toEqual({ reason: 'stopped' });
  });

  it('refuses connections beyond its limit, and takes them when there is room', async () => {
    const { one, url, heard, said } = await collector({ mostConnections: 1 }, address);
    const first = sender(url);
    await heard('sender-connected');
    const second = sender(url);
    push(second.it, 0, 5);
    await heard('refused');
    expect(said[1]).toMatchObject({ type: 'refused', error: 'LIMIT', reason: 'more than 1 connections' });
    expect(one.snapshot.refused).toEqual({ LIMIT: expect.any(Number) });
    if (transport === 'udp') return;
    first.it.stop();
    await heard('sender-connected', 2);
    second.it.finish();
    expect(await second.running).toBe('done');
  });

  it('refuses a sender with too many sensors', async () => {
    const { url, one } = await collector({ mostSensors: 1 }, address);
    const { it, running } = sender(url);
    it.announce(COUNTER);
    it.announce(sensorInfo({ name: 'second', type: 'uint' }));
    await expect(running).rejects.toThrow('1 sensors only');
    expect(one.snapshot.sensors).toBeLessThanOrEqual(1);
  });

  it('passes commands on and gives the answers, also of senders that go away', async () => {
    const { url, one, heard } = await collector({}, address);
    const { it } = sender(url, {
      onCommand: command => ({ status: COMMAND_STATUS.done, reason: `${command.rateHz} Hz` }),
    });
    push(it, 0, 1);
    await heard('sender-connected');
    await eventually(() => one.snapshot.sensors === 1);
    expect(one.command('unheard of', { action: 'pause' })).toEqual([]);
    expect(one.command(undefined, { action: 'pause' }, 'another source')).toEqual([]);
    expect(await Promise.all(one.command('counter', { action: 'rate', rateHz: 5 }))).toEqual([
      expect.objectContaining({ source: 'test', status: COMMAND_STATUS.done, reason: '5 Hz' }),
    ]);
    const unanswered = one.command(undefined, { action: 'pause' });
    it.stop();
    if (transport === 'udp') await one.stop();
    const [answer] = await Promise.all(unanswered);
    expect(answer?.source).toBe('test');
  });
});

describe('a collector', () => {
  it('acknowledges no reading that it did not want, not even to a BYE that comes with it', async () => {
    const { url, store } = await collector({ count: 3 });
    const told: string[] = [];
    const session = 'cd'.repeat(16);
    const connection = await connectTo(parseAddress(url), {
      onReceive: bytes => told.push(...toldStream(bytes)),
      onDrain() {},
      onClose: () => told.push('closed'),
    });
    const hello = { lowestVersion: 1, highestVersion: 1, session, epochUs: WALL, from: 0, source: 'test' };
    connection.send(stream(body => writeHello(body, hello)));
    await eventually(() => told.length === 1);
    const place = { sensor: 0, type: COUNTER.type, number: 0, epochUs: WALL };
    const numbers = Float64Array.from(upTo(5));
    connection.send(
      stream(
        body => writeSensor(body, { id: 0, info: COUNTER }),
        body => writeReadings(body, place, { times: numbers.map(number => WALL + number), values: numbers }),
        body => writeBye(body, { next: 5, dropped: 0 }),
      ),
    );
    await eventually(() => told.includes('closed'));
    expect(store.values).toEqual([0, 1, 2]);
    expect(told.slice(1)).toEqual(['STORED 3 −0', 'COMPLETE the collector has its 3 readings', 'closed']);
  });

  it('goes on with a session whose old connection is still there', async () => {
    const { url, one, store, said, heard } = await collector();
    const session = 'ab'.repeat(16);
    const told: string[] = [];
    const old = await connectTo(parseAddress(url), {
      onReceive: bytes => told.push(...toldStream(bytes)),
      onDrain() {},
      onClose: () => told.push('closed'),
    });
    const versions = { lowestVersion: 1, highestVersion: 1 };
    old.send(
      stream(body => writeHello(body, { ...versions, session, epochUs: WALL, from: 0, source: 'test' })),
    );
    await eventually(() => told.length === 1);
    const { it, running } = sender(url, { session });
    await eventually(() => told.includes('closed'));
    expect(told).toEqual([
      'WELCOME 0 −0',
      'SUPERSEDED the session goes on over another connection',
      'closed',
    ]);
    await heard('sender-left');
    push(it, 0, 15);
    it.finish();
    expect(await running).toBe('done');
    expect(said.filter(({ type }) => type === 'refused')).toEqual([]);
    expect(store.values).toEqual(upTo(15));
    expect(one.snapshot).toMatchObject({ senders: 1, refused: {} });
  });

  it('welcomes a sender while others keep the store busy', async () => {
    const { url, one, store, heard } = await collector();
    const busy = sender(url, { batch: 1 });
    await heard('sender-connected');
    let next = 0;
    // The store is never idle: each append ends after the next one has come.
    const appended: (() => void)[] = [];
    const append = store.append.bind(store);
    store.append = async batches => {
      push(busy.it, next, ++next);
      await new Promise<void>(resolve => {
        appended.push(resolve);
        if (appended.length > 1) appended.shift()?.();
      });
      await append(batches);
    };
    push(busy.it, next, ++next);
    await eventually(() => one.snapshot.stored > 10);
    sender(url);
    await heard('sender-connected', 2);
    expect(one.snapshot.stored).toBeLessThan(one.snapshot.readings);
    store.append = append;
    for (const resolve of appended) resolve();
  });

  it('keeps what came while its store was full, and loses and repeats nothing', async () => {
    const { url, store, heard, said } = await collector({ clock: QUICK });
    const { it, running } = sender(url);
    await heard('sender-connected');
    store.failure = new StoreError('SW_STORE_FULL', 'no room to write x', { retryable: true });
    push(it, 0, 500);
    await heard('store-trouble');
    expect(said.at(-1)).toEqual({ type: 'store-trouble', message: 'no room to write x' });
    push(it, 500, 1_000);
    store.failure = undefined;
    await heard('store-recovered');
    it.finish();
    expect(await running).toBe('done');
    expect(store.values).toEqual(upTo(1_000));
  });

  it('ends when its store fails for good, and senders keep their readings', async () => {
    const { url, one, store, heard } = await collector();
    const { it } = sender(url);
    await heard('sender-connected');
    const error = new StoreError('SW_STORE_FAILED', 'the disk is gone');
    store.failure = error;
    push(it, 0, 10);
    expect(await one.ended).toEqual({ reason: 'failed', error });
    await one.stop();
    expect(it.counters).toMatchObject({ stored: 0, unacknowledged: 10 });
  });

  it('does not wait for a store that is stuck when it is told to end', async () => {
    const { url, one, store, heard } = await collector({ clock: QUICK });
    const { it } = sender(url);
    await heard('sender-connected');
    store.gate = new Promise(() => undefined);
    push(it, 0, 10);
    await eventually(() => one.snapshot.readings === 10);
    await one.stop();
    expect(it.counters.stored).toBe(0);
  });

  it('shows readings as they come', async () => {
    const seen: string[] = [];
    const { url } = await collector({
      onReadings: (source, sensor, times, values) => seen.push(`${source} ${sensor.name} ${times} ${values}`),
    });
    const { it, running } = sender(url);
    push(it, 0, 2);
    it.finish();
    await running;
    expect(seen).toEqual([`test counter ${WALL},${WALL + 1} 0,1`]);
  });
});

describe('a collector over reliable UDP', () => {
  it('counts what belongs to no connection, by why', async () => {
    const { one, url } = await collector({}, 'rudp://127.0.0.1:0');
    const socket = createSocket('udp4');
    ends.push(async () => socket.close());
    const port = Number(new URL(url).port);
    // A short packet of a connection that nobody knows is answered with RESET: then both were taken.
    socket.send(Uint8Array.of(0xff, 1, 2, 3), port, '127.0.0.1');
    socket.send(new Uint8Array(60), port, '127.0.0.1');
    await once(socket, 'message');
    expect(one.snapshot.strangers).toMatchObject({ malformed: 1, unknown: 1, refused: 0 });
  });
});
