/** Where bytes that were put together come from: which frames, and where in them. */
import type { FrameRange } from './safety.ts';

/** A stretch of bytes that stands in one frame. */
export interface Stretch {
  /** Where it starts in the bytes that were put together. */
  readonly at: number;
  readonly length: number;
  readonly frame: number;
  /** Where it starts in the frame; −1 where that is not known: bytes of an IP packet put together from fragments. */
  readonly start: number;
}

/** The frames that the bytes `start` to `end` − 1 stand in. */
export function placesIn(stretches: readonly Stretch[], start: number, end: number): FrameRange[] {
  const places: FrameRange[] = [];
  for (const { at, length, frame, start: inFrame } of stretches) {
    const from = Math.max(start, at);
    const to = Math.min(end, at + length);
    if (from >= to) continue;
    places.push(
      inFrame < 0
        ? { frame, start: 0, end: 0 }
        : { frame, start: inFrame + from - at, end: inFrame + to - at },
    );
  }
  return places;
}
