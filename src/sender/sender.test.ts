/**
 * A sender against a collector whose stores are played by hand, over real sockets.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock/system-clock.ts';
import { sensorInfo } from '../readings/sensor-info.ts';
import type { ReadingSink, Source } from '../sensors/source.ts';
import { parseAddress } from '../socket/address.ts';
import type { Connection, Listener } from '../socket/connection.ts';
import { listenAt } from '../socket/open.ts';
import { CollectorSession } from '../telemetry/collector-session.ts';
import { datagramTag } from '../telemetry/framing.ts';
import { instant } from '../telemetry/instant.ts';
import {
  type Acknowledgement,
  COMMAND_ACTION,
  COMMAND_STATUS,
  ERROR_CODE,
} from '../telemetry/messages/types.ts';
import { runSources } from './run-sources.ts';
import { Sender, type SenderNotice, type SenderOptions } from './sender.ts';

const COUNTER = sensorInfo({ name: 'counter', type: 'uint' });
const WALL = 1_700_000_000_000_000;

/** Speaks the protocol, and says "stored" when the test says so. */
class HandCollector {
  url = '';
  values: number[] = [];
  position = 0;
  greetings = 0;
  /** True: acknowledges at once. */
  storing = true;
  results: number[] = [];
  connection: Connection | undefined;
  session: CollectorSession | undefined;
  #listener: Listener | undefined;
  #marks: Acknowledgement[] = [];
  #changed = Promise.withResolvers<void>();

