/**
 * One direction of an emulated link. No I/O and no clock: the owner gives the time, in whole microseconds.
 *
 * *Command* with `send` and `change`; then *take* with `poll` until it gives undefined, and come back at `timeoutAt`.
 *
 * A packet goes through, in this order: the MTU; loss before the queue; the queue and the rate; loss on the link (by
 * number, blackout, at random, in bursts, in outages), judged when the packet has left the queue; delay and jitter;
 * holding back; damage; doubling. Its fate is settled when it is sent: later changes do not touch it.
 */
import { UsageError } from '../errors/errors.ts';
import { ArrivalQueue, type LinkPacket } from './arrival-queue.ts';
import { Bottleneck, MOST_PACKETS } from './bottleneck.ts';
import { onesComplementSum } from './checksum.ts';
import { type LinkCounters, noCounts } from './counters.ts';
import { damaged } from './damage.ts';
import { BurstModel, OutageModel } from './loss-models.ts';
import { CHANCE, DAMAGE_STREAM, OUTAGE_STREAM, PacketChances } from './packet-chances.ts';
import { RandomStream } from './random-stream.ts';
import { checkLinkSettings, type LinkSettings, PERFECT_LINK } from './settings.ts';

/**
 * A link in one direction; two make a path.
 *
 * @example
 * const link = new Link({ delayUs: 20_000, loss: 0.05 }, 7);
 * link.send(Uint8Array.of(1, 2, 3), 0);
 * link.timeoutAt(); // 20000, or undefined where it was lost
 * link.poll(20_000)?.bytes; // 1, 2, 3
 */
export class Link {
  readonly #counters = noCounts();
  readonly #chances: PacketChances;
  readonly #damage: RandomStream;
  readonly #bottleneck = new Bottleneck();
  readonly #burst = new BurstModel();
  readonly #outages: OutageModel;
  readonly #arrivals = new ArrivalQueue();
  #settings: LinkSettings = PERFECT_LINK;
  #dropNumbers: ReadonlySet<number> = new Set();
  #nowUs = 0;
  /** The latest arrival of a packet that was not held back. */
  #lastArrivalUs = 0;
  /** The highest number delivered. */
  #highest = -1;

  /**
   * @param settings what differs from `PERFECT_LINK`.
   * @param seed from 0 to 2^53 − 1: with the same seed, settings and packets the same happens again. Each direction
   * needs one of its own; neighbours are unrelated.
   * @throws UsageError SW_BAD_LINK
   */
  constructor(settings: Partial<LinkSettings> = {}, seed = 1) {
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new UsageError(
        'SW_BAD_LINK',
        `the seed is ${seed}: expected a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`,
      );
    this.#chances = new PacketChances(seed);
    this.#damage = new RandomStream(seed, DAMAGE_STREAM);
    this.#outages = new OutageModel(new RandomStream(seed, OUTAGE_STREAM));
    this.change(settings);
  }

  get settings(): LinkSettings {
    return this.#settings;
  }

  /** Live: they go on counting. */
  get counters(): Readonly<LinkCounters> {
    return this.#counters;
  }

  /** Packets that will arrive, those in the queue included. */
  get onTheWay(): number {
    return this.#arrivals.length;
  }

