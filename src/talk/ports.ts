/**
 * What a conversation reads and writes: bytes to send from somewhere, bytes that came to somewhere.
 */

/** What is to be sent: pieces of a stream, or one datagram each. */
export interface TalkInput extends AsyncIterable<Uint8Array> {
  /** True where somebody ended the conversation with the word for it: no answer is waited for. */
  readonly left: boolean;
  /** Ends the iteration, also while it waits. Idempotent. */
  stop(): void;
}

/** What is known of a message beside its bytes. */
export interface MessageOrigin {
  /** The sender's URL, where there may be several. */
  readonly from?: string;
  /** From sending a text to the end of its answer. */
  readonly roundTripUs?: number;
}

/** Takes what came. A promise says when there is room for more. */
export interface TalkOutput {
  /** A piece of a stream, cut anywhere. */
  piece(bytes: Uint8Array): Promise<void> | undefined;
  /** A datagram, or an answer: something of its own. */
  message(bytes: Uint8Array, origin?: MessageOrigin): Promise<void> | undefined;
  /** The stream ends: what comes next is something else. `isAnswer`: the pieces were one message. */
  endOfPieces(isAnswer?: boolean): Promise<void> | undefined;
  /** What was sent, for those who want to see that too. */
  sent(bytes: Uint8Array): Promise<void> | undefined;
}
