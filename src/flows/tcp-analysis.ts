/**
 * TCP analysis: from one segment after the other to what Wireshark says of each, flag by flag, for three of its versions.
 *
 * Time is given, nothing is kept of a segment but numbers, and nothing is allocated for one. The order in which the rules
 * are tried is part of them. Sequence numbers are compared as signed 32-bit differences; `a after b` is written
 * `((b - a) | 0) < 0`, which is also true at a distance of exactly 2^31, as in Wireshark.
 */
import { TCP_FLAG, type TcpHeader } from '../wire/tcp-header.ts';
import type { Conversations } from './conversations.ts';
import { RepeatedData } from './repeated-data.ts';
import { SackBlocks } from './sack-blocks.ts';
import { COMPLETENESS, TCP_EVENT } from './tcp-events.ts';
import { complete, isSettled, learn, settle } from './tcp-history.ts';
import { keepReason } from './tcp-reason.ts';
import {
  recordOffset,
  SCALE,
  SHARED,
  SHARED_DOUBLES,
  SHARED_MARK,
  SIDE,
  SIDE_MARK,
  SIDE_SECONDS,
  SIDE_WORDS,
  type StateBlock,
  TcpStates,
} from './tcp-state.ts';
import { REASON, TcpVerdict } from './tcp-verdict.ts';
import { offeredWindow } from './tcp-window.ts';
import { MOST_UNACKNOWLEDGED, type SegmentMemory, Unacknowledged } from './unacknowledged.ts';

/** Versions whose rules are told apart. Those of 4.0 are tested against tshark 4.0.17, frame by frame. */
export const WIRESHARK_VERSIONS = ['4.0', '4.4', '4.6'] as const;
export type WiresharkVersion = (typeof WIRESHARK_VERSIONS)[number];

export interface TcpAnalysisOptions {
  /** Whose rules; some ten lines differ. */
  readonly wireshark: WiresharkVersion;
  /** For what is remembered, where somebody else needs it, too. */
  readonly memory?: FlowMemory | undefined;
}

export interface FlowMemory extends SegmentMemory {
  /** Records of the first conversations. */
  readonly states: Int32Array;
  /** `TcpVerdict.reason` */
  readonly reason: Float64Array;
}

/** More cannot be in flight. */
export const MOST_IN_FLIGHT = 2_000_000_000;
const LEAST_HEADER = 20;
const SACK_BLOCKS_40 = 3;
const SACK_BLOCKS_44 = 4;

const SYN_FIN: number = TCP_FLAG.syn | TCP_FLAG.fin;
const SYN_FIN_RST: number = TCP_FLAG.syn | TCP_FLAG.fin | TCP_FLAG.rst;

export class TcpAnalysis {
  /** Of the last segment; written again for the next. */
  readonly verdict: TcpVerdict;
  readonly #conversations: Conversations;
  readonly #states: TcpStates;
  readonly #unacked: Unacknowledged;
  readonly #sacks = new SackBlocks();
  readonly #repeated: RepeatedData;
  /** The rules are those of Wireshark 4.4 or later. */
  readonly #is44: boolean;
  /** Of the SYN that is being looked at. */
  #isReused = false;
  #isRepeated = false;

  /** @param conversations where the segments' places come from: used ports open new ones there */
  constructor(conversations: Conversations, options: TcpAnalysisOptions) {
    const is46 = options.wireshark === '4.6';
    this.#is44 = options.wireshark === '4.4' || is46;
    this.#conversations = conversations;
    this.verdict = new TcpVerdict(options.memory?.reason);
    this.#unacked = new Unacknowledged(options.memory);
    this.#states = new TcpStates(!is46, options.memory?.states);
    this.#repeated = new RepeatedData(this.verdict, this.#unacked, this.#sacks, this.#is44, is46);
  }

