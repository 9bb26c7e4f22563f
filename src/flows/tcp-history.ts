/**
 * What a conversation's segments teach beyond their own verdict: handshake time, window scale, and how complete the capture has
 * it. Ordinary segments of a conversation that is settled teach nothing, and are not asked.
 */
import { TCP_FLAG, type TcpHeader } from '../wire/tcp-header.ts';
import { COMPLETENESS } from './tcp-events.ts';
import {
  SCALE,
  SHARED,
  SHARED_DOUBLES,
  SHARED_MARK,
  SIDE,
  SIDE_MARK,
  SIDE_WORDS,
  type StateBlock,
} from './tcp-state.ts';

/** RFC 7323 section 2.3; a larger shift is taken as this. */
const MOST_SCALE = 14;

const SYN_ACK: number = TCP_FLAG.syn | TCP_FLAG.ack;
/** All but these flags are ordinary, and ACK has to be set. */
const TELLING_FLAGS: number = SYN_ACK | TCP_FLAG.fin | TCP_FLAG.rst;
/** What ordinary segments show of a conversation. */
const ORDINARY: number = COMPLETENESS.ack | COMPLETENESS.data;

/** Whether a segment can teach nothing new. */
export function isSettled(header: TcpHeader, state: Int32Array, record: number): boolean {
  return (
    (header.flags & TELLING_FLAGS) === TCP_FLAG.ack &&
    header.sackCount === 0 &&
    header.windowScale < 0 &&
    (state[record + SHARED.marks]! & SHARED_MARK.settled) !== 0
  );
}

/**
 * Learns from a segment after it was judged.
 * @param record where the conversation's words start, `fwd` and `rev` those of its sides
 */
export function learn(
  header: TcpHeader,
  seconds: number,
  nanoseconds: number,
  block: StateBlock,
  record: number,
  fwd: number,
  rev: number,
): void {
  const state = block.words;
  const flags = header.flags;
  const isAck = (flags & TCP_FLAG.ack) !== 0;
  // RFC 7323 section 2.2 allows the option in a SYN only; Wireshark takes it anywhere.
  if (header.windowScale >= 0) state[fwd + SIDE.scale] = Math.min(header.windowScale, MOST_SCALE);
  if ((flags & TCP_FLAG.syn) !== 0) {
    state[fwd + SIDE.marks] = state[fwd + SIDE.marks]! | SIDE_MARK.justSyn;
    if (!isAck) {
      // Wireshark takes a time of 0 for none.
      const isTimed = seconds !== 0 || nanoseconds !== 0;
      const marks = state[record + SHARED.marks]! & ~SHARED_MARK.synTimed;
      state[record + SHARED.marks] = isTimed ? marks | SHARED_MARK.synTimed : marks;
      state[record + SHARED.synNs] = nanoseconds;
      block.doubles[(record >> 1) + SHARED_DOUBLES.synSeconds] = seconds;
    }
    if (header.isWhole) agreeOnScale(isAck, state, fwd, rev);
  } else if (isAck) {
    const at = (record >> 1) + SHARED_DOUBLES.initialRttSeconds;
    if (
      block.doubles[at] === 0 &&
      state[record + SHARED.initialRttNs] === 0 &&
      (state[record + SHARED.marks]! & SHARED_MARK.synTimed) !== 0
    ) {
      block.doubles[at] = seconds - block.doubles[(record >> 1) + SHARED_DOUBLES.synSeconds]!;
      state[record + SHARED.initialRttNs] = nanoseconds - state[record + SHARED.synNs]!;
    }
    state[fwd + SIDE.marks] = state[fwd + SIDE.marks]! & ~SIDE_MARK.justSyn;
  }
}

/** Whether an ordinary segment can still teach something: `isSettled` tells. */
export function settle(block: StateBlock, record: number): void {
  const state = block.words;
  const marks = state[record + SHARED.marks]!;
  const isTimed =
    (marks & SHARED_MARK.synTimed) === 0 ||
    state[record + SHARED.initialRttNs] !== 0 ||
    block.doubles[(record >> 1) + SHARED_DOUBLES.initialRttSeconds] !== 0;
  const justSyn =
    (state[record + SIDE.marks]! | state[record + SIDE_WORDS + SIDE.marks]!) & SIDE_MARK.justSyn;
  const isComplete = (state[record + SHARED.completeness]! & ORDINARY) === ORDINARY;
  const isSettled = isTimed && justSyn === 0 && isComplete;
  state[record + SHARED.marks] = isSettled ? marks | SHARED_MARK.settled : marks & ~SHARED_MARK.settled;
}

/** `tcp.completeness`: of a conversation's first segment only a SYN counts. */
export function complete(header: TcpHeader, state: Int32Array, record: number): void {
  const flags = header.flags;
  const hasData = header.isAnalysed && header.payloadLength > 0;
  const before = state[record + SHARED.completeness]!;
  let seen = before;
  if ((state[record + SHARED.marks]! & SHARED_MARK.begun) === 0) {
    if ((flags & SYN_ACK) !== TCP_FLAG.syn) return;
    seen = hasData ? COMPLETENESS.syn | COMPLETENESS.data : COMPLETENESS.syn;
  } else {
    const isAck = (flags & TCP_FLAG.ack) !== 0;
    if ((flags & SYN_ACK) === SYN_ACK) seen |= COMPLETENESS.synAck;
    else if (isAck) seen |= hasData ? COMPLETENESS.data : COMPLETENESS.ack;
    if (isAck && (flags & TCP_FLAG.fin) !== 0) seen |= COMPLETENESS.fin;
    if ((flags & TCP_FLAG.rst) !== 0) seen |= COMPLETENESS.rst;
  }
  if (seen !== before) state[record + SHARED.completeness] = seen;
}

/** Both sides scale their windows, or none does (RFC 7323 section 2.2). */
function agreeOnScale(isAck: boolean, state: Int32Array, fwd: number, rev: number): void {
  if (state[fwd + SIDE.scale] === SCALE.unknown) {
    state[fwd + SIDE.scale] = SCALE.none;
    state[rev + SIDE.scale] = SCALE.none;
  } else if (isAck && state[rev + SIDE.scale] === SCALE.none) {
    state[fwd + SIDE.scale] = SCALE.none;
  }
}
