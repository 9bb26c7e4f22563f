/** `src/flows/tcp-reason.ts`, and the table of `src/analysis/columns-reasons.ts`: the numbers behind a segment's events. */
import {
  MARK_JUST_SYN,
  MOST_REASONS,
  MOST_REASONS_IN_ALL,
  REASON,
  REASON_ACKNOWLEDGED,
  REASON_ACKNOWLEDGED_FRAME,
  REASON_ACKNOWLEDGMENT,
  REASON_BASE,
  REASON_BYTES,
  REASON_COUNT,
  REASON_DUPLICATES,
  REASON_EXPECTED,
  REASON_EXPECTED_FRAME,
  REASON_LENGTH,
  REASON_NUMBERS,
  REASON_PEER_BASE,
  REASON_PEER_KNOWN,
  REASON_PEER_WINDOW,
  REASON_PREVIOUS_WINDOW,
  REASON_REORDERING_NS,
  REASON_ROWS,
  REASON_SEQUENCE,
  REASON_SINCE_ACKNOWLEDGED_NS,
  REASON_SINCE_EXPECTED_NS,
  REASON_WINDOW,
  REASONS_TAKEN,
  RECORD_INITIAL_RTT_NS,
  RECORD_INITIAL_RTT_SECONDS,
  SIDE_ACK_MOVED_FRAME,
  SIDE_BASE,
  SIDE_DUPLICATES,
  SIDE_LAST_ACK,
  SIDE_LAST_ACK_NS,
  SIDE_LAST_ACK_SECONDS,
  SIDE_MARKS,
  SIDE_NEXT,
  SIDE_NEXT_FRAME,
  SIDE_NEXT_NS,
  SIDE_NEXT_SECONDS,
  SIDE_SCALE,
  SIDE_WINDOW,
} from './layout';

const NS_PER_SECOND: f64 = 1e9;
/** Data that come sooner than this were overtaken, where no round trip is known. */
const REORDERING_NS: f64 = 3_000_000;

/** In bytes: scaled, where the scale is known. */
export function scaled(window: i32, scale: i32): i32 {
  return scale < 0 ? window : window << scale;
}

/** What a side's last segment offered; −1: there was none. */
export function offeredWindow(side: usize): i32 {
  const window = load<i32>(side, SIDE_WINDOW);
  const isRaw = window < 0 || (load<i32>(side, SIDE_MARKS) & MARK_JUST_SYN) !== 0;
  return isRaw ? window : scaled(window, load<i32>(side, SIDE_SCALE));
}

/** How soon data come that were only overtaken: within the first round trip, where it is known. */
export function reorderingNs(record: usize): f64 {
  const initialRttNs =
    load<f64>(record, RECORD_INITIAL_RTT_SECONDS) * NS_PER_SECOND +
    <f64>load<i32>(record, RECORD_INITIAL_RTT_NS);
  return initialRttNs === 0 ? REORDERING_NS : initialRttNs;
}

export function sinceNextNs(side: usize, seconds: f64, ns: i32): f64 {
  return (
    (seconds - load<f64>(side, SIDE_NEXT_SECONDS)) * NS_PER_SECOND +
    <f64>ns -
    <f64>load<i32>(side, SIDE_NEXT_NS)
  );
}

export function sinceLastAckNs(side: usize, seconds: f64, ns: i32): f64 {
  return (
    (seconds - load<f64>(side, SIDE_LAST_ACK_SECONDS)) * NS_PER_SECOND +
    <f64>ns -
    <f64>load<i32>(side, SIDE_LAST_ACK_NS)
  );
}

function put(number: usize, value: f64): void {
  store<f64>(REASON + number, value);
}

/** A number that is unsigned on the wire. */
function unsigned(side: usize, word: usize): f64 {
  return <f64>load<u32>(side + word);
}

/** Copies the numbers that the rules compared; before the state takes the segment in. */
export function noteReason(
  record: usize,
  fwd: usize,
  rev: usize,
  sequence: i32,
  ack: i32,
  length: i32,
  window: i32,
  peerKnown: i32,
  seconds: f64,
  ns: i32,
): void {
  put(REASON_SEQUENCE, <f64>(<u32>sequence));
  put(REASON_LENGTH, length);
  put(REASON_ACKNOWLEDGMENT, <f64>(<u32>ack));
  put(REASON_WINDOW, scaled(window, load<i32>(fwd, SIDE_SCALE)));
  put(REASON_BASE, unsigned(fwd, SIDE_BASE));
  put(REASON_PEER_BASE, unsigned(rev, SIDE_BASE));
  put(REASON_EXPECTED, unsigned(fwd, SIDE_NEXT));
  put(REASON_EXPECTED_FRAME, load<i32>(fwd, SIDE_NEXT_FRAME));
  put(REASON_SINCE_EXPECTED_NS, sinceNextNs(fwd, seconds, ns));
  put(REASON_ACKNOWLEDGED, unsigned(rev, SIDE_LAST_ACK));
  put(REASON_ACKNOWLEDGED_FRAME, load<i32>(rev, SIDE_ACK_MOVED_FRAME));
  put(REASON_DUPLICATES, load<i32>(rev, SIDE_DUPLICATES));
  put(REASON_SINCE_ACKNOWLEDGED_NS, sinceLastAckNs(rev, seconds, ns));
  put(REASON_PEER_KNOWN, <f64>(<u32>peerKnown));
  put(REASON_PREVIOUS_WINDOW, offeredWindow(fwd));
  put(REASON_PEER_WINDOW, offeredWindow(rev));
  put(REASON_REORDERING_NS, reorderingNs(record));
}

/** Keeps them for a row, as long as there is room. */
export function keepReason(row: i32, conversation: i32): void {
  const taken = REASONS_TAKEN + ((<usize>conversation) << 1);
  const count = load<i32>(REASON_COUNT);
  if (load<u16>(taken) >= MOST_REASONS || count === MOST_REASONS_IN_ALL) return;
  store<u16>(taken, load<u16>(taken) + 1);
  store<i32>(REASON_COUNT, count + 1);
  store<i32>(REASON_ROWS + ((<usize>count) << 2), row);
  memory.copy(REASON_NUMBERS + <usize>count * REASON_BYTES, REASON, REASON_BYTES);
}