  /**
   * Takes the next TCP header of the capture, also one that is not analysed (`isAnalysed` false).
   * @param frame from 1 on, rising
   * @param seconds and `nanoseconds`: when it was captured, or 0 and 0
   * @param place from the conversations
   * @returns `this.verdict`
   */
  analyse(header: TcpHeader, frame: number, seconds: number, nanoseconds: number, place: number): TcpVerdict {
    const flags = header.flags;
    const sequence = header.sequence | 0;
    const isSyn = (flags & TCP_FLAG.syn) !== 0;
    const used = isSyn ? this.#placeOfSyn(flags, sequence, place) : place;
    const conversation = used >>> 1;
    const block = this.#states.blockOf(conversation);
    const state = block.words;
    const doubles = block.doubles;
    const record = recordOffset(conversation);
    const fwd = (used & 1) === 0 ? record : record + SIDE_WORDS;
    const rev = (used & 1) === 0 ? record + SIDE_WORDS : record;

    const verdict = this.verdict;
    verdict.conversation = conversation;
    verdict.place = used;
    verdict.events = 0;
    verdict.acksFrame = 0;
    verdict.bytesInFlight = 0;
    verdict.rtoFrame = 0;
    verdict.isNoted = false;
    if (isSyn) this.#beginSyn(flags, state, record);
    verdict.completeness = state[record + SHARED.completeness]!;
    state[fwd + SIDE.sackCount] = 0;
    if (header.isAnalysed) this.#judge(header, frame, seconds, nanoseconds, block, fwd, rev);
    const scale = state[fwd + SIDE.scale]!;
    verdict.windowSize = isSyn || scale < 0 || !header.isAnalysed ? header.window : header.window << scale;
    if (!isSettled(header, state, record)) {
      if (header.headerLength >= LEAST_HEADER) {
        complete(header, state, record);
        learn(header, seconds, nanoseconds, block, record, fwd, rev);
        if (header.sackCount !== 0) this.#learnSack(header, state, fwd, rev);
        settle(block, record);
      }
      state[record + SHARED.marks] = state[record + SHARED.marks]! | SHARED_MARK.begun;
    }
    verdict.initialRttSeconds = doubles[(record >> 1) + SHARED_DOUBLES.initialRttSeconds]!;
    verdict.initialRttNanoseconds = state[record + SHARED.initialRttNs]!;
    verdict.base = state[fwd + SIDE.base]!;
    verdict.peerBase = state[rev + SIDE.base]!;
    return verdict;
  }

