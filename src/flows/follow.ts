/**
 * Follow: both directions of one TCP conversation put together, by Wireshark's rules. Segments go in as they come, pieces of the
 * streams come out in order; where data are missing that the receiver acknowledged, a gap.
 *
 * The first copy of a byte counts. What comes before its turn is copied and waits, within a bound.
 */
import { TCP_FLAG, type TcpHeader } from '../wire/tcp-header.ts';
import type { TcpVerdict } from './tcp-verdict.ts';

/**
 * Payload that waits for what is missing before it, per direction: several times the largest receive buffer of a common
 * system (Linux: 6 MiB). Beyond it the missing bytes count as lost.
 */
export const MOST_WAITING_BYTES = 16_777_216;
/** Pieces that wait, per direction: as many as MOST_WAITING_BYTES has of 1 KiB. */
export const MOST_WAITING_PIECES = 16_384;

export interface FollowSink {
  /**
   * The next bytes of a direction.
   * @param from 0: the client, which sent the conversation's first segment; 1: the server
   * @param bytes the piece from `start` to `end` is valid until this returns
   * @param frame that carried them
   */
  onBytes(from: number, bytes: Uint8Array, start: number, end: number, frame: number): void;
  /**
   * Bytes that are not in the capture, although the receiver had them, or waited for no longer.
   * @param frame the one that showed it
   */
  onGap(from: number, missing: number, frame: number): void;
}

/** What stands for a gap in the output of tshark, its closing NUL included. */
export function gapText(missing: number): Uint8Array {
  return new TextEncoder().encode(`[${missing} bytes missing in capture file]\0`);
}

interface Piece {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly frame: number;
}

class Direction {
  /** The next sequence number, relative and as a signed 32-bit number. */
  expected = 0;
  hasWritten = false;
  /** In order of their arrival; none starts at `expected` or before. */
  readonly waiting: Piece[] = [];
  waitingBytes = 0;
  /** The lowest sequence number that waits; where something does. */
  lowest = 0;
}

export class Follow {
  readonly #sink: FollowSink;
  readonly #directions = [new Direction(), new Direction()] as const;
  /** The side of the client; −1 before the first segment. */
  #clientSide = -1;
  #forcedGaps = 0;

  constructor(sink: FollowSink) {
    this.#sink = sink;
  }

  /** Gaps that were made because too much waited. */
  get forcedGaps(): number {
    return this.#forcedGaps;
  }

  /** Bytes of a direction (0: the client's) that wait for missing ones; at the end of the capture they are left out. */
  waitingBytes(from: 0 | 1): number {
    return this.#directions[from].waitingBytes;
  }

  /**
   * Takes a segment of the conversation.
   * @param verdict what the TCP analysis says of it: its side and the initial sequence numbers
   * @param start where its payload starts in `bytes`; `header.capturedPayload` tells how much there is
   */
  segment(verdict: TcpVerdict, header: TcpHeader, frame: number, bytes: Uint8Array, start: number): void {
    if (!header.isAnalysed || !header.isWhole) return;
    const side = verdict.place & 1;
    if (this.#clientSide < 0) this.#clientSide = side;
    const from = side === this.#clientSide ? 0 : 1;
    const peer = 1 - from;
    this.#acknowledge(peer, (header.acknowledgment - verdict.peerBase) | 0, frame);

    const direction = this.#directions[from] as Direction;
    // Data of a SYN begin after its own number (RFC 7413 section 4.1.2).
    const syn = (header.flags & TCP_FLAG.syn) === 0 ? 0 : 1;
    let sequence = (header.sequence + syn - verdict.base) | 0;
    if (!direction.hasWritten && direction.expected === 0) direction.expected = sequence;
    let length = header.payloadLength;
    let skipped = 0;
    const known = (direction.expected - sequence) | 0;
    if (known > 0) {
      if (length <= known) return;
      skipped = known;
      sequence = direction.expected;
      length -= known;
    }
    if (header.capturedPayload <= skipped) return;
    const end = start + header.capturedPayload;
    if (sequence === direction.expected) {
      direction.expected = (sequence + length) | 0;
      direction.hasWritten = true;
      this.#sink.onBytes(from, bytes, start + skipped, end, frame);
      if (direction.waiting.length > 0) this.#takeFitting(from);
    } else {
      this.#wait(from, { sequence, bytes: bytes.slice(start + skipped, end), frame });
    }
  }

  /** The peer of a direction says how far it has its data. */
  #acknowledge(from: number, ack: number, frame: number): void {
    const direction = this.#directions[from] as Direction;
    while (direction.waiting.length > 0 && ((direction.lowest - ack) | 0) < 0) this.#leap(from, frame);
  }

  #wait(from: number, piece: Piece): void {
    const direction = this.#directions[from] as Direction;
    const { waiting } = direction;
    if (waiting.length === 0 || ((piece.sequence - direction.lowest) | 0) < 0)
      direction.lowest = piece.sequence;
    waiting.push(piece);
    direction.waitingBytes += piece.bytes.length;
    while (direction.waitingBytes > MOST_WAITING_BYTES || waiting.length > MOST_WAITING_PIECES) {
      this.#forcedGaps++;
      this.#leap(from, piece.frame);
    }
  }

  /** Goes on behind a gap. */
  #leap(from: number, frame: number): void {
    const direction = this.#directions[from] as Direction;
    this.#sink.onGap(from, (direction.lowest - direction.expected) >>> 0, frame);
    direction.hasWritten = true;
    direction.expected = direction.lowest;
    this.#takeFitting(from);
  }

  /** Takes what waits and fits now, always the first that arrived; then nothing that waits fits any more. */
  #takeFitting(from: number): void {
    const direction = this.#directions[from] as Direction;
    const { waiting } = direction;
    for (let index = 0; index < waiting.length; ) {
      const piece = waiting[index] as Piece;
      const known = (direction.expected - piece.sequence) | 0;
      if (known < 0) {
        if (index === 0 || ((piece.sequence - direction.lowest) | 0) < 0) direction.lowest = piece.sequence;
        index++;
        continue;
      }
      if (index === 0) waiting.shift();
      else waiting.splice(index, 1);
      direction.waitingBytes -= piece.bytes.length;
      if (known < piece.bytes.length) {
        direction.expected = (piece.sequence + piece.bytes.length) | 0;
        direction.hasWritten = true;
        this.#sink.onBytes(from, piece.bytes, known, piece.bytes.length, piece.frame);
      }
      index = 0;
    }
  }
}
