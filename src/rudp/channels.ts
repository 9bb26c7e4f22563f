/**
 * What both ends know of channels and their messages (docs/RELIABLE-UDP.md sections 3 and 8).
 */

/** The kind of a channel: bits 7 and 6 of its byte. */
export const KIND = { ordered: 0, unordered: 1, latestOnly: 2 } as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

/** The highest channel byte: kind 2, id 63. */
export const HIGHEST_CHANNEL = 0xbf;

/** What a message costs beside its bytes where MAX_DATA is counted, so that empty ones are bounded too. */
export const MESSAGE_COST_BYTES = 16;

/**
 * Messages from the oldest that is not acknowledged to the newest, over all ordered and unordered channels: what a sender
 * keeps. A receiver that misses one of them therefore never sees a sequence number so far ahead of it.
 */
export const MOST_MESSAGES_AHEAD = 65_536;

/** Messages up to this size share blocks; an array of its own costs a small message more than its bytes. */
export const POOLED_BYTES = 1_472;

/** Kind of a channel byte up to `HIGHEST_CHANNEL`. */
export function kindOf(channel: number): Kind {
  return (channel >> 6) as Kind;
}
