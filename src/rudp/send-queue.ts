/**
 * Messages that wait to be sent or acknowledged, of all channels of a connection (docs/RELIABLE-UDP.md sections 3 and 8).
 *
 * `fill` puts them into a packet: first what was lost, then new ones, channel after channel, each in its order. What a
 * packet holds is a `Content`; the owner gives each back, as acknowledged or as lost.
 *
 * A segment may be in several packets, since probes repeat it. One acknowledgement is enough, and it goes again only when
 * the last packet that holds it is lost: so what a probe under way may still bring is not sent a third time. A `Content`
 * that was declared lost may be acknowledged after all.
 */
import { Queue } from '../collections/queue.ts';
import { UsageError } from '../errors/errors.ts';
import { HIGHEST_CHANNEL, MESSAGE_COST_BYTES, MOST_MESSAGES_AHEAD } from './channels.ts';
import { MOST_MESSAGE_BYTES } from './layout.ts';
import { type Content, MessagePacker, type MessageSink } from './message-packer.ts';
import { type Segment, SendChannel } from './send-channel.ts';

export type { Content, MessageSink } from './message-packer.ts';

/** Bytes of messages after which the queue is full: as many as a receiver allows at first, and at most (docs/RELIABLE-UDP.md section 8). */
export const ENOUGH_BYTES: number = 4 * 2 ** 20;
const MOST_ENOUGH_BYTES: number = 16 * 2 ** 20;
/** What is under way, what was lost of it, and what goes next. */
const ENOUGH_WINDOWS = 3;

/** A latest-only message is never cut: it fits a packet of 1,200 bytes beside its heads and an ACK of many ranges. */
export const MOST_LATEST_BYTES = 1_024;

/** What a channel sends before it is another one's turn: less than a full packet, so that one ends the turn. */
const TURN_BYTES = 1_000;

/** The sending half of a connection's channels. */
export class SendQueue {
  readonly #channels: SendChannel[] = [];
  readonly #byId: Map<number, SendChannel> = new Map();
  /** Channels with something new to send; it is the first one's turn. */
  #round: Queue<SendChannel> = new Queue();
  /** Channels whose next message the peer does not allow yet, in the order in which they go on. */
  #heldBack: Queue<SendChannel> = new Queue();
  readonly #packer: MessagePacker = new MessagePacker();
  /** The peer's MAX_DATA, and the costs of the messages sent so far. */
  #limit: number;
  #spent = 0;
  /** What was lost and goes again, the one that was lost first at the head; and how many of those still have to. */
  #firstAgain: Segment | undefined;
  #lastAgain: Segment | undefined;
  #again = 0;
  /** How often a segment was sent for the first time. */
  #order = 0;
  /** Segments that are not done. */
  #open = 0;
  /** Ordered and unordered messages from each channel's oldest that is not acknowledged on. */
  #heldMessages = 0;
  #heldBytes = 0;
  #enoughBytes = ENOUGH_BYTES;
  #bytesWaiting = 0;

  /** @param limit the peer's first MAX_DATA. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * True where `push` takes no more ordered and unordered messages until some are acknowledged. A message counts until
   * all before it in its channel are acknowledged too, so that what one packet holds up is bounded.
   */
  get isFull(): boolean {
    return this.#heldBytes >= this.#enoughBytes || this.#heldMessages >= MOST_MESSAGES_AHEAD;
  }

  /** True where there is something to send now: what was lost, or new messages that the peer's limit allows. */
  get hasUnsent(): boolean {
    return this.#again > 0 || this.#nextInRound() !== undefined;
  }

  /** True where messages wait for nothing but a higher limit of the peer. */
  get isHeldBack(): boolean {
    return !this.hasUnsent && this.#heldBack.length > 0;
  }

  /** Bytes of messages that wait to be sent, for the first time or again; what is held back among them. */
  get bytesWaiting(): number {
    return this.#bytesWaiting;
  }

  /** True where every message was acknowledged, or replaced by a newer one. */
  get isAllAcknowledged(): boolean {
    return this.#open === 0;
  }

  /** Messages that a channel has taken so far: of channel 0 what END names. */
  messagesOf(channel: number): number {
    return this.#byId.get(channel)?.nextSequence ?? 0;
  }

