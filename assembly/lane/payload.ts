/**
 * What is kept of the first payloads of a side: a preview (`src/analysis/columns-excerpts.ts`), whether checksums are right
 * (`columns-checksum.ts`), and a sample for the verdict on safety (`safety-sample.ts`). When enough is kept the side is full.
 */
import { be16 } from './bytes';
import {
  CHECK_BAD,
  CHECK_GOOD,
  CHECK_ONE,
  CHECK_PARTIAL,
  CHECKS,
  EXCERPT_BYTES,
  EXCERPT_COUNT,
  EXCERPT_ROWS,
  EXCERPTS,
  EXCERPTS_TAKEN,
  MOST_CHECKS,
  MOST_EXCERPTS,
  MOST_EXCERPTS_IN_ALL,
  MOST_SAMPLED_BYTES,
  MOST_SAMPLED_PIECES,
  PIECE_AT,
  PIECE_BYTES,
  PIECE_FRAME,
  PIECE_IN_FRAME,
  PIECE_KEPT,
  PIECE_LENGTH,
  PIECE_NEXT,
  SAMPLE_BYTES,
  SAMPLE_COUNT,
  SAMPLE_FULL,
  SAMPLE_LENGTH,
  SAMPLE_PIECES,
  SAMPLE_SIDE_BYTES,
  SAMPLE_SIDE_FIRST,
  SAMPLE_SIDE_LAST,
  SAMPLE_SIDE_PIECES,
  SAMPLE_SIDE_SIZE,
  SAMPLE_SIDES,
  SAMPLED_BYTES,
  SAMPLED_PIECES,
  SETTLED,
  SETTLED_FULL,
} from './layout';

/** Of an ordinary segment: addresses and protocol of IPv4, and the checksum in the header of TCP. */
const SOURCE_ADDRESS: usize = 26;
const TCP: usize = 34;
const TCP_CHECKSUM: usize = TCP + 16;
const ADDRESSES: usize = 8;
const PROTOCOL_TCP: u32 = 6;

/**
 * Looks into a plain segment with payload, whose frame starts at `frame` and ends at `end`.
 * @param isNew the payload goes for the first time
 */
export function lookInto(place: i32, row: i32, frame: usize, payload: usize, end: usize, isNew: bool): void {
  const excerptsTaken = EXCERPTS_TAKEN + ((<usize>(place >>> 1)) << 1);
  const checks = CHECKS + <usize>place;
  if (load<u16>(excerptsTaken) < MOST_EXCERPTS) {
    store<u16>(excerptsTaken, load<u16>(excerptsTaken) + 1);
    keepExcerpt(row, payload, end);
  }
  if (load<u8>(checks) < MOST_CHECKS * CHECK_ONE) {
    store<u8>(checks, (load<u8>(checks) + CHECK_ONE) | checkOf(frame, end));
  }
  if (isNew && load<u8>(SAMPLE_FULL + <usize>place) === 0) keepSample(place, row + 1, frame, payload, end);
}

/** Notes that an ordinary segment of that side need not be looked into any more, where that is so. */
export function fillWhereFull(place: i32): void {
  const excerptsTaken = load<u16>(EXCERPTS_TAKEN + ((<usize>(place >>> 1)) << 1));
  if (
    load<u8>(SAMPLE_FULL + <usize>place) !== 0 &&
    load<u8>(CHECKS + <usize>place) >= MOST_CHECKS * CHECK_ONE &&
    (excerptsTaken >= MOST_EXCERPTS || load<i32>(EXCERPT_COUNT) === MOST_EXCERPTS_IN_ALL)
  ) {
    const settled = SETTLED + <usize>place;
    store<u8>(settled, load<u8>(settled) | SETTLED_FULL);
  }
}

