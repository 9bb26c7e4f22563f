/** The three frames that open a TCP connection, and what there is of them. */
import { TCP_FLAG } from '../wire/tcp-header.ts';
import { ROW_MARK } from './columns-chunk.ts';
import type { Segment } from './conversation-segment.ts';
import type { SegmentSink } from './conversation-walk.ts';
import type { Handshake, HandshakeFrame } from './model.ts';

const ECN_SETUP: number = TCP_FLAG.ece | TCP_FLAG.cwr;

export class HandshakeReader implements SegmentSink {
  /** Row of the SYN of each side; −1: none. */
  readonly synRows: [number, number] = [-1, -1];
  readonly #frames: (HandshakeFrame | null)[] = [null, null, null];
  readonly #sequences: (number | null)[] = [null, null];
  #repeated = 0;
  #asksEcn = false;
  #isEcn = false;
  #isRefused = false;

  add(segment: Segment): void {
    const { flags, side } = segment;
    if ((segment.marks & ROW_MARK.notAnalysed) !== 0) return;
    if ((flags & TCP_FLAG.syn) !== 0) this.#addSyn(segment);
    else if (this.#frames[2] !== null) return;
    else if ((flags & TCP_FLAG.rst) !== 0) {
      this.#isRefused ||= side === 1 && this.#frames[1] === null;
    } else if (side === 0 && this.#frames[1] !== null && segment.acknowledgment === 1) {
      this.#frames[2] = frameOf(segment);
    }
  }

  report(): Handshake {
    const [syn = null, synAck = null, ack = null] = this.#frames;
    return {
      state:
        syn === null && synAck === null
          ? 'unseen'
          : syn !== null && synAck !== null && ack !== null
            ? 'complete'
            : syn !== null && synAck === null && ack === null
              ? this.#isRefused
                ? 'refused'
                : 'unanswered'
              : 'partial',
      syn,
      synAck,
      ack,
      repeated: this.#repeated,
      totalNs: between(syn, ack),
      serverNs: between(syn, synAck),
      clientNs: between(synAck, ack),
      clientSequence: this.#sequences[0] ?? null,
      serverSequence: this.#sequences[1] ?? null,
      isEcn: this.#isEcn,
    };
  }

  #addSyn(segment: Segment): void {
    const { side } = segment;
    const step = (segment.flags & TCP_FLAG.ack) === 0 ? 0 : 1;
    // Who answers to a SYN has sent none before, except where both open at once.
    if (this.#frames[step] !== null) this.#repeated++;
    else this.#frames[step] = frameOf(segment);
    if (this.synRows[side] < 0) this.synRows[side] = segment.row;
    this.#sequences[side] = segment.rawSequence;
    if (step === 0) this.#asksEcn = (segment.flags & ECN_SETUP) === ECN_SETUP;
    else this.#isEcn = this.#asksEcn && (segment.flags & ECN_SETUP) === TCP_FLAG.ece;
  }
}

function frameOf({ frame, timeNs }: Segment): HandshakeFrame {
  return { frame, timeNs };
}

function between(from: HandshakeFrame | null, to: HandshakeFrame | null): number | null {
  return from === null || to === null ? null : to.timeNs - from.timeNs;
}
