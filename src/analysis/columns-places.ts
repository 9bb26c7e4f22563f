/** What the columns remember of each conversation: its last frame, and how much was kept of it already. */

/** Grows by doubling from here. */
const FIRST_CONVERSATIONS = 256;

/** Memory for the first conversations that somebody else uses, too. */
export interface PlaceMemory {
  readonly lasts: Int32Array;
  readonly excerpts: Uint16Array;
  readonly reasons: Uint16Array;
  readonly checks: Uint8Array;
  readonly fingerprints: Int32Array;
  readonly fingerprintTimes: Float64Array;
  /** Is told when there are more conversations, and all of them go elsewhere. */
  close(): void;
}

export class PlaceTable {
  readonly #memory: PlaceMemory | undefined;
  #count = 0;
  /** Row of the last frame; −1: none. */
  lasts: Int32Array;
  /** Payload bytes that the snap length cut off. */
  cutBytes: Float64Array = new Float64Array(FIRST_CONVERSATIONS);
  excerpts: Uint16Array;
  reasons: Uint16Array;
  /** Bits of CHECK, two sides a conversation. */
  checks: Uint8Array;
  /** Of the last frame of each side, where copies are looked for. */
  fingerprints: Int32Array;
  fingerprintTimes: Float64Array;

  constructor(memory?: PlaceMemory) {
    this.#memory = memory;
    this.lasts = memory?.lasts ?? new Int32Array(FIRST_CONVERSATIONS);
    this.excerpts = memory?.excerpts ?? new Uint16Array(FIRST_CONVERSATIONS);
    this.reasons = memory?.reasons ?? new Uint16Array(FIRST_CONVERSATIONS);
    this.checks = memory?.checks ?? new Uint8Array(2 * FIRST_CONVERSATIONS);
    this.fingerprints = memory?.fingerprints ?? new Int32Array(2 * FIRST_CONVERSATIONS);
    this.fingerprintTimes = memory?.fingerprintTimes ?? new Float64Array(2 * FIRST_CONVERSATIONS);
  }

  get count(): number {
    return this.#count;
  }

  /** Makes room for a conversation. */
  open(conversation: number): void {
    const count = this.#count;
    this.#count = Math.max(count, conversation + 1);
    if (conversation >= this.cutBytes.length) {
      const more = Math.max(2 * this.cutBytes.length, conversation + 1);
      this.cutBytes = grown(this.cutBytes, new Float64Array(more));
    }
    if (conversation >= this.lasts.length) this.#grow(Math.max(2 * this.lasts.length, conversation + 1));
    this.lasts.fill(-1, count, this.#count);
  }

  #grow(more: number): void {
    this.#memory?.close();
    this.lasts = grown(this.lasts, new Int32Array(more));
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