function keepExcerpt(row: i32, payload: usize, end: usize): void {
  const count = load<i32>(EXCERPT_COUNT);
  if (count === MOST_EXCERPTS_IN_ALL) return;
  store<i32>(EXCERPT_COUNT, count + 1);
  store<i32>(EXCERPT_ROWS + ((<usize>count) << 2), row);
  const at = EXCERPTS + <usize>count * (1 + EXCERPT_BYTES);
  const length = min(end - payload, EXCERPT_BYTES);
  store<u8>(at, <u8>length);
  memory.copy(at + 1, payload, length);
}

function checkOf(frame: usize, end: usize): u8 {
  const tcp = frame + TCP;
  const length = end - tcp;
  const pseudo = sum(frame + SOURCE_ADDRESS, ADDRESSES) + PROTOCOL_TCP + <u32>length;
  if (folded(pseudo + sum(tcp, length)) === 0xffff) return CHECK_GOOD;
  return be16(frame + TCP_CHECKSUM) === folded(pseudo) ? CHECK_PARTIAL : CHECK_BAD;
}

/** Words of 16 bits added up: of a frame, which has fewer than 2^16 of them. */
function sum(start: usize, length: usize): u32 {
  let total: u32 = 0;
  const last = start + (length & ~1);
  for (let at = start; at < last; at += 2) total += be16(at);
  return (length & 1) === 0 ? total : total + ((<u32>load<u8>(last)) << 8);
}

function folded(value: u32): u32 {
  let rest = value;
  while (rest > 0xffff) rest = (rest & 0xffff) + (rest >>> 16);
  return rest;
}

function keepSample(place: i32, number: i32, frame: usize, payload: usize, end: usize): void {
  const side = SAMPLE_SIDES + <usize>place * SAMPLE_SIDE_SIZE;
  const taken = load<i32>(SAMPLE_LENGTH);
  const length = <i32>(end - payload);
  const room = min(SAMPLE_BYTES - load<i32>(side, SAMPLE_SIDE_BYTES), MOST_SAMPLED_BYTES - taken);
  const kept = load<i32>(SAMPLE_COUNT) === MOST_SAMPLED_PIECES ? 0 : min(length, room);
  if (kept > 0) {
    const count = load<i32>(SAMPLE_COUNT) + 1;
    const piece = SAMPLED_PIECES + <usize>(count - 1) * PIECE_BYTES;
    store<i32>(piece, taken, PIECE_AT);
    store<i32>(piece, kept, PIECE_KEPT);
    store<i32>(piece, length, PIECE_LENGTH);
    store<i32>(piece, number, PIECE_FRAME);
    store<i32>(piece, <i32>(payload - frame), PIECE_IN_FRAME);
    const last = load<i32>(side, SAMPLE_SIDE_LAST);
    if (last === 0) store<i32>(side, count, SAMPLE_SIDE_FIRST);
    else store<i32>(SAMPLED_PIECES + <usize>(last - 1) * PIECE_BYTES, count, PIECE_NEXT);
    store<i32>(side, count, SAMPLE_SIDE_LAST);
    store<i32>(side, load<i32>(side, SAMPLE_SIDE_BYTES) + kept, SAMPLE_SIDE_BYTES);
    store<i32>(side, load<i32>(side, SAMPLE_SIDE_PIECES) + 1, SAMPLE_SIDE_PIECES);
    store<i32>(SAMPLE_COUNT, count);
    store<i32>(SAMPLE_LENGTH, taken + kept);
    memory.copy(SAMPLED_BYTES + <usize>taken, payload, <usize>kept);
  }
  if (
    load<i32>(side, SAMPLE_SIDE_BYTES) >= SAMPLE_BYTES ||
    load<i32>(side, SAMPLE_SIDE_PIECES) >= SAMPLE_PIECES ||
    load<i32>(SAMPLE_LENGTH) >= MOST_SAMPLED_BYTES ||
    load<i32>(SAMPLE_COUNT) >= MOST_SAMPLED_PIECES
  ) {
    store<u8>(SAMPLE_FULL + <usize>place, 1);
  }
}
