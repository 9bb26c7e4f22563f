/** `src/flows/repeated-data.ts`: data that start before the end of what was seen. */
import {
  EVENT_FAST_RETRANSMISSION,
  EVENT_OUT_OF_ORDER,
  EVENT_RETRANSMISSION,
  IS_44,
  IS_46,
  MARK_NEXT_WITHOUT_DATA,
  REASON,
  REASON_SINCE_WAITING_NS,
  REASON_WAITING_FRAME,
  SIDE_DUPLICATES,
  SIDE_LAST_ACK,
  SIDE_MARKS,
  SIDE_NEXT,
  SIDE_NEXT_FRAME,
  SIDE_NEXT_NS,
  SIDE_NEXT_SECONDS,
} from './layout';
import { reorderingNs, sinceLastAckNs, sinceNextNs } from './reason';
import { covers, findOldest, findOldestFrom, foundFrame, foundNs, foundSeconds } from './unacknowledged';

/** A retransmission this soon after the last duplicate ACK is a fast one, after so many of them. */
const FAST_RETRANSMISSION_NS: f64 = 20_000_000;
const FAST_RETRANSMISSION_DUPLICATES: u32 = 2;

/**
 * The peer's last segment had no SACK blocks.
 * @param end the sequence number after them, FIN counted
 * @param length without FIN
 * @returns bits of TCP_EVENT
 */
export function judgeRepeated(
  record: usize,
  fwd: usize,
  rev: usize,
  sequence: i32,
  end: i32,
  length: i32,
  seconds: f64,
  ns: i32,
): i32 {
  const is44 = load<i32>(IS_44) !== 0;
  const is46 = load<i32>(IS_46) !== 0;
  const passedNs = sinceLastAckNs(rev, seconds, ns);
  const sinceAckNs = is46 ? max<f64>(0, passedNs) : passedNs;
  if (
    load<u32>(rev, SIDE_DUPLICATES) >= FAST_RETRANSMISSION_DUPLICATES &&
    sinceAckNs >= 0 &&
    sinceAckNs < FAST_RETRANSMISSION_NS &&
    load<i32>(rev, SIDE_LAST_ACK) === sequence
  ) {
    return EVENT_FAST_RETRANSMISSION | EVENT_RETRANSMISSION;
  }
  const sinceDataNs = is46 ? sinceAckNs : sinceNextNs(fwd, seconds, ns);
  if (
    isSooner(sinceDataNs, reorderingNs(record)) &&
    (end !== load<i32>(fwd, SIDE_NEXT) ||
      (is44 && (load<i32>(fwd, SIDE_MARKS) & MARK_NEXT_WITHOUT_DATA) !== 0)) &&
    !(is44 && covers(fwd, sequence, sequence + length))
  ) {
    return EVENT_OUT_OF_ORDER;
  }
  if (is44) findOldestFrom(fwd, sequence);
  else findOldest(fwd);
  let frame = foundFrame;
  let since = (seconds - foundSeconds) * 1e9 + <f64>(ns - foundNs);
  if (frame === 0) {
    frame = load<i32>(fwd, SIDE_NEXT_FRAME);
    since = (seconds - load<f64>(fwd, SIDE_NEXT_SECONDS)) * 1e9 + <f64>(ns - load<i32>(fwd, SIDE_NEXT_NS));
  }
  store<f64>(REASON + REASON_WAITING_FRAME, frame);
  store<f64>(REASON + REASON_SINCE_WAITING_NS, since);
  return EVENT_RETRANSMISSION;
}

/** Both are taken for unsigned numbers: where clocks went back, a negative time is the longer one. */
function isSooner(ns: f64, thanNs: f64): bool {
  return ns < 0 === thanNs < 0 ? ns < thanNs : ns >= 0;
}
