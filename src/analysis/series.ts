/** Columns of one conversation for plots and ladders, collected while its frames go by. */
import type { Columns } from './columns.ts';
import type { Segment } from './conversation-segment.ts';
import type { SegmentSink } from './conversation-walk.ts';
import type { DatagramSeries, PayloadExcerpt, SegmentSeries, ThroughputSeries } from './model.ts';

/** Steps of a throughput plot, at most: about one for each two points of its width. */
const MOST_BINS = 400;
/** Steps of 1, 2 and 5 times a power of ten, from a microsecond on. */
const FIRST_BIN_NS = 1_000;
const FIRST_ROOM = 64;

/** A typed array that grows. */
class Growing<T extends Float64Array | Uint32Array | Uint16Array | Uint8Array> {
  #values: T;
  #count = 0;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#values = make(FIRST_ROOM);
  }

  push(value: number): void {
    if (this.#count === this.#values.length) {
      const more = this.#make(2 * this.#count);
      more.set(this.#values as never);
      this.#values = more;
    }
    this.#values[this.#count++] = value;
  }

  get values(): T {
    return this.#values.subarray(0, this.#count) as T;
  }
}

const words = (): Growing<Uint32Array> => new Growing(length => new Uint32Array(length));
const doubles = (): Growing<Float64Array> => new Growing(length => new Float64Array(length));
const halves = (): Growing<Uint16Array> => new Growing(length => new Uint16Array(length));
const bytes = (): Growing<Uint8Array> => new Growing(length => new Uint8Array(length));

export class SeriesReader implements SegmentSink {
  readonly #columns: Columns;
  readonly #frames = words();
  readonly #times = doubles();
  readonly #sides = bytes();
  readonly #sequences = words();
  readonly #acknowledgments = words();
  readonly #payloads = words();
  readonly #newBytes = words();
  readonly #lengths = words();
  readonly #windows = words();
  readonly #flags = halves();
  readonly #events = halves();
  readonly #inFlight = words();
  readonly #acksFrames = words();
  readonly #excerpts: PayloadExcerpt[] = [];

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  add(segment: Segment): void {
    this.#frames.push(segment.frame);
    this.#times.push(segment.timeNs);
    this.#sides.push(segment.side);
    this.#sequences.push(segment.sequence);
    this.#acknowledgments.push(segment.acknowledgment);
    this.#payloads.push(segment.payload);
    this.#newBytes.push(segment.newBytes);
    this.#lengths.push(segment.length);
    this.#windows.push(segment.window);
    this.#flags.push(segment.flags);
    this.#events.push(segment.events);
    this.#inFlight.push(segment.inFlight);
    this.#acksFrames.push(segment.acksFrame);
    const excerpt = segment.payload > 0 ? this.#columns.excerpts.excerptOf(segment.row) : undefined;
    if (excerpt !== undefined) this.#excerpts.push(excerpt);
  }

  segments(): SegmentSeries {
    return {
      ...this.datagrams(),
      sequences: this.#sequences.values,
      acknowledgments: this.#acknowledgments.values,
      windows: this.#windows.values,
      flags: this.#flags.values,
      events: this.#events.values,
      inFlight: this.#inFlight.values,
      acksFrames: this.#acksFrames.values,
    };
  }

  datagrams(): DatagramSeries {
    const frames = this.#frames.values;
    return {
      count: frames.length,
      frames,
      timesNs: this.#times.values,
      sides: this.#sides.values,
      payloads: this.#payloads.values,
      lengths: this.#lengths.values,
      excerpts: this.#excerpts,
    };
  }

  throughput(): ThroughputSeries {
    const times = this.#times.values;
    const start = times[0] ?? 0;
    const end = times.reduce((most, time) => Math.max(most, time), start);
    const binNs = binOf(end - start);
    const count = Math.floor((end - start) / binNs) + 1;
    const make = (): [Float64Array, Float64Array] => [new Float64Array(count), new Float64Array(count)];
    const all = make();
    const fresh = make();
    const sides = this.#sides.values;
    const lengths = this.#lengths.values;
    const newBytes = this.#newBytes.values;
    times.forEach((time, index) => {
      // A clock that went back before the first frame.
      const bin = Math.max(0, Math.floor((time - start) / binNs));
      const side = sides[index] as 0 | 1;
      all[side][bin]! += lengths[index]!;
      fresh[side][bin]! += newBytes[index]!;
    });
    return { binNs, bytes: all, newBytes: fresh };
  }
}

function binOf(spanNs: number): number {
  for (let power = FIRST_BIN_NS; ; power *= 10) {
    for (const step of [1, 2, 5]) if (spanNs / (step * power) < MOST_BINS) return step * power;
  }
}
