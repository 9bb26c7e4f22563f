/**
 * `src/flows/unacknowledged.ts`: the same lists in the same pool. Segments that are scattered, too far apart for an order, are not for
 * the fast lane: its caller has asked `isOrdered` and `mayAppend` first.
 */
import {
  MARK_SCATTERED,
  MOST_SPAN,
  MOST_UNACKNOWLEDGED,
  POOL,
  POOL_END,
  POOL_FREE,
  POOL_FRESH,
  SEGMENT_BYTES,
  SEGMENT_END,
  SEGMENT_FRAME,
  SEGMENT_HIGHER,
  SEGMENT_LOWER,
  SEGMENT_NEWER,
  SEGMENT_NS,
  SEGMENT_OLDER,
  SEGMENT_SECONDS,
  SEGMENT_SEQUENCE,
  SIDE_HIGHEST,
  SIDE_LOWEST,
  SIDE_MARKS,
  SIDE_NEWEST,
  SIDE_OLDEST,
  SIDE_UNACKED_COUNT,
  SIDE_UNACKED_END,
  SIDE_UNACKED_LONGEST,
} from './layout';

/** What the last `acknowledge` or `findOldest…` found: the frame, 0 where nothing; and its time. */
export let foundFrame: i32 = 0;
export let foundSeconds: f64 = 0;
export let foundNs: i32 = 0;

/** Segments are told by the index of their first word in the pool, as in TypeScript. */
function segment(word: i32): usize {
  return POOL + ((<usize>word) << 2);
}

function isScattered(side: usize): bool {
  return (load<i32>(side, SIDE_MARKS) & MARK_SCATTERED) !== 0;
}

function isNear(left: i32, right: i32): bool {
  const apart = left - right;
  return apart > -MOST_SPAN && apart < MOST_SPAN;
}

/** Whether the lists of a side have an order to go by. */
export function isOrdered(side: usize): bool {
  return load<i32>(side, SIDE_UNACKED_COUNT) === 0 || !isScattered(side);
}

/** Whether there is room for a segment, and an order with it. */
export function mayAppend(side: usize, sequence: i32, end: i32): bool {
  const count = load<i32>(side, SIDE_UNACKED_COUNT);
  if (count >= MOST_UNACKNOWLEDGED) return false;
  if (load<i32>(POOL_FREE) === 0 && load<i32>(POOL_FRESH) >= POOL_END) return false;
  if (count === 0) return true;
  const low = load<i32>(segment(load<i32>(side, SIDE_LOWEST)), SEGMENT_SEQUENCE);
  const high = load<i32>(side, SIDE_UNACKED_END);
  return isNear(sequence, low) && isNear(end, low) && isNear(sequence, high) && isNear(end, high);
}

/** Remembers a segment that it `mayAppend`. */
export function append(side: usize, sequence: i32, end: i32, frame: i32, seconds: f64, ns: i32): void {
  let word = load<i32>(POOL_FREE);
  if (word === 0) {
    word = load<i32>(POOL_FRESH);
    store<i32>(POOL_FRESH, word + <i32>(SEGMENT_BYTES >> 2));
  } else store<i32>(POOL_FREE, load<i32>(segment(word), SEGMENT_HIGHER));
  const at = segment(word);
  const newest = load<i32>(side, SIDE_NEWEST);
  const count = load<i32>(side, SIDE_UNACKED_COUNT);
  const length = end - sequence;
  store<i32>(at, sequence, SEGMENT_SEQUENCE);
  store<i32>(at, end, SEGMENT_END);
  store<i32>(at, frame, SEGMENT_FRAME);
  store<i32>(at, ns, SEGMENT_NS);
  store<f64>(at, seconds, SEGMENT_SECONDS);
  store<i32>(at, newest, SEGMENT_OLDER);
  store<i32>(at, 0, SEGMENT_NEWER);
  store<i32>(side, word, SIDE_NEWEST);
  store<i32>(side, count + 1, SIDE_UNACKED_COUNT);
  if (count === 0) {
    store<i32>(side, length, SIDE_UNACKED_LONGEST);
    store<i32>(at, 0, SEGMENT_HIGHER);
    store<i32>(at, 0, SEGMENT_LOWER);
    store<i32>(side, word, SIDE_OLDEST);
    store<i32>(side, word, SIDE_LOWEST);
    store<i32>(side, word, SIDE_HIGHEST);
    store<i32>(side, end, SIDE_UNACKED_END);
    store<i32>(side, load<i32>(side, SIDE_MARKS) & ~MARK_SCATTERED, SIDE_MARKS);
    return;
  }
  store<i32>(segment(newest), word, SEGMENT_NEWER);
  if (length > load<i32>(side, SIDE_UNACKED_LONGEST)) store<i32>(side, length, SIDE_UNACKED_LONGEST);
  if (load<i32>(side, SIDE_UNACKED_END) - end < 0) store<i32>(side, end, SIDE_UNACKED_END);
  const highest = load<i32>(side, SIDE_HIGHEST);
  if (sequence - load<i32>(segment(highest), SEGMENT_SEQUENCE) >= 0) {
    store<i32>(at, 0, SEGMENT_HIGHER);
    store<i32>(at, highest, SEGMENT_LOWER);
    store<i32>(segment(highest), word, SEGMENT_HIGHER);
    store<i32>(side, word, SIDE_HIGHEST);
  } else insert(side, word, sequence);
}

