/**
 * The edge of every store: batches are checked once, on `append`, and trusted inside.
 */
import { UsageError } from '../errors/errors.ts';
import { type RawValue, rawProblem, sliceBatch } from '../readings/batch.ts';
import { type SensorInfo, sensorProblem } from '../readings/sensor-info.ts';
import type { StoreBatch } from './store.ts';

const SESSION = /^[0-9a-fA-F]{32}$/;

/** Names of sources are bounded as names of sensors are: 255 bytes, as long as a host name can be. */
const SOURCE_CHARACTERS = 255;

/** @throws UsageError SW_BAD_READING where a batch is not what the Store port says */
export function checkBatches(batches: readonly StoreBatch[]): void {
  for (const batch of batches) {
    const problem = batchProblem(batch);
    if (problem !== undefined) {
      throw new UsageError('SW_BAD_READING', `a batch of sensor "${batch.sensor.name}" is wrong: ${problem}`);
    }
  }
}

function batchProblem(batch: StoreBatch): string | undefined {
  const { session, source, sensor, number, times, values } = batch;
  if (!SESSION.test(session)) return `its session "${session}" is not 32 hexadecimal digits`;
  if (source.length > SOURCE_CHARACTERS)
    return `its source has more than ${SOURCE_CHARACTERS} characters: shorten it`;
  if (!Number.isSafeInteger(number) || number < 0) return `its number ${number} is not a whole number from 0`;
  if (times.length !== values.length) {
    return `it has ${times.length} times and ${values.length} values, which must be as many`;
  }
  return descriptionProblem(sensor) ?? timesProblem(times) ?? valuesProblem(batch);
}

/** Descriptions that were found right: a sensor's batches share one, and checking it costs 1 µs. */
const CHECKED = new WeakSet<SensorInfo>();

function descriptionProblem(sensor: SensorInfo): string | undefined {
  if (CHECKED.has(sensor)) return undefined;
  const problem = sensorProblem(sensor);
  if (problem === undefined) CHECKED.add(sensor);
  return problem;
}

function timesProblem(times: Float64Array): string | undefined {
  for (const time of times) {
    if (!Number.isSafeInteger(time)) return `time ${time} is not a whole number of microseconds`;
  }
  return undefined;
}

function valuesProblem({ sensor, values }: StoreBatch): string | undefined {
  const { type } = sensor;
  const wantsNumbers = type !== 'text' && type !== 'bytes';
  if (wantsNumbers !== values instanceof Float64Array) {
    return `values of a ${type} sensor come in ${wantsNumbers ? 'a Float64Array' : 'an array'}`;
  }
  if (type === 'float32' || type === 'float64') return undefined;
  for (const raw of values as Iterable<RawValue>) {
    const problem = rawProblem(type, raw);
    if (problem !== undefined) return `${problem}, and one is ${String(raw).slice(0, 40)}`;
  }
  return undefined;
}

/** What of a batch a store that has reached `position` in its session must still store. */
export function untilNew(batch: StoreBatch, position: number): StoreBatch | undefined {
  if (batch.overtaken || batch.number >= position) return batch.times.length === 0 ? undefined : batch;
  const skip = position - batch.number;
  if (skip >= batch.times.length) return undefined;
  return { ...batch, ...sliceBatch(batch, skip), number: position };
}

/** The number of readings in batches. */
export function countReadings(batches: readonly StoreBatch[]): number {
  let count = 0;
  for (const batch of batches) count += batch.times.length;
  return count;
}
