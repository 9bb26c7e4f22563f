/**
 * What became of the packets given to a link: each is counted under exactly one fate, or is still on its way.
 *
 * `sent + duplicated` is the sum of `tooLarge`, `queueDropped`, every `lost…`, `delivered` and what is on the way.
 */

/** Counts of packets since the link was made; bytes are bytes on the wire, headers included. */
export interface LinkCounters {
  /** Given to `send`. */
  sent: number;
  sentBytes: number;
  /** Longer than the MTU. */
  tooLarge: number;
  /** Lost before the queue. */
  lostEarly: number;
  /** Found the queue full, in packets or bytes. */
  queueDropped: number;
  /** Lost on the link, by the first cause of this order that applies. */
  lostByNumber: number;
  lostInBlackout: number;
  lostAtRandom: number;
  lostInBurst: number;
  lostInOutage: number;
  /** Damaged in a way that the receiver's checksum sees. */
  lostByChecksum: number;
  /** Damaged, whether the checksum sees it or not: not a fate of its own. */
  corrupted: number;
  /** Held so that later ones pass: not a fate of its own. */
  held: number;
  /** Came a second time: one more packet to be delivered. */
  duplicated: number;
  /** Given out by `poll`, second copies included. */
  delivered: number;
  deliveredBytes: number;
  /** Of those delivered, the ones that came after a packet which was sent later. */
  reordered: number;
  /** The most packets that the queue has held at once, with the one that was leaving. */
  mostQueued: number;
}

/** All zeros. */
export function noCounts(): LinkCounters {
  return {
    sent: 0,
    sentBytes: 0,
    tooLarge: 0,
    lostEarly: 0,
    queueDropped: 0,
    lostByNumber: 0,
    lostInBlackout: 0,
    lostAtRandom: 0,
    lostInBurst: 0,
    lostInOutage: 0,
    lostByChecksum: 0,
    corrupted: 0,
    held: 0,
    duplicated: 0,
    delivered: 0,
    deliveredBytes: 0,
    reordered: 0,
    mostQueued: 0,
  };
}