/**
 * Takes an ACK: forgets what it covers, cuts what it covers in part, and finds the oldest segment that ends there.
 * @param isPartial whether a segment of which only a part is acknowledged is found, too
 */
export function acknowledge(side: usize, ack: i32, isPartial: bool): void {
  foundFrame = 0;
  const mayStop =
    ack - load<i32>(segment(load<i32>(side, SIDE_HIGHEST)), SEGMENT_SEQUENCE) <= 0 &&
    ack - load<i32>(side, SIDE_UNACKED_END) < 0;
  let word = load<i32>(side, SIDE_LOWEST);
  while (word !== 0) {
    const at = segment(word);
    const higher = load<i32>(at, SEGMENT_HIGHER);
    const end = load<i32>(at, SEGMENT_END);
    const sequence = load<i32>(at, SEGMENT_SEQUENCE);
    if (end === ack) {
      findIfOlder(word);
      remove(side, word);
    } else if (sequence - ack < 0 && ack - end <= 0) {
      store<i32>(at, ack, SEGMENT_SEQUENCE);
      if (isPartial) findIfOlder(word);
    } else if (ack - end >= 0) {
      remove(side, word);
    } else if (mayStop && sequence - ack >= 0) {
      return;
    }
    word = higher;
  }
}

/** Highest end less lowest sequence number, both relative to `base`; 0 where nothing waits. */
export function span(side: usize, base: i32): u32 {
  const lowest = load<i32>(side, SIDE_LOWEST);
  if (lowest === 0) return 0;
  let low = <u32>(load<i32>(segment(lowest), SEGMENT_SEQUENCE) - base);
  let high = <u32>(load<i32>(side, SIDE_UNACKED_END) - base);
  if (low <= high) return high - low;
  low = u32.MAX_VALUE;
  high = 0;
  for (let word = lowest; word !== 0; word = load<i32>(segment(word), SEGMENT_HIGHER)) {
    const at = segment(word);
    low = min(low, <u32>(load<i32>(at, SEGMENT_SEQUENCE) - base));
    high = max(high, <u32>(load<i32>(at, SEGMENT_END) - base));
  }
  return high - low;
}

export function findOldest(side: usize): void {
  find(load<i32>(side, SIDE_OLDEST));
}

/** Finds the oldest segment that starts at or after `sequence`. */
export function findOldestFrom(side: usize, sequence: i32): void {
  let word = load<i32>(side, SIDE_OLDEST);
  while (word !== 0 && sequence - load<i32>(segment(word), SEGMENT_SEQUENCE) > 0) {
    word = load<i32>(segment(word), SEGMENT_NEWER);
  }
  find(word);
}

/** Whether one segment of an ordered side holds all from `sequence` up to `end`. */
export function covers(side: usize, sequence: i32, end: i32): bool {
  const lowest = load<i32>(side, SIDE_LOWEST);
  if (lowest === 0) return false;
  let word = load<i32>(side, SIDE_HIGHEST);
  let most = i32.MAX_VALUE;
  if (isNear(sequence, load<i32>(segment(lowest), SEGMENT_SEQUENCE))) {
    const higher = firstAfter(side, sequence);
    if (higher !== 0) word = load<i32>(segment(higher), SEGMENT_LOWER);
    most = load<i32>(side, SIDE_UNACKED_LONGEST);
  }
  for (; word !== 0; word = load<i32>(segment(word), SEGMENT_LOWER)) {
    const start = load<i32>(segment(word), SEGMENT_SEQUENCE);
    if (sequence - start > most) return false;
    if (start - sequence <= 0 && end - load<i32>(segment(word), SEGMENT_END) <= 0) return true;
  }
  return false;
}

