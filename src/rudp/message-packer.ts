/**
 * Puts segments into one packet as MESSAGE frames, in as few bytes as they can have.
 *
 * A frame is written when it is known whether another follows: the last one of a packet needs no length, and one that
 * continues the channel of the frame before needs no number.
 */
import { InternalError } from '../errors/errors.ts';
import type { MessageFrame } from './message-frame.ts';
import { messageOverhead, messageRoom } from './message-frame.ts';
import { truncatedLength } from './numbers.ts';
import type { Segment } from './send-channel.ts';

/** Less of a message than this is not put at the end of a packet: the frame's head would be more than 5 % of it. */
export const LEAST_FRAGMENT_BYTES = 256;

/**
 * A number is sent so that it is still read right where the packet comes this many round trips after newer ones: the
 * peer has moved on by then, and a wrong guess would put the message in another one's place.
 */
const LATE_ROUND_TRIPS = 64;
/** ... and in a slow channel, 32,767 messages late. */
const LEAST_SEQUENCE_BYTES = 2;
const MOST_DISTANCE = 2 ** 31 - 1;

/** Where frames go: a `FrameWriter`. */
export interface MessageSink {
  /** Bytes that may follow in the packet. */
  readonly remaining: number;
  message(frame: MessageFrame): boolean;
}

/** What a packet holds of messages; given back as acknowledged or lost. */
export class Content {
  readonly first: Segment;
  /** The further segments; most packets of thin streams and of large messages have none. */
  more: Segment[] | undefined = undefined;
  isUnderWay = true;

  constructor(first: Segment) {
    this.first = first;
  }
}

/** One frame that waits or is tried. */
type Draft = { -readonly [Key in keyof MessageFrame]: MessageFrame[Key] };

export class MessagePacker {
  #sink: MessageSink | undefined;
  #isLast = false;
  /** Bytes that MESSAGE frames may have in this packet; and what is left, once the frame that waits has its length. */
  #size = 0;
  #room = 0;
  #content: Content | undefined;
  /** The frame that waits for the next one. */
  #waiting: Draft = draft();
  #hasWaiting = false;
  #tried: Draft = draft();

  /** @param reserve bytes of the packet that stay free for what follows; 0: nothing does. */
  begin(sink: MessageSink, reserve: number): void {
    this.#sink = sink;
    this.#isLast = reserve === 0;
    this.#size = sink.remaining - reserve;
    this.#room = this.#size;
    this.#content = undefined;
    this.#hasWaiting = false;
  }

  /** True while nothing was added. */
  get isEmpty(): boolean {
    return this.#content === undefined;
  }

  /**
   * How many bytes of a segment fit, from its start on; −1 where it is not to be added. What fits a packet of its own
   * is not cut: two packets would have to arrive for it, and the bytes saved are few.
   */
  fitting(segment: Segment): number {
    const tried = this.#tried;
    const { channel, length } = segment;
    tried.channel = channel.id;
    tried.sequence = segment.sequence;
    tried.chained =
      this.#hasWaiting &&
      this.#waiting.channel === channel.id &&
      this.#waiting.sequence === segment.sequence - 1;
    if (!tried.chained) tried.sequenceBytes = sequenceBytes(channel.distance);
    tried.withLength = !this.#isLast;
    this.#setFragment(segment.isWhole ? undefined : segment);
    const frameBytes = messageOverhead(tried, length) + length;
    if (frameBytes <= this.#room) return length;
    if (frameBytes <= this.#size || !channel.isCounted) return -1;
    this.#setFragment(segment);
    const room = messageRoom(tried, this.#room);
    return room >= LEAST_FRAGMENT_BYTES && room < length ? room : -1;
  }

  /** Adds the segment that `fitting` was asked about, or as much of it as fits. */
  add(segment: Segment): void {
    this.#flush(true);
    const added = this.#tried;
    this.#tried = this.#waiting;
    this.#waiting = added;
    this.#hasWaiting = true;
    added.data = segment.data;
    added.dataStart = segment.dataStart + segment.start;
    added.dataEnd = segment.dataStart + segment.end;
    added.withLength = true;
    this.#room -= messageOverhead(added, segment.length) + segment.length;
    if (this.#content === undefined) this.#content = new Content(segment);
    else if (this.#content.more === undefined) this.#content.more = [segment];
    else this.#content.more.push(segment);
  }

  /** Writes the last frame. Gives what the packet holds; undefined where it holds nothing. */
  finish(): Content | undefined {
    this.#flush(!this.#isLast);
    const content = this.#content;
    this.#content = undefined;
    this.#sink = undefined;
    return content;
  }

  #setFragment(segment: Segment | undefined): void {
    this.#tried.offset = segment?.start;
    this.#tried.total = segment?.total;
  }

  #flush(withLength: boolean): void {
    if (!this.#hasWaiting) return;
    this.#hasWaiting = false;
    this.#waiting.withLength = withLength;
    if (this.#sink?.message(this.#waiting) !== true) throw new InternalError('a MESSAGE that does not fit');
  }
}

function draft(): Draft {
  return {
    channel: 0,
    sequence: 0,
    sequenceBytes: 1,
    chained: false,
    offset: undefined,
    total: undefined,
    withLength: true,
    data: new Uint8Array(0),
    dataStart: 0,
    dataEnd: 0,
  };
}

/** Bytes of a channel's sequence numbers, so that the peer can expand them. */
function sequenceBytes(distance: number): number {
  const counted = truncatedLength(Math.min(distance * LATE_ROUND_TRIPS, MOST_DISTANCE));
  return Math.max(LEAST_SEQUENCE_BYTES, counted);
}
