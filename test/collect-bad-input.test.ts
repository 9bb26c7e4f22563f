/**
 * Whatever comes in costs at most the connection that it came on: counted, said, and nobody else's harm. Through the real
 * command where its messages and exit codes matter, with a collector in this process where its memory does.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as rawConnect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../src/clock/system-clock.ts';
import { Collector } from '../src/collector/collector.ts';
import { QUEUE_BYTES } from '../src/collector/limits.ts';
import { sensorInfo } from '../src/readings/sensor-info.ts';
import { Sender } from '../src/sender/sender.ts';
import { parseAddress } from '../src/socket/address.ts';
import { MemoryStore } from '../src/stores/memory-store.ts';
import { writeHello } from '../src/telemetry/messages/handshake.ts';
import { writeReading } from '../src/telemetry/messages/readings.ts';
import { writeSensor } from '../src/telemetry/messages/sensor.ts';
import { datagram, type Message, stream, toldStream } from '../src/testing/messages.ts';
import { SeededRandom } from '../src/testing/seeded-random.ts';
import { endAll, Run } from './cli-process.ts';

const WALL = 1_700_000_000_000_000;

const hello = (session: string = randomBytes(16).toString('hex')): Message => {
  return body =>
    writeHello(body, {
      lowestVersion: 1,
      highestVersion: 1,
      session,
      epochUs: WALL,
      from: 0,
      source: 'stranger',
    });
};
const announce = (id: number): Message => {
  return body => writeSensor(body, { id, info: sensorInfo({ name: `s${id}`, type: 'uint' }) });
};
const reading: Message = body =>
  writeReading(
    body,
    { sensor: 0, type: 'uint', number: 0, epochUs: WALL },
    { times: Float64Array.of(WALL), values: Float64Array.of(1) },
    0,
  );

let folder: string;
const strangers: Socket[] = [];
const ends: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensewire-bad-'));
});
afterEach(async () => {
  for (const socket of strangers.splice(0)) socket.destroy();
  for (const end of ends.splice(0).reverse()) await end();
  await endAll();
  rmSync(folder, { recursive: true, force: true });
});

const start = (...args: string[]): Run => new Run(args, { cwd: folder });

/** Connects to a TCP address, and gathers what is told. */
async function stranger(
  url: string,
): Promise<{ socket: Socket; told: () => string[]; closed: Promise<unknown> }> {
  const { hostname, port } = new URL(url);
  const socket = rawConnect({ host: hostname, port: Number(port) });
  strangers.push(socket);
  socket.on('error', () => undefined);
  const pieces: Uint8Array[] = [];
  socket.on('data', (piece: Uint8Array) => pieces.push(piece));
  const closed = new Promise(resolve => socket.once('close', resolve));
  await once(socket, 'connect');
  return { socket, closed, told: () => toldStream(Buffer.concat(pieces)) };
}

const TLS_CLIENT_HELLO = Buffer.from(
  `16030100c8010000c40303${'ab'.repeat(32)}20${'cd'.repeat(32)}0006130113021303010000750000`,
  'hex',
);

