/**
 * `GET /api/history?sensor=NAME[&source=NAME][&from=TIME][&to=TIME][&buckets=N]`: a stored sensor, reduced.
 *
 * Times are ISO 8601 in UTC or whole microseconds since 1970; by default the last hour in 600 stretches. The answer has
 * columns, as long as there are stretches: startUs, count, min, mean, max (null where there is nothing).
 */

import { parseTime } from '../stores/format/time.ts';
import type { ReduceQuery, StoreReader } from '../stores/reader.ts';
import { HttpProblem } from './http-problem.ts';
import { MOST_HISTORIES, MOST_HISTORY_BUCKETS } from './limits.ts';

const HOUR_US = 3_600_000_000;
const DEFAULT_BUCKETS = 600;

/** One history, as it goes out. */
export interface HistoryAnswer extends ReduceQuery {
  readonly startUs: readonly number[];
  readonly count: readonly number[];
  readonly min: readonly number[];
  readonly mean: readonly number[];
  readonly max: readonly number[];
}

/** Asks the store; opens its reader with the first question. */
export class History {
  readonly #open: (() => Promise<StoreReader>) | undefined;
  #reader: Promise<StoreReader> | undefined;
  #underWay = 0;

  constructor(open: (() => Promise<StoreReader>) | undefined) {
    this.#open = open;
  }

  /** @throws HttpProblem 400, 404, 503; UsageError and StoreError as the reader says */
  async answer(parameters: URLSearchParams, nowUs: number): Promise<HistoryAnswer> {
    const query = parseQuery(parameters, nowUs);
    if (this.#open === undefined)
      throw new HttpProblem(404, 'this store has no history: collect into sqlite:FILE to have one');
    if (this.#underWay >= MOST_HISTORIES)
      throw new HttpProblem(503, 'too many questions at once: ask again in a second', { 'retry-after': '1' });
    this.#underWay++;
    try {
      const buckets = await (await this.#openReader(this.#open)).reduce(query);
      return {
        ...query,
        startUs: buckets.map(({ startUs }) => startUs),
        count: buckets.map(({ count }) => count),
        min: buckets.map(({ min }) => min),
        mean: buckets.map(({ mean }) => mean),
        max: buckets.map(({ max }) => max),
      };
    } finally {
      this.#underWay--;
    }
  }

  async close(): Promise<void> {
    const reader = await this.#reader?.catch(() => undefined);
    this.#reader = undefined;
    await reader?.close();
  }

  /** One that could not be opened is tried again with the next question. */
  #openReader(open: () => Promise<StoreReader>): Promise<StoreReader> {
    this.#reader ??= open().catch((error: unknown) => {
      this.#reader = undefined;
      throw error;
    });
    return this.#reader;
  }
}

function parseQuery(parameters: URLSearchParams, nowUs: number): ReduceQuery {
  const sensor = parameters.get('sensor');
  const source = parameters.get('source');
  if (sensor === null || sensor === '')
    throw new HttpProblem(400, 'say which sensor: /api/history?sensor=NAME');
  const toUs = timeOf(parameters, 'to') ?? nowUs;
  const fromUs = timeOf(parameters, 'from') ?? toUs - HOUR_US;
  if (fromUs >= toUs) throw new HttpProblem(400, 'from must be earlier than to');
  return { sensor, ...(source !== null && { source }), fromUs, toUs, buckets: bucketsOf(parameters) };
}

function timeOf(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === null) return undefined;
  const timeUs = /^[0-9]{1,16}$/.test(text) ? Number(text) : parseTime(text);
  if (timeUs === undefined || !Number.isSafeInteger(timeUs)) {
    throw new HttpProblem(
      400,
      `${name}=${text} is no time: write 2026-11-20T20:43:58Z, or whole microseconds since 1970`,
    );
  }
  return timeUs;
}

function bucketsOf(parameters: URLSearchParams): number {
  const text = parameters.get('buckets') ?? String(DEFAULT_BUCKETS);
  const buckets = /^[0-9]{1,6}$/.test(text) ? Number(text) : 0;
  if (buckets >= 1 && buckets <= MOST_HISTORY_BUCKETS) return buckets;
  throw new HttpProblem(400, `buckets=${text}: ask for 1 to ${MOST_HISTORY_BUCKETS}`);
}
