/**
 * Messages out of MESSAGE frames, of all channels of a connection (docs/RELIABLE-UDP.md sections 3 and 8).
 *
 * Fragments are put together, what came before is dropped and counted, and messages wait here until the application
 * takes them: in ordered channels in their order, in unordered ones as they come, in latest-only ones the newest. Bytes
 * are copied once, out of the datagram, and are then the application's own; a message that is most of its datagram stays
 * there.
 *
 * Everything is bounded by what the peer may send: a message costs its whole size from its first fragment on, and more
 * than the window is an error. What the peer must not do throws a `FormatError`, as the frame reader does: the owner
 * closes the connection with code 1 and uses the queue no more.
 */
import { FormatError, UsageError } from '../errors/errors.ts';
import { Assembly } from './assembly.ts';
import { KIND, kindOf, MESSAGE_COST_BYTES, MOST_MESSAGES_AHEAD, POOLED_BYTES } from './channels.ts';
import { type Delivered, DeliveryQueue } from './delivery-queue.ts';
import { MOST_MESSAGE_BYTES } from './layout.ts';
import { expand, NUMBERS_END } from './numbers.ts';
import { ReceiveChannel } from './receive-channel.ts';

export type { Delivered } from './delivery-queue.ts';

/** A MESSAGE as a `FrameReader` gives it, its fields checked. */
export interface IncomingMessage {
  readonly channel: number;
  /** One more than that of the frame that `receive` took before; `sequence` then means nothing. */
  readonly chained: boolean;
  /** The sequence number's lowest bytes, and how many they are. */
  readonly sequence: number;
  readonly sequenceBytes: number;
  readonly isFragment: boolean;
  readonly offset: number;
  readonly total: number;
  /** A view, which is kept where it is most of its buffer. */
  readonly data: Uint8Array;
  /** Where the data stands in the packet: for errors. */
  readonly dataStart: number;
}

/** The window of an application that takes messages as they come grows to this: 100 Mbit/s for 1.3 s. */
export const MOST_WINDOW_BYTES: number = 16 * 2 ** 20;
/** A new limit is told when so large a part of the window is free again: later, and a sender would have to wait for it. */
const GRANT_PART = 1 / 8;
/** Smaller messages are copied: an `ArrayBuffer` for each costs more than its bytes. */
const LEAST_VIEW_BYTES = 256;
/** A message may hold this many times its bytes in memory. */
const MOST_VIEW_TIMES = 2;
/** What one message can cost. */
const MOST_COST = MOST_MESSAGE_BYTES + MESSAGE_COST_BYTES;

/** The receiving half of a connection's channels. */
export class ReceiveQueue {
  #window: number;
  readonly #channels: Map<number, ReceiveChannel> = new Map();
  readonly #deliveries: DeliveryQueue = new DeliveryQueue();
  /** Sums of costs: allowed, begun, and taken by the application. */
  #granted: number;
  #begun = 0;
  #taken = 0;
  #before = -1;
  #repeated = 0;
  /** Messages of channel 0 that have begun: one more than the highest sequence number. */
  #ordinary = 0;
  /** All that channel 0 will have, once END has said so. */
  #endsAt: number | undefined;

  /**
   * @param window costs of messages that are kept: the first MAX_DATA. At least what one message can cost, so that none
   *   waits for ever.
   */
  constructor(window: number) {
    if (window < MOST_COST)
      throw new UsageError('SW_USAGE', `a window of ${window} bytes: it has to hold a message, ${MOST_COST}`);
    this.#window = window;
    this.#granted = window;
  }

  /** Costs of ordered and unordered messages that have begun and were not taken: never more than was allowed. */
  get bytesHeld(): number {
    return this.#begun - this.#taken;
  }

  get hasMessages(): boolean {
    return this.#deliveries.length > 0;
  }

  /** Frames that brought nothing new: repeated ones, and in latest-only channels older ones. */
  get repeated(): number {
    return this.#repeated;
  }

