/**
 * `TcpAnalysis.analyse` (`src/flows/tcp-analysis.ts`) for segments with ACK and without SYN, RST or SACK: its rules in its order, and what such
 * a segment teaches (`tcp-history.ts`). What it refuses it refuses before anything is written.
 */
import {
  EVENT_ACKED_UNSEEN,
  EVENT_DUPLICATE_ACK,
  EVENT_KEEP_ALIVE,
  EVENT_KEEP_ALIVE_ACK,
  EVENT_LOST_SEGMENT,
  EVENT_RETRANSMISSION,
  EVENT_SPURIOUS_RETRANSMISSION,
  EVENT_WINDOW_FULL,
  EVENT_WINDOW_UPDATE,
  EVENT_ZERO_WINDOW,
  EVENT_ZERO_WINDOW_PROBE,
  EVENT_ZERO_WINDOW_PROBE_ACK,
  IS_44,
  MARK_BASE_KNOWN,
  MARK_FLIGHT_KNOWN,
  MARK_JUST_SYN,
  MARK_NEXT_WITHOUT_DATA,
  MARK_SETTLED,
  MARK_SYN_TIMED,
  MOST_IN_FLIGHT,
  REASON,
  REASON_DUPLICATE_FRAME,
  REASON_DUPLICATE_NUMBER,
  RECORD_COMPLETENESS,
  RECORD_INITIAL_RTT_NS,
  RECORD_INITIAL_RTT_SECONDS,
  RECORD_MARKS,
  RECORD_SYN_NS,
  RECORD_SYN_SECONDS,
  SCALE_UNKNOWN,
  SEEN_ACK,
  SEEN_DATA,
  SEEN_FIN,
  SIDE_ACK_MOVED_FRAME,
  SIDE_BASE,
  SIDE_DUPLICATES,
  SIDE_LAST_ACK,
  SIDE_LAST_ACK_NS,
  SIDE_LAST_ACK_SECONDS,
  SIDE_LAST_EVENTS,
  SIDE_MARKS,
  SIDE_MAX_ACK,
  SIDE_NEXT,
  SIDE_NEXT_FRAME,
  SIDE_NEXT_NS,
  SIDE_NEXT_SECONDS,
  SIDE_SACK_COUNT,
  SIDE_SCALE,
  SIDE_UNACKED_COUNT,
  SIDE_WINDOW,
} from './layout';
import { noteReason, offeredWindow, scaled } from './reason';
import { judgeRepeated } from './repeated-data';
import { acknowledge, append, endOfStretch, foundFrame, isOrdered, mayAppend, span } from './unacknowledged';

/** Of the last segment that was judged: bits of TCP_EVENT, and what its row holds of the verdict. */
export let events: i32 = 0;
export let acksFrame: i32 = 0;
export let bytesInFlight: u32 = 0;
export let windowSize: i32 = 0;
/** Bits of COMPLETENESS, before the segment. */
export let completeness: i32 = 0;

/**
 * Judges a segment, or gives false and has written nothing.
 * @param record of its conversation, with the halves of who sent it (`fwd`) and of the other side (`rev`)
 * @param length of its payload
 */
