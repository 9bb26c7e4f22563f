/**
 * What the packets of reliable UDP in one conversation said: counts of both ends, handshake, close, events with their reasons, and
 * the facts of those packets that a ladder shows. Everything is bounded, however long the conversation is.
 */
import type { ConnectionParameters } from '../rudp/parameters.ts';
import { HAS, type PacketFacts } from './rudp-facts.ts';
import type { RudpEvent, RudpEventReport } from './rudp-model.ts';
import type { RudpObserver } from './rudp-observer.ts';
import { RoundTrips } from './rudp-rtts.ts';
import { RudpSideTally } from './rudp-side-tally.ts';
import { againText } from './rudp-words.ts';
import type { SamplePiece } from './safety-sample.ts';
import { counted } from './words.ts';

/** Events with their reasons; more are counted. */
export const MOST_RUDP_EVENTS = 200;
/** As many as a ladder shows at its beginning, between, and at its end (`ladder.ts`). */
const FIRST_PACKETS = 16;
const EVENT_PACKETS = 6;
/** Lost packets that are joined to the ones that bring their messages again. */
const MOST_LOST = 3;
const LAST_PACKETS = 5;
/** Messages of which the beginning is kept. */
const MOST_PIECES = 16;

/** A packet that was lost: what of it is known when its message goes again. */
export interface LostPacket {
  readonly frame: number;
  readonly number: number;
  /** Of the message that goes again. */
  readonly sequence: number;
  readonly repairFrame: number;
}

/** A frame, or none. */
type Seen = PacketFacts | undefined;

export class RudpJournal {
  readonly tallies: readonly [RudpSideTally, RudpSideTally] = [new RudpSideTally(), new RudpSideTally()];
  /** Of the client's packets, of the server's. */
  readonly roundTrips: readonly [RoundTrips, RoundTrips] = [new RoundTrips(), new RoundTrips()];
  /** The beginnings of the first messages: what anybody on the way can read of them. */
  readonly pieces: SamplePiece[] = [];
  readonly events: Omit<RudpEventReport, 'timeNs'>[] = [];
  readonly counts: Map<RudpEvent, [number, number]> = new Map();
  eventsInAll = 0;
  connections = 0;
  damaged = 0;
  /** Side of the conversation that the client is at. */
  clientSide: 0 | 1 | undefined = undefined;
  init: Seen = undefined;
  retry: Seen = undefined;
  cookie: Seen = undefined;
  accept: Seen = undefined;
  version: Seen = undefined;
  reset: Seen = undefined;
  repeated = 0;
  readonly closes: [Seen, Seen] = [undefined, undefined];
  readonly ends: [Seen, Seen] = [undefined, undefined];
  #lastCloseNs = 0;
  #lastId = -1;
  readonly #first: PacketFacts[] = [];
  readonly #eventful: PacketFacts[] = [];
  /** A ring: copying facts is cheaper than making objects for all packets. */
  readonly #last: PacketFacts[] = [];
  readonly #lost: LostPacket[] = [];
  #count = 0;

  get lastCloseNs(): number {
    return this.#lastCloseNs;
  }

  parameters(from: 0 | 1, parameters: ConnectionParameters): void {
    this.tallies[from].parameters ??= parameters;
  }

  /** The packet's facts are written again after this returns. */
  take(facts: PacketFacts, observer: RudpObserver): void {
    this.clientSide ??= facts.from === 0 ? facts.side : facts.side === 0 ? 1 : 0;
    this.tallies[facts.from].take(facts);
    if (facts.ackFrame > 0) {
      const rtt = Math.max(0, facts.ackAfterNs - facts.ackDelayNs);
      const peer = facts.from === 0 ? 1 : 0;
      this.tallies[peer].rtts.add(rtt);
      this.roundTrips[peer].add(facts.frame, rtt);
    }
    if (facts.isDamaged || facts.kind === 'unknown') this.damaged++;
    if (facts.kind !== 'numbered' && facts.kind !== 'unnumbered') this.#takeLong(facts);
    if (facts.has(HAS.close)) {
      this.closes[facts.from] ??= facts.copy();
      this.#lastCloseNs = facts.timeNs;
    }
    if (facts.messages > 0 && facts.dataBytes > 0 && this.pieces.length < MOST_PIECES) this.#keepPiece(facts);
    if (facts.has(HAS.end)) this.ends[facts.from] ??= facts.copy();
    const isEventful = this.#noteEvents(facts);
    this.#keep(facts, isEventful);
    this.observer = observer;
  }

  /** Of the connection that was here last. */
  observer: RudpObserver | undefined = undefined;

