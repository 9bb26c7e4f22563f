/** What the TCP analysis found: the first events with their reasons, and how many there are of each kind. */
import { explainEvents } from '../flows/explain-verdict.ts';
import { TCP_EVENT, type TcpEvent } from '../flows/tcp-events.ts';
import { REASON } from '../flows/tcp-verdict.ts';
import type { Columns } from './columns.ts';
import type { Segment } from './conversation-segment.ts';
import type { SegmentSink } from './conversation-walk.ts';
import type { EventCount, EventReport } from './model.ts';

/** Of one conversation in a report; the numbers of 512 are kept (`MOST_REASONS`). */
export const MOST_EVENTS = 200;

export const EVENT_NAMES: readonly TcpEvent[] = Object.keys(TCP_EVENT) as TcpEvent[];
const BITS: readonly number[] = EVENT_NAMES.map(name => TCP_EVENT[name]);
const SPECIAL_RETRANSMISSION: number = TCP_EVENT.fastRetransmission | TCP_EVENT.spuriousRetransmission;

export class EventReader implements SegmentSink {
  readonly #columns: Columns;
  readonly #events: EventReport[] = [];
  readonly #counts: readonly [Uint32Array, Uint32Array] = [
    new Uint32Array(BITS.length),
    new Uint32Array(BITS.length),
  ];
  #all = 0;

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  get events(): readonly EventReport[] {
    return this.#events;
  }

  get leftOut(): number {
    return this.#all - this.#events.length;
  }

  add(segment: Segment): void {
    const { events } = segment;
    if (events === 0) return;
    const counts = this.#counts[segment.side];
    for (let index = 0; index < BITS.length; index++) {
      if ((events & BITS[index]!) !== 0) counts[index]!++;
    }
    this.#all++;
    if (this.#events.length < MOST_EVENTS) this.#events.push(this.#report(segment));
  }

  counts(): EventCount[] {
    return EVENT_NAMES.map((kind, index) => {
      const client = this.#counts[0][index]!;
      const server = this.#counts[1][index]!;
      return { kind, count: client + server, client, server };
    }).filter(({ count }) => count > 0);
  }

  count(kind: TcpEvent, side: 0 | 1): number {
    return this.#counts[side][EVENT_NAMES.indexOf(kind)]!;
  }

  #report({ events, row, frame, timeNs, side }: Segment): EventReport {
    const reason = this.#columns.reasons.reasonOf(row);
    return {
      frame,
      timeNs,
      from: side === 0 ? 'client' : 'server',
      kinds: kindsOf(events),
      reason:
        reason === undefined
          ? ''
          : explainEvents(events, reason)
              .map(({ text }) => text)
              .join(' '),
      relatedFrame: reason === undefined ? null : relatedFrame(events, reason),
    };
  }
}

/** A special kind of retransmission is not called by the general name, too. */
export function kindsOf(events: number): TcpEvent[] {
  const hidden = (events & SPECIAL_RETRANSMISSION) === 0 ? 0 : TCP_EVENT.retransmission;
  return EVENT_NAMES.filter(name => (events & TCP_EVENT[name] & ~hidden) !== 0);
}

function relatedFrame(events: number, reason: Float64Array): number | null {
  const index =
    (events & TCP_EVENT.duplicateAck) !== 0
      ? REASON.duplicateFrame
      : (events & (TCP_EVENT.retransmission & ~SPECIAL_RETRANSMISSION)) !== 0 &&
          (events & SPECIAL_RETRANSMISSION) === 0
        ? REASON.waitingFrame
        : (events & SPECIAL_RETRANSMISSION) !== 0
          ? REASON.acknowledgedFrame
          : undefined;
  const frame = index === undefined ? 0 : reason[index]!;
  return frame === 0 ? null : frame;
}
