/**
 * What the page hears: one kind of JSON message, of which the first holds everything and the others what changed.
 * `web/model.js` is its reader.
 */
import type { OneWayClock } from '../collector/statistics.ts';
import type { ReadingType } from '../readings/sensor-info.ts';

/** A sensor as the page introduces it. */
export interface LiveInfo {
  readonly source: string;
  readonly name: string;
  readonly unit: string;
  readonly type: ReadingType;
  /** The rate it announced, hertz; 0 where it has none. */
  readonly rateHz: number;
  /** Decimals that its resolution is worth; null where the type does not tell. */
  readonly decimals: number | null;
}

/** What a sensor says at the moment. */
export interface LiveState {
  /** Small number of the card. */
  readonly id: number;
  /** With the first state of a sensor only. */
  readonly info?: LiveInfo;
  /** The latest value: scaled; text as it is; bytes in hexadecimal; NaN and infinities by name. */
  readonly value: number | boolean | string;
  /** When that was taken, in milliseconds since 1970 of the sender's clock. */
  readonly takenMs: number;
  /** How long ago the last reading came, in milliseconds. */
  readonly agoMs: number;
  /** Readings since the start, and a second. */
  readonly count: number;
  readonly rate: number;
  /** Triples: age in slots, least and greatest scaled value. For text and bytes the values are 1. */
  readonly points: readonly number[];
}

/** The numbers of the header. */
export interface LiveTotals {
  readonly readings: number;
  readonly perSecond: number;
  readonly stored: number;
  readonly connected: number;
  readonly senders: number;
  readonly sensors: number;
  readonly missing: number;
  /** Median way from sensor to here, microseconds; null before the first reading. */
  readonly oneWayUs: number | null;
  readonly oneWayClock: OneWayClock;
}

/** One message. */
export interface LiveMessage {
  /** Present in the first: forget everything before. */
  readonly full?: { readonly slotMs: number; readonly slots: number; readonly commands: boolean };
  /** The collector's time; ages are counted from its slot. */
  readonly nowMs: number;
  readonly totals?: LiveTotals;
  /** Cards that went to other sensors. */
  readonly removed?: readonly number[];
  readonly sensors: readonly LiveState[];
}
