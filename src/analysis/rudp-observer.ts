/**
 * Follows one connection of reliable UDP through a capture, packet by packet: what was under way, what was acknowledged, what went
 * again and why. Each packet's facts go to the journal of the conversation that it came in.
 *
 * Nothing is kept of a packet but its number, time and frame, as long as it may be acknowledged.
 */

import { MESSAGE_COST_BYTES } from '../rudp/channels.ts';
import type { FrameReader } from '../rudp/frame-reader.ts';
import { FRAME } from '../rudp/layout.ts';
import { HAS, PacketFacts } from './rudp-facts.ts';
import { countInBoth, NumberRanges } from './rudp-ranges.ts';
import { SentPackets } from './rudp-sent.ts';

const NS_PER_US = 1_000;
/** Of a message: for a preview beside an arrow, and to see whether it can be read. */
const EXCERPT_BYTES = 64;
/** Ranges of a direction; of more the older half is counted, and forgotten. */
const MOST_RANGES = 1_024;
/** Kinds of channels whose messages count against MAX_DATA: ordered and unordered. */
const COUNTED_KINDS = 2;

/** Packet numbers of one direction, as far as the capture shows. */
export interface NumberCounts {
  /** Different packet numbers that were seen. */
  readonly seen: number;
  /** Seen, not acknowledged, though later ones were: lost behind the place of the capture. */
  readonly lostAfter: number;
  /** Neither seen nor acknowledged, though later ones were: lost before it. */
  readonly lostBefore: number;
  /** Acknowledged, and not seen: recomputed from repair symbols, or the capture has lost them. */
  readonly unseen: number;
}

/** What is known of the packets that one end has sent. */
class SentNumbers {
  readonly seen = new NumberRanges();
  readonly acknowledged = new NumberRanges();
  readonly sent = new SentPackets();
  /** Frame of the newest ACK that named a higher number than those before. */
  ackFrame = 0;
  /** Packets that the receiver has recomputed, as it says. */
  repaired = 0;
  /** Costs of messages against MAX_DATA, and the limit. */
  used = 0;
  limit = 0;
  peakShare = 0;
  /** Below it everything is counted. */
  #floor = 0;
  readonly #settled = { seen: 0, lostAfter: 0, lostBefore: 0, unseen: 0 };

  /** Old ones count as acknowledged: who has not, has sent their messages again. */
  isAcknowledged(number: number): boolean {
    return number < this.#floor || this.acknowledged.has(number);
  }

  isUnderWay = (number: number): boolean => !this.acknowledged.has(number);

  settle(): void {
    if (Math.max(this.seen.length, this.acknowledged.length) <= MOST_RANGES) return;
    const { seen, acknowledged } = this;
    const longer = seen.length > acknowledged.length ? seen : acknowledged;
    this.#settleBelow(Math.min(longer.start(longer.length >> 1), acknowledged.last + 1));
  }

  counts(): NumberCounts {
    const end = this.acknowledged.last + 1;
    const open = this.#countBelow(end);
    const { seen, lostAfter, lostBefore, unseen } = this.#settled;
    return {
      // What nobody could have acknowledged yet was seen, too.
      seen: seen + this.seen.countIn(this.#floor, Number.MAX_SAFE_INTEGER),
      lostAfter: lostAfter + open.lostAfter,
      lostBefore: lostBefore + open.lostBefore,
      unseen: unseen + open.unseen,
    };
  }

  #countBelow(end: number): NumberCounts {
    const { seen, acknowledged } = this;
    const from = this.#floor;
    const saw = seen.countIn(from, end);
    const acked = acknowledged.countIn(from, end);
    const both = countInBoth(seen, acknowledged, from, end);
    const lost = Math.max(0, end - from) - acked;
    return { seen: saw, lostAfter: saw - both, lostBefore: lost - (saw - both), unseen: acked - both };
  }

  #settleBelow(end: number): void {
    if (end <= this.#floor) return;
    const counts = this.#countBelow(end);
    this.#settled.seen += counts.seen;
    this.#settled.lostAfter += counts.lostAfter;
    this.#settled.lostBefore += counts.lostBefore;
    this.#settled.unseen += counts.unseen;
    this.seen.dropBelow(end);
    this.acknowledged.dropBelow(end);
    this.#floor = end;
  }
}

export class RudpObserver {
  /** Of the packet that is being read. */
  readonly facts: PacketFacts = new PacketFacts();
  #sides: readonly [SentNumbers, SentNumbers] = [new SentNumbers(), new SentNumbers()];

  /** A new connection, which counts from 0. */
  forget(): void {
    this.#sides = [new SentNumbers(), new SentNumbers()];
  }

  /** @param from 0: the client */
  counts(from: 0 | 1): NumberCounts {
    return this.#sides[from].counts();
  }

  /** How much of MAX_DATA was used, at most: 0 to 1. */
  peakShare(from: 0 | 1): number {
    return this.#sides[from].peakShare;
  }

  /** A packet of that end was acknowledged. */
  isAcknowledged(from: 0 | 1, number: number): boolean {
    return this.#sides[from].isAcknowledged(number);
  }