/** Bytes that are no session, and how they are called. */
const BAD: readonly (readonly [name: string, bytes: Uint8Array, error: string])[] = [
  ['random bytes', Buffer.concat([Buffer.of(5, 0x99), randomBytes(1_000)]), 'UNEXPECTED'],
  [
    'an HTTP request',
    Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: ${'y'.repeat(100)}\r\n\r\n`),
    'UNEXPECTED|MALFORMED',
  ],
  ['a TLS ClientHello', TLS_CLIENT_HELLO, 'MALFORMED|UNEXPECTED'],
  ['a huge length', Buffer.of(0xff, 0xff, 0xff, 0xff, 0x0f), 'TOO-LARGE'],
  ['a length of 0', Buffer.of(0), 'MALFORMED'],
  ['a reading without HELLO', stream(reading), 'UNEXPECTED'],
  ['a reading before WELCOME', stream(hello(), announce(0), reading), 'UNEXPECTED'],
  ['a second HELLO', stream(hello(), hello()), 'UNEXPECTED'],
  ['another magic', Buffer.from(stream(hello())).fill(0x58, 2, 6), 'MALFORMED'],
  ['a version of the future', Buffer.from(stream(hello())).fill(9, 6, 8), 'VERSION'],
];

describe('a collector', () => {
  test('ends only the connection that bad bytes came on, with a reason that is told, counted and logged', async () => {
    const run = start('collect', '--listen', 'tcp://127.0.0.1:0', '--store', 'text:good.txt', '--json');
    const url = (await run.urls())[0] as string;
    const good = start('send', url, '--json', '--rate', '200Hz');
    await run.event('sender-connected');
    let refused = 0;
    for (const [name, bytes, error] of BAD) {
      // Byte by byte, WELCOME comes before the reading.
      for (const split of name.includes('before WELCOME') ? [bytes.length] : [bytes.length, 1]) {
        const { socket, closed, told } = await stranger(url);
        // One piece, or byte by byte: the answer is the same.
        for (let at = 0; at < bytes.length && !socket.destroyed && socket.writable; at += split) {
          socket.write(bytes.subarray(at, at + split));
          if (split === 1) await new Promise(resolve => setImmediate(resolve));
        }
        await closed;
        expect(told().at(-1), `${name}, ${split} at once`).toMatch(new RegExp(`^(${error}) .`));
        refused++;
      }
    }
    expect(
      run.err.filter(line => /^! tcp:\/\/127\.0\.0\.1:\d+ refused: [A-Z-]+, ./.test(line)).length,
    ).toBeGreaterThan(5);
    good.kill('SIGINT');
    expect(await good.exit).toBe(0);
    run.kill('SIGINT');
    expect(await run.exit).toBe(0);
    const summary = run.json.at(-1);
    expect(Object.values(summary?.refused ?? {}).reduce((a, b) => a + b, 0)).toBe(refused);
    expect(readFileSync(join(folder, 'good.txt'), 'utf8').split('\n').length - 1).toBe(
      good.json.at(-1)?.stored,
    );
  });

  test('keeps its log readable under a flood, and its senders served', async () => {
    const run = start('collect', '--listen', 'tcp://127.0.0.1:0', '--store', 'text:good.txt', '--json');
    const url = (await run.urls())[0] as string;
    const good = start('send', url, '--json', '--rate', '100Hz');
    await run.event('sender-connected');
    for (let round = 0; round < 10; round++) {
      const batch = await Promise.all(Array.from({ length: 20 }, () => stranger(url)));
      for (const { socket } of batch) socket.end(randomBytes(100).fill(0, 0, 1));
      await Promise.all(batch.map(({ closed }) => closed));
    }
    good.kill('SIGINT');
    expect(await good.exit).toBe(0);
    expect(good.json.at(-1)).toMatchObject({ unacknowledged: 0, connections: 1 });
    run.kill('SIGINT');
    expect(await run.exit).toBe(0);
    expect(run.json.at(-1)?.refused).toEqual({ MALFORMED: 200 });
    const said = run.err.filter(line => line.includes('refused: MALFORMED')).length;
    expect(said).toBeGreaterThanOrEqual(10);
    expect(said).toBeLessThan(100);
    const held = run.err.map(
      line => /^… and ([\d,]+) more such lines in this second \(refused\)$/.exec(line)?.[1],
    );
    expect(held.reduce((sum, count) => sum + Number(count ?? 0), 0)).toBe(200 - said);
  });

  test('counts datagrams that are not ours, answers none of them with more than came, and serves on', async () => {
    const run = start('collect', '--listen', 'udp://127.0.0.1:0', '--store', 'none', '--json');
    const url = (await run.urls())[0] as string;
    const good = start('send', url, '--json', '--rate', '100Hz');
    await run.event('sender-connected');
    const port = Number(new URL(url).port);
    const socket = createSocket('udp4');
    const answers: Buffer[] = [];
    socket.on('message', answer => answers.push(answer));
    const random = new SeededRandom(7);
    const send = (bytes: Uint8Array): Promise<unknown> =>
      new Promise(resolve => socket.send(bytes, port, '127.0.0.1', resolve));
    for (let index = 0; index < 500; index++) await send(randomBytes(random.int(1, 1_400)).fill(0x17, 0, 1));
    // Of a session that nobody knows: an answer where it is not longer.
    await send(datagram(1234, reading));
    await send(Buffer.of(0xd1, 0, 4, 210, 1));
    await once(socket, 'message');
    good.kill('SIGINT');
    expect(await good.exit).toBe(0);
    run.kill('SIGINT');
    expect(await run.exit).toBe(0);
    // What came while it was busy, the kernel has dropped, and it says so.
    const { malformed = 0, kernelDrops = 0 } = run.json.at(-1) ?? {};
    expect([malformed + kernelDrops, malformed > 100]).toEqual([500, true]);
    expect(answers.map(({ length }) => length)).toEqual([8]);
    socket.close();
  });

  test('says who left in the middle of HELLO, and cuts off who never finishes it', async () => {
    // Ten seconds as half a second.
    const clock = {
      wallUs: () => systemClock.wallUs(),
      monotonicUs: () => systemClock.monotonicUs() * 20,
      setTimer: (atUs: number, callback: () => void) => systemClock.setTimer(Math.ceil(atUs / 20), callback),
    };
    const said: string[] = [];
    const collector = new Collector({
      clock,
      store: new MemoryStore(),
      onNotice: notice => said.push(notice.type === 'refused' ? notice.error : notice.type),
    });
    ends.push(() => collector.stop());
    const [url = ''] = await collector.listen(parseAddress('tcp://127.0.0.1:0'));
    const half = stream(hello()).subarray(0, 20);
    const leaves = await stranger(url);
    leaves.socket.end(half);
    await leaves.closed;
    const waits = await stranger(url);
    waits.socket.write(half);
    // A byte now and then is no HELLO either.
    const drips = await stranger(url);
    const drip = setInterval(() => drips.socket.write(half.subarray(0, 1)), 40);
    drips.socket.once('close', () => clearInterval(drip));
    const silent = await stranger(url);
    await Promise.all([waits.closed, drips.closed, silent.closed]);
    clearInterval(drip);
    expect(waits.told()).toEqual(['TIMEOUT no HELLO for 10 s']);
    expect(silent.told()).toEqual(['TIMEOUT no HELLO for 10 s']);
    expect(said[0]).toBe('NO-HELLO');
    expect(said.slice(1).filter(error => error === 'TIMEOUT').length).toBeGreaterThanOrEqual(2);
    expect(collector.snapshot.refused).toMatchObject({ 'NO-HELLO': 1 });
  });

  test('holds its limits on connections and sensors', async () => {
    const run = start(
      ...['collect', '--listen', 'tcp://127.0.0.1:0', '--store', 'none', '--json'],
      ...['--most-connections', '3', '--most-sensors', '2'],
    );
    const url = (await run.urls())[0] as string;
    const [first, second, third] = await Promise.all([stranger(url), stranger(url), stranger(url)]);
    const fourth = await stranger(url);
    await fourth.closed;
    expect(fourth.told()).toEqual(['LIMIT more than 3 connections']);
    first?.socket.write(stream(hello()));
    await once(first?.socket as Socket, 'data');
    first?.socket.write(stream(announce(0), announce(1), announce(2)));
    await first?.closed;
    expect(first?.told().slice(1)).toEqual(['LIMIT more than 2 sensors']);
    for (const one of [second, third]) one?.socket.destroy();
    run.kill('SIGTERM');
    expect(await run.exit).toBe(0);
    expect(run.json.at(-1)?.refused).toEqual({ LIMIT: 2 });
  });

  test('survives having no file handles left, and serves again when there are', async () => {
    const child = spawn(
      'bash',
      [
        '-c',
        `ulimit -n 60; exec '${process.execPath}' bin/sensewire.cjs collect --listen tcp://127.0.0.1:0 --store none --json`,
      ],
      { cwd: join(import.meta.dirname, '..'), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const url = (JSON.parse(line.toString()) as { urls: string[] }).urls[0] as string;
    const many = await Promise.all(Array.from({ length: 100 }, () => stranger(url)));
    for (const { socket } of many) socket.destroy();
    const send = start('send', url, '--count', '10', '--rate', 'max', '--json');
    expect(await send.exit).toBe(0);
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await gone).toEqual([0, null]);
  });
});