  /**
   * Takes a message: a copy, so the caller's bytes may change at once.
   *
   * @param channel kind and id as one byte, 0 to 0xbf. In a latest-only channel the message replaces the one before,
   *   which is not sent again.
   * @throws UsageError SW_USAGE for another channel; SW_LIMIT where the message is larger than 1 MiB, or than 1,024
   *   bytes in a latest-only channel, and where the queue is full
   */
  push(channel: number, bytes: Uint8Array): void {
    const target = this.#byId.get(channel) ?? this.#openChannel(channel);
    const most = target.isCounted ? MOST_MESSAGE_BYTES : MOST_LATEST_BYTES;
    if (bytes.length > most) {
      const what = target.isCounted ? 'a message' : 'a message of a latest-only channel';
      throw new UsageError(
        'SW_LIMIT',
        `${what} of ${bytes.length} bytes: at most ${most} are possible; send it in parts`,
      );
    }
    if (target.isCounted) {
      if (this.isFull)
        throw new UsageError('SW_LIMIT', 'too many messages wait to be sent: wait until the queue drains');
      this.#heldMessages++;
      this.#heldBytes += bytes.length;
    } else if (target.first !== undefined) {
      // A message that nobody has seen leaves its number to the one that replaces it.
      if (target.first.order === 0) target.nextSequence--;
      this.#finish(target.first);
    }
    target.append(bytes);
    this.#open++;
    this.#bytesWaiting += bytes.length;
    this.#enterRound(target);
  }

  /** Bytes that may be under way: the queue holds enough to keep them so while losses are repaired. */
  fitWindow(windowBytes: number): void {
    this.#enoughBytes = Math.max(ENOUGH_BYTES, Math.min(ENOUGH_WINDOWS * windowBytes, MOST_ENOUGH_BYTES));
  }

  /** Takes the peer's MAX_DATA; a lower one than before means nothing. */
  raiseLimit(limit: number): void {
    if (limit <= this.#limit) return;
    this.#limit = limit;
    // They come before those that got something to send meanwhile, or these would take the new room.
    const round = this.#round;
    for (let next = round.shift(); next !== undefined; next = round.shift()) this.#heldBack.push(next);
    this.#round = this.#heldBack;
    this.#heldBack = round;
  }

  /**
   * Puts what is to be sent into a packet, what was lost first.
   *
   * @param reserve bytes of the packet that stay free for what follows. 0: nothing follows, and the last MESSAGE goes
   *   without its length.
   * @returns what the packet now holds; undefined where nothing fits or nothing is to be sent
   */
  fill(sink: MessageSink, reserve: number): Content | undefined {
    this.#packer.begin(sink, reserve);
    this.#fillAgain();
    this.#fillNew();
    return this.#packer.finish();
  }

  /** For probes: like `fill` what was lost, or else the oldest segments that are under way, which go once more. */
  fillOldest(sink: MessageSink, reserve: number): Content | undefined {
    this.#packer.begin(sink, reserve);
    if (!this.#fillAgain()) this.#fillUnderWay();
    return this.#packer.finish();
  }

  /** The peer has a packet. */
  acknowledged(content: Content): void {
    content.isUnderWay = false;
    this.#acknowledge(content.first);
    if (content.more !== undefined) for (const segment of content.more) this.#acknowledge(segment);
  }

  /** A packet is taken for lost. */
  lost(content: Content): void {
    if (!content.isUnderWay) return;
    content.isUnderWay = false;
    this.#lose(content.first);
    if (content.more !== undefined) for (const segment of content.more) this.#lose(segment);
  }

  #openChannel(channel: number): SendChannel {
    if (!Number.isInteger(channel) || channel < 0 || channel > HIGHEST_CHANNEL)
      throw new UsageError('SW_USAGE', `channel ${channel}: a kind and an id in one byte, 0 to 191`);
    const opened = new SendChannel(channel);
    this.#byId.set(channel, opened);
    this.#channels.push(opened);
    return opened;
  }

  #enterRound(channel: SendChannel): void {
    if (channel.isInRound) return;
    channel.isInRound = true;
    channel.credit = TURN_BYTES;
    this.#round.push(channel);
  }

  /** The channel whose turn it is. What the limit holds back leaves the round until the limit rises. */
  #nextInRound(): SendChannel | undefined {
    for (let channel = this.#round.first; channel !== undefined; channel = this.#round.first) {
      const { unsent } = channel;
      if (unsent !== undefined && !this.#isTooMuch(unsent)) return channel;
      this.#round.shift();
      if (unsent === undefined) channel.isInRound = false;
      else this.#heldBack.push(channel);
    }
    return undefined;
  }