  /** True where the application has taken so much that the peer should be told a new limit. */
  get wantsGrant(): boolean {
    // What is left is always enough for the largest message.
    const grantAt = Math.max(1, Math.min(this.#window * GRANT_PART, this.#window - MOST_COST));
    return this.#taken + this.#window - this.#granted >= grantAt;
  }

  /** The limit to tell the peer in MAX_DATA. From now on the peer may send so much. */
  grant(): number {
    // Where nothing waits for the application, what is held waits for packets that were lost: more of it would not hurt.
    if (!this.hasMessages && this.#taken > this.#window)
      this.#window = Math.max(this.#window, Math.min(2 * this.#window, MOST_WINDOW_BYTES));
    this.#granted = this.#taken + this.#window;
    return this.#granted;
  }

  /** True where END has come, and all messages of channel 0; `poll` may still have some of them. */
  get hasEnded(): boolean {
    return this.#endsAt !== undefined && (this.#channels.get(0)?.next ?? 0) >= this.#endsAt;
  }

  /**
   * Takes an END frame: channel 0 has so many messages.
   * @throws FormatError where it has others already, or had another end
   */
  end(messages: number): void {
    if (this.#endsAt !== undefined && messages !== this.#endsAt)
      throw new FormatError(`END after ${messages} messages, ${this.#endsAt} before`, 0);
    if (messages < this.#ordinary)
      throw new FormatError(
        `END after ${messages} messages, of which message ${this.#ordinary - 1} has come`,
        0,
      );
    if (messages > NUMBERS_END) throw new FormatError(`END after ${messages} messages: they end at 2^48`, 0);
    this.#endsAt = messages;
  }

  /**
   * Takes a MESSAGE frame. The frames of a packet come one after the other, those of no other packet between them.
   * @throws FormatError where the peer must not send it; its offset is that of the data
   */
  receive(frame: IncomingMessage): void {
    const channel = this.#channels.get(frame.channel) ?? this.#openChannel(frame.channel);
    const sequence = frame.chained
      ? this.#before + 1
      : expand(frame.sequence, frame.sequenceBytes, channel.next);
    this.#before = sequence;
    if (sequence >= NUMBERS_END) throw broken(frame, `sequence number ${sequence}: they end at 2^48`);
    if (frame.channel === 0) this.#noteOrdinary(frame, sequence);
    if (channel.kind === KIND.latestOnly) this.#receiveLatest(frame, channel, sequence);
    else if (channel.has(sequence)) this.#repeated++;
    else this.#receiveCounted(frame, channel, sequence);
  }

  /** The next message, or undefined. Its cost is free for the peer again: see `wantsGrant`. */
  poll(): Delivered | undefined {
    const message = this.#deliveries.shift();
    if (message !== undefined && kindOf(message.channel) !== KIND.latestOnly)
      this.#taken += message.bytes.length + MESSAGE_COST_BYTES;
    return message;
  }

  #noteOrdinary(frame: IncomingMessage, sequence: number): void {
    if (sequence < this.#ordinary) return;
    if (sequence >= (this.#endsAt ?? NUMBERS_END))
      throw broken(frame, `message ${sequence} after the end of channel 0, which has ${this.#endsAt}`);
    this.#ordinary = sequence + 1;
  }

  #openChannel(id: number): ReceiveChannel {
    const opened = new ReceiveChannel(id);
    this.#channels.set(id, opened);
    return opened;
  }

  #receiveLatest(frame: IncomingMessage, channel: ReceiveChannel, sequence: number): void {
    if (frame.isFragment) throw broken(frame, 'a fragment in a latest-only channel');
    if (sequence < channel.next) this.#repeated++;
    else channel.complete(sequence, keep(frame.data, channel), this.#deliveries);
  }

  #receiveCounted(frame: IncomingMessage, channel: ReceiveChannel, sequence: number): void {
    const { total, data } = frame;
    const partial = channel.partial(sequence);
    if (partial === undefined) {
      if (sequence >= channel.next + MOST_MESSAGES_AHEAD)
        throw broken(frame, `message ${sequence} of channel ${channel.id}, where ${channel.next} is missing`);
      this.#begin(frame);
      if (data.length === total) {
        channel.complete(sequence, keep(data, channel), this.#deliveries);
        return;
      }
    } else if (partial.total !== total)
      throw broken(frame, `a fragment of a message of ${total} bytes, which had ${partial.total} before`);
    const assembly = partial ?? new Assembly(total);
    if (partial === undefined) channel.addPartial(sequence, assembly);
    if (!assembly.add(frame.offset, data)) throw broken(frame, 'a message in too many pieces');
    if (assembly.isComplete) channel.complete(sequence, assembly.bytes, this.#deliveries);
  }

  /** A message that the window counts. */
  #begin(frame: IncomingMessage): void {
    this.#begun += frame.total + MESSAGE_COST_BYTES;
    if (this.#begun > this.#granted)
      throw broken(frame, `messages that cost ${this.#begun}, where ${this.#granted} was allowed`);
  }
}

/** Bytes that the application may keep: a copy, or the data itself where that holds not much else in memory. */
function keep(data: Uint8Array, { pool }: ReceiveChannel): Uint8Array {
  const { length } = data;
  if (length >= LEAST_VIEW_BYTES && length * MOST_VIEW_TIMES >= data.buffer.byteLength) return data;
  // Not `slice`, which of a Buffer is no copy.
  return length > POOLED_BYTES ? new Uint8Array(data) : pool.keep(data);
}

function broken(frame: IncomingMessage, what: string): FormatError {
  return new FormatError(`${what} (MESSAGE)`, frame.dataStart);
}
