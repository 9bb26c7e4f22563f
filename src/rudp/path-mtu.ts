/**
 * How large a datagram the path takes, found by probing (RFC 8899).
 *
 * Only bulk needs large datagrams, so only a sender that could fill them probes.
 */

/** Every path that carries QUIC takes this (RFC 9000 section 14). */
export const BASE_BYTES = 1_200;
/** Tunnels of various kinds; PPPoE or IPv6 in IPv4; Ethernet with IPv4. */
const CANDIDATES: readonly number[] = [1_400, 1_452, 1_472];
const MOST_PROBES = 3;
/** After a failed search or a black hole (RFC 8899 section 5.1.1, PMTU_RAISE_TIMER). */
const RAISE_AFTER_US = 600_000_000;
/** Packets above the base size lost in a row, while smaller ones arrive, that make a black hole (RFC 8899 section 4.3). */
const BLACK_HOLE_PACKETS = 3;

export class PathMtu {
  #most: number;
  #bytes = BASE_BYTES;
  #failed = 0;
  /** The probe under way: its packet number, and its size. */
  #probeNumber = -1;
  #probeBytes = 0;
  #notBeforeUs = 0;
  /** Since a packet above the base size arrived: such packets lost, and whether smaller ones arrived. */
  #lostLarge = 0;
  #hasSmallArrived = false;

  /** @param most what the peer takes at all */
  constructor(most: number) {
    this.#most = most;
  }

  set most(bytes: number) {
    this.#most = bytes;
  }

  /** Bytes of the largest datagram that the path is known to take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The size to probe now, if any. */
  probe(nowUs: number): number | undefined {
    if (this.#probeNumber >= 0 || nowUs < this.#notBeforeUs) return undefined;
    return CANDIDATES.find(bytes => bytes > this.#bytes && bytes <= this.#most);
  }

  onProbeSent(number: number, bytes: number): void {
    this.#probeNumber = number;
    this.#probeBytes = bytes;
  }

  onProbeAcknowledged(number: number): void {
    // Of a path that was left.
    if (number !== this.#probeNumber) return;
    this.#bytes = this.#probeBytes;
    this.#probeNumber = -1;
    this.#failed = 0;
  }

  onProbeLost(number: number, nowUs: number): void {
    if (number !== this.#probeNumber) return;
    this.#probeNumber = -1;
    if (++this.#failed < MOST_PROBES) return;
    this.#failed = 0;
    this.#notBeforeUs = nowUs + RAISE_AFTER_US;
  }

  /** @param bytes of the datagram */
  onAcknowledged(bytes: number): void {
    if (bytes <= BASE_BYTES) this.#hasSmallArrived = true;
    else {
      this.#lostLarge = 0;
      this.#hasSmallArrived = false;
    }
  }

  /** True where this loss shows that the path does not take such datagrams any more. @param bytes of the datagram */
  onLost(bytes: number, nowUs: number): boolean {
    if (bytes <= BASE_BYTES || this.#bytes === BASE_BYTES) return false;
    if (++this.#lostLarge < BLACK_HOLE_PACKETS || !this.#hasSmallArrived) return false;
    this.reset();
    this.#notBeforeUs = nowUs + RAISE_AFTER_US;
    return true;
  }

  /** A new path is unknown. */
  reset(): void {
    this.#bytes = BASE_BYTES;
    this.#probeNumber = -1;
    this.#failed = 0;
    this.#lostLarge = 0;
    this.#hasSmallArrived = false;
    this.#notBeforeUs = 0;
  }
}