/** A store that takes nothing for ever. */
class StuckStore extends MemoryStore {
  override append(): Promise<void> {
    return new Promise(() => undefined);
  }
}

describe('a store that is stuck', () => {
  const text = sensorInfo({ name: 'text', type: 'text' });

  test('makes senders over streams wait, in bounded memory', async () => {
    const collector = new Collector({ clock: systemClock, store: new StuckStore() });
    const [url = ''] = await collector.listen(parseAddress('tcp://127.0.0.1:0'));
    const senders = Array.from({ length: 4 }, (_, index) => {
      const sender = new Sender({
        address: parseAddress(url),
        clock: systemClock,
        source: `s${index}`,
        buffer: 2_000,
      });
      const running = sender.run();
      ends.push(() => {
        sender.stop();
        return running;
      });
      return sender;
    });
    // Ends when the others do, since the store never lets it.
    ends.push(() => Promise.resolve(void collector.stop()));
    const long = 'x'.repeat(30_000);
    let taken = 0;
    let quiet = 0;
    // Until nothing has moved for fifty turns: everybody waits.
    while (quiet < 50) {
      for (const sender of senders) {
        for (let index = 0; index < 20 && sender.counters.unacknowledged < 2_000; index++)
          sender.push(text, WALL, long);
      }
      await new Promise(resolve => setTimeout(resolve, 1));
      const { readings } = collector.snapshot;
      quiet = readings === taken ? quiet + 1 : 0;
      taken = readings;
    }
    // 240 MB were given: what the collector took of it fits the queue, and a little for what was under way.
    expect(taken * 60_000).toBeGreaterThan(QUEUE_BYTES.pauseAbove / 2);
    expect(taken * 60_000).toBeLessThan(QUEUE_BYTES.pauseAbove + 4 * 2 ** 20);
    expect(senders.reduce((sum, { counters }) => sum + counters.dropped.bufferFull, 0)).toBe(0);
  });

  test('costs datagrams, which are counted', async () => {
    const collector = new Collector({ clock: systemClock, store: new StuckStore() });
    const [url = ''] = await collector.listen(parseAddress('udp://127.0.0.1:0'));
    const sender = new Sender({ address: parseAddress(url), clock: systemClock, source: 'udp', batch: 1 });
    const running = sender.run();
    ends.push(() => {
      sender.stop();
      return running;
    });
    ends.push(() => Promise.resolve(void collector.stop()));
    for (let value = 0; collector.snapshot.overloadDrops < 100; value++) {
      sender.push(text, WALL, 'y'.repeat(1_000));
      if (value % 50 === 0) await new Promise(resolve => setImmediate(resolve));
    }
    expect(collector.snapshot.readings * 2_000).toBeLessThan(QUEUE_BYTES.pauseAbove + 2 ** 20);
  });
});

