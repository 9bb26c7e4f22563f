/**
 * How much of what is sent does not arrive, also where repair hides it: what the repair rate follows.
 */

/** Packets over which the estimate forgets: 5 s of a sensor at 100 Hz, enough to tell 0.5 % from 5 %. */
const MEMORY_PACKETS = 256;
/** A new path counts as if it had lost something so many packets ago: its first packets are repaired too. */
const SINCE_LOSS_AT_FIRST = 400;

export class PathLoss {
  #share = 0;
  #packets = 0;
  #sinceLoss = SINCE_LOSS_AT_FIRST;

  /** 0 to 1. */
  get share(): number {
    return this.#share;
  }

  /** Packets that arrived since the last one that did not. */
  get cleanPackets(): number {
    return this.#sinceLoss;
  }

  arrived(): void {
    this.#sinceLoss++;
    this.#take(0);
  }

  /** Declared lost, or recomputed by the peer. */
  lost(): void {
    this.#sinceLoss = 0;
    this.#take(1);
  }

  #take(value: number): void {
    // The first packets count for more, so that a bad path is known soon.
    const weight = Math.max(1 / MEMORY_PACKETS, 1 / (this.#packets + 32));
    this.#packets++;
    this.#share += (value - this.#share) * weight;
  }
}
