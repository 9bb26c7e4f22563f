/**
 * One direction of a telemetry stream: pieces in, messages out. A message that straddles pieces is put together, with the places
 * of its parts; nothing else is copied.
 */
import { areWholeFrames, FRAME_LENGTH, FrameCutter } from './telemetry-decode-frames.ts';
import type { Stretch } from './telemetry-decode-places.ts';

export interface TelemetryStreamSink {
  /** A frame: the length from `start` on, the message from `bodyStart` to `end`. The bytes are valid until this returns. */
  onFrame(
    bytes: Uint8Array,
    start: number,
    bodyStart: number,
    end: number,
    stretches: readonly Stretch[],
  ): void;
}

const NOTHING = new Uint8Array(0);

export class TelemetryStream {
  readonly #sink: TelemetryStreamSink;
  readonly #cutter = new FrameCutter();
  /** The beginning of a frame is `#buffer[0..#length)`; where it comes from. */
  #buffer: Uint8Array = NOTHING;
  #length = 0;
  #stretches: Stretch[] = [];
  /** Where frames begin is not known: after a gap, after bytes that are none, in a capture that begins later. */
  #isLost: boolean;

  constructor(sink: TelemetryStreamSink, isLost = false) {
    this.#sink = sink;
    this.#isLost = isLost;
  }

  /** Bytes of a frame whose end has not come. */
  get pendingBytes(): number {
    return this.#length;
  }

  /** Where they come from. */
  get pendingStretches(): readonly Stretch[] {
    return this.#stretches;
  }

  get pending(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /**
   * Takes the next bytes, `bytes[start]` to `bytes[end - 1]`.
   * @param frame that carried them, `inFrame`: where in it they start
   */
  take(bytes: Uint8Array, start: number, end: number, frame: number, inFrame: number): void {
    if (this.#isLost) {
      // A sender writes whole frames: where a piece is that, the stream can be read again.
      if (!areWholeFrames(bytes, start, end)) return;
      this.#isLost = false;
    }
    if (this.#length === 0) {
      const rest = this.#cut(bytes, start, end, [{ at: start, length: end - start, frame, start: inFrame }]);
      if (rest < end)
        this.#keep(bytes, rest, end, [
          { at: 0, length: end - rest, frame, start: after(inFrame, rest - start) },
        ]);
      return;
    }
    this.#append(bytes, start, end);
    this.#stretches.push({ at: this.#length - (end - start), length: end - start, frame, start: inFrame });
    const rest = this.#cut(this.#buffer, 0, this.#length, this.#stretches);
    if (rest > 0) this.#keep(this.#buffer, rest, this.#length, shifted(this.#stretches, rest));
  }

  /** Bytes are missing: what follows is no continuation. */
  gap(): void {
    this.#forget();
    this.#isLost = true;
  }

  #cut(bytes: Uint8Array, start: number, end: number, stretches: readonly Stretch[]): number {
    const cutter = this.#cutter;
    let at = start;
    while (at < end) {
      if (!cutter.next(bytes, at, end)) {
        if (cutter.problem === FRAME_LENGTH.unfinished) return at;
        this.#isLost = true;
        return end;
      }
      this.#sink.onFrame(bytes, at, cutter.bodyStart, cutter.end, stretches);
      at = cutter.end;
    }
    return end;
  }

  #keep(bytes: Uint8Array, start: number, end: number, stretches: Stretch[]): void {
    if (start === end) return this.#forget();
    this.#buffer = bytes.slice(start, end);
    this.#length = end - start;
    this.#stretches = stretches;
  }

  /** The buffer at least doubles, so that a message in pieces of one byte is not copied for each of them. */
  #append(bytes: Uint8Array, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#buffer.length));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes.subarray(start, end), this.#length);
    this.#length = length;
  }

  #forget(): void {
    this.#buffer = NOTHING;
    this.#length = 0;
    this.#stretches = [];
  }
}

function shifted(stretches: readonly Stretch[], by: number): Stretch[] {
  return stretches
    .filter(({ at, length }) => at + length > by)
    .map(({ at, length, frame, start }) => {
      const cut = Math.max(by - at, 0);
      return { at: at + cut - by, length: length - cut, frame, start: after(start, cut) };
    });
}

function after(start: number, bytes: number): number {
  return start < 0 ? start : start + bytes;
}