  /** The limit that an end has told its peer. */
  limit(to: 0 | 1, limit: number): void {
    const side = this.#sides[to];
    if (limit > side.limit) side.limit = limit;
  }

  /** The packet has a number. */
  numbered(number: number): void {
    const { facts } = this;
    const side = this.#sides[facts.from];
    facts.number = number;
    facts.isCopy = side.seen.has(number);
    if (facts.isCopy) return;
    side.sent.add(number, facts.frame, facts.timeNs, side.isUnderWay);
    side.seen.add(number, number);
    side.settle();
  }

  /**
   * The reader stands at a MESSAGE.
   * @param before the packet that carried it before; undefined: it goes for the first time
   */
  message(reader: FrameReader, sequence: number, before: number | undefined): void {
    const { facts } = this;
    const bytes = reader.dataEnd - reader.dataStart;
    facts.frames |= HAS.message;
    if (facts.messages++ === 0) {
      facts.channel = reader.channel;
      facts.firstSequence = sequence;
      facts.offset = reader.offset;
      facts.excerpt = reader.data.subarray(0, EXCERPT_BYTES);
      facts.dataStart = reader.dataStart;
      facts.dataBytes = bytes;
      facts.total = reader.isFragment ? reader.total : 0;
    }
    facts.lastSequence = sequence;
    facts.messageBytes += bytes;
    if (facts.isCopy) return;
    if (before !== undefined) return this.#again(sequence, bytes, before);
    const isPiece = reader.isFragment;
    facts.newBytes += bytes;
    if (isPiece) facts.newPieces++;
    if (reader.offset === 0) {
      facts.newMessages++;
      facts.newTotals += isPiece ? reader.total : bytes;
    }
    const side = this.#sides[facts.from];
    if (reader.channel >> 6 >= COUNTED_KINDS) return;
    side.used += bytes + (reader.offset === 0 ? MESSAGE_COST_BYTES : 0);
    if (side.limit > 0) side.peakShare = Math.max(side.peakShare, side.used / side.limit);
  }

  /** The reader stands at an ACK. */
  acknowledge(reader: FrameReader): void {
    const { facts } = this;
    const side = this.#sides[facts.from === 0 ? 1 : 0];
    const { acknowledged, sent } = side;
    const before = acknowledged.last;
    const { largest, rangeCount } = reader;
    facts.frames |= HAS.ack;
    facts.ackLargest = largest;
    facts.ackRanges = rangeCount;
    facts.ackDelayNs = reader.delayUs * NS_PER_US;
    for (let index = 0; index < rangeCount; index++) {
      acknowledged.add(reader.rangeStart(index), reader.rangeEnd(index), (start, end) => {
        facts.ackNew += end - start + 1;
      });
    }
    if (largest > before) {
      const time = sent.timeOf(largest);
      if (time !== undefined) {
        facts.ackFrame = sent.frameOf(largest);
        facts.ackAfterNs = facts.timeNs - time;
      }
      side.ackFrame = facts.frame;
      facts.ackMissing = largest - before - acknowledged.countIn(before + 1, largest + 1);
      if (facts.ackMissing > 0) {
        facts.ackFirstMissing = before + 1;
        while (acknowledged.has(facts.ackFirstMissing)) facts.ackFirstMissing++;
      }
    }
    const { repaired = side.repaired } = reader;
    facts.repairedNew = Math.max(0, repaired - side.repaired);
    side.repaired = Math.max(side.repaired, repaired);
    side.settle();
  }

  /** The reader stands at any other frame. @param bytes of a REPAIR, its type included */
  other(reader: FrameReader, bytes: number): void {
    const { facts } = this;
    switch (reader.type) {
      case FRAME.repair:
        facts.frames |= HAS.repair;
        facts.repairWindow = reader.repairWindow;
        facts.repairBytes = bytes;
        return;
      case FRAME.padding:
        facts.frames |= HAS.padding;
        facts.padding = reader.count;
        return;
      case FRAME.ping:
        facts.frames |= HAS.ping;
        return;
      case FRAME.pathChallenge:
        facts.frames |= HAS.pathChallenge;
        return;
      case FRAME.pathResponse:
        facts.frames |= HAS.pathResponse;
        return;
      case FRAME.maxData:
        facts.frames |= HAS.maxData;
        facts.limit = reader.limit;
        return this.limit(facts.from === 0 ? 1 : 0, reader.limit);
      case FRAME.end:
        facts.frames |= HAS.end;
        facts.endMessages = reader.messages;
        return;
      case FRAME.close:
        facts.frames |= HAS.close;
        facts.code = reader.code;
        facts.reason = reader.reason;
    }
  }

  #again(sequence: number, bytes: number, before: number): void {
    const { facts } = this;
    const side = this.#sides[facts.from];
    facts.againBytes += bytes;
    if (facts.again++ > 0) return;
    facts.againSequence = sequence;
    facts.againNumber = before;
    facts.againFrame = side.sent.frameOf(before);
    if (facts.kind === 'INIT') facts.againReason = 'handshake';
    else if (side.isAcknowledged(before)) facts.againReason = 'arrived';
    else if (before < side.acknowledged.last) {
      facts.againReason = 'gap';
      facts.againAckFrame = side.ackFrame;
    } else facts.againReason = 'silence';
  }
}
