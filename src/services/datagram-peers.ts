/**
 * The UDP peers that are there: since datagrams have no connections, who sent something and was not silent for long.
 */
import type { Clock } from '../time/clock.ts';
import { LazyTimer } from '../time/lazy-timer.ts';

/** One peer, with what passed. */
export interface DatagramPeer {
  /** Its address as a URL. */
  readonly url: string;
  readonly sinceUs: number;
  lastUs: number;
  datagramsIn: number;
  datagramsOut: number;
  bytesIn: number;
  bytesOut: number;
}

export interface DatagramPeersOptions {
  readonly clock: Clock;
  readonly forgetUs: number;
  readonly most: number;
  onCame(peer: DatagramPeer): void;
  onLeft(peer: DatagramPeer, why: 'silent' | 'crowded' | 'end'): void;
}

export class DatagramPeers {
  readonly #options: DatagramPeersOptions;
  /** The one silent for longest first: who sends moves to the end. */
  readonly #peers = new Map<string, DatagramPeer>();
  readonly #timer: LazyTimer;

  constructor(options: DatagramPeersOptions) {
    this.#options = options;
    this.#timer = new LazyTimer(options.clock, () => this.#forgetSilent());
  }

  get present(): Iterable<DatagramPeer> {
    return this.#peers.values();
  }

  /** A datagram came from there. @param url makes the peer's URL, where it is not known yet */
  heard(key: string, sizeBytes: number, url: () => string): DatagramPeer {
    const { clock, forgetUs, most } = this.#options;
    const nowUs = clock.monotonicUs();
    let peer = this.#peers.get(key);
    if (peer === undefined) {
      if (this.#peers.size >= most) this.#leave(this.#peers.keys().next().value as string, 'crowded');
      peer = {
        url: url(),
        sinceUs: nowUs,
        lastUs: nowUs,
        datagramsIn: 0,
        datagramsOut: 0,
        bytesIn: 0,
        bytesOut: 0,
      };
      this.#options.onCame(peer);
      if (!this.#timer.isSet) this.#timer.schedule(nowUs + forgetUs);
    } else this.#peers.delete(key);
    this.#peers.set(key, peer);
    peer.lastUs = nowUs;
    peer.datagramsIn++;
    peer.bytesIn += sizeBytes;
    return peer;
  }

  /** Nobody is there any more. */
  close(): void {
    this.#timer.stop();
    for (const key of [...this.#peers.keys()]) this.#leave(key, 'end');
  }

  #forgetSilent(): void {
    const { clock, forgetUs } = this.#options;
    const nowUs = clock.monotonicUs();
    for (const [key, { lastUs }] of this.#peers) {
      if (lastUs + forgetUs > nowUs) {
        this.#timer.schedule(lastUs + forgetUs);
        return;
      }
      this.#leave(key, 'silent');
    }
  }

  #leave(key: string, why: 'silent' | 'crowded' | 'end'): void {
    const peer = this.#peers.get(key) as DatagramPeer;
    this.#peers.delete(key);
    this.#options.onLeft(peer, why);
  }
}
