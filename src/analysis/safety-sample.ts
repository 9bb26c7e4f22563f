/**
 * The first payload of each side of each conversation: what the verdict on safety looks at. A frame of a side of which enough is
 * kept costs one look at a byte.
 */
import { TCP_EVENT } from '../flows/tcp-events.ts';
import type { Packet } from '../wire/packet.ts';

/** Of each side: a handshake of TLS, the head of an HTTP request, and enough to measure entropy. */
export const SAMPLE_BYTES = 2_048;
/** Of each side: conversations of small messages show what they are within some of them. */
export const SAMPLE_PIECES = 32;
/** Of all conversations: four thousand sides, which is more than a report shows. */
export const MOST_SAMPLED_BYTES: number = 8 * 1_024 * 1_024;

/** Payload that went before, or was never meant as such. */
export const NO_NEW_PAYLOAD: number =
  TCP_EVENT.retransmission |
  TCP_EVENT.fastRetransmission |
  TCP_EVENT.spuriousRetransmission |
  TCP_EVENT.keepAlive |
  TCP_EVENT.zeroWindowProbe;

/** Payload of one frame, the first bytes of it. */
export interface SamplePiece {
  readonly bytes: Uint8Array;
  /** Bytes of the payload in the frame, of which `bytes` may hold only the first. */
  readonly length: number;
  readonly frame: number;
  /** Where it starts in the frame; −1: it was put together from fragments. */
  readonly inFrame: number;
  readonly side: 0 | 1;
}

/** Words of a side: its first and its last piece (numbers from 1 on, 0: none), bytes and pieces that are kept. */
export const SAMPLE_SIDE = { first: 0, last: 1, bytes: 2, pieces: 3 } as const;
export const SAMPLE_SIDE_WORDS = 4;
/** Words of a piece. */
export const SAMPLE_PIECE = { at: 0, kept: 1, length: 2, frame: 3, inFrame: 4, next: 5 } as const;
export const SAMPLE_PIECE_WORDS = 6;
const FIRST_ROOM = 256;
/** Of all conversations: 32 bytes each, where all of them are small. */
export const MOST_SAMPLED_PIECES: number = MOST_SAMPLED_BYTES / 32;
/** What both grow by: in place, since a copy would need the room twice while it is made. */
const MORE_BYTES: number = 128 * 1_024;

/** Memory that somebody else uses, too: room for all pieces and bytes, and for the sides of the first conversations. */
export interface SampleMemory {
  readonly full: Uint8Array;
  readonly sides: Int32Array;
  readonly pieces: Int32Array;
  readonly bytes: Uint8Array;
  /** One word each: pieces and bytes that are kept. */
  readonly count: Int32Array;
  readonly length: Int32Array;
}

/** Bytes and pieces of all sides in one array each: an object for each piece would cost more than the rest. */
export class PayloadSamples {
  /** 1: nothing more is taken of that side, by place. */
  #full: Uint8Array;
  #sides: Int32Array;
  readonly #pieces: Int32Array;
  readonly #bytes: Uint8Array;
  /** One word each. */
  readonly #count: Int32Array;
  readonly #length: Int32Array;

  constructor(memory: SampleMemory = ownMemory()) {
    this.#full = memory.full;
    this.#sides = memory.sides;
    this.#pieces = memory.pieces;
    this.#bytes = memory.bytes;
    this.#count = memory.count;
    this.#length = memory.length;
  }

