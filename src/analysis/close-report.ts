/** Who closed a TCP connection, and how (RFC 9293 section 3.6). */
import { TCP_FLAG } from '../wire/tcp-header.ts';
import { CloseProgress } from './close-progress.ts';
import { ROW_MARK } from './columns-chunk.ts';
import type { Segment } from './conversation-segment.ts';
import type { SegmentSink } from './conversation-walk.ts';
import type { CloseReport, Handshake } from './model.ts';

export class CloseReader implements SegmentSink {
  readonly #fins: (number | null)[] = [null, null];
  readonly #progress = new CloseProgress();
  #reset: number | null = null;
  #resetBy: 0 | 1 = 0;
  #firstBy: 0 | 1 | null = null;
  #firstNs = 0;
  #lastNs = 0;
  #lastAck: number | null = null;
  #bytesAfterFin = 0;

  add(segment: Segment): void {
    const { flags, side, frame } = segment;
    const peer = side === 0 ? 1 : 0;
    this.#lastNs = segment.timeNs;
    if ((segment.marks & ROW_MARK.notAnalysed) !== 0) return;
    if ((flags & TCP_FLAG.rst) !== 0) {
      this.#begin(segment);
      if (this.#reset === null) this.#resetBy = side;
      this.#reset ??= frame;
      return;
    }
    if (this.#fins[peer] !== null) this.#bytesAfterFin += segment.newBytes;
    if ((flags & TCP_FLAG.fin) !== 0) {
      this.#begin(segment);
      this.#fins[side] ??= frame;
    }
    this.#progress.take(segment);
    // Where both close at once, each FIN has an ACK of its own, and the later one ends it.
    if (this.#progress.isOver) this.#lastAck ??= frame;
  }

  report(handshake: Handshake): CloseReport {
    const [clientFin = null, serverFin = null] = this.#fins;
    const isOver = clientFin !== null && serverFin !== null;
    const hasFin = clientFin !== null || serverFin !== null;
    const by = this.#firstBy;
    return {
      state:
        handshake.state === 'refused'
          ? 'refused'
          : isOver
            ? 'closed'
            : this.#reset !== null
              ? 'reset'
              : hasFin
                ? 'half'
                : 'open',
      by: by === null ? null : name(by),
      clientFin,
      serverFin,
      reset: this.#reset,
      resetBy: this.#reset === null ? null : name(this.#resetBy),
      lastAck: this.#lastAck,
      timeNs: by === null ? null : this.#firstNs,
      durationNs: by === null ? null : this.#lastNs - this.#firstNs,
      bytesAfterFin: this.#bytesAfterFin,
    };
  }

  #begin({ side, timeNs }: Segment): void {
    if (this.#firstBy !== null) return;
    this.#firstBy = side;
    this.#firstNs = timeNs;
  }
}

function name(side: 0 | 1): 'client' | 'server' {
  return side === 0 ? 'client' : 'server';
}
