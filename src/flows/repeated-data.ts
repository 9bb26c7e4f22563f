/**
 * Data that start before the end of what was seen: sent again because duplicate ACKs asked for them, overtaken on their way, or
 * sent again for another reason. Tried in this order.
 */

import type { SackBlocks } from './sack-blocks.ts';
import { TCP_EVENT } from './tcp-events.ts';
import { reorderingNs } from './tcp-reason.ts';
import { SIDE, SIDE_MARK, SIDE_SECONDS, type StateBlock } from './tcp-state.ts';
import { REASON, type TcpVerdict } from './tcp-verdict.ts';
import type { Unacknowledged } from './unacknowledged.ts';

/** A retransmission this soon after the last duplicate ACK is a fast one. */
const FAST_RETRANSMISSION_NS = 20_000_000;
/** Duplicate ACKs that a fast retransmission needs: Wireshark's, one less than RFC 5681 section 3.2 asks of a sender. */
const FAST_RETRANSMISSION_DUPLICATES = 2;

export class RepeatedData {
  readonly #verdict: TcpVerdict;
  readonly #unacked: Unacknowledged;
  readonly #sacks: SackBlocks;
  readonly #is44: boolean;
  readonly #is46: boolean;

  /** @param is44 and `is46`: the rules are those of Wireshark 4.4 or later, of 4.6 or later */
  constructor(verdict: TcpVerdict, unacked: Unacknowledged, sacks: SackBlocks, is44: boolean, is46: boolean) {
    this.#verdict = verdict;
    this.#unacked = unacked;
    this.#sacks = sacks;
    this.#is44 = is44;
    this.#is46 = is46;
  }

  /**
   * Data before the end of what was seen.
   * @param end the sequence number after them, SYN and FIN counted
   * @param length without SYN and FIN
   * @returns bits of TCP_EVENT
   */
  judge(
    block: StateBlock,
    fwd: number,
    rev: number,
    sequence: number,
    end: number,
    length: number,
    seconds: number,
    nanoseconds: number,
  ): number {
    const state = block.words;
    const doubles = block.doubles;
    const passedNs =
      (seconds - doubles[(rev >> 1) + SIDE_SECONDS.lastAck]!) * 1e9 +
      nanoseconds -
      state[rev + SIDE.lastAckNs]!;
    // Where clocks went back, no time has passed.
    const sinceAckNs = this.#is46 ? Math.max(0, passedNs) : passedNs;
    if (
      state[rev + SIDE.duplicates]! >>> 0 >= FAST_RETRANSMISSION_DUPLICATES &&
      sinceAckNs >= 0 &&
      sinceAckNs < FAST_RETRANSMISSION_NS &&
      (state[rev + SIDE.lastAck] === sequence ||
        (this.#is44 &&
          state[rev + SIDE.sackCount] !== 0 &&
          !this.#sacks.covers(state, rev, sequence, (sequence + length) | 0)))
    ) {
      return TCP_EVENT.fastRetransmission | TCP_EVENT.retransmission;
    }
    const sinceNextNs = this.#is46
      ? sinceAckNs
      : (seconds - doubles[(fwd >> 1) + SIDE_SECONDS.next]!) * 1e9 + nanoseconds - state[fwd + SIDE.nextNs]!;
    if (
      isSooner(sinceNextNs, reorderingNs(block, fwd)) &&
      ((end | 0) !== state[fwd + SIDE.next] ||
        (this.#is44 && (state[fwd + SIDE.marks]! & SIDE_MARK.nextWithoutData) !== 0)) &&
      !(this.#is44 && this.#unacked.covers(state, fwd, sequence, (sequence + length) | 0))
    ) {
      return TCP_EVENT.outOfOrder;
    }
    this.#findRto(block, fwd, sequence, seconds, nanoseconds);
    return TCP_EVENT.retransmission;
  }

  #findRto(block: StateBlock, fwd: number, sequence: number, seconds: number, nanoseconds: number): void {
    const unacked = this.#unacked;
    if (this.#is44) unacked.findOldestFrom(block.words, fwd, sequence);
    else unacked.findOldest(block.words, fwd);
    const verdict = this.#verdict;
    if (unacked.foundFrame !== 0) {
      verdict.rtoFrame = unacked.foundFrame;
      verdict.rtoSeconds = seconds - unacked.foundSeconds;
      verdict.rtoNanoseconds = (nanoseconds - unacked.foundNs) | 0;
    } else {
      verdict.rtoFrame = block.words[fwd + SIDE.nextFrame]!;
      verdict.rtoSeconds = seconds - block.doubles[(fwd >> 1) + SIDE_SECONDS.next]!;
      verdict.rtoNanoseconds = (nanoseconds - block.words[fwd + SIDE.nextNs]!) | 0;
    }
    verdict.reason[REASON.waitingFrame] = verdict.rtoFrame;
    verdict.reason[REASON.sinceWaitingNs] = verdict.rtoNs;
  }
}

/** Wireshark takes both for unsigned numbers: where clocks went back, a negative time is the longer one. */
function isSooner(ns: number, thanNs: number): boolean {
  return ns < 0 === thanNs < 0 ? ns < thanNs : ns >= 0;
}