  /** A SYN of another connection opens a conversation; a repeated one continues the one there is. */
  #placeOfSyn(flags: number, sequence: number, place: number): number {
    const state = this.#states.blockOf(place >>> 1).words;
    const record = recordOffset(place >>> 1);
    const fwd = record + (place & 1) * SIDE_WORDS;
    const isFirst = (flags & TCP_FLAG.ack) === 0;
    this.#isReused = false;
    this.#isRepeated = false;
    if ((state[fwd + SIDE.marks]! & SIDE_MARK.baseKnown) === 0) return place;
    const isOther = sequence !== state[fwd + SIDE.base];
    const isOver =
      this.#is44 && (state[record + SHARED.completeness]! & (COMPLETENESS.fin | COMPLETENESS.rst)) !== 0;
    this.#isReused = isOther || isOver;
    if (this.#isReused && (isFirst || this.#is44)) return this.#conversations.reopen(place);
    if (this.#isReused) state[fwd + SIDE.base] = sequence;
    if (!this.#isReused && isFirst) {
      // A RST may have carried the number that the peer had acknowledged, far from this side's own.
      state[fwd + SIDE.next] = state[fwd + SIDE.maxAck]!;
      this.#isRepeated = true;
    }
    return place;
  }

  #beginSyn(flags: number, state: Int32Array, record: number): void {
    this.verdict.isNoted = this.#isRepeated;
    if (!this.#isReused) return;
    this.verdict.events = TCP_EVENT.reusedPorts;
    if ((flags & TCP_FLAG.ack) !== 0) return;
    // A connection that takes another's ports begins with its SYN.
    state[record + SHARED.completeness] = COMPLETENESS.syn;
    state[record + SHARED.marks] = SHARED_MARK.begun;
  }

  #judge(
    header: TcpHeader,
    frame: number,
    seconds: number,
    nanoseconds: number,
    block: StateBlock,
    fwd: number,
    rev: number,
  ): void {
    const state = block.words;
    const doubles = block.doubles;
    const verdict = this.verdict;
    const flags = header.flags;
    const sequence = header.sequence | 0;
    const ack = header.acknowledgment | 0;
    const length = header.payloadLength;
    const window = header.window;
    const isAck = (flags & TCP_FLAG.ack) !== 0;
    const isPlain = (flags & SYN_FIN_RST) === 0;
    let events = verdict.events;

    // Initial sequence numbers.
    if ((state[fwd + SIDE.marks]! & SIDE_MARK.baseKnown) === 0) {
      state[fwd + SIDE.base] = (flags & TCP_FLAG.syn) !== 0 ? sequence : sequence - 1;
      state[fwd + SIDE.marks] = state[fwd + SIDE.marks]! | SIDE_MARK.baseKnown;
    }
    if (isAck) {
      const marks = state[rev + SIDE.marks]!;
      if ((marks & SIDE_MARK.baseKnown) === 0) state[rev + SIDE.base] = ack - 1;
      state[rev + SIDE.marks] = marks | SIDE_MARK.baseKnown | SIDE_MARK.flightKnown;
    }
    const next = state[fwd + SIDE.next]!;
    const lastAck = state[fwd + SIDE.lastAck]!;
    const peerKnown = state[rev + SIDE.maxAck]!;
    const peerEvents = state[rev + SIDE.lastEvents]!;

    if (length === 1 && sequence === next && state[rev + SIDE.window] === 0) {
      events |= TCP_EVENT.zeroWindowProbe;
    } else {
      if (window === 0 && isPlain) events |= TCP_EVENT.zeroWindow;
      if (((next - sequence) | 0) < 0 && next !== 0 && (flags & TCP_FLAG.rst) === 0) {
        events |= TCP_EVENT.lostSegment;
        state[fwd + SIDE.marks] = state[fwd + SIDE.marks]! & ~SIDE_MARK.flightKnown;
      }
      if (isPlain) {
        if (length <= 1 && sequence === ((next - 1) | 0)) events |= TCP_EVENT.keepAlive;
        if (length > 0) {
          if (state[rev + SIDE.scale] !== SCALE.unknown) {
            const room = (state[rev + SIDE.lastAck]! + offeredWindow(state, rev) - sequence) | 0;
            if (room === length) events |= TCP_EVENT.windowFull;
          }
        } else if (sequence === next) {
          events |= this.#judgePureAck(state, fwd, rev, window, ack, lastAck, peerEvents);
        }
      }
    }
    if (ack !== lastAck) {
      state[fwd + SIDE.ackMovedFrame] = frame;
      state[fwd + SIDE.duplicates] = 0;
    }
    if (isAck && peerKnown !== 0 && ((peerKnown - ack) | 0) < 0) {
      const isProbed =
        sequence === next && ack === ((lastAck + 1) | 0) && (peerEvents & TCP_EVENT.zeroWindowProbe) !== 0;
      events |= this.#judgeUnseen(state, rev, ack, isProbed);
    }
    const isSynFin = (flags & SYN_FIN) !== 0;
    let end = (sequence + length) | 0;
    if ((length > 0 || isSynFin) && (events & TCP_EVENT.keepAlive) === 0) {
      const acknowledged = state[rev + SIDE.lastAck]!;
      if (length > 0 && acknowledged !== 0 && ((end - acknowledged) | 0) <= 0) {
        events |= TCP_EVENT.spuriousRetransmission | TCP_EVENT.retransmission;
      } else if (
        next !== 0 &&
        ((sequence - next) | 0) < 0 &&
        (length <= 1 || sequence !== ((next - 1) | 0))
      ) {
        events |= this.#repeated.judge(
          block,
          fwd,
          rev,
          sequence,
          isSynFin ? end + 1 : end,
          length,
          seconds,
          nanoseconds,
        );
      }
    }
    verdict.events = events;
    if (events !== 0) keepReason(verdict.reason, header, block, fwd, rev, peerKnown, seconds, nanoseconds);

    // What is remembered of this segment.
    if ((length > 0 || isSynFin) && state[fwd + SIDE.unackedCount]! < MOST_UNACKNOWLEDGED) {
      if (isSynFin) end = (end + 1) | 0;
      this.#unacked.append(state, fwd, sequence, end, frame, seconds, nanoseconds);
    }
    // A SYN or FIN alone is no data, and does not count as their absence either.
    if (next === 0 || ((next + (isSynFin ? 1 : 0) - end) | 0) < 0) {
      const marks = state[fwd + SIDE.marks]!;
      state[fwd + SIDE.marks] =
        length === 0 ? marks | SIDE_MARK.nextWithoutData : marks & ~SIDE_MARK.nextWithoutData;
    }
    if ((events & TCP_EVENT.zeroWindowProbe) === 0) {
      if (next === 0 || ((next - end) | 0) < 0) {
        state[fwd + SIDE.next] = end;
        state[fwd + SIDE.nextFrame] = frame;
        state[fwd + SIDE.nextNs] = nanoseconds;
        doubles[(fwd >> 1) + SIDE_SECONDS.next] = seconds;
      }
      const maxAck = state[fwd + SIDE.maxAck]!;
      if (sequence === maxAck || maxAck === 0) state[fwd + SIDE.maxAck] = state[fwd + SIDE.next]!;
    }
    state[fwd + SIDE.window] = window;
    state[fwd + SIDE.lastAck] = ack;
    state[fwd + SIDE.lastAckNs] = nanoseconds;
    doubles[(fwd >> 1) + SIDE_SECONDS.lastAck] = seconds;
    state[fwd + SIDE.lastEvents] = events;

