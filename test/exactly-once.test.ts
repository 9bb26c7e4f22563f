/**
 * The first promise, end to end: the real collector, killed with SIGKILL again and again at random moments while a sender
 * goes on, has every reading exactly once in every store, and has each one that it acknowledged at the moment of each kill.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../src/clock/system-clock.ts';
import { sensorInfo } from '../src/readings/sensor-info.ts';
import { Sender } from '../src/sender/sender.ts';
import { parseAddress } from '../src/socket/address.ts';
import { openReader } from '../src/stores/open.ts';
import { SeededRandom } from '../src/testing/seeded-random.ts';

const KILLS = 50;
const BIN = resolve(import.meta.dirname, '../bin/sensewire.cjs');
const STORES = ['text', 'csv', 'jsonl', 'sqlite'] as const;
/** Readings on their way at once: enough that every kill hits some. */
const UNDER_WAY = 2_000;

let folder: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensewire-kill-'));
});

afterEach(async () => {
  await kill();
  rmSync(folder, { recursive: true, force: true });
});

async function kill(): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Starts a collector with every kind of store and gives the address where it listens. */
async function startCollector(listen: string): Promise<string> {
  const stores = STORES.flatMap(kind => ['--store', `${kind}:${join(folder, `readings.${kind}`)}`]);
  child = spawn(process.execPath, [BIN, 'collect', '--listen', listen, ...stores, '--json', '--quiet'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const event = JSON.parse(line) as { event: string; urls?: string[] };
    if (event.event === 'listening') return event.urls?.[0] as string;
  }
  throw new Error('the collector ended before it listened');
}

/** The values of a store, in the order in which they were stored. */
async function valuesOf(kind: (typeof STORES)[number]): Promise<number[]> {
  const path = join(folder, `readings.${kind}`);
  if (kind === 'text') return readFileSync(path, 'utf8').split('\n').slice(0, -1).map(Number);
  await using reader = await openReader(`${kind}:${path}`);
  const values: number[] = [];
  for await (const readings of reader.readings()) values.push(...readings.map(({ value }) => Number(value)));
  return values;
}

test.each(['tcp://127.0.0.1:0', 'unix', 'rudp://127.0.0.1:0'])(
  `a collector killed ${KILLS} times loses nothing acknowledged and stores nothing twice (%s)`,
  async transport => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    const random = new SeededRandom(seed);
    const url = await startCollector(transport === 'unix' ? `unix:${join(folder, 'socket')}` : transport);
    const sender = new Sender({ address: parseAddress(url), clock: systemClock, source: 'test', batch: 20 });
    const running = sender.run();
    const counter = sensorInfo({ name: 'counter', type: 'uint' });
    let next = 0;
    const produce = setInterval(() => {
      while (sender.counters.unacknowledged < UNDER_WAY)
        sender.push(counter, 1_700_000_000_000_000 + next * 10, next++);
    }, 1);
    try {
      const kills = transport.startsWith('tcp') ? KILLS : 5;
      for (let count = 0; count < kills; count++) {
        await pause(random.int(0, 150));
        await kill();
        const { stored } = sender.counters;
        const lines = readFileSync(join(folder, 'readings.text'), 'utf8').split('\n').length - 1;
        expect(
          lines,
          `seed ${seed}: acknowledged before kill ${count}, and not in the text file`,
        ).toBeGreaterThanOrEqual(stored);
        await startCollector(url);
      }
    } finally {
      clearInterval(produce);
    }
    sender.finish();
    expect(await running).toBe('done');
    const gone = once(child as ChildProcess, 'exit');
    child?.kill('SIGTERM');
    expect(await gone, 'the exit code after SIGTERM').toEqual([0, null]);
    for (const kind of STORES) {
      const values = await valuesOf(kind);
      const expected = Array.from({ length: next }, (_, index) => index);
      expect(values.length, `seed ${seed}: readings in ${kind}`).toBe(next);
      expect(values, `seed ${seed}: readings in ${kind}`).toEqual(expected);
    }
    expect(sender.counters.stored).toBe(next);
  },
  120_000,
);
