/**
 * What a collector takes at most, with the reasons.
 */

/** Connections (and datagram peers) at once. An idle one costs 9 KiB (measured), one with half a message up to 64 KiB more. */
export const MOST_CONNECTIONS = 10_000;

/**
 * Bytes of readings between network and store. Above the first number all connections are paused, below the second they
 * go on. It holds two million numbers: a second or two at full speed.
 */
export const QUEUE_BYTES = { pauseAbove: 33_554_432, resumeBelow: 16_777_216 } as const;

/** What one message of readings costs in the queue besides its columns: a dozen small objects. */
export const BATCH_BYTES = 1_024;

/** A store that failed for a while is tried again after this. */
export const STORE_RETRY_US = 1_000_000;

/** At the end, readings that were taken have this long to become durable; their senders keep the others. */
export const SETTLE_WITHIN_US = 5_000_000;

/** Sessions and sensors that are remembered to be counted once. */
export const MOST_REMEMBERED = 100_000;
