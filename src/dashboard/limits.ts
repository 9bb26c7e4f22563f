/**
 * What the page takes and keeps at most, with the reasons.
 */

/** One slot of a trace: ten of them a second are as fine as a card is wide. */
export const SLOT_US = 100_000;
/** Slots of a trace: the last minute. */
export const SLOTS = 600;
/** Sensors shown; further ones are only counted. Each costs some 15 KiB here and a canvas in the browser. */
export const MOST_SHOWN = 100;
/** A sensor without readings for this long gives its card to a new one when all are taken: its trace is empty. */
export const SILENT_US: number = SLOTS * SLOT_US;
/** Characters of a text (and bytes of a byte array, in hexadecimal) that a card shows. */
export const MOST_TEXT = 160;

/** Pages open at once. Each costs some 100 KB/s where a hundred sensors are shown. */
export const MOST_PAGES = 32;
/** A page that leaves more unread than this is dropped, and comes back by itself. The largest full message has 2.6 MB. */
export const MOST_UNREAD_BYTES: number = 4 * 1024 * 1024;
/** How often pages hear of new readings. */
export const TICK_US = 100_000;
/** Ticks between two totals: no eye follows more than two a second, and asking for them costs a look into /proc. */
export const TICKS_A_TOTAL = 5;

/** Connections of any kind: six a browser, and some to spare. */
export const MOST_HTTP_CONNECTIONS = 256;
/** A command is a hundred bytes. */
export const MOST_BODY_BYTES = 4_096;
/** How long a sender may take to answer a command: a round trip to anywhere, and a pause for thought. */
export const COMMAND_WAIT_US = 5_000_000;
/** Stretches of one history: more than any screen has columns. */
export const MOST_HISTORY_BUCKETS = 10_000;
/** Histories under way at once: they share one reader. */
export const MOST_HISTORIES = 4;
