/**
 * Rows of 32,768 frames in one typed array, 48 bytes a row. Row by row, because a frame is written, and a conversation's frames
 * are read, as a whole: one cache line instead of twelve. Chunks instead of an array that doubles, since doubling needs three
 * times the room while it copies.
 */

export const CHUNK_BITS = 15;
export const CHUNK_ROWS: number = 1 << CHUNK_BITS;
export const CHUNK_MASK: number = CHUNK_ROWS - 1;

/** Words of a row. */
export const ROW_WORDS = 12;
/** Index of each word in a row. What is more than 2^31 − 1 is read with `>>> 0`. */
export const ROW = {
  /** Nanoseconds since the first frame: a double, at half the index in `doubles`. */
  time: 0,
  /** Of the frame on the wire. */
  length: 2,
  /** Conversation times 2 plus side, of TCP or of UDP as the marks say. */
  place: 3,
  /** Row of the conversation's frame before; −1: none. */
  before: 4,
  /** Payload of TCP or UDP, also where it was not captured. */
  payload: 5,
  /** Marks; of TCP the header's flags and the events, too. */
  bits: 6,
  /** As on the wire; of TCP, as all that follows. */
  sequence: 7,
  acknowledgment: 8,
  /** In bytes, scaled where the scale is known. */
  window: 9,
  inFlight: 10,
  /** The frame that this one acknowledges; 0: none. */
  acksFrame: 11,
} as const;

/** Lowest bits of `bits`. */
export const ROW_MARK = {
  tcp: 0x01,
  udp: 0x02,
  /** The capture holds less of the frame than was on the wire. */
  cut: 0x04,
  noTime: 0x08,
  /** The TCP or UDP header is what an ICMP error quotes: it went another way, at another time. */
  quoted: 0x10,
  /** A TCP header that is not whole, or within a fragment: Wireshark does not analyse it. */
  notAnalysed: 0x20,
  /** The frame before it in its direction, to the bit, right after it. */
  copy: 0x40,
} as const;
export const MARKS_MASK = 0x7f;
/** Above the marks 9 of the header's flags (the 3 reserved ones tell nothing), then 15 events. */
export const FLAGS_SHIFT = 7;
export const FLAGS_MASK = 0x1ff;
export const EVENTS_SHIFT = 16;
export const EVENTS_MASK = 0x7fff;
/** The highest bit, so that `bits` is negative: an ordinary segment (`ordinary-segments.ts`), without events. */
export const ORDINARY: number = 1 << 31;

/** Bytes of a chunk. */
export const CHUNK_BYTES: number = ROW_WORDS * CHUNK_ROWS * Int32Array.BYTES_PER_ELEMENT;

export class RowChunk {
  readonly words: Int32Array;
  /** The same bytes. */
  readonly doubles: Float64Array;

  /**
   * @param buffer shared, because such buffers do not count as the engine's garbage to come: they do not hurry its collector
   * @param start where in it the chunk lies
   */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(CHUNK_BYTES), start = 0) {
    const words = Math.min(CHUNK_BYTES, buffer.byteLength) / Int32Array.BYTES_PER_ELEMENT;
    this.words = new Int32Array(buffer, start, words);
    this.doubles = new Float64Array(buffer, start, words >>> 1);
  }
}
