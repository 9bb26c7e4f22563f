/**
 * `src/analysis/cost-cause.ts` and the common case of `cost-ledger.ts`: what a plain segment costs, and why it was sent. One with padding,
 * too: that is all by which it costs more.
 */
import {
  CARRIES,
  CARRY_COUNT,
  CAUSE_ACKNOWLEDGEMENT,
  CAUSE_CLOSE,
  CAUSE_DATA,
  CAUSE_DUPLICATE_ACKNOWLEDGEMENT,
  CAUSE_HANDSHAKE,
  CAUSE_PROBE,
  CAUSE_RETRANSMISSION,
  COST_BYTES,
  COST_CAUSES,
  COST_HYPOTHETICAL_FRAMES,
  COST_MISSING_PADDING,
  COST_NEW_PAYLOAD,
  COST_OVERSIZED_FRAMES,
  COST_PADDING,
  COST_PAYLOAD,
  COST_PLAIN_CARRIERS,
  COST_PLAIN_FRAMES,
  COST_TRANSPORT_OPTIONS,
  COSTS,
  EVENT_DUPLICATE_ACK,
  EVENTS_OF_PROBE_ANSWERS,
  EVENTS_OF_PROBES,
  EVENTS_OF_REPEATS,
  FIN_ENDS,
  FINS_WAITING,
  LARGEST_FRAME,
  SEEN_FIN,
  SEEN_HANDSHAKE,
  SEEN_SYNS,
  SHORTEST_FRAME,
} from './layout';

/** What a word holds at most. */
const WRAP: u32 = 0x8000_0000;

/** The cause of a segment with ACK and without SYN or RST: an index of COST_CAUSES. */
export function causeOf(
  place: i32,
  events: i32,
  completeness: i32,
  isFin: bool,
  sequence: i32,
  acknowledgment: i32,
  payload: i32,
): i32 {
  if (isFin) {
    store<i32>(FIN_ENDS + ((<usize>place) << 2), sequence + payload + 1);
    store<u8>(FINS_WAITING + <usize>place, 1);
    if (payload === 0) return CAUSE_CLOSE;
  }
  if (payload > 0) {
    if ((events & EVENTS_OF_PROBES) !== 0) return CAUSE_PROBE;
    return (events & EVENTS_OF_REPEATS) === 0 ? CAUSE_DATA : CAUSE_RETRANSMISSION;
  }
  if ((events & EVENTS_OF_PROBE_ANSWERS) !== 0) return CAUSE_PROBE;
  if ((completeness & SEEN_HANDSHAKE) === SEEN_SYNS) return CAUSE_HANDSHAKE;
  if ((completeness & SEEN_FIN) !== 0 && endsDirection(place ^ 1, acknowledgment)) return CAUSE_CLOSE;
  return (events & EVENT_DUPLICATE_ACK) === 0 ? CAUSE_ACKNOWLEDGEMENT : CAUSE_DUPLICATE_ACKNOWLEDGEMENT;
}

/** The segment is the first that acknowledges the peer's FIN. */
function endsDirection(peer: i32, acknowledgment: i32): bool {
  const waiting = FINS_WAITING + <usize>peer;
  if (load<u8>(waiting) === 0 || acknowledgment - load<i32>(FIN_ENDS + ((<usize>peer) << 2)) < 0)
    return false;
  store<u8>(waiting, 0);
  return true;
}

/**
 * @param length of the frame
 * @param options bytes of the header's options
 */
export function addCost(
  conversation: i32,
  cause: i32,
  length: u32,
  options: u32,
  payload: u32,
  padding: u32,
): void {
  const row = COSTS + <usize>conversation * COST_BYTES;
  const ofCause = row + COST_CAUSES + ((<usize>cause) << 3);
  add(ofCause, length);
  add(ofCause + 4, 1);
  add(row + COST_PLAIN_FRAMES, 1);
  add(row + COST_TRANSPORT_OPTIONS, options);
  add(row + COST_PAYLOAD, payload);
  add(row + COST_PADDING, padding);
  if (payload > 0 && cause === CAUSE_DATA) {
    add(row + COST_NEW_PAYLOAD, payload);
    add(row + COST_PLAIN_CARRIERS, 1);
  }
  if (length < SHORTEST_FRAME) add(row + COST_MISSING_PADDING, SHORTEST_FRAME - length);
  else if (length > LARGEST_FRAME) add(row + COST_OVERSIZED_FRAMES, 1);
}

/** A frame that never was on a cable. */
export function addHypothetical(conversation: i32): void {
  add(COSTS + <usize>conversation * COST_BYTES + COST_HYPOTHETICAL_FRAMES, 1);
}

/** What passes WRAP is carried by TypeScript. */
function add(word: usize, count: u32): void {
  const sum = load<u32>(word) + count;
  store<u32>(word, sum & (WRAP - 1));
  if (sum < WRAP) return;
  const carries = load<i32>(CARRY_COUNT);
  store<i32>(CARRIES + ((<usize>carries) << 2), <i32>((word - COSTS) >> 2));
  store<i32>(CARRY_COUNT, carries + 1);
}
