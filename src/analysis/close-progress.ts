/**
 * How far the closing of a TCP connection has come, segment by segment (RFC 9293 section 3.6). A FIN has a sequence number of its
 * own, behind the last byte: it has arrived only where an ACK's number is past it. An ACK that comes after a FIN may be of anything.
 */
import { TCP_FLAG } from '../wire/tcp-header.ts';
import type { Segment } from './conversation-segment.ts';

export class CloseProgress {
  /** Relative sequence number behind the FIN of the client, of the server. */
  readonly #ends: [number | undefined, number | undefined] = [undefined, undefined];
  /** Where the FIN of the client, of the server has been acknowledged. */
  readonly #acknowledged: [boolean, boolean] = [false, false];

  /** Asked before `take` was given the segment: its sender's peer has sent a FIN. */
  hasFinOfPeer({ side }: Segment): boolean {
    return this.#ends[1 - side] !== undefined;
  }

  /** The segment's ACK number covers the FIN of its sender's peer. */
  isFinAcknowledged({ flags, side, acknowledgment }: Segment): boolean {
    const end = this.#ends[1 - side];
    return end !== undefined && (flags & TCP_FLAG.ack) !== 0 && ((acknowledgment - end) | 0) >= 0;
  }

  /** The same, and no segment before did. */
  bringsAckOfFin(segment: Segment): boolean {
    return !this.#acknowledged[1 - segment.side] && this.isFinAcknowledged(segment);
  }

  /** The sender's own FIN was acknowledged before. */
  isOwnFinAcknowledged({ side }: Segment): boolean {
    return this.#acknowledged[side] === true;
  }

  /** Both FINs were acknowledged. */
  get isOver(): boolean {
    return this.#acknowledged[0] && this.#acknowledged[1];
  }

  /** Learns from a segment that is not a reset. */
  take(segment: Segment): void {
    const { flags, side, sequence, payload } = segment;
    // A new connection with the ports of the one before.
    if ((flags & (TCP_FLAG.syn | TCP_FLAG.ack)) === TCP_FLAG.syn) this.#forget();
    if ((flags & TCP_FLAG.fin) !== 0) this.#ends[side] = (sequence + payload + 1) >>> 0;
    if (this.isFinAcknowledged(segment)) this.#acknowledged[1 - side] = true;
  }

  #forget(): void {
    this.#ends.fill(undefined);
    this.#acknowledged.fill(false);
  }
}
