/**
 * Segments that tell nothing which their row does not: in the middle of another program's connection, data for the first time
 * or an ACK of it. Nearly all are such. They are a marked row and nothing else, but for the first payload of each side, which
 * is looked into; what they cost is added up from the rows, when that is asked.
 */
import { COMPLETENESS } from '../flows/tcp-events.ts';
import type { TcpVerdict } from '../flows/tcp-verdict.ts';
import type { Packet } from '../wire/packet.ts';
import { TCP_FLAG } from '../wire/tcp-header.ts';
import { isFromZero, LARGEST_PACKET, SHORTEST_FRAME } from './cost-cable.ts';
import { CAUSE } from './cost-cause.ts';
import { COST } from './cost-layers.ts';
import { causeBytes, causeFrames, PLAIN, TCP_BYTES, WORD } from './cost-rows.ts';

const HEADERS: number = PLAIN.link + PLAIN.network;
const HANDSHAKE: number = COMPLETENESS.syn | COMPLETENESS.synAck;
const DATA_BYTES: number = causeBytes(CAUSE.data);
const DATA_FRAMES: number = causeFrames(CAUSE.data);
const ACK_BYTES: number = causeBytes(CAUSE.acknowledgement);
const ACK_FRAMES: number = causeFrames(CAUSE.acknowledgement);

/** Bits of what is settled of a side: the conversation is another program's; enough is kept; it is nobody's yet (`await`). */
export const SETTLED = { other: 1, full: 2, nobody: 4 } as const;
const FIRST_PLACES = 512;

export class OrdinarySegments {
  /** Bits of SETTLED, by place. */
  #settled: Uint8Array;

  /** @param settled of the first places, where somebody else needs it, too */
  constructor(settled: Uint8Array = new Uint8Array(FIRST_PLACES)) {
    this.#settled = settled;
  }

  /** Whether a segment that may be one (`mayBeOrdinary`) is one, after it was judged. */
  includes(payloadLength: number, { place, events, completeness }: TcpVerdict): boolean {
    const settled = this.#settled;
    return (
      place < settled.length &&
      (settled[place]! & SETTLED.other) !== 0 &&
      events === 0 &&
      (payloadLength > 0 || isMiddle(completeness))
    );
  }

  /** Enough is kept of the payload of that side: it need not be looked into. */
  isFull(place: number): boolean {
    return (this.#settled[place]! & SETTLED.full) !== 0;
  }

  /** Notes that a conversation is another program's than ours. */
  settle(place: number): void {
    this.#change(place, SETTLED.other, SETTLED.nobody);
  }

  /** Notes that nothing was said in a conversation by which it could be told whose it is. */
  await(place: number): void {
    this.#change(place, SETTLED.nobody, 0);
  }

  /** Notes that a conversation is ours. */
  claim(place: number): void {
    this.#change(place, 0, SETTLED.nobody);
  }

  fill(place: number): void {
    this.#settled[place] = this.#settled[place]! | SETTLED.full;
  }

  /** Of both sides. */
  #change(place: number, set: number, cleared: number): void {
    if (place >= this.#settled.length) {
      const larger = new Uint8Array(2 * Math.max(place, this.#settled.length));
      larger.set(this.#settled);
      this.#settled = larger;
    }
    const settled = this.#settled;
    settled[place] = (settled[place]! | set) & ~cleared;
    settled[place ^ 1] = (settled[place ^ 1]! | set) & ~cleared;
  }
}

/** What an ordinary segment must be by itself: plain, without FIN or padding, and on a cable. */
export function mayBeOrdinary({ isPlain, hasTime, tcp, length, bytes, start }: Packet): boolean {
  return (
    isPlain &&
    hasTime &&
    (tcp.flags & TCP_FLAG.fin) === 0 &&
    length === HEADERS + tcp.headerLength + tcp.payloadLength &&
    !isFromZero(bytes, start)
  );
}

/** After the handshake's last ACK, before a FIN: an ACK is nothing but that. */
function isMiddle(completeness: number): boolean {
  return (
    (completeness & (HANDSHAKE | COMPLETENESS.ack)) !== HANDSHAKE && (completeness & COMPLETENESS.fin) === 0
  );
}

/** Sums over ordinary segments. */
export const SUM = {
  data: 0,
  dataBytes: 1,
  acks: 2,
  ackBytes: 3,
  payload: 4,
  padding: 5,
  oversized: 6,
} as const;
export const SUMS = 7;

/** Adds a row to `sums`, which has SUMS numbers. */
export function addOrdinary(sums: Float64Array, length: number, payload: number): void {
  if (payload > 0) {
    sums[SUM.data]!++;
    sums[SUM.dataBytes]! += length;
    sums[SUM.payload]! += payload;
  } else {
    sums[SUM.acks]!++;
    sums[SUM.ackBytes]! += length;
  }
  if (length < SHORTEST_FRAME) sums[SUM.padding]! += SHORTEST_FRAME - length;
  else if (length > PLAIN.link + LARGEST_PACKET) sums[SUM.oversized]!++;
}

/** Adds such sums to the words of a cost sheet. */
export function addOrdinaryCosts(words: Float64Array, sums: Float64Array): void {
  const sum = (name: keyof typeof SUM): number => sums[SUM[name]] as number;
  const [data, acks, payload] = [sum('data'), sum('acks'), sum('payload')];
  const [dataBytes, ackBytes] = [sum('dataBytes'), sum('ackBytes')];
  const frames = data + acks;
  const add = (word: number, count: number): void => {
    words[word] = (words[word] as number) + count;
  };
  add(COST.link, PLAIN.link * frames);
  add(COST.network, PLAIN.network * frames);
  add(COST.transport, TCP_BYTES * frames);
  // There is no padding: options are what is left.
  add(COST.transportOptions, dataBytes + ackBytes - payload - (HEADERS + TCP_BYTES) * frames);
  add(COST.payload, payload);
  add(WORD.newPayload, payload);
  add(DATA_BYTES, dataBytes);
  add(DATA_FRAMES, data);
  add(ACK_BYTES, ackBytes);
  add(ACK_FRAMES, acks);
  add(WORD.messages, data);
  add(WORD.carriers, data);
  add(WORD.headers, (HEADERS + TCP_BYTES) * data);
  add(WORD.missingPadding, sum('padding'));
  add(WORD.oversizedFrames, sum('oversized'));
}
