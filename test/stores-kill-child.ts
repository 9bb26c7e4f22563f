/**
 * The process that test/stores-kill.test.ts kills: appends random batches and tells what was acknowledged.
 *
 * Arguments: kind, path, seed, and how many batches to append before it ends by itself. Two sessions; reading
 * n of session s has the value 2n + s, so that each is told apart also in a file of values. Standard output:
 * `position S N` once after opening, `stored S N` after each append.
 */
import { sensorInfo } from '../src/readings/sensor-info.ts';
import { type FileKind, FileStore } from '../src/stores/file-store.ts';
import { SqliteStore } from '../src/stores/sqlite-store.ts';
import type { Store, StoreBatch } from '../src/stores/store.ts';

const [, , kind = '', path = '', seed = '0', limit = '0'] = process.argv;

/** Appends that are not waited for. */
const OUTSTANDING = 6;

// Small, so that emptying `recent` and beginning journals anew are killed too.
const store: Store =
  kind === 'sqlite'
    ? await SqliteStore.open(path, { recentRows: 300 })
    : await FileStore.open(kind as FileKind, path, { maxJournalBytes: 2_048 });

/** Synchronous on a pipe, and waits where the pipe is full, which a bare write(2) to it does not. */
function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

let state = Number(seed);

/** A whole number from 0 to below `end` (a linear congruential generator, Numerical Recipes §7.1). */
function random(end: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * end);
}

function batch(session: number, number: number, count: number): StoreBatch {
  return {
    session: String(session).repeat(32),
    source: 'pi',
    sensor: sensorInfo({ name: `counter${random(3)}` }),
    number,
    overtaken: false,
    times: Float64Array.from({ length: count }, (_, at) => 1_767_323_045_000_000 + (number + at) * 10_000),
    values: Float64Array.from({ length: count }, (_, at) => 2 * (number + at) + session),
  };
}

const next = [await store.position('0'.repeat(32)), await store.position('1'.repeat(32))];
for (const [session, number] of next.entries()) tell(`position ${session} ${number}`);

async function appendOne(): Promise<void> {
  const session = random(2);
  const number = next[session] ?? 0;
  const count = 1 + random(random(4) === 0 ? 300 : 12);
  // Sometimes some readings again, as a sender does that is not sure of them.
  const repeated = Math.min(number, random(5));
  next[session] = number + count;
  await store.append([batch(session, number - repeated, repeated + count)]);
  tell(`stored ${session} ${number + count}`);
}

let left = Number(limit);
async function appendMany(): Promise<void> {
  while (left-- > 0) await appendOne();
}

await Promise.all(Array.from({ length: OUTSTANDING }, appendMany));
await store.close();
