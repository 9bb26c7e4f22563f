/**
 * Packets on their way, the next to arrive first: a binary heap.
 */

/** A packet that crosses a link. */
export interface LinkPacket {
  /** What was sent: the same bytes, not a copy, unless the link damaged them. */
  readonly bytes: Uint8Array;
  /** As given to `send`. */
  readonly tag: number;
  /** Packets given to `send` before this one. A second copy has the number of the first. */
  readonly number: number;
  readonly sentUs: number;
  readonly arrivalUs: number;
}

/** Ordered by arrival, then by number. */
export class ArrivalQueue {
  readonly #heap: LinkPacket[] = [];

  get length(): number {
    return this.#heap.length;
  }

  get first(): LinkPacket | undefined {
    return this.#heap[0];
  }

  push(packet: LinkPacket): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(packet);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const other = heap[parent]!;
      if (!isBefore(packet, other)) break;
      heap[at] = other;
      at = parent;
    }
    heap[at] = packet;
  }

  /** Takes out the first packet; there must be one. */
  shift(): LinkPacket {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    const { length } = heap;
    if (length === 0) return first;
    let at = 0;
    for (let child = 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      const other = heap[child]!;
      if (!isBefore(other, last)) break;
      heap[at] = other;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(one: LinkPacket, other: LinkPacket): boolean {
  return one.arrivalUs !== other.arrivalUs ? one.arrivalUs < other.arrivalUs : one.number < other.number;
}
