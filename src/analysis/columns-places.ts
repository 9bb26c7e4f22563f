/** What the columns remember of each conversation: its last frame, and how much was kept of it already. */

/** Grows by doubling from here. */
const FIRST_CONVERSATIONS = 256;

export class PlaceTable {
  #count = 0;
  /** Row of the last frame; −1: none. */
  lasts: Int32Array = new Int32Array(FIRST_CONVERSATIONS).fill(-1);
  /** Payload bytes that the snap length cut off. */
  cutBytes: Float64Array = new Float64Array(FIRST_CONVERSATIONS);
  excerpts: Uint16Array = new Uint16Array(FIRST_CONVERSATIONS);
  reasons: Uint16Array = new Uint16Array(FIRST_CONVERSATIONS);
  /** Bits of CHECK, two sides a conversation. */
  checks: Uint8Array = new Uint8Array(2 * FIRST_CONVERSATIONS);
  /** Of the last frame of each side, where copies are looked for. */
  fingerprints: Int32Array = new Int32Array(2 * FIRST_CONVERSATIONS);
  fingerprintTimes: Float64Array = new Float64Array(2 * FIRST_CONVERSATIONS);

  get count(): number {
    return this.#count;
  }

  /** Makes room for a conversation. */
  open(conversation: number): void {
    this.#count = Math.max(this.#count, conversation + 1);
    const room = this.lasts.length;
    if (conversation < room) return;
    const more = Math.max(2 * room, conversation + 1);
    this.lasts = grown(this.lasts, new Int32Array(more).fill(-1));
    this.cutBytes = grown(this.cutBytes, new Float64Array(more));
    this.excerpts = grown(this.excerpts, new Uint16Array(more));
    this.reasons = grown(this.reasons, new Uint16Array(more));
    this.checks = grown(this.checks, new Uint8Array(2 * more));
    this.fingerprints = grown(this.fingerprints, new Int32Array(2 * more));
    this.fingerprintTimes = grown(this.fingerprintTimes, new Float64Array(2 * more));
  }
}

/** `more` with what `array` holds at its beginning. */
function grown<T extends Int32Array | Uint8Array | Uint16Array | Float64Array>(array: T, more: T): T {
  more.set(array as never);
  return more;
}
