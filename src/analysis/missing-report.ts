/** What of a TCP conversation is not in the capture. */

import { ROW_MARK } from './columns-chunk.ts';
import type { Coverage } from './conversation-coverage.ts';
import type { Segment } from './conversation-segment.ts';
import type { SegmentSink } from './conversation-walk.ts';
import type { CloseReport, EventCount, Handshake, MissingReport } from './model.ts';

export class MissingReader implements SegmentSink {
  #cutFrames = 0;
  readonly #packets = [0, 0];

  add({ marks, side }: Segment): void {
    if ((marks & ROW_MARK.cut) !== 0) this.#cutFrames++;
    this.#packets[side]!++;
  }

  report(
    handshake: Handshake,
    close: CloseReport,
    coverage: readonly [Coverage, Coverage],
    events: readonly EventCount[],
    cutBytes: number,
  ): MissingReport {
    const [client, server] = coverage;
    const isDead = handshake.state === 'unanswered' || handshake.state === 'refused';
    return {
      handshake: handshake.syn === null,
      end: close.state === 'open' && !isDead,
      gaps: [client.gaps, server.gaps],
      gapBytes: [client.gapBytes, server.gapBytes],
      ackedUnseen: events.find(({ kind }) => kind === 'ackedUnseen')?.count ?? 0,
      cutFrames: this.#cutFrames,
      cutBytes,
      oneWay: !isDead && (this.#packets[0] === 0 || this.#packets[1] === 0),
    };
  }
}
