/**
 * What a conversation counts while it goes on, so that its summary can be told however it ends.
 */
import { Histogram } from '../statistics/histogram.ts';

/** Why a conversation ended. */
export type TalkEnd =
  /** All was sent, and all was answered that was to be. */
  | 'done'
  /** The peer closed. */
  | 'closed'
  /** Nothing came for as long as an answer may take. */
  | 'quiet'
  /** Somebody typed the word for it. */
  | 'left'
  /** A signal, or the time given for all of it. */
  | 'stopped';

export class TalkCounters {
  /** Whether there was somebody to talk to, or a place to listen at. */
  hasBegun = false;
  sentBytes = 0;
  /** Of the input, what the system did not take to the end; more of it may never have been read. */
  unsentBytes = 0;
  receivedBytes = 0;
  /** Texts or datagrams sent. */
  sent = 0;
  /** Answers or datagrams that came. */
  received = 0;
  /** Texts without an answer in time. */
  lost = 0;
  /** Answers that came after their time, or unasked. */
  late = 0;
  /** Datagrams of which the end was cut off, and those that were dropped because nobody took them in time. */
  truncated = 0;
  dropped = 0;
  /** Connections that broke off. */
  broken = 0;
  /** From sending a text to the end of its answer, in microseconds. */
  readonly roundTripUs: Histogram = new Histogram();

  countSent(bytes: Uint8Array): void {
    this.sent++;
    this.sentBytes += bytes.length;
  }

  countReceived(bytes: Uint8Array): void {
    this.received++;
    this.receivedBytes += bytes.length;
  }
}