  /** Looks at a frame of the side `place` (conversation × 2 + side). @param events bits of TCP_EVENT; 0 of UDP */
  take(packet: Packet, place: number, events: number): void {
    const { payloadStart, payloadEnd } = packet;
    if (payloadStart >= payloadEnd || this.#full[place] === 1 || (events & NO_NEW_PAYLOAD) !== 0) return;
    this.#keep(packet, place);
  }

  /** Nothing more is taken of that side. */
  isFull(place: number): boolean {
    return this.#full[place] === 1;
  }

  /** Payload that is kept of a side, in the order of the capture. */
  piecesOf(place: number): SamplePiece[] {
    const pieces: SamplePiece[] = [];
    let piece = this.#sides[SAMPLE_SIDE_WORDS * place + SAMPLE_SIDE.first] ?? 0;
    while (piece > 0) {
      const word = (index: number): number =>
        this.#pieces[SAMPLE_PIECE_WORDS * (piece - 1) + index] as number;
      pieces.push({
        bytes: this.#bytes.subarray(word(SAMPLE_PIECE.at), word(SAMPLE_PIECE.at) + word(SAMPLE_PIECE.kept)),
        length: word(SAMPLE_PIECE.length),
        frame: word(SAMPLE_PIECE.frame),
        inFrame: word(SAMPLE_PIECE.inFrame),
        side: (place & 1) as 0 | 1,
      });
      piece = word(SAMPLE_PIECE.next);
    }
    return pieces;
  }

  #keep(packet: Packet, place: number): void {
    if (place >= this.#full.length) this.#growSides(place);
    const side = SAMPLE_SIDE_WORDS * place;
    const sides = this.#sides;
    const { payloadStart, payloadEnd, transportBytes } = packet;
    const room = Math.min(
      SAMPLE_BYTES - (sides[side + SAMPLE_SIDE.bytes] as number),
      MOST_SAMPLED_BYTES - this.#length[0]!,
    );
    const kept = this.#count[0] === MOST_SAMPLED_PIECES ? 0 : Math.min(payloadEnd - payloadStart, room);
    if (kept > 0) {
      this.#add(packet, kept);
      const last = sides[side + SAMPLE_SIDE.last] as number;
      if (last === 0) sides[side + SAMPLE_SIDE.first] = this.#count[0]!;
      else this.#pieces[SAMPLE_PIECE_WORDS * (last - 1) + SAMPLE_PIECE.next] = this.#count[0]!;
      sides[side + SAMPLE_SIDE.last] = this.#count[0]!;
      sides[side + SAMPLE_SIDE.bytes] = (sides[side + SAMPLE_SIDE.bytes] as number) + kept;
      sides[side + SAMPLE_SIDE.pieces] = (sides[side + SAMPLE_SIDE.pieces] as number) + 1;
      const at = this.#length[0]! - kept;
      for (let index = 0; index < kept; index++)
        this.#bytes[at + index] = transportBytes[payloadStart + index] as number;
    }
    const isFull =
      (sides[side + SAMPLE_SIDE.bytes] as number) >= SAMPLE_BYTES ||
      (sides[side + SAMPLE_SIDE.pieces] as number) >= SAMPLE_PIECES ||
      this.#length[0]! >= MOST_SAMPLED_BYTES ||
      this.#count[0]! >= MOST_SAMPLED_PIECES;
    if (isFull) this.#full[place] = 1;
  }

  /** A new piece, its bytes still to be written. */
  #add({ payloadStart, payloadEnd, transportBytes, bytes, start, number }: Packet, kept: number): void {
    if (SAMPLE_PIECE_WORDS * (this.#count[0]! + 1) > this.#pieces.length) grow(this.#pieces);
    if (this.#length[0]! + kept > this.#bytes.length) grow(this.#bytes);
    const piece = SAMPLE_PIECE_WORDS * this.#count[0]!++;
    this.#pieces[piece + SAMPLE_PIECE.at] = this.#length[0]!;
    this.#pieces[piece + SAMPLE_PIECE.kept] = kept;
    this.#pieces[piece + SAMPLE_PIECE.length] = payloadEnd - payloadStart;
    this.#pieces[piece + SAMPLE_PIECE.frame] = number;
    this.#pieces[piece + SAMPLE_PIECE.inFrame] = transportBytes === bytes ? payloadStart - start : -1;
    this.#length[0]! += kept;
  }

  #growSides(place: number): void {
    while (place >= this.#full.length) {
      const larger = new Uint8Array(2 * this.#full.length);
      larger.set(this.#full);
      this.#full = larger;
      this.#sides = doubled(this.#sides);
    }
  }
}

function ownMemory(): SampleMemory {
  const pieceBytes = MOST_SAMPLED_PIECES * SAMPLE_PIECE_WORDS * Int32Array.BYTES_PER_ELEMENT;
  return {
    full: new Uint8Array(FIRST_ROOM),
    sides: new Int32Array(SAMPLE_SIDE_WORDS * FIRST_ROOM),
    pieces: new Int32Array(new ArrayBuffer(0, { maxByteLength: pieceBytes })),
    bytes: new Uint8Array(new ArrayBuffer(0, { maxByteLength: MOST_SAMPLED_BYTES })),
    count: new Int32Array(1),
    length: new Int32Array(1),
  };
}

/** In place; the array has room for one piece more then. Memory that is another's has it from the beginning. */
function grow({ buffer }: Int32Array | Uint8Array): void {
  const own = buffer as ArrayBuffer;
  own.resize(Math.min(own.byteLength + MORE_BYTES, own.maxByteLength));
}

function doubled(words: Int32Array): Int32Array {
  const larger = new Int32Array(2 * words.length);
  larger.set(words);
  return larger;
}
