/** TCP's options (RFC 9293 section 3.2, RFC 7323, RFC 2018). */
import { MOST_SACK_BLOCKS, type TcpHeader } from './tcp-header.ts';

const END = 0;
const NO_OPERATION = 1;
const MSS = 2;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;
const SACK = 5;
const TIMESTAMPS = 8;
const SELECTIVE_NACK = 21;
const CUT_NACK_LENGTH = 6;
const MULTIPATH = 30;
/** Kind, length and one block. */
const LEAST_SACK_LENGTH = 10;
/** No operation twice, timestamps, their length: how nearly every segment's options begin. */
const COMMON_START = 0x0101080a;

/**
 * Reads the options between `start` and `end` into a header in which they are unset. A length that is less than 2 or
 * goes beyond the header ends them.
 * @param captured where the captured bytes end, perhaps before `end`
 * @returns false where an option is shorter than its kind asks, or cut off: tshark reads no further then
 */
export function readTcpOptions(
  bytes: Uint8Array,
  start: number,
  end: number,
  captured: number,
  header: TcpHeader,
): boolean {
  if (end - start === 12 && end <= captured && u32(bytes, start) === COMMON_START) {
    header.hasTimestamp = true;
    header.timestampValue = u32(bytes, start + 4);
    header.timestampEcho = u32(bytes, start + 8);
    return true;
  }
  let at = start;
  while (at < end) {
    if (at >= captured) return false;
    const kind = bytes[at] as number;
    if (kind === NO_OPERATION) {
      at++;
      continue;
    }
    if (kind === END) return end <= captured;
    if (at + 1 >= captured && at + 1 < end) return false;
    const length = at + 1 < end ? (bytes[at + 1] as number) : 0;
    if (length < 2 || at + length > end) {
      header.badOptions = true;
      return true;
    }
    if (at + length > captured) {
      if (kind === SACK) readSackBlocks(bytes, at + 2, captured, header);
      return false;
    }
    if (!readOption(bytes, at, kind, length, header)) {
      header.badOptions = true;
      return false;
    }
    at += length;
  }
  return true;
}

function readOption(bytes: Uint8Array, at: number, kind: number, length: number, header: TcpHeader): boolean {
  switch (kind) {
    case MSS:
      if (length === 4) header.mss = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
      return true;
    case WINDOW_SCALE:
      if (length === 3) header.windowScale = bytes[at + 2] as number;
      return true;
    case SACK_PERMITTED:
      if (length === 2) header.sackPermitted = true;
      return true;
    case SACK:
      readSackBlocks(bytes, at + 2, at + length, header);
      return isSoundOption(kind, length);
    case TIMESTAMPS:
      if (length !== 10) return true;
      header.hasTimestamp = true;
      header.timestampValue = u32(bytes, at + 2);
      header.timestampEcho = u32(bytes, at + 6);
      return true;
    case MULTIPATH:
      header.multipathCount++;
      return true;
    default:
      return isSoundOption(kind, length);
  }
}

/** False for an option that is too short for what tshark reads of it: there it gives up. */
export function isSoundOption(kind: number, length: number): boolean {
  if (kind === SACK) return length >= LEAST_SACK_LENGTH;
  return kind !== SELECTIVE_NACK || length !== CUT_NACK_LENGTH;
}

function readSackBlocks(bytes: Uint8Array, start: number, end: number, header: TcpHeader): void {
  for (let edge = start; edge + 8 <= end && header.sackCount < MOST_SACK_BLOCKS; edge += 8) {
    header.sackEdges[2 * header.sackCount] = u32(bytes, edge);
    header.sackEdges[2 * header.sackCount + 1] = u32(bytes, edge + 4);
    header.sackCount++;
  }
}

function u32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}
