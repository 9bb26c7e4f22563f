/** The first bytes of the first payloads of each conversation, for previews. Nothing else of a payload is kept. */
import type { Packet } from '../wire/packet.ts';
import { RowIndex } from './columns-rows.ts';
import type { PayloadExcerpt } from './model.ts';

/** What a preview beside an arrow has room for. */
export const EXCERPT_BYTES = 32;
/** Of one conversation: as many as a ladder shows. */
export const MOST_EXCERPTS = 64;
/** Of the capture: half a MiB. */
export const MOST_EXCERPTS_IN_ALL = 16_384;
/** The length, then the bytes. */
const RECORD_BYTES: number = 1 + EXCERPT_BYTES;
const FIRST_ROOM = 64;

/** Memory that somebody else uses, too: room for all. */
export interface ExcerptMemory {
  readonly rows: Int32Array;
  /** One word. */
  readonly count: Int32Array;
  readonly bytes: Uint8Array;
}

export class ExcerptTable {
  readonly #rows: RowIndex;
  #bytes: Uint8Array;

  constructor(memory?: ExcerptMemory) {
    this.#rows = new RowIndex(memory?.rows, memory?.count);
    this.#bytes = memory?.bytes ?? new Uint8Array(RECORD_BYTES * FIRST_ROOM);
  }

  get isFull(): boolean {
    return this.#rows.count === MOST_EXCERPTS_IN_ALL;
  }

  /** Rows come in rising order. */
  add(row: number, packet: Packet): void {
    if (this.isFull) return;
    const at = RECORD_BYTES * this.#rows.add(row);
    if (at === this.#bytes.length) {
      const more = new Uint8Array(2 * at);
      more.set(this.#bytes);
      this.#bytes = more;
    }
    const { transportBytes, payloadStart, payloadEnd } = packet;
    const length = Math.min(payloadEnd - payloadStart, EXCERPT_BYTES);
    this.#bytes[at] = length;
    for (let index = 0; index < length; index++) {
      this.#bytes[at + 1 + index] = transportBytes[payloadStart + index] as number;
    }
  }

  /** Of the frame in that row; the bytes are a copy. */
  excerptOf(row: number): PayloadExcerpt | undefined {
    const index = this.#rows.indexOf(row);
    if (index < 0) return undefined;
    const at = RECORD_BYTES * index;
    return { frame: row + 1, bytes: this.#bytes.slice(at + 1, at + 1 + this.#bytes[at]!) };
  }
}