  /** Other settings for the packets sent from now on. @throws UsageError SW_BAD_LINK, and nothing has changed. */
  change(settings: Partial<LinkSettings>): void {
    const changed = { ...this.#settings, ...settings };
    checkLinkSettings(changed);
    this.#settings = changed;
    this.#dropNumbers = new Set(changed.dropNumbers);
  }

  /**
   * Puts a packet on the link.
   *
   * @param bytes kept, not copied, and given out by `poll` as they are: do not write to them again. Damage is done to
   * a copy.
   * @param nowUs whole microseconds; must not go back.
   * @param tag given out with the packet: any whole number, such as which address it came from.
   * @throws UsageError SW_BAD_LINK where time goes back.
   */
  send(bytes: Uint8Array, nowUs: number, tag = 0): void {
    if (!(nowUs >= this.#nowUs))
      throw new UsageError(
        'SW_BAD_LINK',
        `time went back from ${this.#nowUs} to ${nowUs} µs: send in the order of time`,
      );
    this.#nowUs = nowUs;
    const settings = this.#settings;
    const counters = this.#counters;
    const chances = this.#chances.current;
    this.#chances.draw();
    const number = counters.sent++;
    const wireBytes = bytes.length + settings.headerBytes;
    counters.sentBytes += wireBytes;

    if (wireBytes > settings.mtuBytes) {
      counters.tooLarge++;
      return;
    }
    if (chances[CHANCE.earlyLoss]! < settings.earlyLoss) {
      counters.lostEarly++;
      return;
    }
    const leftUs = this.#enqueue(wireBytes, nowUs);
    if (leftUs === undefined) {
      counters.queueDropped++;
      return;
    }
    const loss = this.#lossOf(number, leftUs);
    if (loss !== undefined) {
      counters[loss]++;
      return;
    }
    const arrivalUs = this.#arrivalOf(leftUs);
    const arriving = this.#afterNoise(bytes);
    if (arriving === undefined) {
      counters.lostByChecksum++;
      return;
    }
    const packet: LinkPacket = { bytes: arriving, tag, number, sentUs: nowUs, arrivalUs };
    this.#arrivals.push(packet);
    if (chances[CHANCE.duplication]! < settings.duplication) {
      counters.duplicated++;
      this.#arrivals.push(packet);
    }
  }

  /** When the next packet arrives; undefined where none is on the way. */
  timeoutAt(): number | undefined {
    return this.#arrivals.first?.arrivalUs;
  }

  /** The next packet that has arrived by now, in the order of arrival, then of sending; undefined where there is none. */
  poll(nowUs: number): LinkPacket | undefined {
    const first = this.#arrivals.first;
    if (first === undefined || first.arrivalUs > nowUs) return undefined;
    this.#arrivals.shift();
    this.#counters.delivered++;
    this.#counters.deliveredBytes += first.bytes.length + this.#settings.headerBytes;
    if (first.number < this.#highest) this.#counters.reordered++;
    else this.#highest = first.number;
    return first;
  }

  #enqueue(wireBytes: number, nowUs: number): number | undefined {
    if (this.#arrivals.length >= MOST_PACKETS) return undefined;
    const leftUs = this.#bottleneck.pass(wireBytes, nowUs, this.#settings);
    if (this.#bottleneck.packets > this.#counters.mostQueued)
      this.#counters.mostQueued = this.#bottleneck.packets;
    return leftUs;
  }

  /** Why the packet is lost on the link, or undefined. Every model moves on with each packet, lost already or not. */
  #lossOf(number: number, leftUs: number): LinkLoss | undefined {
    const { blackouts, loss, burstLoss, outages } = this.#settings;
    const chances = this.#chances.current;
    const inBurst =
      burstLoss !== undefined &&
      this.#burst.loses(burstLoss, chances[CHANCE.burstChange]!, chances[CHANCE.burstLoss]!);
    const inOutage =
      outages !== undefined && this.#outages.loses(outages, leftUs, chances[CHANCE.outageLoss]!);
    if (this.#dropNumbers.size > 0 && this.#dropNumbers.has(number)) return 'lostByNumber';
    for (const [fromUs, untilUs] of blackouts)
      if (leftUs >= fromUs && leftUs < untilUs) return 'lostInBlackout';
    if (chances[CHANCE.loss]! < loss) return 'lostAtRandom';
    if (inBurst) return 'lostInBurst';
    return inOutage ? 'lostInOutage' : undefined;
  }

  #arrivalOf(leftUs: number): number {
    const { keepsOrder, reordering } = this.#settings;
    let arrivalUs = leftUs + this.#delay();
    if (keepsOrder && arrivalUs < this.#lastArrivalUs) arrivalUs = this.#lastArrivalUs;
    if (reordering !== undefined && this.#chances.current[CHANCE.reordering]! < reordering.share) {
      this.#counters.held++;
      // The packets behind it do not wait for it.
      return arrivalUs + reordering.holdUs;
    }
    if (arrivalUs > this.#lastArrivalUs) this.#lastArrivalUs = arrivalUs;
    return arrivalUs;
  }

  #delay(): number {
    const { delayUs, jitterUs, jitterShape } = this.#settings;
    if (jitterUs === 0) return delayUs;
    const chance = this.#chances.current[CHANCE.jitter]!;
    const deviation =
      jitterShape === 'uniform' ? 2 * chance - 1 : normal(chance, this.#chances.current[CHANCE.jitterAngle]!);
    return Math.max(0, Math.round(delayUs + deviation * jitterUs));
  }

  /** The bytes that arrive: the same, a damaged copy, or undefined where the checksum sees the damage. */
  #afterNoise(bytes: Uint8Array): Uint8Array | undefined {
    const { corruption, checksum } = this.#settings;
    // An empty packet has no bit that could flip.
    if (!(this.#chances.current[CHANCE.corruption]! < corruption) || bytes.length === 0) return bytes;
    this.#counters.corrupted++;
    const arriving = damaged(bytes, this.#damage);
    return checksum && onesComplementSum(arriving) !== onesComplementSum(bytes) ? undefined : arriving;
  }
}

/** A number of the standard normal distribution from two random ones, 0 to below 1 (Box and Muller, 1958). */
function normal(radius: number, angle: number): number {
  return Math.sqrt(-2 * Math.log(1 - radius)) * Math.cos(2 * Math.PI * angle);
}

/** The counters of what is lost on the link itself. */
type LinkLoss = 'lostByNumber' | 'lostInBlackout' | 'lostAtRandom' | 'lostInBurst' | 'lostInOutage';
