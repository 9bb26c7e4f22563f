/**
 * One sensor of the live page: its latest value, its rate, its trace.
 *
 * `take` is on the road of every reading: it does two comparisons a value and nothing else, scaling comes later, once a slot.
 */
import { type Column, type RawValue, toValue, type Value } from '../readings/batch.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';
import { MOST_TEXT, SLOT_US, SLOTS } from './limits.ts';
import type { LiveInfo, LiveState } from './live-message.ts';
import { RateMeter } from './rate-meter.ts';
import { slotOf, Trace, type TracePoint } from './trace.ts';

/** A sender's clock may be ahead by this much (a bad network, a clock just set) and is still believed. */
const AHEAD_US = 1_000_000;
/** Readings that are older than the trace for this long are no backlog: the sensor lives in another time. */
const BEHIND_US = 5_000_000;
const MOST_DECIMALS = 6;

/** Now, as both clocks say it. */
export interface Now {
  readonly wallUs: number;
  readonly monotonicUs: number;
}

export class LiveSensor {
  readonly id: number;
  readonly source: string;
  readonly info: SensorInfo;
  /** True once its card went to another sensor. */
  isRetired = false;
  readonly #trace = new Trace();
  readonly #meter = new RateMeter();
  readonly #decimals: number | null;
  #latest: RawValue | undefined;
  #takenUs = 0;
  #arrivedUs = 0;
  #count = 0;
  /** Added to the times of a sensor whose clock is not ours, such as a replayed file. */
  #shiftUs = 0;
  #behindSinceUs: number | undefined;
  #introduced = false;
  #saidCount = 0;
  #saidRate = 0;

  constructor(id: number, source: string, info: SensorInfo) {
    this.id = id;
    this.source = source;
    this.info = info;
    this.#decimals = decimalsOf(info);
  }

  /** When the last reading came, monotonic. */
  get arrivedUs(): number {
    return this.#arrivedUs;
  }

  /** Takes a batch; keeps neither column. */
  take(times: Float64Array, values: Column, now: Now): void {
    const last = times.length - 1;
    if (last < 0) return;
    this.#latest = values[last];
    this.#takenUs = times[last]!;
    this.#arrivedUs = now.monotonicUs;
    this.#count += times.length;
    this.#meter.add(times.length, now.monotonicUs);
    this.#findShift(this.#takenUs, now);
    if (values instanceof Float64Array) this.#takeNumbers(times, values, slotOf(now.wallUs));
    else this.#takeMarks(times, slotOf(now.wallUs));
  }

