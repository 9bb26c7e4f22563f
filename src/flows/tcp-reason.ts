/** The numbers behind a segment's events, kept for `explainEvents`. */
import { TCP_FLAG, type TcpHeader } from '../wire/tcp-header.ts';
import { RECORD_WORDS, SHARED, SHARED_DOUBLES, SIDE, SIDE_SECONDS, type StateBlock } from './tcp-state.ts';
import { REASON } from './tcp-verdict.ts';
import { offeredWindow, scaled } from './tcp-window.ts';

/** Data that come sooner than this were overtaken, where no round trip is known. */
const REORDERING_NS = 3_000_000;

/** Copies the numbers that the rules compared; before the state takes the segment in. */
export function keepReason(
  reason: Float64Array,
  header: TcpHeader,
  block: StateBlock,
  fwd: number,
  rev: number,
  peerKnown: number,
  seconds: number,
  nanoseconds: number,
): void {
  const state = block.words;
  const doubles = block.doubles;
  reason[REASON.sequence] = header.sequence >>> 0;
  reason[REASON.length] = header.payloadLength;
  reason[REASON.acknowledgment] = header.acknowledgment >>> 0;
  reason[REASON.window] =
    (header.flags & TCP_FLAG.syn) !== 0 ? header.window : scaled(header.window, state[fwd + SIDE.scale]!);
  reason[REASON.base] = state[fwd + SIDE.base]! >>> 0;
  reason[REASON.peerBase] = state[rev + SIDE.base]! >>> 0;
  reason[REASON.expected] = state[fwd + SIDE.next]! >>> 0;
  reason[REASON.expectedFrame] = state[fwd + SIDE.nextFrame]!;
  reason[REASON.sinceExpectedNs] =
    (seconds - doubles[(fwd >> 1) + SIDE_SECONDS.next]!) * 1e9 + nanoseconds - state[fwd + SIDE.nextNs]!;
  reason[REASON.acknowledged] = state[rev + SIDE.lastAck]! >>> 0;
  reason[REASON.acknowledgedFrame] = state[rev + SIDE.ackMovedFrame]!;
  reason[REASON.duplicates] = state[rev + SIDE.duplicates]!;
  reason[REASON.sinceAcknowledgedNs] =
    (seconds - doubles[(rev >> 1) + SIDE_SECONDS.lastAck]!) * 1e9 +
    nanoseconds -
    state[rev + SIDE.lastAckNs]!;
  reason[REASON.peerKnown] = peerKnown >>> 0;
  reason[REASON.previousWindow] = offeredWindow(state, fwd);
  reason[REASON.peerWindow] = offeredWindow(state, rev);
  reason[REASON.reorderingNs] = reorderingNs(block, fwd);
}

/** How soon data come that were only overtaken: within the first round trip, where it is known. */
export function reorderingNs(block: StateBlock, fwd: number): number {
  const record = fwd - (fwd % RECORD_WORDS);
  const initialRttNs =
    block.doubles[(record >> 1) + SHARED_DOUBLES.initialRttSeconds]! * 1e9 +
    block.words[record + SHARED.initialRttNs]!;
  return initialRttNs === 0 ? REORDERING_NS : initialRttNs;
}
