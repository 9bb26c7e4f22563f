/**
 * In what manner the data of a conversation flow: requests with answers, messages in one direction, bulk; and the silences
 * between.
 *
 * First segments become messages, since a segment is not what a program wrote: a message ends where the other side begins to
 * send, or where PSH says that everything written has been sent and then there is a pause. Then messages become phases.
 */
import { TCP_FLAG } from '../wire/tcp-header.ts';
import type { Segment } from './conversation-segment.ts';
import type { SegmentSink } from './conversation-walk.ts';
import type { Phase } from './model.ts';
import { Samples } from './samples.ts';

/** More than a screen shows; all others are counted. */
export const MOST_PHASES = 12;
/** After PSH and this pause another message begins: two writes of a program that computes in between are further apart. */
const PAUSE_NS = 500_000;
/** Whoever is silent for so long, and longer than eight of the usual periods, begins something new. */
const QUIET_NS = 5_000_000_000;
const QUIET_PERIODS = 8;
/** A message of so many bytes is bulk: more than the first flight of any sender (ten segments, RFC 6928). */
const BULK_BYTES = 65_536;
/** Nearly every message has an answer; nearly none has. */
const MOST_ANSWERED = 0.8;
const FEW_ANSWERED = 0.1;

/** One message that is being put together. */
class Message {
  side: 0 | 1 = 0;
  startNs = 0;
  endNs = 0;
  bytes = 0;
  firstFrame = 0;
  lastFrame = 0;
  isPushed = false;
}

class OpenPhase {
  readonly from: 0 | 1;
  readonly startNs: number;
  readonly firstFrame: number;
  readonly quietNs: number;
  endNs: number;
  lastFrame: number;
  bytes = 0;
  ownBytes = 0;
  readonly sizes = new Samples();
  readonly answerSizes = new Samples();
  readonly periods = new Samples();
  readonly answers = new Samples();
  /** When the last message of who began started, and when the last message of anybody ended. */
  lastStartNs = -1;
  isAnswered = true;
  lastEndNs: number;

  constructor(message: Message, quietNs: number) {
    this.from = message.side;
    this.startNs = message.startNs;
    this.firstFrame = message.firstFrame;
    this.quietNs = quietNs;
    this.endNs = message.endNs;
    this.lastEndNs = message.startNs;
    this.lastFrame = message.lastFrame;
  }

  add(message: Message): void {
    if (message.side === this.from) {
      if (this.lastStartNs >= 0) this.periods.add(message.startNs - this.lastStartNs);
      this.lastStartNs = message.startNs;
      this.sizes.add(message.bytes);
      this.ownBytes += message.bytes;
      this.isAnswered = false;
    } else {
      this.answerSizes.add(message.bytes);
      if (!this.isAnswered) this.answers.add(message.startNs - this.lastEndNs);
      this.isAnswered = true;
    }
    this.bytes += message.bytes;
    this.endNs = message.endNs;
    this.lastEndNs = message.endNs;
    this.lastFrame = message.lastFrame;
  }

  /** Whether the silence before a message ends the phase. */
  endsBefore(message: Message): boolean {
    const quiet = message.startNs - this.endNs;
    // After the first message nobody knows what is usual.
    return this.periods.count > 0 && quiet > QUIET_NS && quiet > QUIET_PERIODS * this.periods.quantile(0.5);
  }

  report(): Phase {
    const { sizes, answerSizes, answers, periods } = this;
    const durationNs = this.endNs - this.startNs;
    const share = answers.count / Math.max(1, sizes.count);
    const isBulk =
      this.ownBytes >= BULK_BYTES && (sizes.count === 1 || this.ownBytes / sizes.count >= BULK_BYTES / 4);
    return {
      kind: isBulk
        ? 'bulk'
        : share >= MOST_ANSWERED
          ? 'exchange'
          : share <= FEW_ANSWERED
            ? 'messages'
            : 'mixed',
      startNs: this.startNs,
      durationNs,
      firstFrame: this.firstFrame,
      lastFrame: this.lastFrame,
      from: this.from === 0 ? 'client' : 'server',
      count: sizes.count,
      answers: answerSizes.count,
      size: sizes.sizes() ?? { min: 0, p50: 0, max: 0 },
      answerSize: answerSizes.sizes(),
      periodNs: periods.times(),
      isRegular: periods.isRegular,
      answerNs: answers.times(),
      bytes: this.bytes,
      ownBytes: this.ownBytes,
      rateBps: durationNs > 0 ? (8e9 * this.bytes) / durationNs : null,
      quietNs: this.quietNs,
    };
  }
}

export class PhaseReader implements SegmentSink {
  readonly #isStream: boolean;
  readonly #phases: Phase[] = [];
  #leftOut = 0;
  #message = new Message();
  #hasMessage = false;
  #open: OpenPhase | undefined = undefined;
  #endNs = 0;

  /** @param isStream false: each datagram is a message */
  constructor(isStream: boolean) {
    this.#isStream = isStream;
  }

  add(segment: Segment): void {
    if (segment.newBytes === 0) return;
    const message = this.#message;
    if (this.#hasMessage && !this.#continues(segment)) this.#end();
    if (!this.#hasMessage) {
      this.#hasMessage = true;
      message.side = segment.side;
      message.startNs = segment.timeNs;
      message.bytes = 0;
      message.firstFrame = segment.frame;
    }
    message.bytes += segment.newBytes;
    message.endNs = segment.timeNs;
    message.lastFrame = segment.frame;
    message.isPushed = (segment.flags & TCP_FLAG.psh) !== 0;
  }

  /** Ends the last phase. To be called once, before anything is asked. */
  finish(): void {
    if (this.#hasMessage) this.#end();
    if (this.#open !== undefined) this.#close(this.#open);
  }

  get phases(): readonly Phase[] {
    return this.#phases;
  }

  get leftOut(): number {
    return this.#leftOut;
  }

  #continues({ side, timeNs }: Segment): boolean {
    const message = this.#message;
    if (!this.#isStream || side !== message.side) return false;
    return !(message.isPushed && timeNs - message.endNs >= PAUSE_NS);
  }

  #end(): void {
    this.#hasMessage = false;
    const message = this.#message;
    if (this.#open?.endsBefore(message)) {
      this.#close(this.#open);
      this.#open = undefined;
    }
    this.#open ??= new OpenPhase(message, this.#endNs === 0 ? 0 : message.startNs - this.#endNs);
    this.#open.add(message);
    this.#endNs = message.endNs;
  }

  #close(phase: OpenPhase): void {
    if (this.#phases.length === MOST_PHASES) this.#leftOut++;
    else this.#phases.push(phase.report());
  }
}