export function judge(
  record: usize,
  fwd: usize,
  rev: usize,
  isFin: bool,
  sequence: i32,
  ack: i32,
  length: i32,
  window: i32,
  frame: i32,
  seconds: f64,
  ns: i32,
): bool {
  const marks = load<i32>(fwd, SIDE_MARKS);
  const peerMarks = load<i32>(rev, SIDE_MARKS);
  const dataEnd = sequence + length;
  const end = isFin ? dataEnd + 1 : dataEnd;
  const isSent = length > 0 || isFin;
  if (
    (marks & peerMarks & MARK_BASE_KNOWN) === 0 ||
    !isOrdered(fwd) ||
    !isOrdered(rev) ||
    (isSent && (load<i32>(rev, SIDE_SACK_COUNT) !== 0 || !mayAppend(fwd, sequence, end)))
  ) {
    return false;
  }
  completeness = load<i32>(record, RECORD_COMPLETENESS);
  store<i32>(fwd, 0, SIDE_SACK_COUNT);
  store<i32>(rev, peerMarks | MARK_FLIGHT_KNOWN, SIDE_MARKS);
  const next = load<i32>(fwd, SIDE_NEXT);
  const lastAck = load<i32>(fwd, SIDE_LAST_ACK);
  const peerKnown = load<i32>(rev, SIDE_MAX_ACK);
  const peerEvents = load<i32>(rev, SIDE_LAST_EVENTS);
  let found: i32 = 0;
  if (length === 1 && sequence === next && load<i32>(rev, SIDE_WINDOW) === 0) {
    found = EVENT_ZERO_WINDOW_PROBE;
  } else {
    if (window === 0 && !isFin) found |= EVENT_ZERO_WINDOW;
    if (next - sequence < 0 && next !== 0) {
      found |= EVENT_LOST_SEGMENT;
      store<i32>(fwd, marks & ~MARK_FLIGHT_KNOWN, SIDE_MARKS);
    }
    if (!isFin) {
      if (length <= 1 && sequence === next - 1) found |= EVENT_KEEP_ALIVE;
      if (length > 0) {
        if (load<i32>(rev, SIDE_SCALE) !== SCALE_UNKNOWN) {
          if (load<i32>(rev, SIDE_LAST_ACK) + offeredWindow(rev) - sequence === length)
            found |= EVENT_WINDOW_FULL;
        }
      } else if (sequence === next) found |= judgePureAck(fwd, rev, window, ack, lastAck, peerEvents);
    }
  }
  if (ack !== lastAck) {
    store<i32>(fwd, frame, SIDE_ACK_MOVED_FRAME);
    store<i32>(fwd, 0, SIDE_DUPLICATES);
  }
  if (peerKnown !== 0 && peerKnown - ack < 0) {
    const isProbed = sequence === next && ack === lastAck + 1 && (peerEvents & EVENT_ZERO_WINDOW_PROBE) !== 0;
    found |= judgeUnseen(rev, ack, isProbed);
  }
  if (isSent && (found & EVENT_KEEP_ALIVE) === 0) {
    const acknowledged = load<i32>(rev, SIDE_LAST_ACK);
    if (length > 0 && acknowledged !== 0 && dataEnd - acknowledged <= 0) {
      found |= EVENT_SPURIOUS_RETRANSMISSION | EVENT_RETRANSMISSION;
    } else if (next !== 0 && sequence - next < 0 && (length <= 1 || sequence !== next - 1)) {
      found |= judgeRepeated(record, fwd, rev, sequence, end, length, seconds, ns);
    }
  }
  events = found;
  if (found !== 0) noteReason(record, fwd, rev, sequence, ack, length, window, peerKnown, seconds, ns);

  // What is remembered of this segment.
  if (isSent) append(fwd, sequence, end, frame, seconds, ns);
  if (next === 0 || next + i32(isFin) - end < 0) {
    const now = load<i32>(fwd, SIDE_MARKS);
    store<i32>(fwd, length === 0 ? now | MARK_NEXT_WITHOUT_DATA : now & ~MARK_NEXT_WITHOUT_DATA, SIDE_MARKS);
  }
  if ((found & EVENT_ZERO_WINDOW_PROBE) === 0) {
    if (next === 0 || next - end < 0) {
      store<i32>(fwd, end, SIDE_NEXT);
      store<i32>(fwd, frame, SIDE_NEXT_FRAME);
      store<i32>(fwd, ns, SIDE_NEXT_NS);
      store<f64>(fwd, seconds, SIDE_NEXT_SECONDS);
    }
    const limit = load<i32>(fwd, SIDE_MAX_ACK);
    if (sequence === limit || limit === 0) store<i32>(fwd, load<i32>(fwd, SIDE_NEXT), SIDE_MAX_ACK);
  }
  store<i32>(fwd, window, SIDE_WINDOW);
  store<i32>(fwd, ack, SIDE_LAST_ACK);
  store<i32>(fwd, ns, SIDE_LAST_ACK_NS);
  store<f64>(fwd, seconds, SIDE_LAST_ACK_SECONDS);
  store<i32>(fwd, found, SIDE_LAST_EVENTS);

  // What the peer sent and this segment acknowledges.
  acksFrame = 0;
  if (load<i32>(rev, SIDE_UNACKED_COUNT) !== 0) {
    acknowledge(rev, ack, load<i32>(IS_44) !== 0);
    acksFrame = foundFrame;
  }
  bytesInFlight = 0;
  if (length > 0 && (load<i32>(fwd, SIDE_MARKS) & MARK_FLIGHT_KNOWN) !== 0) {
    const flying = span(fwd, load<i32>(fwd, SIDE_BASE)) - u32(isFin);
    if (flying < MOST_IN_FLIGHT) bytesInFlight = flying;
  }
  windowSize = scaled(window, load<i32>(fwd, SIDE_SCALE));
  if (isFin || (load<i32>(record, RECORD_MARKS) & MARK_SETTLED) === 0) {
    learn(record, fwd, rev, isFin, length > 0, seconds, ns);
  }
  return true;
}

