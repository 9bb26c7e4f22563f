/** What a report holds at most, so that it opens at once on a phone, whatever the capture. Each limit that cuts is said in the report. */

/** Conversations in full: some 60 KiB each. The others are counted. */
export const MOST_CONVERSATIONS = 12;
/** Conversations that somebody asks for by name, or all of them: a report of 10 MiB at most. */
export const MOST_ASKED = 50;
/** Conversations that are open when the report is opened; the rest unfolds. */
export const MOST_OPEN = 2;
/** Points of one trace of a plot. A plot is 500 to 1,000 pixels wide: more could not be told apart. */
export const MOST_POINTS = 1_200;
/** Signs for events in one plot; each is an element of the page. */
export const MOST_MARKS = 60;
/** Rows of a table of events before the rest is folded. */
export const MOST_EVENTS_OPEN = 12;
/** Losses that a ladder follows from the lost segment to its repair. */
export const MOST_REPAIRS = 3;
/** Rows of the table behind the plots. */
export const MOST_STRETCHES = 12;
/** Bytes of a frame in the hex dump: the headers, and what a message of ours has. */
export const MOST_DUMP_BYTES = 256;
/** Characters of one text from the capture. */
export const MOST_TEXT = 240;
/** Interfaces, artefacts and kinds of other traffic in a list. */
export const MOST_LISTED = 16;
/** Captures side by side. */
export const MOST_CAPTURES = 6;