  /** What is known of a frame that is kept. */
  factsOf(frame: number): PacketFacts | undefined {
    for (const kept of [this.#first, this.#eventful, this.#last])
      for (const facts of kept) if (facts.frame === frame) return facts;
    return undefined;
  }

  /** A frame that a ladder shows for what happened in it, or to it. */
  isEventful(frame: number): boolean {
    return this.#eventful.some(facts => facts.frame === frame) || this.lostIn(frame) !== undefined;
  }

  /** Where an ACK showed the packet missing, and its message went again in a frame that is kept. */
  lostIn(frame: number): LostPacket | undefined {
    return this.#lost.find(lost => lost.frame === frame);
  }

  /** The frame that repeats what this one carried; undefined: there is none among those that are kept. */
  repairOf(frame: number): PacketFacts | undefined {
    return [...this.#first, ...this.#eventful].find(
      ({ again, againFrame, againReason }) => again > 0 && againFrame === frame && againReason !== 'arrived',
    );
  }

  #keepPiece({ excerpt, dataStart, dataBytes, inFrame, frame, side }: PacketFacts): void {
    const start = inFrame < 0 ? -1 : inFrame + dataStart;
    this.pieces.push({ bytes: excerpt.slice(), length: dataBytes, frame, inFrame: start, side });
  }

  #takeLong(facts: PacketFacts): void {
    switch (facts.kind) {
      case 'INIT':
        if (facts.clientId !== this.#lastId) this.connections++;
        this.#lastId = facts.clientId;
        if (this.connections > 1) return;
        if (facts.hasCookie) {
          if (this.cookie !== undefined) this.repeated++;
          this.cookie ??= facts.copy();
        } else {
          if (this.init !== undefined) this.repeated++;
          this.init ??= facts.copy();
        }
        return;
      case 'RETRY':
        this.retry ??= facts.copy();
        return;
      case 'ACCEPT':
        this.accept ??= facts.copy();
        return;
      case 'VERSION':
        this.version ??= facts.copy();
        return;
      case 'RESET':
        this.reset ??= facts.copy();
    }
  }

  #noteEvents(facts: PacketFacts): boolean {
    const before = this.eventsInAll;
    const { kind, again, againReason, ackMissing, ackFirstMissing, ackLargest, repairedNew } = facts;
    if (facts.isDamaged || kind === 'unknown') this.#add('damaged', facts, 'it cannot be read to its end');
    if (facts.isCopy) this.#add('copy', facts, `packet ${facts.number} came before`);
    if (again > 0) {
      const what = again === 1 ? `message ${facts.againSequence}` : counted(again, 'message');
      const name =
        againReason === 'handshake'
          ? 'repeatedHandshake'
          : againReason === 'arrived'
            ? 'spuriousRetransmission'
            : 'retransmission';
      this.#add(name, facts, `${what} again: ${againText(facts)}`, facts.againFrame);
    }
    if (ackMissing > 0) {
      const more = ackMissing === 1 ? '' : ` and ${ackMissing - 1} more`;
      this.#add('gap', facts, `the ACK names packet ${ackLargest}, and not ${ackFirstMissing}${more}`);
    }
    if (repairedNew > 0) {
      const packets = counted(repairedNew, 'lost packet');
      this.#add(
        'recomputed',
        facts,
        `${packets} recomputed from repair symbols, without waiting for it to go again`,
      );
    }
    if (facts.has(HAS.pathChallenge))
      this.#add('pathChallenge', facts, 'has to prove that it hears at its new address');
    if (kind === 'RESET')
      this.#add('reset', facts, 'its sender knows nothing of this connection, which is over');
    return this.eventsInAll > before;
  }

  #add(kind: RudpEvent, { frame, from }: PacketFacts, reason: string, relatedFrame = 0): void {
    this.eventsInAll++;
    const counts = this.counts.get(kind) ?? [0, 0];
    counts[from]++;
    this.counts.set(kind, counts);
    if (this.events.length >= MOST_RUDP_EVENTS) return;
    this.events.push({
      frame,
      from: from === 0 ? 'client' : 'server',
      kind,
      reason,
      relatedFrame: relatedFrame === 0 ? null : relatedFrame,
    });
  }

  /** The lost packet's own facts may be gone by now; its number and its frame are not. */
  #noteLost(
    { again, againReason, againFrame, againNumber, againSequence, frame }: PacketFacts,
    isEventful: boolean,
  ): void {
    const isKept = isEventful && this.#eventful.at(-1)?.frame === frame;
    if (!isKept || again === 0 || againReason !== 'gap' || againFrame === 0) return;
    if (this.#lost.length < MOST_LOST)
      this.#lost.push({
        frame: againFrame,
        number: againNumber,
        sequence: againSequence,
        repairFrame: frame,
      });
  }

  #keep(facts: PacketFacts, isEventful: boolean): void {
    const count = this.#count++;
    if (count < FIRST_PACKETS) {
      this.#first.push(facts.copy());
      return;
    }
    if (isEventful && this.#eventful.length < EVENT_PACKETS) this.#eventful.push(facts.copy());
    this.#noteLost(facts, isEventful);
    const at = count % LAST_PACKETS;
    const place = this.#last[at];
    if (place === undefined) this.#last[at] = facts.copy();
    else place.assign(facts);
  }
}