    // What the peer sent and this segment acknowledges.
    if (state[rev + SIDE.unackedCount] !== 0) {
      const unacked = this.#unacked;
      unacked.acknowledge(state, rev, ack, this.#is44);
      if (unacked.foundFrame !== 0) {
        verdict.acksFrame = unacked.foundFrame;
        verdict.ackRttSeconds = seconds - unacked.foundSeconds;
        verdict.ackRttNanoseconds = (nanoseconds - unacked.foundNs) | 0;
      }
    }
    // Bytes in flight.
    if (
      length > 0 &&
      (state[fwd + SIDE.marks]! & SIDE_MARK.flightKnown) !== 0 &&
      state[fwd + SIDE.unackedCount] !== 0
    ) {
      let flying = this.#unacked.span(state, fwd, state[fwd + SIDE.base]!);
      verdict.isNoted = true;
      if (state[rev + SIDE.sackCount] !== 0) flying -= this.#sacks.covered(state, rev);
      if (isSynFin) flying--;
      flying >>>= 0;
      if (flying < MOST_IN_FLIGHT) verdict.bytesInFlight = flying;
    }
  }

  /** A segment without data at the sequence number that was expected. */
  #judgePureAck(
    state: Int32Array,
    fwd: number,
    rev: number,
    window: number,
    ack: number,
    lastAck: number,
    peerEvents: number,
  ): number {
    const before = state[fwd + SIDE.window]!;
    if (window === 0) {
      if (before !== 0 || (peerEvents & TCP_EVENT.zeroWindowProbe) === 0) return 0;
      if (ack === lastAck) return TCP_EVENT.zeroWindowProbeAck;
      if (!this.#is44 || ack !== ((lastAck + 1) | 0)) return 0;
      // The probe's byte was taken.
      state[rev + SIDE.next] = ack;
      state[rev + SIDE.maxAck] = ack;
      return TCP_EVENT.zeroWindowProbeAck;
    }
    if (ack !== lastAck) return 0;
    if (window !== before) return TCP_EVENT.windowUpdate;
    if ((peerEvents & TCP_EVENT.keepAlive) !== 0) return TCP_EVENT.keepAliveAck;
    this.#countDuplicate(state, fwd);
    return TCP_EVENT.duplicateAck;
  }

  #countDuplicate(state: Int32Array, fwd: number): void {
    const number = Math.max(0, state[fwd + SIDE.duplicates]!) + 1;
    state[fwd + SIDE.duplicates] = number;
    const verdict = this.verdict;
    verdict.duplicateNumber = number;
    verdict.duplicateFrame = state[fwd + SIDE.ackMovedFrame]!;
    verdict.reason[REASON.duplicateNumber] = number;
    verdict.reason[REASON.duplicateFrame] = verdict.duplicateFrame;
  }

  /** It acknowledges more than was seen. */
  #judgeUnseen(state: Int32Array, rev: number, ack: number, isProbed: boolean): number {
    if (this.#is44) {
      if (isProbed) state[rev + SIDE.next] = ack;
      state[rev + SIDE.maxAck] = isProbed ? ack : this.#unacked.endOfStretch(state, rev, ack);
      return isProbed ? TCP_EVENT.windowUpdate : TCP_EVENT.ackedUnseen;
    }
    if (((state[rev + SIDE.maxAck]! - state[rev + SIDE.next]!) | 0) < 0) {
      state[rev + SIDE.maxAck] = state[rev + SIDE.next]!;
      return TCP_EVENT.ackedUnseen;
    }
    this.verdict.isNoted = true;
    const isFirst = state[rev + SIDE.duplicates] === 0;
    // Said once: not again until the peer's ACK moves.
    state[rev + SIDE.duplicates] = -1;
    return isFirst ? TCP_EVENT.ackedUnseen : 0;
  }

  #learnSack(header: TcpHeader, state: Int32Array, fwd: number, rev: number): void {
    const most = this.#is44 ? SACK_BLOCKS_44 : SACK_BLOCKS_40;
    const base = this.#is44 ? state[rev + SIDE.base]! : 0;
    this.#sacks.keep(state, fwd, header.sackEdges, Math.min(header.sackCount, most), base);
    const verdict = this.verdict;
    if (this.#is44 && (verdict.events & TCP_EVENT.windowUpdate) !== 0) {
      verdict.events = (verdict.events & ~TCP_EVENT.windowUpdate) | TCP_EVENT.duplicateAck;
      this.#countDuplicate(state, fwd);
    }
  }
}