/** What it teaches of the conversation as a whole: how much of it the capture has, and the round trip of the handshake. */
function learn(
  record: usize,
  fwd: usize,
  rev: usize,
  isFin: bool,
  hasData: bool,
  seconds: f64,
  ns: i32,
): void {
  const seen = completeness | (hasData ? SEEN_DATA : SEEN_ACK) | (isFin ? SEEN_FIN : 0);
  store<i32>(record, seen, RECORD_COMPLETENESS);
  let marks = load<i32>(record, RECORD_MARKS);
  const isSynTimed = (marks & MARK_SYN_TIMED) !== 0;
  if (isSynTimed && !isRttKnown(record)) {
    store<f64>(record, seconds - load<f64>(record, RECORD_SYN_SECONDS), RECORD_INITIAL_RTT_SECONDS);
    store<i32>(record, ns - load<i32>(record, RECORD_SYN_NS), RECORD_INITIAL_RTT_NS);
  }
  store<i32>(fwd, load<i32>(fwd, SIDE_MARKS) & ~MARK_JUST_SYN, SIDE_MARKS);
  const isSettled =
    (!isSynTimed || isRttKnown(record)) &&
    (load<i32>(rev, SIDE_MARKS) & MARK_JUST_SYN) === 0 &&
    (seen & (SEEN_ACK | SEEN_DATA)) === (SEEN_ACK | SEEN_DATA);
  marks = isSettled ? marks | MARK_SETTLED : marks & ~MARK_SETTLED;
  store<i32>(record, marks, RECORD_MARKS);
}

function isRttKnown(record: usize): bool {
  return (
    load<f64>(record, RECORD_INITIAL_RTT_SECONDS) !== 0 || load<i32>(record, RECORD_INITIAL_RTT_NS) !== 0
  );
}

/** A segment without data at the sequence number that was expected. */
function judgePureAck(fwd: usize, rev: usize, window: i32, ack: i32, lastAck: i32, peerEvents: i32): i32 {
  const before = load<i32>(fwd, SIDE_WINDOW);
  if (window === 0) {
    if (before !== 0 || (peerEvents & EVENT_ZERO_WINDOW_PROBE) === 0) return 0;
    if (ack === lastAck) return EVENT_ZERO_WINDOW_PROBE_ACK;
    if (load<i32>(IS_44) === 0 || ack !== lastAck + 1) return 0;
    // The probe's byte was taken.
    store<i32>(rev, ack, SIDE_NEXT);
    store<i32>(rev, ack, SIDE_MAX_ACK);
    return EVENT_ZERO_WINDOW_PROBE_ACK;
  }
  if (ack !== lastAck) return 0;
  if (window !== before) return EVENT_WINDOW_UPDATE;
  if ((peerEvents & EVENT_KEEP_ALIVE) !== 0) return EVENT_KEEP_ALIVE_ACK;
  const number = max(0, load<i32>(fwd, SIDE_DUPLICATES)) + 1;
  store<i32>(fwd, number, SIDE_DUPLICATES);
  store<f64>(REASON + REASON_DUPLICATE_NUMBER, number);
  store<f64>(REASON + REASON_DUPLICATE_FRAME, load<i32>(fwd, SIDE_ACK_MOVED_FRAME));
  return EVENT_DUPLICATE_ACK;
}

/** It acknowledges more than was seen. */
function judgeUnseen(rev: usize, ack: i32, isProbed: bool): i32 {
  if (load<i32>(IS_44) !== 0) {
    if (isProbed) store<i32>(rev, ack, SIDE_NEXT);
    store<i32>(rev, isProbed ? ack : endOfStretch(rev, ack), SIDE_MAX_ACK);
    return isProbed ? EVENT_WINDOW_UPDATE : EVENT_ACKED_UNSEEN;
  }
  const next = load<i32>(rev, SIDE_NEXT);
  if (load<i32>(rev, SIDE_MAX_ACK) - next < 0) {
    store<i32>(rev, next, SIDE_MAX_ACK);
    return EVENT_ACKED_UNSEEN;
  }
  const isFirst = load<i32>(rev, SIDE_DUPLICATES) === 0;
  // Said once: not again until the peer's ACK moves.
  store<i32>(rev, -1, SIDE_DUPLICATES);
  return isFirst ? EVENT_ACKED_UNSEEN : 0;
}
