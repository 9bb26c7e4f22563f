/** The sources that say themselves when there is a reading: standard input and CSV files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SensorInfo } from '../readings/sensor-info.ts';
import { ManualClock } from '../time/manual-clock.ts';
import { type OpenSourceOptions, openSource } from './open-source.ts';
import type { ReadingSink, ReportingSource } from './source.ts';

const NOW_US = 1_795_207_438_000_000;
const never = new AbortController().signal;

type Row = [name: string, raw: unknown, timeUs: number];

/** Keeps every reading; full after each `fullEvery`. */
class Sink implements ReadingSink {
  readonly rows: Row[] = [];
  readonly sensors = new Map<string, SensorInfo>();
  waits = 0;
  readonly #fullEvery: number;
  readonly #onPush: (rows: Row[]) => void;

  constructor(fullEvery = Number.POSITIVE_INFINITY, onPush: (rows: Row[]) => void = () => undefined) {
    this.#fullEvery = fullEvery;
    this.#onPush = onPush;
  }

  push(sensor: SensorInfo, timeUs: number, raw: unknown): boolean {
    this.sensors.set(sensor.name, sensor);
    this.rows.push([sensor.name, raw, timeUs]);
    this.#onPush(this.rows);
    return this.rows.length % this.#fullEvery !== 0;
  }

  async ready(): Promise<void> {
    this.waits++;
  }
}

describe('stdin', () => {
  const told: string[] = [];

  beforeEach(() => {
    told.length = 0;
  });

  function open(
    text: string,
    spec = 'stdin',
    more: Partial<OpenSourceOptions> = {},
  ): Promise<ReportingSource> {
    const input = Readable.from([Buffer.from(text)]);
    const onProblem = (message: string): number => told.push(message);
    return openSource(spec, { clock: new ManualClock(NOW_US), input, onProblem, ...more });
  }

  it('takes a number a line', async () => {
    const source = await open('21.5\n\n -3e2 \r\n+.5', 'stdin:unit=°C,name=room');
    const sink = new Sink();
    await source.run(sink, never);
    expect(sink.rows).toEqual([
      ['room', 21.5, NOW_US],
      ['room', -300, NOW_US],
      ['room', 0.5, NOW_US],
    ]);
    expect(source.sensors).toEqual([
      { name: 'room', unit: '°C', type: 'float64', scale: 1, offset: 0, rateHz: 0 },
    ]);
    expect(source.report()).toMatchObject({ samples: 3, failed: 0, problems: {} });
  });

  it('takes a JSON object a line: a sensor for each key, its type from the first value', async () => {
    const source = await open(
      '{"temperature":21.5,"humidity":40,"ok":true,"note":"x","gap":null}\n{"ok":false}\n',
    );
    const sink = new Sink();
    await source.run(sink, never);
    expect(sink.rows).toEqual([
      ['temperature', 21.5, NOW_US],
      ['humidity', 40, NOW_US],
      ['ok', 1, NOW_US],
      ['note', 'x', NOW_US],
      ['ok', 0, NOW_US],
    ]);
    expect([...sink.sensors.values()].map(({ type }) => type)).toEqual([
      'float64',
      'float64',
      'bool',
      'text',
    ]);
  });

  it('takes the time of a reading from the key time', async () => {
    const lines = ['"2026-11-20T20:43:58.123456Z"', '1795207438.5', '1795207438000001', 'null'];
    const source = await open(lines.map(time => `{"time":${time},"t":1}\n`).join(''));
    const sink = new Sink();
    await source.run(sink, never);
    const times = sink.rows.map(([, , timeUs]) => timeUs);
    expect(times).toEqual([
      Date.UTC(2026, 10, 20, 20, 43, 58) * 1000 + 123_456,
      NOW_US + 500_000,
      NOW_US + 1,
      NOW_US,
    ]);
  });

  it('counts every line and value that it cannot use, and goes on', async () => {
    const bad = [
      'hello',
      '[1]',
      '{"a":',
      'Infinity',
      '1e999',
      '0x10',
      '{"time":"yesterday","a":1}',
      '{"time":{},"a":1}',
      '{"a":"text now"}',
      '{"b":[1]}',
      '{"":1}',
      '{"__proto__":{"x":1}}',
      `"${'x'.repeat(70_000)}"`,
    ];
    const source = await open(`{"a":1}\n${bad.join('\n')}\n{"a":2}\n`);
    const sink = new Sink();
    await source.run(sink, never);
    expect(sink.rows.map(([, raw]) => raw)).toEqual([1, 2]);
    const { problems, failed, samples } = source.report();
    expect(problems).toEqual({
      'not a reading': 6,
      'bad time': 2,
      'type changed': 1,
      'not a plain value': 2,
      'bad name': 1,
      'line too long': 1,
    });
    expect([failed, samples]).toEqual([13, 15]);
    expect(told[0]).toBe('stdin: line 2 is neither a number nor a JSON object: "hello"');
    expect(told).toHaveLength(6);
  });

  it('has a bound on how many sensors may appear', async () => {
    const source = await open(Array.from({ length: 1_003 }, (_, i) => `{"k${i}":1}\n`).join(''));
    await source.run(new Sink(), never);
    expect(source.sensors).toHaveLength(1_000);
    expect(source.report().problems).toEqual({ 'too many sensors': 3 });
  });

  it('waits while the sink is full', async () => {
    const source = await open('1\n2\n3\n4\n5\n');
    const sink = new Sink(2);
    await source.run(sink, never);
    expect([sink.rows.length, sink.waits]).toEqual([5, 2]);
  });

  it('ends after the readings that were asked for, while the input goes on', async () => {
    const input = new PassThrough();
    const source = await open('', 'stdin', { input, count: 2 });
    const sink = new Sink();
    input.write('{"a":1}\n{"a":2,"b":1}\n{"a":3,"b":2}\n{"a":4,"b":3}\n');
    await source.run(sink, never);
    expect(sink.rows.map(([name, raw]) => `${name}${raw}`)).toEqual(['a1', 'a2', 'b1', 'b2']);
  });

  it('stops waiting for input when aborted', async () => {
    const abort = new AbortController();
    const input = new PassThrough();
    const source = await open('', 'stdin', { input });
    const sink = new Sink(undefined, () => queueMicrotask(() => abort.abort()));
    input.write('1\n');
    await source.run(sink, abort.signal);
    expect(sink.rows).toHaveLength(1);
    expect(input.destroyed).toBe(true);
  });

  it('is refused where there is no input', async () => {
    const opening = openSource('stdin', { clock: new ManualClock() });
    await expect(opening).rejects.toMatchObject({ code: 'SW_BAD_SENSOR' });
  });
});

