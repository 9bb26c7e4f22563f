/**
 * The bounds of the file server, and where each number comes from.
 */

/** Bytes of a request's head with its target; more gets 431. What Node.js and most servers take. */
export const MOST_HEAD_BYTES = 16_384;

/** Bytes of a request target; more gets 414. RFC 9110 section 4.1 asks for at least 8,000. */
export const MOST_TARGET_BYTES = 8_192;

/** Requests of one connection; the last answer says that it closes. So that one client cannot keep a place for ever. */
export const MOST_REQUESTS = 1_000;

/** Requests that came while earlier ones are answered: beyond this the connection is not read. A browser pipelines none. */
export const MOST_PIPELINED = 16;

/** A connection without a request is kept for this long: a person reads a page, and clicks. */
export const KEEP_ALIVE_MS = 15_000;

/** From the connection, or from the last answer, to the end of the next head; then it is closed, with 408 where a part of one came. Longer than `KEEP_ALIVE_MS`. */
export const HEAD_WITHIN_MS = 30_000;

/** A client that takes nothing of an answer for this long is cut off. As long as nginx waits. */
export const STALLED_MS = 60_000;

/** Bytes of a file in memory for each answer, besides what the socket holds: larger pieces are hardly faster. */
export const READ_BYTES = 131_072;

/** Ranges of one request; with more the whole file is sent (RFC 9110 section 14.2 allows it). PDF readers ask for a few. */
export const MOST_RANGES = 16;

/** Names of a folder that are read and sorted: nobody else is served for the tenth of a second that this takes. */
export const MOST_NAMES = 20_000;

/** Entries that a listing shows: a page of 1 MB, and a system call for each. */
export const MOST_LISTED = 5_000;
