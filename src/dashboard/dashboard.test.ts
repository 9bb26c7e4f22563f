import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { CommandAnswer, SensorCommand } from '../collector/collector.ts';
import type { CollectorSnapshot } from '../collector/statistics.ts';
import { UsageError } from '../errors/errors.ts';
import { sensorInfo } from '../readings/sensor-info.ts';
import { Histogram } from '../statistics/histogram.ts';
import type { ReduceQuery, StoreReader } from '../stores/reader.ts';
import { ManualClock } from '../time/manual-clock.ts';
import { type Dashboard, type DashboardOptions, openDashboard } from './dashboard.ts';
import { MOST_PAGES, MOST_SHOWN, TICK_US } from './limits.ts';
import { LiveFeed } from './live-feed.ts';
import type { LiveMessage } from './live-message.ts';

const START_US = 1_800_000_000_000_000;
const TMP36 = sensorInfo({ name: 'tmp36', unit: '°C', type: 'int', scale: 0.1 });

const SNAPSHOT: CollectorSnapshot = {
  readings: 10,
  stored: 8,
  duplicates: 0,
  missing: 1,
  late: 0,
  stale: 0,
  senders: 2,
  connected: 1,
  sensors: 3,
  droppedBySenders: 0,
  kernelDrops: 0,
  overloadDrops: 0,
  malformed: 0,
  refused: {},
  strangers: {},
};

class FakeCollector {
  readonly snapshot = SNAPSHOT;
  readonly oneWayUs = new Histogram();
  readonly oneWayClock = 'same';
  readonly commands: unknown[] = [];
  answers: Promise<CommandAnswer>[] = [];

  command(sensor: string | undefined, command: SensorCommand, source?: string): Promise<CommandAnswer>[] {
    this.commands.push({ sensor, command, source });
    return this.answers;
  }
}

/** Answers with what it was asked. */
class FakeReader implements StoreReader {
  readonly queries: ReduceQuery[] = [];
  closed = false;

  sensors(): Promise<never[]> {
    return Promise.resolve([]);
  }

  async *readings(): AsyncGenerator<never[]> {}

