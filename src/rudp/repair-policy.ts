/**
 * How many repair symbols a packet carries, and over how many packets (docs/RELIABLE-UDP.md section 9).
 */
import type { PathLoss } from './path-loss.ts';
import type { RoundTrip } from './round-trip.ts';

/** `off`, `auto`, or repair symbols a packet from 0 to 1. */
export type RepairOption = 'off' | 'auto' | number;

/** Clean packets after which a path counts as clean: 5 s at 100 Hz. */
const CLEAN_PACKETS = 500;
const LITTLE_LOSS = 0.006;
const MUCH_LOSS = 0.08;
const WINDOW = 6;
const WIDE_WINDOW = 12;
/** Where symbols come every few packets, as many of them cover a packet. */
const WINDOW_SYMBOLS = 3;
/** How much faster than the sending interval a path must be for the probe timeout to repair as soon. */
const NEAR_FACTOR = 1.25;
const NEAR_US = 1_500;
/** More than one packet within this share of a round trip ... */
const MANY_SHARE = 0.25;
const MANY_US = 5_000;
/** ... or packets of so many bytes of messages, of which headers are a small part: many sensors. */
const HEAVY_BYTES = 200;
const LEAST_RATIO = 0.22;
/** A symbol at least so many times a round trip: what it repairs later than that, an acknowledgement would have. */
const SYMBOLS_A_ROUND_TRIP = 2.4;
/** ... and so many more for each packet that is lost; where several are lost in a round trip, one symbol repairs none of them. */
const SYMBOLS_A_LOSS = 4;
const SYMBOLS_A_LOSS_OF_MANY = 12;
const SOME_LOSS = 0.03;
/** Where much is lost, every fifth packet is followed by one with a symbol alone: 70 ms instead of 80 at 20 %, for 17 bytes a message. */
const MUCH_RATIO = 1.2;
/** Bytes of repair for each byte of messages, in the long run: of unlike messages all symbols are as long as the longest ... */
const MOST_SHARE = 1.5;
/** ... and as much may be saved up, about 64 packets of a sensor. */
const MOST_SAVED_BYTES = 4_096;
/** Symbols that may be due: one for the packet that is made, one for a packet of its own. */
const MOST_OWED = 2;
/** Weight of the newest packet in the averages. */
const WEIGHT = 1 / 8;
/** Pauses do not count as an interval. */
const LONGEST_INTERVAL_US = 1_000_000;

export class RepairPolicy {
  readonly #option: RepairOption;
  readonly #loss: PathLoss;
  readonly #roundTrip: RoundTrip;
  #intervalUs = 0;
  #bytes = 0;
  #lastUs: number | undefined;
  #owed = 0;
  #savedBytes = MOST_SAVED_BYTES;

  constructor(option: RepairOption, loss: PathLoss, roundTrip: RoundTrip) {
    this.#option = option;
    this.#loss = loss;
    this.#roundTrip = roundTrip;
  }

  /** Average time between packets with messages; 0 before there were two. */
  get intervalUs(): number {
    return this.#intervalUs;
  }

  /** True where the path lost something lately. */
  get isLossy(): boolean {
    return this.#loss.cleanPackets < CLEAN_PACKETS;
  }

  /** True where a probe repairs sooner than the next packet could. */
  get isNear(): boolean {
    const { samples, smoothedUs } = this.#roundTrip;
    return samples > 0 && this.#intervalUs > 0 && NEAR_FACTOR * smoothedUs + NEAR_US < this.#intervalUs;
  }

  /** A packet with messages is made. */
  onMessages(nowUs: number): void {
    this.#owed = Math.min(MOST_OWED, this.#owed + this.ratio);
    const sinceUs = this.#lastUs === undefined ? 0 : nowUs - this.#lastUs;
    this.#lastUs = nowUs;
    if (sinceUs <= 0 || sinceUs > LONGEST_INTERVAL_US) return;
    this.#intervalUs += this.#intervalUs === 0 ? sinceUs : (sinceUs - this.#intervalUs) * WEIGHT;
  }

  /** True where a symbol is due: in the packet that is made, or in one of its own. */
  get owesSymbol(): boolean {
    return this.#owed >= 1;
  }

  /** Packets that a symbol covers. */
  get window(): number {
    if (this.isMany) return Math.min(WIDE_WINDOW, Math.max(WINDOW, Math.ceil(WINDOW_SYMBOLS / this.ratio)));
    return this.#loss.share > MUCH_LOSS ? WIDE_WINDOW : WINDOW;
  }

  /** A symbol that was due is made, or cannot be. */
  takeOwed(): void {
    this.#owed -= 1;
  }

  /** True where a symbol of so many bytes is within the budget. */
  affords(bytes: number): boolean {
    return bytes <= this.#savedBytes;
  }

  /** A packet went with so many bytes to repair, and a symbol of so many. */
  onPacket(bytes: number, symbolBytes: number): void {
    if (bytes > 0) this.#bytes += (bytes - this.#bytes) * WEIGHT;
    this.#savedBytes = Math.min(MOST_SAVED_BYTES, this.#savedBytes + bytes * MOST_SHARE) - symbolBytes;
  }

  /** Repair symbols for each packet with messages. */
  get ratio(): number {
    if (this.#option === 'off') return 0;
    if (typeof this.#option === 'number') return this.#option;
    if (!this.isLossy || this.isNear) return 0;
    const { share } = this.#loss;
    if (this.isMany) {
      const perRoundTrip = (SYMBOLS_A_ROUND_TRIP * this.#intervalUs) / this.#roundTrip.smoothedUs;
      const perLoss = share < SOME_LOSS ? SYMBOLS_A_LOSS : SYMBOLS_A_LOSS_OF_MANY;
      return Math.min(1, Math.max(LEAST_RATIO, perRoundTrip + perLoss * share));
    }
    if (share < LITTLE_LOSS) return 0.5;
    return share > MUCH_LOSS ? MUCH_RATIO : 1;
  }

  /** Many sensors: packets come close together, or are long. */
  get isMany(): boolean {
    const { smoothedUs } = this.#roundTrip;
    const isClose = this.#intervalUs < MANY_SHARE * smoothedUs && this.#intervalUs < MANY_US;
    return this.#intervalUs > 0 && (isClose || this.#bytes > HEAVY_BYTES);
  }
}
