/**
 * The frames of a conversation that tell its story: the first ones, those with events, the last ones. Each with what it is for.
 */
import type { TcpEvent } from '../flows/tcp-events.ts';
import { TCP_FLAG } from '../wire/tcp-header.ts';
import { CloseProgress } from './close-progress.ts';
import type { Columns } from './columns.ts';
import { ROW_MARK } from './columns-chunk.ts';
import type { Segment } from './conversation-segment.ts';
import type { SegmentSink } from './conversation-walk.ts';
import { kindsOf } from './events-report.ts';
import { noteOf } from './explain-segment.ts';
import { FrameTeller, type ToldFrame } from './frame-teller.ts';
import type { LadderStep } from './model.ts';
import { previewOf } from './payload-preview.ts';

/** Handshake, and two or three exchanges with their ACKs. */
const FIRST_STEPS = 10;
/** Of those between, only frames with events, */
const EVENT_STEPS = 6;
/** and then the last data, FIN, FIN, ACK. */
const LAST_STEPS = 5;
/** What PSH is for is said so often. */
const PUSH_STEPS = 2;
/** Events that are no trouble. */
const HARMLESS: ReadonlySet<TcpEvent> = new Set([
  'windowUpdate',
  'keepAlive',
  'keepAliveAck',
  'zeroWindowProbeAck',
]);

const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [TCP_FLAG.syn, 'SYN'],
  [TCP_FLAG.fin, 'FIN'],
  [TCP_FLAG.rst, 'RST'],
  [TCP_FLAG.psh, 'PSH'],
  [TCP_FLAG.ack, 'ACK'],
  [TCP_FLAG.urg, 'URG'],
  [TCP_FLAG.ece, 'ECE'],
  [TCP_FLAG.cwr, 'CWR'],
];

export class LadderReader implements SegmentSink {
  readonly #columns: Columns;
  readonly #frames: number;
  readonly #teller: FrameTeller;
  readonly #steps: LadderStep[] = [];
  /** Frames that went by, and those since the last step. */
  #count = 0;
  #leftOut = 0;
  #eventSteps = 0;
  #pushSteps = 0;
  #isAnswered = false;
  #isOpen = false;
  readonly #close = new CloseProgress();
  /** Relative sequence number behind what each side has sent. */
  readonly #ends: [number, number] = [0, 0];

  /**
   * @param frames that the conversation has: the last ones are known by it
   * @param teller of protocols of our own
   */
  constructor(columns: Columns, frames: number, teller: FrameTeller = new FrameTeller(undefined)) {
    this.#teller = teller;
    this.#columns = columns;
    this.#frames = frames;
  }

  get steps(): readonly LadderStep[] {
    return this.#steps;
  }

  add(segment: Segment): void {
    const index = this.#count++;
    // One frame left out would take the line that says so.
    if (
      index < FIRST_STEPS ||
      index >= this.#frames - LAST_STEPS ||
      this.#frames <= FIRST_STEPS + LAST_STEPS + 1
    ) {
      this.#push(segment);
    } else if (this.#teller.isEventful(segment.frame)) {
      // Of those the teller has few.
      this.#push(segment);
    } else if (segment.events !== 0 && this.#eventSteps < EVENT_STEPS) {
      this.#eventSteps++;
      this.#push(segment);
    } else this.#leftOut++;
    if ((segment.marks & ROW_MARK.tcp) !== 0) this.#learn(segment);
  }

  #push(segment: Segment): void {
    const { flags, payload } = segment;
    const isTcp = (segment.marks & ROW_MARK.tcp) !== 0;
    const progress = {
      isAnswered: this.#isAnswered,
      isOpen: this.#isOpen,
      close: this.#close,
      peerEnd: this.#ends[segment.side === 0 ? 1 : 0],
      isPushKnown: this.#pushSteps >= PUSH_STEPS,
    };
    if ((flags & TCP_FLAG.psh) !== 0 && payload > 0) this.#pushSteps++;
    const told = this.#teller.tell(segment.frame);
    const kinds = kindsOf(segment.events);
    this.#steps.push({
      frame: segment.frame,
      timeNs: segment.timeNs,
      from: segment.side === 0 ? 'client' : 'server',
      flags: told?.flags ?? FLAG_NAMES.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name),
      sequence: segment.sequence,
      acknowledgment: segment.acknowledgment,
      payload,
      window: segment.window,
      kinds,
      isTrouble: told?.isTrouble ?? kinds.some(kind => !HARMLESS.has(kind)),
      isLost: told?.isLost ?? false,
      repeats: told?.repeats ?? null,
      acksFrame: segment.acksFrame === 0 ? null : segment.acksFrame,
      rttNs: segment.acksFrame === 0 ? null : segment.rttNs,
      note: [
        ...(isTcp ? [noteOf(segment, progress)] : []),
        ...(told === undefined ? this.#telemetry(segment) : [told.note]),
      ].join('; '),
      preview: this.#previewOf(segment, told),
      leftOut: this.#leftOut,
    });
    this.#leftOut = 0;
  }

  #telemetry({ frame, payload }: Segment): string[] {
    const text = payload === 0 ? undefined : this.#teller.telemetry(frame);
    return text === undefined ? [] : [text];
  }

  /** Of reliable UDP its message: the bytes before that are told in words. */
  #previewOf({ frame, row, payload }: Segment, told: ToldFrame | undefined): string | null {
    if (told !== undefined)
      return told.excerpt === undefined || told.excerpt.length === 0
        ? null
        : previewOf(told.excerpt, told.bytes);
    // What is told in words says more than its first bytes.
    if (payload === 0 || this.#teller.telemetry(frame) !== undefined) return null;
    const excerpt = this.#columns.excerpts.excerptOf(row);
    return excerpt === undefined || excerpt.bytes.length === 0 ? null : previewOf(excerpt.bytes, payload);
  }

  #learn(segment: Segment): void {
    const { flags, side, sequence, payload } = segment;
    const takes = (flags & (TCP_FLAG.syn | TCP_FLAG.fin)) === 0 ? payload : payload + 1;
    const end = (sequence + takes) >>> 0;
    if ((flags & TCP_FLAG.syn) !== 0 || ((end - this.#ends[side]) | 0) > 0) this.#ends[side] = end;
    if ((flags & TCP_FLAG.syn) !== 0 && (flags & TCP_FLAG.ack) !== 0) this.#isAnswered = true;
    else if (this.#isAnswered && side === 0) this.#isOpen = true;
    if ((flags & TCP_FLAG.rst) === 0) this.#close.take(segment);
  }
}
