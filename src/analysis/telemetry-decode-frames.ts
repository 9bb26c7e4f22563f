/** Cuts bytes into frames of telemetry (docs/PROTOCOL.md section 2), and tells whether bytes look like such frames. */
import { ByteReader } from '../bytes/reader.ts';
import { FormatError } from '../errors/errors.ts';
import { MOST_LENGTH_BYTES } from '../telemetry/framing.ts';
import { MOST_MESSAGE_BYTES, MOST_SENSORS } from '../telemetry/limits.ts';
import { readReadingsHead } from '../telemetry/messages/readings.ts';
import { MESSAGE } from '../telemetry/messages/types.ts';
import { isKnownType } from './telemetry-decode-message.ts';

/** The first byte of every datagram. */
const DATAGRAM_MARK = 0xd1;
/** Mark and tag. */
export const DATAGRAM_HEADER = 4;
/** `SWIR`. */
const MAGIC = [0x53, 0x57, 0x49, 0x52] as const;

/** What stands where a frame should start. */
export const FRAME_LENGTH = { unfinished: -1, wrong: -2 } as const;

/** Cuts off one frame after the other. */
export class FrameCutter {
  /** Of the frame that `next` has found. */
  bodyStart = 0;
  end = 0;

  /** Finds the frame that starts at `at`: true, or one of FRAME_LENGTH in `problem`. */
  problem: number = FRAME_LENGTH.unfinished;

  next(bytes: Uint8Array, at: number, end: number): boolean {
    let length = 0;
    for (let index = 0; index < MOST_LENGTH_BYTES; index++) {
      if (at + index >= end) return this.#fail(FRAME_LENGTH.unfinished);
      const byte = bytes[at + index] as number;
      length |= (byte & 0x7f) << (7 * index);
      if (byte >= 0x80) continue;
      if (byte === 0 || length > MOST_MESSAGE_BYTES) return this.#fail(FRAME_LENGTH.wrong);
      this.bodyStart = at + index + 1;
      this.end = this.bodyStart + length;
      if (this.bodyStart < end && !isKnownType(bytes[this.bodyStart] as number))
        return this.#fail(FRAME_LENGTH.wrong);
      return this.end <= end || this.#fail(FRAME_LENGTH.unfinished);
    }
    return this.#fail(FRAME_LENGTH.wrong);
  }

  #fail(problem: number): false {
    this.problem = problem;
    return false;
  }
}

const cutter = new FrameCutter();

/** True where a stream, or a message, begins with HELLO. */
export function beginsWithHello(bytes: Uint8Array, start: number, end: number): boolean {
  const bodyStart = start + ((bytes[start] as number) < 0x80 ? 1 : 2);
  if (bodyStart + 5 > end || bytes[bodyStart] !== MESSAGE.hello) return false;
  return MAGIC.every((letter, index) => bytes[bodyStart + 1 + index] === letter);
}

/** True where bytes are whole frames of known types to their end, at least one. */
export function areWholeFrames(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    if (!cutter.next(bytes, at, end)) return false;
    at = cutter.end;
  }
  return end > start;
}

/** Numbers of the readings in bytes that are whole frames of readings, each going on where the one before ends. */
export interface ReadingsRun {
  readonly frames: number;
  readonly first: number;
  /** One past the last. */
  readonly next: number;
}

/** Undefined where the bytes are anything else: how telemetry is known in a capture that begins later than it. */
export function readingsRun(bytes: Uint8Array, start: number, end: number): ReadingsRun | undefined {
  if (!areWholeFrames(bytes, start, end)) return undefined;
  const reader = new ByteReader(bytes);
  let [frames, first, next] = [0, 0, 0];
  for (let at = start; at < end; at = cutter.end) {
    cutter.next(bytes, at, end);
    const type = bytes[cutter.bodyStart] as number;
    if (type !== MESSAGE.reading && type !== MESSAGE.readings) return undefined;
    reader.moveTo(cutter.bodyStart + 1, cutter.end);
    try {
      const { sensor, number, count } = readReadingsHead(reader, type);
      if (sensor >= MOST_SENSORS || reader.remaining === 0 || (frames > 0 && number !== next))
        return undefined;
      if (frames === 0) first = number;
      next = number + count;
      frames++;
    } catch (error) {
      if (error instanceof FormatError) return undefined;
      throw error;
    }
  }
  return { frames, first, next };
}

/** True where a datagram begins with the mark, and has more than its header. */
export function hasMark(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start > DATAGRAM_HEADER && bytes[start] === DATAGRAM_MARK;
}

/** True where a datagram has the mark, and frames of known types to its end; `isCut`: the capture does not have its end. */
export function looksLikeDatagram(bytes: Uint8Array, start: number, end: number, isCut: boolean): boolean {
  if (!hasMark(bytes, start, end)) return false;
  let at = start + DATAGRAM_HEADER;
  while (at < end) {
    if (!cutter.next(bytes, at, end)) return isCut && cutter.problem === FRAME_LENGTH.unfinished;
    at = cutter.end;
  }
  return true;
}
