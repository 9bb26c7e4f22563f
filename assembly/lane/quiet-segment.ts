/**
 * `TcpAnalysis.analyse` (`src/flows/tcp-analysis.ts`) for segments of which it says nothing: data at the number that was expected, or an
 * ACK that moves. First everything is asked by which a rule could fire; only then is anything written.
 */
import {
  IS_PARTIAL,
  MARK_BASE_KNOWN,
  MARK_FLIGHT_KNOWN,
  MARK_NEXT_WITHOUT_DATA,
  MARK_SETTLED,
  MOST_IN_FLIGHT,
  MOST_UNACKNOWLEDGED,
  RECORD_COMPLETENESS,
  RECORD_MARKS,
  SCALE_UNKNOWN,
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
import { acknowledge, append, foundFrame, isNext, isOrdered, span } from './unacknowledged';

/** Of the last segment that was taken: what its row holds of the verdict. */
export let acksFrame: i32 = 0;
export let bytesInFlight: u32 = 0;
export let windowSize: i32 = 0;

/**
 * Takes a segment with ACK and without SYN, FIN, RST or SACK; or gives false and has written nothing.
 * @param record of its conversation, with the halves of who sent it (`fwd`) and of the other side (`rev`)
 * @param length of its payload
 */
export function takeQuiet(
  record: usize,
  fwd: usize,
  rev: usize,
  sequence: i32,
  ack: i32,
  length: i32,
  window: i32,
  frame: i32,
  seconds: f64,
  ns: i32,
): bool {
  if ((load<i32>(record, RECORD_MARKS) & MARK_SETTLED) === 0 || window === 0) return false;
  const marks = load<i32>(fwd, SIDE_MARKS);
  const peerMarks = load<i32>(rev, SIDE_MARKS);
  if ((marks & peerMarks & MARK_BASE_KNOWN) === 0) return false;
  const next = load<i32>(fwd, SIDE_NEXT);
  const lastAck = load<i32>(fwd, SIDE_LAST_ACK);
  const peerLimit = load<i32>(rev, SIDE_MAX_ACK);
  const end = sequence + length;
  // A gap before it, a keep-alive, an ACK of what was not seen.
  if (next - sequence < 0 && next !== 0) return false;
  if (length <= 1 && sequence === next - 1) return false;
  if (peerLimit - ack < 0 && peerLimit !== 0) return false;
  if (!isOrdered(fwd) || !isOrdered(rev)) return false;
  if (length > 0) {
    // Sent before, a probe of a window of 0, a full window, more than is remembered; SACK blocks count as bytes in flight.
    const acknowledged = load<i32>(rev, SIDE_LAST_ACK);
    const peerWindow = load<i32>(rev, SIDE_WINDOW);
    const scale = load<i32>(rev, SIDE_SCALE);
    if (acknowledged !== 0 && end - acknowledged <= 0) return false;
    if (next !== 0 && sequence - next < 0) return false;
    if (peerWindow === 0 && length === 1) return false;
    if (scale !== SCALE_UNKNOWN) {
      const offered = scale < 0 || peerWindow < 0 ? peerWindow : peerWindow << scale;
      if (acknowledged + offered - sequence === length) return false;
    }
    if (load<i32>(fwd, SIDE_UNACKED_COUNT) >= MOST_UNACKNOWLEDGED || !isNext(fwd, sequence, end))
      return false;
    if (load<i32>(rev, SIDE_SACK_COUNT) !== 0) return false;
  } else {
    // A duplicate ACK, a window update; after a FIN an ACK may be more than that.
    if (sequence === next && ack === lastAck) return false;
    if ((load<i32>(record, RECORD_COMPLETENESS) & SEEN_FIN) !== 0) return false;
  }

  store<i32>(rev, peerMarks | MARK_FLIGHT_KNOWN, SIDE_MARKS);
  store<i32>(fwd, 0, SIDE_SACK_COUNT);
  if (ack !== lastAck) {
    store<i32>(fwd, frame, SIDE_ACK_MOVED_FRAME);
    store<i32>(fwd, 0, SIDE_DUPLICATES);
  }
  if (length > 0) append(fwd, sequence, end, frame, seconds, ns);
  if (next === 0 || next - end < 0) {
    const now = load<i32>(fwd, SIDE_MARKS);
    store<i32>(fwd, length === 0 ? now | MARK_NEXT_WITHOUT_DATA : now & ~MARK_NEXT_WITHOUT_DATA, SIDE_MARKS);
    store<i32>(fwd, end, SIDE_NEXT);
    store<i32>(fwd, frame, SIDE_NEXT_FRAME);
    store<i32>(fwd, ns, SIDE_NEXT_NS);
    store<f64>(fwd, seconds, SIDE_NEXT_SECONDS);
  }
  const limit = load<i32>(fwd, SIDE_MAX_ACK);
  if (sequence === limit || limit === 0) store<i32>(fwd, load<i32>(fwd, SIDE_NEXT), SIDE_MAX_ACK);
  store<i32>(fwd, window, SIDE_WINDOW);
  store<i32>(fwd, ack, SIDE_LAST_ACK);
  store<i32>(fwd, ns, SIDE_LAST_ACK_NS);
  store<f64>(fwd, seconds, SIDE_LAST_ACK_SECONDS);
  store<i32>(fwd, 0, SIDE_LAST_EVENTS);

  acksFrame = 0;
  if (load<i32>(rev, SIDE_UNACKED_COUNT) !== 0) {
    acknowledge(rev, ack, load<i32>(IS_PARTIAL) !== 0);
    acksFrame = foundFrame;
  }
  bytesInFlight = 0;
  if (length > 0 && (marks & MARK_FLIGHT_KNOWN) !== 0) {
    const flying = span(fwd, load<i32>(fwd, SIDE_BASE));
    if (flying < MOST_IN_FLIGHT) bytesInFlight = flying;
  }
  const ownScale = load<i32>(fwd, SIDE_SCALE);
  windowSize = ownScale < 0 ? window : window << ownScale;
  return true;
}