  /** Everything, for a page that has just been opened. */
  state(now: Now): LiveState {
    const points: number[] = [];
    const newest = slotOf(now.wallUs);
    this.#trace.forEach(newest, point => this.#addPoint(points, newest, point));
    return { ...this.#state(points, now), info: this.liveInfo };
  }

  /** What changed since the last call, or undefined where nothing did. */
  takeChange(now: Now): LiveState | undefined {
    const rate = this.#meter.rate(now.monotonicUs);
    if (this.#introduced && this.#count === this.#saidCount && rate === this.#saidRate) return undefined;
    const points: number[] = [];
    const newest = slotOf(now.wallUs);
    this.#trace.takeChanges(newest, point => this.#addPoint(points, newest, point));
    const state = this.#state(points, now);
    const whole = this.#introduced ? state : { ...state, info: this.liveInfo };
    this.#introduced = true;
    this.#saidCount = this.#count;
    this.#saidRate = rate;
    return whole;
  }

  get liveInfo(): LiveInfo {
    const { name, unit, type, rateHz } = this.info;
    return { source: this.source, name, unit, type, rateHz, decimals: this.#decimals };
  }

  #state(points: readonly number[], now: Now): LiveState {
    return {
      id: this.id,
      value: this.#latest === undefined ? '' : this.#shown(toValue(this.info, this.#latest)),
      takenMs: this.#takenUs / 1_000,
      agoMs: Math.max(0, Math.round((now.monotonicUs - this.#arrivedUs) / 1_000)),
      count: this.#count,
      rate: Number(this.#meter.rate(now.monotonicUs).toPrecision(4)),
      points,
    };
  }

  /** Runs of one slot at a time: readings come in order, a hundred thousand a second are ten runs. */
  #takeNumbers(times: Float64Array, values: Float64Array, newest: number): void {
    let index = 0;
    while (index < times.length) {
      const slot = slotOf(times[index]! + this.#shiftUs);
      const startUs = slot * SLOT_US - this.#shiftUs;
      const endUs = startUs + SLOT_US;
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      do {
        const value = values[index]!;
        if (value < low) low = value;
        if (value > high) high = value;
        index++;
      } while (index < times.length && times[index]! >= startUs && times[index]! < endUs);
      // NaN is no value to draw, and an infinity would flatten the rest.
      if (Number.isFinite(low) && Number.isFinite(high)) this.#trace.add(Math.min(slot, newest), low, high);
    }
  }

  #takeMarks(times: Float64Array, newest: number): void {
    for (const timeUs of times) this.#trace.add(Math.min(slotOf(timeUs + this.#shiftUs), newest), 1, 1);
  }

  /**
   * A sender that was away sends old readings for a while: they belong where they were taken. A sensor whose times stay
   * out of the last minute has another clock: it is drawn as if its newest reading were taken now.
   */
  #findShift(takenUs: number, { wallUs, monotonicUs }: Now): void {
    const oldestUs = wallUs - SLOTS * SLOT_US;
    const atUs = takenUs + this.#shiftUs;
    if (atUs > wallUs + AHEAD_US)
      this.#shiftUs = takenUs > oldestUs && takenUs <= wallUs + AHEAD_US ? 0 : wallUs - takenUs;
    if (atUs >= oldestUs) {
      this.#behindSinceUs = undefined;
      return;
    }
    this.#behindSinceUs ??= monotonicUs;
    if (monotonicUs - this.#behindSinceUs > BEHIND_US) this.#shiftUs = wallUs - takenUs;
  }

  #addPoint(points: number[], newest: number, { slot, low, high }: TracePoint): void {
    const { scale, offset } = this.info;
    const [one, other] = [this.#rounded(low * scale + offset), this.#rounded(high * scale + offset)];
    // A negative scale turns them round.
    points.push(newest - slot, Math.min(one, other), Math.max(one, other));
  }

  #shown(value: Value): number | boolean | string {
    if (typeof value === 'number') return Number.isFinite(value) ? this.#rounded(value) : String(value);
    return typeof value === 'boolean' ? value : shortText(value);
  }

  /** Without the last bits that scaling leaves, which would triple the message. */
  #rounded(value: number): number {
    if (this.#decimals === null) return value;
    const factor = 10 ** this.#decimals;
    return Math.round(value * factor) / factor;
  }
}

/** A text or bytes (in hexadecimal), cut where it is longer than a card. */
function shortText(value: string | Uint8Array): string {
  if (typeof value === 'string')
    return value.length > MOST_TEXT ? `${value.slice(0, MOST_TEXT - 1)}…` : value;
  const most = MOST_TEXT / 2;
  const hex = Buffer.from(value.subarray(0, most)).toString('hex');
  return value.length > most ? `${hex}…` : hex;
}

/** Decimals with which whole steps of a resolution can be told apart. */
function decimalsOf({ type, scale, offset }: SensorInfo): number | null {
  if (type !== 'int' && type !== 'uint') return null;
  for (let decimals = 0; decimals < MOST_DECIMALS; decimals++) {
    if (isWhole(scale * 10 ** decimals) && isWhole(offset * 10 ** decimals)) return decimals;
  }
  return Math.min(MOST_DECIMALS, Math.max(0, Math.ceil(-Math.log10(Math.abs(scale)))));
}

/** True for a whole number, up to what a double makes of 0.1. */
function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) <= Math.abs(value) * 1e-12;
}