  /** Where one channel is held back no other begins a message: small messages must not use up what a large one waits for. */
  #isTooMuch(unsent: Segment): boolean {
    if (!isNewCost(unsent)) return false;
    return this.#heldBack.length > 0 || this.#spent + unsent.total + MESSAGE_COST_BYTES > this.#limit;
  }

  #fillNew(): void {
    let misfits = 0;
    for (let channel = this.#nextInRound(); channel !== undefined; channel = this.#nextInRound()) {
      if (channel.credit <= 0) {
        channel.credit += TURN_BYTES;
        this.#pass(channel);
        continue;
      }
      const segment = channel.unsent as Segment;
      const cost = isNewCost(segment) ? segment.total + MESSAGE_COST_BYTES : 0;
      const placed = this.#place(segment);
      if (placed !== undefined) {
        this.#spent += cost;
        if (placed === segment) channel.unsent = segment.next;
        channel.credit -= placed.length + MESSAGE_COST_BYTES;
        continue;
      }
      // Its turn goes on in the next packet, unless that had no more room either.
      if (!this.#packer.isEmpty || ++misfits >= this.#round.length) return;
      this.#pass(channel);
    }
  }

  /** It is the next channel's turn. */
  #pass(channel: SendChannel): void {
    this.#round.shift();
    this.#round.push(channel);
  }

  /** True where something was placed. */
  #fillAgain(): boolean {
    let hasPlaced = false;
    for (let segment = this.#firstAgain; segment !== undefined; segment = this.#firstAgain) {
      if (!segment.isDone) {
        const placed = this.#place(segment);
        if (placed === undefined) break;
        hasPlaced = true;
        if (placed !== segment) break;
        this.#again--;
      }
      segment.isAgain = false;
      this.#firstAgain = segment.nextAgain;
      segment.nextAgain = undefined;
    }
    if (this.#firstAgain === undefined) this.#lastAgain = undefined;
    return hasPlaced;
  }

  /** The oldest first, over all channels. */
  #fillUnderWay(): void {
    for (const channel of this.#channels) channel.cursor = channel.first;
    for (;;) {
      let oldest: Segment | undefined;
      for (const channel of this.#channels) {
        channel.cursor = underWay(channel.cursor);
        if (channel.cursor === undefined) continue;
        if (oldest === undefined || channel.cursor.order < oldest.order) oldest = channel.cursor;
      }
      if (oldest === undefined) return;
      const placed = this.#place(oldest);
      if (placed === undefined && oldest.channel.isCounted) return;
      oldest.channel.cursor = oldest.next;
    }
  }

  /** Adds a segment to the packet, or its first bytes as a segment of their own; undefined where it does not fit. */
  #place(segment: Segment): Segment | undefined {
    const fitting = this.#packer.fitting(segment);
    if (fitting < 0) return undefined;
    const placed = fitting < segment.length ? this.#cut(segment, fitting) : segment;
    if (placed.copies === 0) this.#bytesWaiting -= placed.length;
    if (placed.order === 0) placed.order = ++this.#order;
    placed.copies++;
    this.#packer.add(placed);
    return placed;
  }

  #cut(segment: Segment, count: number): Segment {
    this.#open++;
    // The new segment is in no packet yet, and so it waits.
    if (segment.copies > 0) this.#bytesWaiting += count;
    return segment.channel.cut(segment, count);
  }

  #acknowledge(segment: Segment): void {
    segment.channel.arrived(segment.sequence);
    if (!segment.isDone) this.#finish(segment);
  }

  #lose(segment: Segment): void {
    segment.copies--;
    if (segment.copies > 0 || segment.isDone) return;
    this.#bytesWaiting += segment.length;
    if (!segment.channel.isCounted) {
      segment.channel.unsent = segment;
      this.#enterRound(segment.channel);
      return;
    }
    segment.isAgain = true;
    this.#again++;
    if (this.#lastAgain === undefined) this.#firstAgain = segment;
    else this.#lastAgain.nextAgain = segment;
    this.#lastAgain = segment;
  }

  /** A segment is never sent again. */
  #finish(segment: Segment): void {
    const { channel } = segment;
    this.#open--;
    if (segment.copies === 0) this.#bytesWaiting -= segment.length;
    if (segment.isAgain) this.#again--;
    const { heldMessages, heldBytes } = channel;
    channel.remove(segment);
    if (!channel.isCounted) return;
    this.#heldMessages -= heldMessages - channel.heldMessages;
    this.#heldBytes -= heldBytes - channel.heldBytes;
  }
}

/** Sending it begins a message that the peer's limit counts. */
function isNewCost(unsent: Segment): boolean {
  return unsent.start === 0 && unsent.channel.isCounted;
}

/** The first segment from this one on that is in a packet under way. */
function underWay(from: Segment | undefined): Segment | undefined {
  let segment = from;
  while (segment !== undefined && segment.order > 0 && segment.copies === 0) segment = segment.next;
  return segment === undefined || segment.order === 0 ? undefined : segment;
}