describe('csv', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sensewire-csv-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function open(
    text: string,
    options = '',
    more: Partial<OpenSourceOptions> = { rateHz: 'max' },
  ): Promise<ReportingSource> {
    const path = join(folder, 'a,b.csv');
    writeFileSync(path, text);
    return openSource(`csv:${path}${options}`, { clock: new ManualClock(NOW_US), ...more });
  }

  it('replays columns with a time, a sensor each', async () => {
    const source = await open(
      '\uFEFFTime,room (°C),door,"note, long" [x],empty\r\n' +
        '2026-11-20T20:43:58.000001Z,21.5,true,"say ""hi""",\r\n' +
        '2026-11-20T20:43:59Z,,FALSE,7,\r\n',
    );
    const sink = new Sink();
    await source.run(sink, never);
    const startUs = Date.UTC(2026, 10, 20, 20, 43, 58) * 1000;
    expect(sink.rows).toEqual([
      ['room', 21.5, startUs + 1],
      ['door', 1, startUs + 1],
      ['note, long', 'say "hi"', startUs + 1],
      ['door', 0, startUs + 1_000_000],
      ['note, long', '7', startUs + 1_000_000],
    ]);
    expect(sink.sensors.get('room')).toMatchObject({ unit: '°C', type: 'float64' });
  });

  it('replays what our export writes, and tells sensors of two sources apart', async () => {
    const source = await open(
      'source,sensor,unit,time,value\n' +
        'pi1,tmp36,°C,2026-11-20T20:43:58.123456Z,21.5\n' +
        'pi2,tmp36,°C,2026-11-20T20:43:58.223456Z,22.5\n' +
        'pi1,note,,2026-11-20T20:43:58.323456Z,hello\n',
    );
    const sink = new Sink();
    await source.run(sink, never);
    expect(sink.rows.map(([name, raw]) => [name, raw])).toEqual([
      ['tmp36', 21.5],
      ['pi2/tmp36', 22.5],
      ['note', 'hello'],
    ]);
    expect(sink.sensors.get('pi2/tmp36')?.unit).toBe('°C');
    expect(sink.rows[0]![2] % 1_000_000).toBe(123_456);
  });

  it('counts rows and cells that it cannot use', async () => {
    const source = await open('time,a\n1000,1\n1001\n1002,1,2\nsoon,1\n\n1003,words\n1004,2');
    const sink = new Sink();
    await source.run(sink, never);
    expect(sink.rows.map(([, raw]) => raw)).toEqual([1, 2]);
    expect(source.report()).toMatchObject({
      samples: 6,
      failed: 4,
      problems: { 'row length': 2, 'bad time': 1, 'type changed': 1 },
    });
  });

  /** The virtual times at which readings come out. */
  async function pace(
    text: string,
    options: string,
    more: Partial<OpenSourceOptions> = {},
  ): Promise<number[]> {
    const clock = new ManualClock(NOW_US);
    const at: number[] = [];
    const source = await open(text, options, { ...more, clock });
    const done = source.run(new Sink(undefined, () => at.push(clock.monotonicUs())), never);
    let ended = false;
    const ending = done.finally(() => {
      ended = true;
    });
    while (!ended) {
      await new Promise(resolve => setImmediate(resolve));
      const nextUs = clock.nextTimerUs();
      if (nextUs !== undefined) clock.advanceTo(nextUs);
    }
    await ending;
    return at;
  }

  it('keeps the recorded spacing, or a speed of it, or a rate', async () => {
    const text = 'time,a\n1000.0,1\n1000.5,2\n1000.4,3\n1002,4\n';
    expect(await pace(text, '')).toEqual([0, 500_000, 500_000, 2_000_000]);
    expect(await pace(text, ',speed=10')).toEqual([0, 50_000, 50_000, 200_000]);
    expect(await pace(text, '', { rateHz: 3 })).toEqual([0, 333_333, 666_667, 1_000_000]);
    expect(await pace('a\n1\n2\n', '')).toEqual([0, 10_000]);
  });

  it('stamps with the present where it is told to, or where there are no times', async () => {
    for (const [text, options] of [
      ['time,a\n1000,1\n', ',times=now'],
      ['a\n1\n', ''],
    ] as const) {
      const sink = new Sink();
      await (await open(text, options)).run(sink, never);
      expect(sink.rows).toEqual([['a', 1, NOW_US]]);
    }
  });

  it('finds the time in the column that it is told', async () => {
    const sink = new Sink();
    await (await open('When,a\n1000,1\n', ',time=when,name=old')).run(sink, never);
    expect(sink.rows).toEqual([['old/a', 1, 1_000_000_000]]);
    await expect((await open('When,a\n1,1\n', ',time=then')).run(sink, never)).rejects.toMatchObject({
      code: 'SW_SENSOR_FAILED',
      message: expect.stringContaining('no column "then": there are When, a'),
    });
  });

  it('ends after the readings that were asked for', async () => {
    const wide = new Sink();
    await (await open('time,a,b\n1,1,\n2,2,1\n3,3,2\n4,4,3\n', '', { count: 2, rateHz: 'max' })).run(
      wide,
      never,
    );
    expect(wide.rows.map(([name, raw]) => `${name}${raw}`)).toEqual(['a1', 'a2', 'b1', 'b2']);
    const long = new Sink();
    const text = 'sensor,time,value\na,1,1\na,2,2\nb,3,3\n';
    await (await open(text, '', { count: 1, rateHz: 'max' })).run(long, never);
    expect(long.rows.map(([name, raw]) => `${name}${raw}`)).toEqual(['a1', 'b3']);
  });

  it('streams a file larger than its pieces, waiting while the sink is full', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => `${1_000 + i},${i}\n`).join('');
    const sink = new Sink(1_000);
    await (await open(`time,a\n${rows}`)).run(sink, never);
    expect(sink.rows).toHaveLength(20_000);
    expect(sink.rows.at(-1)?.[1]).toBe(19_999);
    expect(sink.waits).toBe(20);
  });

  it('stops when aborted', async () => {
    const abort = new AbortController();
    const sink = new Sink(undefined, () => abort.abort());
    await (await open('time,a\n1,1\n2,2\n')).run(sink, abort.signal);
    expect(sink.rows).toHaveLength(1);
  });

  it('says what is wrong with a file', async () => {
    const clock = new ManualClock();
    await expect(openSource('csv:/no/such.csv', { clock })).rejects.toMatchObject({
      code: 'SW_SENSOR_FAILED',
    });
    await expect(openSource('csv', { clock })).rejects.toMatchObject({ code: 'SW_BAD_SENSOR' });
    await expect((await open('time\n1\n')).run(new Sink(), never)).rejects.toThrow(
      /names no column of values/,
    );
  });
});
