/**
 * Columns of one direction of a TCP conversation, ready to be drawn: times as the axis has them, sequence numbers that do not
 * wrap.
 */

import type { SegmentSeries } from '../analysis/model.ts';
import { TCP_EVENT } from '../flows/tcp-events.ts';
import { TCP_FLAG } from '../wire/tcp-header.ts';
import type { Bars, Points } from './decimate.ts';
import type { TimeAxis } from './time-axis.ts';

export interface Direction {
  /** Segments with data, SYN or FIN: from their first byte to the one after their last. */
  readonly segments: Bars;
  /** What the other side acknowledged of them, and the end of the window that it offered. */
  readonly acknowledged: Points;
  readonly windowEnds: Points;
  /** Bytes that were sent and not acknowledged, after each segment and each ACK. */
  readonly inFlight: Points;
  /** What the other side offered, by the time it did. */
  readonly windows: Points;
  /** Nanoseconds until the other side acknowledged them, by the time of that ACK. */
  readonly rtts: Points;
  readonly hasData: boolean;
  /** Segments that were sent again, and those before which some are missing. */
  readonly repeats: readonly Place[];
  readonly gaps: readonly Place[];
}

export interface Place {
  readonly frame: number;
  readonly x: number;
  /** Sequence number. */
  readonly y: number;
}

/** Points that are being collected. */
class Trail {
  readonly #xs: number[] = [];
  readonly #ys: number[] = [];

  push(x: number, y: number): void {
    this.#xs.push(x);
    this.#ys.push(y);
  }

  get points(): Points {
    return { xs: Float64Array.from(this.#xs), ys: Float64Array.from(this.#ys) };
  }
}

/** Sequence numbers go on where 32 bits end. */
class Unwrapper {
  #last: number | undefined = undefined;

  /** @param isNewest the numbers that follow are compared with this one */
  of(sequence: number, isNewest: boolean): number {
    const last = this.#last;
    // Before the first one there may be one that is earlier: a keep-alive, a repetition.
    const value = last === undefined ? sequence | 0 : last + ((sequence - last) | 0);
    if (isNewest || last === undefined) this.#last = value;
    return value;
  }
}

/** @param side 0: what the client sent and the server acknowledged; 1: the other way round */
export function directionOf(series: SegmentSeries, side: 0 | 1, time: TimeAxis): Direction {
  const [lows, highs, inFlight, acknowledged, windowEnds, windows, rtts] = Array.from(
    { length: 7 },
    () => new Trail(),
  ) as [Trail, Trail, Trail, Trail, Trail, Trail, Trail];
  const repeats: Place[] = [];
  const gaps: Place[] = [];
  const order = new Unwrapper();
  const timeOfFrame = timesByFrame(series);
  /** The end of what was sent and of what was acknowledged; before the first segment of a capture neither is known. */
  let sent = Number.NEGATIVE_INFINITY;
  let acked = Number.NEGATIVE_INFINITY;
  let hasData = false;
  for (let index = 0; index < series.count; index++) {
    const flags = series.flags[index]!;
    const x = (series.timesNs[index]! - time.startNs) / time.each;
    if ((flags & TCP_FLAG.rst) !== 0) continue;
    if (series.sides[index] === side) {
      const taken =
        series.payloads[index]! +
        ((flags & TCP_FLAG.syn) === 0 ? 0 : 1) +
        ((flags & TCP_FLAG.fin) === 0 ? 0 : 1);
      const low = order.of(series.sequences[index]!, true);
      if (taken === 0) continue;
      lows.push(x, low);
      highs.push(x, low + taken);
      if (series.payloads[index]! > 0) {
        hasData = true;
        if (acked === Number.NEGATIVE_INFINITY) acked = low;
        sent = Math.max(sent, low + series.payloads[index]!);
        inFlight.push(x, Math.max(0, sent - acked));
      }
      const events = series.events[index]!;
      const frame = series.frames[index]!;
      if ((events & TCP_EVENT.retransmission) !== 0) repeats.push({ frame, x, y: low });
      if ((events & TCP_EVENT.lostSegment) !== 0) gaps.push({ frame, x, y: low });
    } else if ((flags & TCP_FLAG.ack) !== 0) {
      const acknowledgment = order.of(series.acknowledgments[index]!, false);
      acknowledged.push(x, acknowledgment);
      acked = Math.max(acked, acknowledgment);
      if (hasData) inFlight.push(x, Math.max(0, sent - acked));
      // What a SYN offers is not scaled.
      if ((flags & TCP_FLAG.syn) === 0) {
        windows.push(x, series.windows[index]!);
        windowEnds.push(x, acknowledgment + series.windows[index]!);
      }
      const acksFrame = series.acksFrames[index]!;
      const sentNs = acksFrame === 0 ? undefined : timeOfFrame(acksFrame);
      if (sentNs !== undefined) rtts.push(x, series.timesNs[index]! - sentNs);
    }
  }
  const { xs, ys } = lows.points;
  return {
    segments: { xs, lows: ys, highs: highs.points.ys },
    acknowledged: acknowledged.points,
    windowEnds: windowEnds.points,
    inFlight: inFlight.points,
    windows: windows.points,
    rtts: rtts.points,
    hasData,
    repeats,
    gaps,
  };
}

/** When a frame of the conversation was captured; frames rise, so they can be looked up. */
function timesByFrame({ frames, timesNs }: SegmentSeries): (frame: number) => number | undefined {
  return frame => {
    const index = indexOfFrame(frames, frame);
    return index < 0 ? undefined : timesNs[index]!;
  };
}

/** Where a frame stands among rising ones; −1: nowhere. */
export function indexOfFrame(frames: Uint32Array, frame: number): number {
  let low = 0;
  let high = frames.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = frames[middle]!;
    if (found === frame) return middle;
    if (found < frame) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