describe('what is in the way is said, with what to do', () => {
  test('a port that is in use', async () => {
    const first = start('collect', '--listen', 'tcp://127.0.0.1:0', '--store', 'none', '--json');
    const url = (await first.urls())[0] as string;
    const second = start(
      'collect',
      '--listen',
      'udp://127.0.0.1:0',
      '--listen',
      url,
      '--store',
      'text:x.txt',
      '--json',
    );
    expect(await second.exit).toBe(1);
    expect(second.out).toEqual([]);
    expect(second.err).toEqual([
      expect.stringMatching(
        new RegExp(
          `^error ${url} is in use by ".*sensewire.*" \\(process ${first.child.pid}\\): stop that program, or choose`,
        ),
      ),
    ]);
  });

  test.each([
    [
      ['collect', '--listen', 'tcp://192.0.2.1:5000', '--store', 'none'],
      /is no address of this machine: use one of/,
    ],
    [
      ['collect', '--listen', 'unix:none/socket', '--store', 'none'],
      /there is no folder none: create it first/,
    ],
    [
      ['collect', '--listen', 'tcp://127.0.0.1:0', '--store', 'csv:none/x.csv'],
      /there is no folder none: create it first/,
    ],
    [['collect', '--listen', 'tcp://127.0.0.1:0', '--store', 'sqlite:damaged.db'], /damaged\.db/],
    [['collect', '--listen', 'tcp://127.0.0.1:0', '--store', 'text:folder'], /is a folder/],
    [['export', 'damaged.db'], /damaged\.db/],
    [['send', 'tcp://no-such-host.invalid:5000'], /no-such-host\.invalid.* check the spelling/],
  ])('%j exits with 1', async (args, what) => {
    writeFileSync(join(folder, 'damaged.db'), randomBytes(8_192));
    mkdirSync(join(folder, 'folder'));
    const run = start(...args);
    expect(await run.exit).toBe(1);
    const text = run.err.join('\n');
    expect(text).toMatch(/^error /m);
    expect(text).toMatch(what);
    expect(text).not.toMatch(/^\s+at /m);
  });

  // Root may write everything: an ordinary user has to try.
  test.skipIf(process.getuid?.() !== 0)('a file that may not be written', async () => {
    chmodSync(folder, 0o755);
    for (const name of ['r.txt', 'r.db']) writeFileSync(join(folder, name), '');
    for (const spec of ['text:r.txt', 'sqlite:r.db']) {
      const run = new Run(['collect', '--listen', 'tcp://127.0.0.1:0', '--store', spec], {
        cwd: folder,
        uid: 65_534,
      });
      expect(await run.exit).toBe(1);
      expect(run.err.at(-1)).toMatch(/^error .*r\.(txt|db).*(may not be written|read-only|rights)/);
    }
  });

  const shell = (line: string): boolean => spawnSync('bash', ['-c', line]).status === 0;
  const canMount = shell('t=$(mktemp -d) && mount -t tmpfs tmpfs "$t" && umount "$t" && rmdir "$t"');
  test.skipIf(!canMount)(
    'a disk that is full: senders wait, and nothing is lost when there is room again',
    async () => {
      const disk = join(folder, 'disk');
      mkdirSync(disk);
      expect(shell(`mount -t tmpfs -o size=256k tmpfs '${disk}'`)).toBe(true);
      try {
        writeFileSync(join(disk, 'ballast'), Buffer.alloc(200 * 1024));
        const run = start('collect', '--listen', 'tcp://127.0.0.1:0', '--store', 'csv:disk/r.csv', '--json');
        const url = (await run.urls())[0] as string;
        const send = start('send', url, '--json', '--sensor', 'sine', '--rate', 'max', '--count', '3000');
        await run.event('store-trouble');
        rmSync(join(disk, 'ballast'));
        expect(shell(`mount -o remount,size=4m '${disk}'`)).toBe(true);
        await run.event('store-recovered');
        expect(await send.exit).toBe(0);
        run.kill('SIGTERM');
        expect(await run.exit).toBe(0);
        expect(readFileSync(join(disk, 'r.csv'), 'utf8').split('\n')).toHaveLength(3_002);
        expect(run.err.join('\n')).toMatch(/no room to write .*free space.*senders wait/);
      } finally {
        await endAll();
        shell(`umount '${disk}'`);
      }
    },
  );
});