  async listen(url: string): Promise<void> {
    this.#listener = await listenAt(parseAddress(url), connection => {
      this.connection = connection;
      const now = instant(systemClock);
      const session = new CollectorSession({ form: connection.form, tag: 77, mostSensors: 4 }, now);
      this.session = session;
      return {
        onReceive: bytes => {
          if (connection.form === 'datagram' && datagramTag(bytes) === undefined) return;
          session.receive(bytes, instant(systemClock));
          this.drain();
        },
        onDrain: () => this.drain(),
        onClose: () => {
          if (this.connection === connection) this.connection = undefined;
          this.#change();
        },
      };
    });
    this.url = this.#listener.urls[0] as string;
  }

  /** Everything that was received becomes stored. */
  store(): void {
    const now = instant(systemClock);
    for (const mark of this.#marks.splice(0)) {
      this.position = mark.upTo;
      this.session?.stored(mark, now);
    }
    if (this.connection?.form === 'datagram')
      this.session?.onTimeout({ ...now, monotonicUs: now.monotonicUs + 300_000 });
    this.drain();
  }

  drain(): void {
    const { session, connection } = this;
    for (let event = session?.pollEvent(); event !== undefined; event = session?.pollEvent()) {
      if (event.type === 'hello') {
        this.greetings++;
        this.#marks = [];
        session?.accept(this.position, instant(systemClock));
      } else if (event.type === 'readings') {
        this.values.push(...(event.batch.values as Float64Array));
        this.#marks.push(event.mark);
      } else if (event.type === 'bye') this.#marks.push(event.mark);
      else if (event.type === 'command-result') this.results.push(event.result.status);
    }
    for (let bytes = session?.pollTransmit(); bytes !== undefined; bytes = session?.pollTransmit())
      connection?.send(bytes);
    if (this.storing && this.#marks.length > 0) this.store();
    this.#change();
  }

  refuse(code: number): void {
    this.session?.refuse(code, 'for a test');
    this.drain();
    this.connection?.close();
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#changed.promise;
  }

  /** No more, and nobody to be found. */
  async leave(): Promise<void> {
    const { connection } = this;
    await this.#listener?.close();
    connection?.abort();
    await this.until(() => this.connection === undefined);
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

const collectors: HandCollector[] = [];
const senders: Sender[] = [];

afterEach(async () => {
  for (const sender of senders.splice(0)) sender.stop();
  for (const collector of collectors.splice(0)) await collector.leave();
});

async function collector(url = 'tcp://127.0.0.1:0'): Promise<HandCollector> {
  const one = new HandCollector();
  await one.listen(url);
  collectors.push(one);
  return one;
}

/** A sender with what it said, and a way to wait for what it says. */
function sender(
  url: string,
  options: Partial<SenderOptions> = {},
): {
  sender: Sender;
  said: SenderNotice[];
  heard: (type: SenderNotice['type'], times?: number) => Promise<void>;
} {
  const said: SenderNotice[] = [];
  let changed = Promise.withResolvers<void>();
  const one = new Sender({
    address: parseAddress(url),
    clock: systemClock,
    source: 'test',
    onNotice: notice => {
      said.push(notice);
      changed.resolve();
      changed = Promise.withResolvers();
    },
    ...options,
  });
  senders.push(one);
  const heard = async (type: SenderNotice['type'], times = 1): Promise<void> => {
    while (said.filter(notice => notice.type === type).length < times) await changed.promise;
  };
  return { sender: one, said, heard };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Pushes the numbers `from` to `to`. */
function push(one: Sender, from: number, to: number): void {
  for (let value = from; value < to; value++) one.push(COUNTER, WALL + value, value);
}

/** Waits, a turn of the event loop at a time. */
async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setImmediate(resolve));
}

describe.each(['tcp', 'udp'])('a sender over %s', transport => {
  const address = `${transport}://127.0.0.1:0`;

  it('sends everything and ends when it is stored', async () => {
    const one = await collector(address);
    const { sender: it } = sender(one.url);
    push(it, 0, 1_000);
    const running = it.run();
    it.finish();
    expect(await running).toBe('done');
    expect(one.values).toEqual(upTo(1_000));
    expect(it.counters).toMatchObject({
      readings: 1_000,
      stored: 1_000,
      delivered: 1_000,
      unacknowledged: 0,
    });
    expect(it.ackUs.count).toBe(1_000);
  });

  it('ends well when the collector has enough', async () => {
    const one = await collector(address);
    const { sender: it } = sender(one.url);
    const running = it.run();
    push(it, 0, 10);
    await one.until(() => one.values.length === 10);
    one.refuse(ERROR_CODE.complete);
    expect(await running).toBe('complete');
    expect(it.isComplete).toBe(true);
  });

  it('fails when the collector says that it cannot go on', async () => {
    const one = await collector(address);
    const { sender: it } = sender(one.url);
    const running = it.run();
    running.catch(() => undefined);
    await one.until(() => one.greetings > 0);
    one.refuse(ERROR_CODE.unexpected);
    await expect(running).rejects.toMatchObject({
      code: 'SW_REFUSED_BY_PEER',
      closeCode: ERROR_CODE.unexpected,
    });
  });

  it('does as it is commanded, and says so', async () => {
    const one = await collector(address);
    const commands: string[] = [];
    const { sender: it, heard } = sender(one.url, {
      onCommand: (command, info) => {
        commands.push(`${command.action} ${command.rateHz} ${info?.name}`);
        return { status: COMMAND_STATUS.done, reason: '' };
      },
    });
    it.announce(COUNTER);
    void it.run();
    await heard('connected');
    const command = (number: number, sensor: number | undefined): void => {
      one.session?.command({ command: number, action: COMMAND_ACTION.rate, sensor, rateHz: 5 });
      one.drain();
    };
    command(1, 0);
    command(2, undefined);
    command(3, 9);
    await one.until(() => one.results.length === 3);
    expect(commands).toEqual(['1 5 counter', '1 5 undefined']);
    expect(one.results).toEqual([COMMAND_STATUS.done, COMMAND_STATUS.done, COMMAND_STATUS.unknownSensor]);
  });

  it('ends at once when it is stopped, before and while it runs', async () => {
    const { sender: early } = sender(`${transport}://127.0.0.1:9`);
    early.stop();
    expect(await early.run()).toBe('stopped');
    const one = await collector(address);
    const { sender: it, heard, said } = sender(one.url);
    const running = it.run();
    await heard('connected');
    it.stop();
    expect(await running).toBe('stopped');
    expect(said.map(({ type }) => type)).toEqual(['connected']);
  });

  it('says when the collector has answered, when it is away, and when nobody will ask it any more', async () => {
    const one = await collector(address);
    const { sender: it, said } = sender(one.url);
    const running = it.run();
    await it.contact();
    expect(said[0]?.type).toBe('connected');
    it.stop();
    await running;
    await one.leave();
    const { sender: lonely, said: heard } = sender(one.url);
    const waiting = lonely.run();
    await lonely.contact();
    expect(heard[0]?.type).toBe('away');
    lonely.stop();
    await waiting;
    const { sender: stopped } = sender(one.url);
    stopped.stop();
    await stopped.run();
    await stopped.contact();
  });

  it('waits for a collector that is not there yet, and has lost nothing when it comes', async () => {
    const first = await collector(address);
    const { url } = first;
    await first.leave();
    const { sender: it, said, heard } = sender(url);
    const running = it.run();
    push(it, 0, 500);
    await heard('away', 2);
    expect(said[0]).toMatchObject({
      type: 'away',
      reason: expect.stringContaining('nobody listens'),
      buffered: 500,
    });
    const waits = said.map(notice => (notice.type === 'away' ? notice.retryUs : 0));
    expect(waits[0]).toBeGreaterThanOrEqual(80_000);
    expect(waits[1]).toBeGreaterThanOrEqual(160_000);
    const second = await collector(url);
    it.finish();
    expect(await running).toBe('done');
    expect(second.values).toEqual(upTo(500));
  });
});

describe('a sender over a stream', () => {
  it('repeats what was not stored when its connection breaks', async () => {
    const one = await collector();
    const { sender: it, heard } = sender(one.url, { batch: 10 });
    const running = it.run();
    push(it, 0, 100);
    await eventually(() => it.counters.stored === 100);
    one.storing = false;
    push(it, 100, 200);
    await one.until(() => one.values.length === 200);
    expect(it.counters).toMatchObject({ readings: 200, unacknowledged: 100 });
    one.connection?.abort();
    one.storing = true;
    one.values = [];
    await heard('connected', 2);
    it.finish();
    expect(await running).toBe('done');
    expect(one.values).toEqual(upTo(200).slice(100));
    expect(it.counters).toMatchObject({ stored: 200, connections: 2 });
  });

  it('tries again after a collector that shuts down', async () => {
    const one = await collector();
    const { sender: it, said, heard } = sender(one.url);
    const running = it.run();
    await heard('connected');
    one.refuse(ERROR_CODE.shuttingDown);
    await heard('connected', 2);
    expect(said[1]).toMatchObject({ type: 'away', reason: 'the collector says SHUTTING-DOWN: for a test' });
    it.finish();
    expect(await running).toBe('done');
    expect(said.map(({ type }) => type)).toEqual(['connected', 'away', 'connected']);
  });

  it('keeps what its buffer holds, and counts and says what it dropped', async () => {
    const one = await collector();
    const { url } = one;
    await one.leave();
    const { sender: it, said } = sender(url, { buffer: 100, batch: 10 });
    push(it, 0, 250);
    expect(it.counters).toMatchObject({ readings: 250, unacknowledged: 100, dropped: { bufferFull: 150 } });
    expect(said).toEqual([{ type: 'dropping', dropped: 10 }]);
    const second = await collector(url);
    const running = it.run();
    it.finish();
    expect(await running).toBe('done');
    expect(second.values).toEqual(upTo(250).slice(150));
    expect(it.counters).toMatchObject({ stored: 100, unacknowledged: 0 });
  });

  it('makes a source that can wait wait, also with a small buffer, and drops nothing of it', async () => {
    const one = await collector();
    one.storing = false;
    const { sender: it } = sender(one.url, { buffer: 100, batch: 60, flushUs: 3_600_000_000 });
    const running = it.run();
    let pushed = 0;
    let waits = 0;
    const source: Source = {
      spec: 'file',
      sensors: [COUNTER],
      async run(sink: ReadingSink) {
        for (; pushed < 1_000; pushed++) {
          if (sink.push(COUNTER, WALL + pushed, pushed)) continue;
          waits++;
          setImmediate(() => one.store());
          await sink.ready();
        }
      },
    };
    await one.until(() => one.greetings > 0);
    one.storing = true;
    await runSources([source], it, new AbortController().signal);
    it.finish();
    expect(await running).toBe('done');
    expect(waits).toBeGreaterThan(5);
    expect(one.values).toEqual(upTo(1_000));
    expect(it.counters.dropped).toEqual({ bufferFull: 0, tooLarge: 0 });
  });

  it('lets whoever waits go when it ends', async () => {
    const one = await collector();
    one.storing = false;
    const { sender: it } = sender(one.url, { buffer: 100, batch: 10 });
    const running = it.run();
    push(it, 0, 60);
    const ready = it.ready();
    it.stop();
    await ready;
    expect(await running).toBe('stopped');
    await it.ready();
  });

  it('holds readings back until a message is full or has waited long enough', async () => {
    const one = await collector();
    const { sender: it, heard } = sender(one.url, { batch: 10, flushUs: 50_000 });
    const running = it.run();
    await heard('connected');
    push(it, 0, 15);
    await one.until(() => one.values.length > 0);
    expect(one.values).toHaveLength(10);
    const before = systemClock.monotonicUs();
    await one.until(() => one.values.length > 10);
    expect(one.values).toHaveLength(15);
    expect(systemClock.monotonicUs() - before).toBeGreaterThan(20_000);
    it.finish();
    await running;
  });

  it('counts a reading that fits no message', async () => {
    const one = await collector();
    const { sender: it } = sender(one.url);
    const running = it.run();
    it.push(sensorInfo({ name: 'text', type: 'text' }), WALL, 'x'.repeat(70_000));
    it.finish();
    expect(await running).toBe('done');
    expect(it.counters).toMatchObject({
      readings: 1,
      stored: 0,
      unacknowledged: 0,
      dropped: { tooLarge: 1 },
    });
  });

  it('says what is wrong with a reading, an option, or the moment', async () => {
    const { sender: it } = sender('tcp://127.0.0.1:9');
    expect(() => it.push(COUNTER, WALL, -1)).toThrow(expect.objectContaining({ code: 'SW_BAD_READING' }));
    expect(() => it.push(COUNTER, 0.5, 1)).toThrow(/whole microseconds since 1970/);
    it.finish();
    expect(() => it.push(COUNTER, WALL, 1)).toThrow(expect.objectContaining({ code: 'SW_CLOSED' }));
    for (const wrong of [{ batch: 0 }, { batch: 5_000 }, { batch: 10, buffer: 9 }, { source: '' }]) {
      expect(() => sender('tcp://127.0.0.1:9', wrong)).toThrow(expect.objectContaining({ code: 'SW_USAGE' }));
    }
  });

  it('fails at once for a host that was never known, and an address that is for listening', async () => {
    await expect(sender('tcp://no-such-host.invalid:9').sender.run()).rejects.toMatchObject({
      code: 'SW_UNKNOWN_HOST',
    });
    await expect(sender('tcp://*:9').sender.run()).rejects.toMatchObject({ code: 'SW_BAD_URL' });
  });

  it('says that something else than a collector answers', async () => {
    const stranger = await listenAt(parseAddress('tcp://127.0.0.1:0'), connection => {
      return {
        onReceive: () => void connection.send(Buffer.from(`HTTP/1.1 400 Bad Request\r\n${'x'.repeat(200)}`)),
        onDrain() {},
        onClose() {},
      };
    });
    await expect(sender(stranger.urls[0] as string).sender.run()).rejects.toMatchObject({
      code: 'SW_PROTOCOL',
    });
    await stranger.close();
  });
});

describe('a sender over plain datagrams', () => {
  it('says that nobody answers, and goes on asking', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const { sender: it, said, heard } = sender(`udp://127.0.0.1:${silent.address().port}`);
    const running = it.run();
    await heard('away');
    expect(said).toEqual([
      expect.objectContaining({
        type: 'away',
        reason: expect.stringMatching(/^no answer from udp:/),
        retryUs: 0,
      }),
    ]);
    it.stop();
    expect(await running).toBe('stopped');
    silent.close();
  });
});

describe('sources', () => {
  it('end together when one of them fails', async () => {
    const { sender: it } = sender('tcp://127.0.0.1:9');
    const failing: Source = { spec: 'a', sensors: [], run: () => Promise.reject(new Error('broken')) };
    const waiting: Source = {
      spec: 'b',
      sensors: [],
      run: (_sink, signal) => new Promise(resolve => signal.addEventListener('abort', () => resolve())),
    };
    await expect(runSources([waiting, failing], it, new AbortController().signal)).rejects.toThrow('broken');
  });
});
