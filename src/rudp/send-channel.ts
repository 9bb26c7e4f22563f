/**
 * One channel of the sending side: its segments from the oldest that is not acknowledged to the newest.
 *
 * A segment is a message, or a part of one where it did not fit one packet. They form a linked list in the order of
 * their messages and offsets, so that one goes in constant time wherever it stands.
 */
import { type Block, BytePool } from './byte-pool.ts';
import { KIND, type Kind, kindOf, POOLED_BYTES } from './channels.ts';

const NO_BYTES = new Uint8Array(0);

/** Bytes `start` to `end` of a message. Fields are written by the channel and the queue alone. */
export class Segment {
  readonly channel: SendChannel;
  /** The message's number in its channel. */
  readonly sequence: number;
  /** Bytes of the whole message. */
  readonly total: number;
  /** The message is `data` from `dataStart` on. */
  data: Uint8Array;
  /** The block of the channel's pool that `data` is. */
  block: Block | undefined;
  readonly dataStart: number;
  start: number;
  readonly end: number;
  /** Bytes that the channel took before this segment. */
  position: number;
  /** Grows with the first sending of segments, over all channels; 0: never sent. */
  order = 0;
  /** Packets under way that hold it; of no meaning once it is done. */
  copies = 0;
  /** Acknowledged, or replaced by a newer message: never sent again. */
  isDone = false;
  /** Declared lost, and in the queue of what goes again. */
  isAgain = false;
  nextAgain: Segment | undefined = undefined;
  previous: Segment | undefined = undefined;
  next: Segment | undefined = undefined;

  constructor(
    channel: SendChannel,
    sequence: number,
    data: Uint8Array,
    block: Block | undefined,
    dataStart: number,
    total: number,
    start: number,
    end: number,
    position: number,
  ) {
    this.channel = channel;
    this.sequence = sequence;
    this.data = data;
    this.block = block;
    this.dataStart = dataStart;
    this.total = total;
    this.start = start;
    this.end = end;
    this.position = position;
  }

  get length(): number {
    return this.end - this.start;
  }

  get isWhole(): boolean {
    return this.start === 0 && this.end === this.total;
  }
}

export class SendChannel {
  /** Its byte on the wire. */
  readonly id: number;
  readonly kind: Kind;
  /** The sequence number of the next message. */
  nextSequence = 0;
  /** The oldest segment that is not done. */
  first: Segment | undefined = undefined;
  /** The oldest segment that waits to be sent for the first time; of a latest-only channel also again. */
  unsent: Segment | undefined = undefined;
  /** Where `fillOldest` stands. */
  cursor: Segment | undefined = undefined;
  /** In the round of channels that have something to send. */
  isInRound = false;
  /** Bytes that it may still send before it is another channel's turn. */
  credit = 0;
  readonly #pool: BytePool = new BytePool();
  #last: Segment | undefined;
  /** Bytes taken so far. */
  #position = 0;
  /** Of a latest-only channel: one past the newest message that is known to have arrived. */
  #arrivedNext = 0;

  constructor(id: number) {
    this.id = id;
    this.kind = kindOf(id);
  }

  get isCounted(): boolean {
    return this.kind !== KIND.latestOnly;
  }

  /** Messages from the oldest that is not acknowledged on, acknowledged ones between them included. */
  get heldMessages(): number {
    return this.first === undefined ? 0 : this.nextSequence - this.first.sequence;
  }

  /** Bytes from the oldest one that is not acknowledged on. */
  get heldBytes(): number {
    return this.first === undefined ? 0 : this.#position - this.first.position;
  }

  /** Sequence numbers from the oldest that the peer may not have to the newest that it may have, or is sent now. */
  get distance(): number {
    if (!this.isCounted) return this.nextSequence - this.#arrivedNext;
    if (this.first === undefined) return 0;
    const end = this.unsent === undefined ? this.nextSequence : this.unsent.sequence + 1;
    return end - this.first.sequence;
  }

  /** Takes a message: a copy. */
  append(bytes: Uint8Array): void {
    const { length } = bytes;
    let data: Uint8Array = NO_BYTES;
    let block: Block | undefined;
    let dataStart = 0;
    // Not `slice`, which of a Buffer is no copy.
    if (length > POOLED_BYTES) data = new Uint8Array(bytes);
    else if (length > 0) {
      this.#pool.put(bytes);
      block = this.#pool.block;
      data = block.bytes;
      dataStart = this.#pool.start;
    }
    const segment = new Segment(
      this,
      this.nextSequence++,
      data,
      block,
      dataStart,
      length,
      0,
      length,
      this.#position,
    );
    this.#position += length;
    segment.previous = this.#last;
    if (this.#last === undefined) this.first = segment;
    else this.#last.next = segment;
    this.#last = segment;
    this.unsent ??= segment;
  }

  /** Cuts the first `count` bytes off a segment, which keeps the rest: the new segment of those bytes. */
  cut(segment: Segment, count: number): Segment {
    const { sequence, data, block, dataStart, total, start, position, previous } = segment;
    const front = new Segment(this, sequence, data, block, dataStart, total, start, start + count, position);
    if (block !== undefined) block.users++;
    front.order = segment.order;
    segment.start += count;
    segment.position += count;
    front.previous = previous;
    front.next = segment;
    segment.previous = front;
    if (previous === undefined) this.first = front;
    else previous.next = front;
    return front;
  }

  /** Takes a segment out for good; its bytes are forgotten. */
  remove(segment: Segment): void {
    const { previous, next } = segment;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    if (this.unsent === segment) this.unsent = next;
    segment.previous = undefined;
    segment.next = undefined;
    segment.data = NO_BYTES;
    if (segment.block !== undefined) this.#pool.release(segment.block);
    segment.block = undefined;
    segment.isDone = true;
    if (this.first === undefined) this.#pool.trim();
  }

  /** Of a latest-only channel: the peer has this message. */
  arrived(sequence: number): void {
    if (sequence >= this.#arrivedNext) this.#arrivedNext = sequence + 1;
  }
}
