/**
 * The sender's memory of what is not yet acknowledged as stored: whole frames, encoded once.
 *
 * Frames lie one after the other in slabs of 64 KiB, so that a stream sends many of them with one view and without a
 * copy. A slab is never written again once it is full, and goes when its last entry does.
 */

import { Queue } from '../collections/queue.ts';
import { MOST_LENGTH_BYTES, putLength } from './framing.ts';

const SLAB_BYTES = 65_536;

/** One message of readings. */
export interface SpoolEntry {
  /** The session's number of its first reading. */
  readonly number: number;
  readonly count: number;
  readonly sensor: number;
  /** When it was given to the session, monotonic. */
  readonly givenUs: number;
  readonly slab: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** What is known of a message apart from its bytes. */
export type SpoolEntryAbout = Pick<SpoolEntry, 'number' | 'count' | 'sensor' | 'givenUs'>;

/** Two queues of frames: what was sent on this connection, and what was not. All numbers of the first are lower. */
export class Spool {
  #sent = new Queue<SpoolEntry>();
  #unsent = new Queue<SpoolEntry>();
  #slab: Uint8Array = new Uint8Array(0);
  #slabUsed = 0;
  #readings = 0;
  #bytes = 0;
  #sentUpTo = 0;

  /** One past the highest number that was ever sent. */
  get sentUpTo(): number {
    return this.#sentUpTo;
  }

  /** Readings in it, sent and not. */
  get readings(): number {
    return this.#readings;
  }

  /** Bytes of their frames. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The oldest entry of all. */
  get oldest(): SpoolEntry | undefined {
    return this.#sent.first ?? this.#unsent.first;
  }

  /** The next entry to send. */
  get nextUnsent(): SpoolEntry | undefined {
    return this.#unsent.first;
  }

  get hasSent(): boolean {
    return this.#sent.length > 0;
  }

  /** Adds a message at the end, as a frame; its bytes are copied. */
  append(message: Uint8Array, { number, count, sensor, givenUs }: SpoolEntryAbout): void {
    const mostBytes = message.length + MOST_LENGTH_BYTES;
    if (mostBytes > this.#slab.length - this.#slabUsed) {
      this.#slab = new Uint8Array(Math.max(SLAB_BYTES, mostBytes));
      this.#slabUsed = 0;
    }
    const start = this.#slabUsed;
    const body = putLength(this.#slab, start, message.length);
    this.#slab.set(message, body);
    const end = body + message.length;
    this.#slabUsed = end;
    this.#unsent.push({ number, count, sensor, givenUs, slab: this.#slab, start, end });
    this.#readings += count;
    this.#bytes += end - start;
  }

  /** The next unsent entry, which counts as sent from now on. */
  takeUnsent(): SpoolEntry | undefined {
    const entry = this.#unsent.shift();
    if (entry === undefined) return undefined;
    this.#sent.push(entry);
    this.#sentUpTo = Math.max(this.#sentUpTo, entry.number + entry.count);
    return entry;
  }

  /** The next unsent frames that lie together, at most `mostBytes` (but one frame at least): a view. They count as sent. */
  takeChunk(mostBytes: number): Uint8Array | undefined {
    const first = this.takeUnsent();
    if (first === undefined) return undefined;
    let end = first.end;
    for (let next = this.#unsent.first; next !== undefined; next = this.#unsent.first) {
      if (next.slab !== first.slab || next.start !== end || next.end - first.start > mostBytes) break;
      end = next.end;
      this.takeUnsent();
    }
    return first.slab.subarray(first.start, end);
  }

  /** Everything counts as not sent: the next connection begins from here. */
  rewind(): void {
    const all = new Queue<SpoolEntry>();
    for (const entry of this.#sent) all.push(entry);
    for (const entry of this.#unsent) all.push(entry);
    this.#sent.clear();
    this.#unsent = all;
  }

  /** Takes the oldest entry out. */
  shift(): SpoolEntry | undefined {
    return this.#counted(this.#sent.shift() ?? this.#unsent.shift());
  }

  /** Takes the oldest entry that was sent out. */
  shiftSent(): SpoolEntry | undefined {
    return this.#counted(this.#sent.shift());
  }

  /** Takes the oldest entry that was not sent out. */
  shiftUnsent(): SpoolEntry | undefined {
    return this.#counted(this.#unsent.shift());
  }

  #counted(entry: SpoolEntry | undefined): SpoolEntry | undefined {
    if (entry === undefined) return undefined;
    this.#readings -= entry.count;
    this.#bytes -= entry.end - entry.start;
    return entry;
  }
}