/** How far can be acknowledged after an ACK of something that was not captured. */
export function endOfStretch(side: usize, ack: i32): i32 {
  const newest = load<i32>(side, SIDE_NEWEST);
  let word = load<i32>(side, SIDE_OLDEST);
  while (word !== 0 && ack - load<i32>(segment(word), SEGMENT_SEQUENCE) > 0) {
    word = load<i32>(segment(word), SEGMENT_NEWER);
  }
  if (word === 0 || load<i32>(segment(word), SEGMENT_SEQUENCE) !== ack) return ack;
  let high = load<i32>(segment(word), SEGMENT_END);
  word = load<i32>(segment(word), SEGMENT_NEWER);
  for (; word !== 0; word = load<i32>(segment(word), SEGMENT_NEWER)) {
    const sequence = load<i32>(segment(word), SEGMENT_SEQUENCE);
    if (word !== newest && ack - sequence > 0) continue;
    if (sequence !== high) break;
    high = load<i32>(segment(word), SEGMENT_END);
  }
  return ack - high < 0 ? high : ack;
}

/** Puts a segment before the first that starts after it; there is one. */
function insert(side: usize, word: i32, sequence: i32): void {
  const higher = firstAfter(side, sequence);
  const lower = load<i32>(segment(higher), SEGMENT_LOWER);
  store<i32>(segment(word), higher, SEGMENT_HIGHER);
  store<i32>(segment(word), lower, SEGMENT_LOWER);
  store<i32>(segment(higher), word, SEGMENT_LOWER);
  if (lower === 0) store<i32>(side, word, SIDE_LOWEST);
  else store<i32>(segment(lower), word, SEGMENT_HIGHER);
}

/** The lowest segment that starts after a number, looked for from the nearer end; 0: none does. */
function firstAfter(side: usize, sequence: i32): i32 {
  const lowest = load<i32>(side, SIDE_LOWEST);
  const highest = load<i32>(side, SIDE_HIGHEST);
  const fromLowest = sequence - load<i32>(segment(lowest), SEGMENT_SEQUENCE);
  const fromHighest = load<i32>(segment(highest), SEGMENT_SEQUENCE) - sequence;
  let word = 0;
  if (fromLowest < fromHighest) {
    word = lowest;
    while (word !== 0 && sequence - load<i32>(segment(word), SEGMENT_SEQUENCE) >= 0) {
      word = load<i32>(segment(word), SEGMENT_HIGHER);
    }
  } else {
    let lower = highest;
    while (lower !== 0 && sequence - load<i32>(segment(lower), SEGMENT_SEQUENCE) < 0) {
      word = lower;
      lower = load<i32>(segment(lower), SEGMENT_LOWER);
    }
  }
  return word;
}

function remove(side: usize, word: i32): void {
  const at = segment(word);
  if (load<i32>(at, SEGMENT_END) === load<i32>(side, SIDE_UNACKED_END)) {
    store<i32>(side, load<i32>(side, SIDE_MARKS) | MARK_SCATTERED, SIDE_MARKS);
  }
  const higher = load<i32>(at, SEGMENT_HIGHER);
  const lower = load<i32>(at, SEGMENT_LOWER);
  if (lower === 0) store<i32>(side, higher, SIDE_LOWEST);
  else store<i32>(segment(lower), higher, SEGMENT_HIGHER);
  if (higher === 0) store<i32>(side, lower, SIDE_HIGHEST);
  else store<i32>(segment(higher), lower, SEGMENT_LOWER);
  const newer = load<i32>(at, SEGMENT_NEWER);
  const older = load<i32>(at, SEGMENT_OLDER);
  if (older === 0) store<i32>(side, newer, SIDE_OLDEST);
  else store<i32>(segment(older), newer, SEGMENT_NEWER);
  if (newer === 0) store<i32>(side, older, SIDE_NEWEST);
  else store<i32>(segment(newer), older, SEGMENT_OLDER);
  store<i32>(at, load<i32>(POOL_FREE), SEGMENT_HIGHER);
  store<i32>(POOL_FREE, word);
  store<i32>(side, load<i32>(side, SIDE_UNACKED_COUNT) - 1, SIDE_UNACKED_COUNT);
}

function findIfOlder(word: i32): void {
  if (foundFrame === 0 || load<i32>(segment(word), SEGMENT_FRAME) < foundFrame) find(word);
}

/** Word 0 of the pool is nobody's, and holds zeros. */
function find(word: i32): void {
  const at = segment(word);
  foundFrame = load<i32>(at, SEGMENT_FRAME);
  foundSeconds = load<f64>(at, SEGMENT_SECONDS);
  foundNs = load<i32>(at, SEGMENT_NS);
}
