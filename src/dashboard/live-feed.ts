/**
 * What the collector hears, made small enough to look at: the last minute of each sensor, at most `MOST_SHOWN` of them.
 *
 * Give `onReadings` to the collector and the feed to `openDashboard`. It keeps its memory whatever comes, and costs
 * two comparisons a reading: at a million a second a few thousandths of a second.
 */
import type { Column } from '../readings/batch.ts';
import type { SensorInfo } from '../readings/sensor-info.ts';
import type { Clock } from '../time/clock.ts';
import { MOST_SHOWN, SILENT_US } from './limits.ts';
import type { LiveState } from './live-message.ts';
import { LiveSensor, type Now } from './live-sensor.ts';
import { RateMeter } from './rate-meter.ts';

/** A sensor without a card looks for a free one this often. */
const ROOM_AGAIN_US = 1_000_000;

/** What changed since the last look. */
export interface LiveChanges {
  readonly sensors: readonly LiveState[];
  /** Cards whose sensors had to go. */
  readonly removed: readonly number[];
}

export class LiveFeed {
  readonly #clock: Clock;
  readonly #meter = new RateMeter();
  readonly #sensors = new Map<string, LiveSensor>();
  /** Descriptions seen: a session keeps its objects, and comparing those is much cheaper than making a key. */
  readonly #known = new WeakMap<SensorInfo, LiveSensor>();
  /** Descriptions that found no room, with the time to try again. */
  readonly #hidden = new WeakMap<SensorInfo, number>();
  #removed: number[] = [];
  #lastId = 0;

  /** @param options.clock the collector's clock */
  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /** Takes a batch of one sensor; keeps neither column. For `CollectorOptions.onReadings`. */
  readonly onReadings = (source: string, info: SensorInfo, times: Float64Array, values: Column): void => {
    const now = this.#now();
    this.#meter.add(times.length, now.monotonicUs);
    this.#sensorOf(source, info, now.monotonicUs)?.take(times, values, now);
  };

  /** Readings a second, of all sensors. */
  get perSecond(): number {
    return this.#meter.rate(this.#clock.monotonicUs());
  }

  /** Everything that is shown. */
  states(): LiveState[] {
    const now = this.#now();
    return [...this.#sensors.values()].map(sensor => sensor.state(now));
  }

  /** What changed since the last call. */
  takeChanges(): LiveChanges {
    const now = this.#now();
    const sensors = [...this.#sensors.values()].flatMap(sensor => sensor.takeChange(now) ?? []);
    const removed = this.#removed;
    this.#removed = [];
    return { sensors, removed };
  }

  #now(): Now {
    return { wallUs: this.#clock.wallUs(), monotonicUs: this.#clock.monotonicUs() };
  }

  #sensorOf(source: string, info: SensorInfo, nowUs: number): LiveSensor | undefined {
    const known = this.#known.get(info);
    if (known !== undefined && known.source === source && !known.isRetired) return known;
    if (nowUs < (this.#hidden.get(info) ?? 0)) return undefined;
    const key = keyOf(source, info);
    const sensor = this.#sensors.get(key) ?? this.#add(key, source, info, nowUs);
    if (sensor === undefined) this.#hidden.set(info, nowUs + ROOM_AGAIN_US);
    else this.#known.set(info, sensor);
    return sensor;
  }

  #add(key: string, source: string, info: SensorInfo, nowUs: number): LiveSensor | undefined {
    if (this.#sensors.size >= MOST_SHOWN && !this.#makeRoom(nowUs)) return undefined;
    const sensor = new LiveSensor(++this.#lastId, source, info);
    this.#sensors.set(key, sensor);
    return sensor;
  }

  /** Takes away the sensor that has been silent the longest, if that is long enough. */
  #makeRoom(nowUs: number): boolean {
    const oldest = this.#sensors
      .entries()
      .reduce((one, other) => (other[1].arrivedUs < one[1].arrivedUs ? other : one));
    const [key, sensor] = oldest;
    if (nowUs - sensor.arrivedUs < SILENT_US) return false;
    sensor.isRetired = true;
    this.#sensors.delete(key);
    this.#removed.push(sensor.id);
    return true;
  }
}

/** Two sensors of one source that mean the same are one; another rate makes no other sensor. */
function keyOf(source: string, { name, unit, type, scale, offset }: SensorInfo): string {
  return JSON.stringify([source, name, unit, type, scale, offset]);
}