  reduce(query: ReduceQuery): ReturnType<StoreReader['reduce']> {
    this.queries.push(query);
    if (query.sensor === 'bad') return Promise.reject(new UsageError('SW_USAGE', 'a text has no mean'));
    if (query.sensor === 'bug') return Promise.reject(new TypeError('secret'));
    const empty = { count: 0, min: Number.NaN, mean: Number.NaN, max: Number.NaN };
    return Promise.resolve([
      { startUs: query.fromUs, count: 2, min: 1, mean: 2, max: 3 },
      { startUs: query.fromUs + 5, ...empty },
    ]);
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

interface World {
  readonly clock: ManualClock;
  readonly feed: LiveFeed;
  readonly collector: FakeCollector;
  readonly reader: FakeReader;
  readonly dashboard: Dashboard;
}

const opened: Dashboard[] = [];

afterEach(async () => {
  for (const dashboard of opened.splice(0)) await dashboard.close();
});

async function setUp(options: Partial<DashboardOptions> = {}): Promise<World> {
  const clock = new ManualClock(START_US);
  const feed = new LiveFeed({ clock });
  const collector = new FakeCollector();
  const reader = new FakeReader();
  const openReader = (): Promise<StoreReader> => Promise.resolve(reader);
  const dashboard = await openDashboard({ port: 0, clock, feed, collector, openReader, ...options });
  opened.push(dashboard);
  return { clock, feed, collector, reader, dashboard };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A request as it is: fetch would tidy the path and refuse some headers. */
async function ask(
  { dashboard }: World,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(dashboard.url);
  const { method = 'GET', headers = {}, body } = options;
  const outgoing = request({ hostname, port, path, method, headers, agent: false });
  outgoing.end(body);
  const [response] = await once(outgoing, 'response');
  let text = '';
  for await (const piece of response) text += String(piece);
  return { status: response.statusCode, headers: response.headers, text };
}

function post(world: World, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const type = { 'content-type': 'application/json' };
  return ask(world, '/api/command', {
    method: 'POST',
    headers: { ...type, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** The messages of a live page, one by one. */
async function listen({
  dashboard,
}: World): Promise<{ next(): Promise<LiveMessage>; raw(): Promise<string> }> {
  const response = await fetch(new URL('api/live', dashboard.url));
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const raw = async (): Promise<string> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end !== -1) {
        const event = text.slice(0, end);
        text = text.slice(end + 2);
        return event;
      }
      const { value, done } = await reader.read();
      if (done) return 'closed';
      text += value;
    }
  };
  return { raw, next: async () => JSON.parse((await raw()).replace(/^data: /, '')) as LiveMessage };
}

test('the page and its files come with their types, a policy and a tag', async () => {
  const world = await setUp();
  for (const [path, type] of [
    ['/', 'text/html'],
    ['/style.css', 'text/css'],
    ['/app.js', 'text/javascript'],
    ['/icon.svg', 'image/svg+xml'],
  ] as const) {
    const { status, headers, text } = await ask(world, path);
    expect(status).toBe(200);
    expect(headers['content-type']).toContain(type);
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(Number(headers['content-length'])).toBe(Buffer.byteLength(text));
    const again = await ask(world, path, { headers: { 'if-none-match': String(headers.etag) } });
    expect(again).toMatchObject({ status: 304, text: '' });
    expect(await ask(world, path, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  }
});

test('every script that the page imports is served', async () => {
  const world = await setUp();
  const { text: page } = await ask(world, '/');
  const wanted = [...page.matchAll(/(?:src|href)="([a-z.]+)"/g)].map(match => match[1]!);
  for (let at = 0; at < wanted.length; at++) {
    const { status, text } = await ask(world, `/${wanted[at]}`);
    expect(status, wanted[at]).toBe(200);
    for (const [, name] of text.matchAll(/^import .* from '\.\/(.*)';$/gm))
      if (!wanted.includes(name!)) wanted.push(name!);
  }
  expect(wanted).toContain('chart.js');
});

test.each([
  '/../package.json',
  '/..%2fpackage.json',
  '/%2e%2e/package.json',
  '/web/../../package.json',
  '//etc/passwd',
  '/tsconfig.json',
  '/api/',
  '/constructor',
  '/index.html/',
])('there is nothing at %s', async path => {
  const world = await setUp();
  expect((await ask(world, path)).status).toBe(404);
});

test('a path that has another method says which', async () => {
  const world = await setUp();
  for (const [path, method, allow] of [
    ['/', 'POST', 'GET, HEAD'],
    ['/api/live', 'DELETE', 'GET'],
    ['/api/command', 'GET', 'POST'],
  ] as const) {
    expect(await ask(world, path, { method })).toMatchObject({ status: 405, headers: { allow } });
  }
});

test('a foreign name that leads here reads nothing', async () => {
  const world = await setUp();
  for (const path of ['/', '/api/live', '/api/sensors'])
    expect((await ask(world, path, { headers: { host: 'evil.example' } })).status).toBe(421);
});

test('what is no HTTP is refused and harms nobody', async () => {
  const world = await setUp();
  const { hostname, port } = new URL(world.dashboard.url);
  const socket = connect(Number(port), hostname);
  socket.end('\x16\x03\x01 hello\r\n\r\n');
  let answer = '';
  for await (const piece of socket) answer += String(piece);
  expect(answer).toMatch(/^HTTP\/1\.1 400/);
  expect((await ask(world, '/healthz')).text).toBe('{"ok":true,"pages":0}\n');
});

test('a live page hears everything first, then what changes', async () => {
  const world = await setUp();
  const { clock, feed } = world;
  feed.onReadings('pi', TMP36, Float64Array.of(START_US), Float64Array.of(213));
  const page = await listen(world);
  const first = await page.next();
  expect(first.full).toEqual({ slotMs: 100, slots: 600, commands: true });
  expect(first.nowMs).toBe(START_US / 1_000);
  expect(first.totals).toMatchObject({ readings: 10, stored: 8, missing: 1, connected: 1, oneWayUs: null });
  expect(first.sensors).toMatchObject([{ info: { name: 'tmp36' }, value: 21.3, points: [0, 21.3, 21.3] }]);

  clock.advance(TICK_US);
  expect(await page.next()).toMatchObject({ totals: { readings: 10 }, sensors: [] });
  feed.onReadings('pi', TMP36, Float64Array.of(clock.wallUs()), Float64Array.of(220));
  clock.advance(TICK_US);
  const change = await page.next();
  expect(change.full).toBeUndefined();
  expect(change.totals).toBeUndefined();
  expect(change.sensors).toMatchObject([{ id: 1, value: 22, count: 2, points: [1, 22, 22] }]);
});

test('a second page hears the same; without pages there is no timer', async () => {
  const world = await setUp();
  expect(world.clock.nextTimerUs()).toBeUndefined();
  const [one, other] = [await listen(world), await listen(world)];
  await Promise.all([one.next(), other.next()]);
  world.clock.advance(TICK_US);
  expect(await one.raw()).toBe(await other.raw());
  await world.dashboard.close();
  expect(await one.raw()).toBe('event: end\ndata: {}');
  expect(await one.raw()).toBe('closed');
  expect(world.clock.nextTimerUs()).toBeUndefined();
});

test('there is an end to pages', async () => {
  const world = await setUp();
  for (let at = 0; at < MOST_PAGES; at++) await listen(world);
  expect(await ask(world, '/api/live')).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
});

test('a page that does not read is dropped, the others go on', async () => {
  const world = await setUp();
  const { clock, feed } = world;
  const { hostname, port } = new URL(world.dashboard.url);
  const deaf = connect(Number(port), hostname);
  deaf.pause();
  deaf.write('GET /api/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
  deaf.on('error', () => undefined);
  const page = await listen(world);
  await page.next();
  const pages = async (): Promise<number> => JSON.parse((await ask(world, '/healthz')).text).pages;
  await expect.poll(pages).toBe(2);
  const infos = Array.from({ length: MOST_SHOWN }, (_, at) => sensorInfo({ name: `s${at}`, type: 'text' }));
  const text = 'x'.repeat(160);
  for (let tick = 0; tick < 2_000 && (await pages()) === 2; tick++) {
    for (const info of infos) feed.onReadings('pi', info, Float64Array.of(clock.wallUs()), [text]);
    clock.advance(TICK_US);
    await page.raw();
  }
  expect(await pages()).toBe(1);
  deaf.destroy();
});

test('sensors are listed with their latest state', async () => {
  const world = await setUp();
  world.feed.onReadings('pi', TMP36, Float64Array.of(START_US), Float64Array.of(213));
  const { text } = await ask(world, '/api/sensors');
  expect(JSON.parse(text)).toMatchObject({ hidden: 2, sensors: [{ value: 21.3, info: { source: 'pi' } }] });
});

test('a history is the reduced store, in columns', async () => {
  const world = await setUp();
  const { text, status } = await ask(
    world,
    '/api/history?sensor=tmp36&source=pi&from=1000&to=2000&buckets=2',
  );
  expect(status).toBe(200);
  expect(JSON.parse(text)).toEqual({
    sensor: 'tmp36',
    source: 'pi',
    fromUs: 1_000,
    toUs: 2_000,
    buckets: 2,
    startUs: [1_000, 1_005],
    count: [2, 0],
    min: [1, null],
    mean: [2, null],
    max: [3, null],
  });
  await ask(world, '/api/history?sensor=tmp36');
  await ask(world, '/api/history?sensor=tmp36&from=2027-01-01T00:00:00Z&to=2027-01-01T00:00:01.5Z');
  const [, hour, iso] = world.reader.queries;
  expect(hour).toEqual({ sensor: 'tmp36', fromUs: START_US - 3_600e6, toUs: START_US, buckets: 600 });
  expect(iso!.toUs - iso!.fromUs).toBe(1_500_000);
  await world.dashboard.close();
  expect(world.reader.closed).toBe(true);
});

test.each([
  ['', 'say which sensor'],
  ['?sensor=', 'say which sensor'],
  ['?sensor=a&from=yesterday', 'from=yesterday is no time'],
  ['?sensor=a&to=-5', 'to=-5 is no time'],
  ['?sensor=a&from=20&to=10', 'earlier'],
  ['?sensor=a&buckets=0', 'buckets=0'],
  ['?sensor=a&buckets=10001', 'buckets=10001'],
  ['?sensor=a&buckets=1e3', 'buckets=1e3'],
  ['?sensor=bad', 'a text has no mean'],
])('the question /api/history%s is answered with what is wrong', async (query, reason) => {
  const { status, text } = await ask(await setUp(), `/api/history${query}`);
  expect(status).toBe(400);
  expect(JSON.parse(text).error).toContain(reason);
});

test('a bug of ours is named, and nothing of it is shown', async () => {
  const { status, text } = await ask(await setUp(), '/api/history?sensor=bug');
  expect(status).toBe(500);
  expect(text).not.toContain('secret');
});

test('a store that failed to open is opened again with the next question', async () => {
  let attempts = 0;
  const reader = new FakeReader();
  const openReader = async (): Promise<StoreReader> => {
    if (++attempts === 1) throw new Error('not yet');
    return reader;
  };
  const world = await setUp({ openReader });
  expect((await ask(world, '/api/history?sensor=a')).status).toBe(500);
  expect((await ask(world, '/api/history?sensor=a')).status).toBe(200);
  expect((await ask(world, '/api/history?sensor=a')).status).toBe(200);
  expect(attempts).toBe(2);
});

test('a command goes to the collector, its answer comes back', async () => {
  const world = await setUp();
  world.collector.answers = [
    Promise.resolve({ source: 'pi', command: 1, status: 0, reason: '' }),
    Promise.resolve({ source: 'pi', command: 2, status: 2, reason: 'takes no commands' }),
  ];
  const { text } = await post(world, { sensor: 'tmp36', source: 'pi', action: 'rate', rateHz: 5 });
  expect(JSON.parse(text)).toEqual({
    answers: [
      { source: 'pi', done: true, reason: '' },
      { source: 'pi', done: false, reason: 'takes no commands' },
    ],
  });
  expect((await post(world, { sensor: 'tmp36', action: 'pause' })).status).toBe(200);
  expect(world.collector.commands).toEqual([
    { sensor: 'tmp36', source: 'pi', command: { action: 'rate', rateHz: 5 } },
    { sensor: 'tmp36', source: undefined, command: { action: 'pause' } },
  ]);
});

test('a sender that does not answer is not waited for any longer', async () => {
  const world = await setUp();
  world.collector.answers = [new Promise(() => undefined)];
  const answer = post(world, { sensor: 'tmp36', action: 'pause' });
  await expect.poll(() => world.clock.nextTimerUs()).toBeDefined();
  world.clock.advance(5_000_000);
  expect((await answer).status).toBe(504);
});

test.each([
  ['{', 400],
  ['null', 400],
  [{ action: 'pause' }, 400],
  [{ sensor: 'a', action: 'explode' }, 400],
  [{ sensor: 'a', action: 'rate' }, 400],
  [{ sensor: 'a', action: 'rate', rateHz: 0 }, 400],
  [{ sensor: 'a', action: 'rate', rateHz: '5' }, 400],
  [{ sensor: 'a', action: 'pause', source: 5 }, 400],
  [{ sensor: 'x'.repeat(5_000), action: 'pause' }, 413],
  [{ sensor: 'nobody', action: 'pause' }, 404],
])('the command %j is refused with %i', async (body, status) => {
  const world = await setUp();
  const answer = await post(world, body);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.text).error).not.toBe('');
});

test('a command from another website is refused before it is read', async () => {
  const world = await setUp();
  const command = { sensor: 'tmp36', action: 'pause' };
  expect((await post(world, command, { origin: 'http://evil.example' })).status).toBe(403);
  expect((await post(world, command, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect((await post(world, command, { 'content-type': 'text/plain' })).status).toBe(415);
  expect(world.collector.commands).toEqual([]);
});

test('a page that others can reach takes no commands unless told so', async () => {
  const world = await setUp({ host: '0.0.0.0' });
  expect((await post(world, { sensor: 'tmp36', action: 'pause' })).status).toBe(403);
  expect((await (await listen(world)).next()).full?.commands).toBe(false);
  const told = await setUp({ host: '0.0.0.0', commands: true });
  expect((await post(told, { sensor: 'tmp36', action: 'pause' })).status).toBe(404);
});

test('a port in use says who has it and what to do', async () => {
  const { dashboard } = await setUp();
  const port = Number(new URL(dashboard.url).port);
  await expect(setUp({ port })).rejects.toMatchObject({
    code: 'SW_ADDRESS_IN_USE',
    message: expect.stringContaining('choose another port'),
  });
});

test('it closes twice, with pages open', async () => {
  const world = await setUp();
  const page = await listen(world);
  await page.next();
  await Promise.all([world.dashboard.close(), world.dashboard.close()]);
  await expect(fetch(world.dashboard.url)).rejects.toThrow();
});
