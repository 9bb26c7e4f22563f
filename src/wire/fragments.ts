/**
 * IP packets put together from their fragments (RFC 791 section 3.2, RFC 8200 section 4.5).
 *
 * As Wireshark does it: the first last fragment decides how long the packet is; where fragments overlap, the one with
 * the lower offset stays, and of two with the same offset the one that came first; what lies beyond the end is cut off.
 * Nothing grows old, because a capture has no clock but its own; the oldest packets go when there are too many.
 */

/** Packets in the making. A host holds some hundreds; more than this many are an attack, or losses long past. */
const MOST_PACKETS = 4_096;
/** Bytes held for them: as much as Linux allows four network namespaces (net.ipv4.ipfrag_high_thresh). */
const MOST_BYTES = 16 * 1_024 * 1_024;
/** Fragments of one packet: of 8 bytes each, a packet of 64 KiB has so many; more only repeat. */
const MOST_PIECES = 8_192;

interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

interface Making {
  /** Sorted by offset; those with the same one as they came. */
  readonly pieces: Piece[];
  /** The bytes from 0 to here have come. */
  covered: number;
  /** -1 until the last fragment comes. */
  length: number;
  held: number;
}

export class FragmentTable {
  readonly #making = new Map<string, Making>();
  #held = 0;
  /** Packets that were given up because there were too many, or too many fragments of one. */
  abandoned = 0;

  /** Packets that are not complete yet. */
  get pending(): number {
    return this.#making.size;
  }

  /**
   * Takes a fragment, and gives the packet that it completes.
   *
   * @param key what the fragments of one packet have in common
   * @param offset where in the packet the bytes from `start` to `end` belong
   */
  add(
    key: string,
    bytes: Uint8Array,
    start: number,
    end: number,
    offset: number,
    isLast: boolean,
  ): Uint8Array | undefined {
    let making = this.#making.get(key);
    if (making === undefined) {
      making = { pieces: [], covered: 0, length: -1, held: 0 };
      this.#making.set(key, making);
    }
    if (isLast && making.length < 0) making.length = offset + end - start;
    insert(making, { offset, bytes: bytes.slice(start, end) });
    making.held += end - start;
    this.#held += end - start;
    if (making.length >= 0 && making.covered >= making.length) {
      this.#forget(key, making);
      return joined(making);
    }
    if (making.pieces.length > MOST_PIECES) this.#abandon(key, making);
    while (this.#making.size > MOST_PACKETS || this.#held > MOST_BYTES) this.#abandonOldest();
    return undefined;
  }

  #abandonOldest(): void {
    for (const [key, making] of this.#making) return this.#abandon(key, making);
  }

  #abandon(key: string, making: Making): void {
    this.abandoned++;
    this.#forget(key, making);
  }

  #forget(key: string, making: Making): void {
    this.#held -= making.held;
    this.#making.delete(key);
  }
}

function insert(making: Making, piece: Piece): void {
  const { pieces } = making;
  let index = pieces.length;
  while (index > 0 && (pieces[index - 1] as Piece).offset > piece.offset) index--;
  if (index === pieces.length) pieces.push(piece);
  else pieces.splice(index, 0, piece);
  for (; index < pieces.length; index++) {
    const { offset, bytes } = pieces[index] as Piece;
    if (offset > making.covered) return;
    making.covered = Math.max(making.covered, offset + bytes.length);
  }
}

function joined({ pieces, length }: Making): Uint8Array {
  const packet = new Uint8Array(length);
  let filled = 0;
  for (const { offset, bytes } of pieces) {
    const end = Math.min(offset + bytes.length, length);
    if (offset > filled || end <= filled) continue;
    packet.set(bytes.subarray(filled - offset, end - offset), filled);
    filled = end;
  }
  return packet;
}

/**
 * A key for `FragmentTable.add`: the addresses, and the numbers that tell packets between them apart. IPv4 and IPv6
 * keys differ in length.
 */
export function fragmentKey(
  bytes: Uint8Array,
  source: number,
  destination: number,
  addressLength: number,
  identification: number,
): string {
  let key = String.fromCharCode(identification >>> 16, identification & 0xffff);
  for (let index = 0; index < addressLength; index += 2) {
    key += String.fromCharCode(
      ((bytes[source + index] as number) << 8) | (bytes[source + index + 1] as number),
      ((bytes[destination + index] as number) << 8) | (bytes[destination + index + 1] as number),
    );
  }
  return key;
}
