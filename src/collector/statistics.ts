/**
 * What a collector counts.
 */
import { Histogram } from '../statistics/histogram.ts';
import type { ClockOffset } from '../telemetry/clock-estimate.ts';
import type { ArrivalCounters } from '../telemetry/collector-session.ts';
import { MOST_REMEMBERED } from './limits.ts';

/** The clock that one-way times were measured with. */
export type OneWayClock = 'same' | 'corrected' | 'uncorrected';

/** Totals since the start; `Statistics.snapshot` gives them. */
export interface CollectorSnapshot {
  /** Readings taken, without repeated ones. */
  readonly readings: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly missing: number;
  readonly late: number;
  readonly stale: number;
  /** Sessions seen, and those connected now. */
  readonly senders: number;
  readonly connected: number;
  readonly sensors: number;
  /** Readings that senders had to give up before they got a number. */
  readonly droppedBySenders: number;
  /** Datagrams that the kernel dropped because we were too slow, and that we dropped because the store was. */
  readonly kernelDrops: number;
  readonly overloadDrops: number;
  /** Datagrams that hold nothing of ours. */
  readonly malformed: number;
  /** Connections ended because of what the other end did, by the name of the error. */
  readonly refused: Readonly<Record<string, number>>;
  /** Datagrams that reliable UDP dropped before there was a connection, by why; empty where nobody listens with it. */
  readonly strangers: Readonly<Record<string, number>>;
}

const NO_ARRIVALS: ArrivalCounters = {
  received: 0,
  repeated: 0,
  late: 0,
  stale: 0,
  missing: 0,
  malformed: 0,
};

/** More than all the names that there are. */
const MOST_REASONS = 32;

export class Statistics {
  readonly oneWayUs: Histogram = new Histogram();
  readonly #sessions = new DistinctCount();
  readonly #sensors = new DistinctCount();
  readonly #refused = new Map<string, number>();
  #ended = NO_ARRIVALS;
  #corrected = false;
  #uncorrected = false;
  #oneWayUncertaintyUs = 0;
  stored: number = 0;
  droppedBySenders = 0;
  overloadDrops = 0;
  strayDatagrams = 0;

  sessionSeen(session: string): void {
    this.#sessions.see(session);
  }

  sensorSeen(source: string, name: string): void {
    this.#sensors.see(`${source}\n${name}`);
  }

  refused(reason: string): void {
    // A peer may say ERROR with any number.
    const known = this.#refused.has(reason) || this.#refused.size < MOST_REASONS ? reason : 'OTHER';
    this.#refused.set(known, (this.#refused.get(known) ?? 0) + 1);
  }

  /** Keeps the counters of a session that is gone. */
  sessionEnded(counters: ArrivalCounters): void {
    this.#ended = sum(this.#ended, counters);
  }

  /** Records the way of readings: arrival minus the time taken, in the collector's time. */
  recordOneWay(
    arrivedUs: number,
    times: Float64Array,
    by: OneWayClock,
    offset?: Pick<ClockOffset, 'offsetUs' | 'uncertaintyUs'>,
  ): void {
    if (by === 'uncorrected') this.#uncorrected = true;
    else if (by === 'corrected') this.#corrected = true;
    const { offsetUs, uncertaintyUs } = offset ?? { offsetUs: 0, uncertaintyUs: 0 };
    this.#oneWayUncertaintyUs = Math.max(this.#oneWayUncertaintyUs, uncertaintyUs);
    for (let index = 0; index < times.length; index++)
      this.oneWayUs.record(arrivedUs - (times[index] as number) - offsetUs);
  }

  get oneWayClock(): OneWayClock {
    return this.#uncorrected ? 'uncorrected' : this.#corrected ? 'corrected' : 'same';
  }

  /** How far corrected one-way times may be off at most: where all of a path's round trip is one way. */
  get oneWayUncertaintyUs(): number {
    return this.#oneWayUncertaintyUs;
  }

  snapshot(
    live: Iterable<ArrivalCounters>,
    connected: number,
    kernelDrops: number,
  ): Omit<CollectorSnapshot, 'strangers'> {
    let all = this.#ended;
    for (const counters of live) all = sum(all, counters);
    return {
      readings: all.received,
      stored: this.stored,
      duplicates: all.repeated,
      missing: all.missing,
      late: all.late,
      stale: all.stale,
      senders: this.#sessions.count,
      connected,
      sensors: this.#sensors.count,
      droppedBySenders: this.droppedBySenders,
      kernelDrops,
      overloadDrops: this.overloadDrops,
      malformed: all.malformed + this.strayDatagrams,
      refused: Object.fromEntries(this.#refused),
    };
  }
}

/** Counts different names in bounded memory: one that was forgotten meanwhile counts again. */
class DistinctCount {
  readonly #names = new Set<string>();
  count = 0;

  see(name: string): void {
    if (this.#names.has(name)) return;
    this.count++;
    this.#names.add(name);
    if (this.#names.size <= MOST_REMEMBERED) return;
    for (const oldest of this.#names) {
      this.#names.delete(oldest);
      return;
    }
  }
}

function sum(a: ArrivalCounters, b: ArrivalCounters): ArrivalCounters {
  return {
    received: a.received + b.received,
    repeated: a.repeated + b.repeated,
    late: a.late + b.late,
    stale: a.stale + b.stale,
    missing: a.missing + b.missing,
    malformed: a.malformed + b.malformed,
  };
}
