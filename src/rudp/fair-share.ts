/**
 * How much may be under way where others share the path, or where it cannot hold what the model says.
 *
 * A path loses at random too, so loss alone says nothing. Congestion is loss while there is a queue, beyond what the path
 * loses without one; then a bound is set on what is under way, and grows again.
 *
 * A queue that stays though we have drained our part of it is somebody else's. A sender by a model would lose against one
 * that fills queues, and two of them would not share alike; so *in company* the bound is the window, and moves as CUBIC's
 * (RFC 9438). A paced flow finds room in a full queue where bursts are dropped: for the same loss, it also yields where
 * it sees that another one has.
 */
import type { SentPacket } from './sent-packets.ts';

/** Loss beyond this, and twice what is lost without a queue, is congestion where there is one (BBR.LossThresh). */
const QUEUED_LOSS = 0.02;
const QUIET_FACTOR = 2;
/** So much is congestion in any case: a queue too short to be seen. Of fewer packets it is chance. */
const MUCH_LOSS = 0.3;
const MUCH_LOST_PACKETS = 4;
/** Rounds over which the loss without a queue is averaged. */
const QUIET_ROUNDS = 16;
/** What remains of the window, and its growth in segments: a cubic second's factor, and a round's (RFC 9438 sections 4.1, 4.3, 4.6). */
const BETA = 0.7;
const CUBIC = 0.4;
const RENO_SEGMENTS = (3 * (1 - BETA)) / (1 + BETA);
/** What TCP calls a segment is a full packet of Ethernet; ours may be smaller. */
const SEGMENT_BYTES = 1_500;
/** CUBIC's target is at most so much of the window (RFC 9438 section 4.2). */
const MOST_GROWTH = 1.5;
/** Growth of a round without a queue: nothing is in its way, and the bandwidth grows no faster, 1.25 in 8 rounds. */
const QUIET_GROWTH = 1 / 32;
/** A queue that is left so many rounds after we drained ours is not ours. */
const COMPANY_ROUNDS = 2;
/** The queue has shrunk where it is shorter by this share of the longest since our own last change. */
const SHRUNK = 1 / 9;
/** Rounds after a change of our own in which the queue follows it. */
const SETTLING_ROUNDS = 3;

/** What is known at the end of a round. */
export interface RoundEnd {
  readonly nowUs: number;
  /** How long packets stand in the queue, and whether that is more than chance. */
  readonly queueUs: number;
  readonly isQueued: boolean;
  /** Bytes under way that the model of the path allows. */
  readonly modelWindow: number;
  readonly leastWindow: number;
  /** Whether the flow is past its start, and does nothing that would hide the path's loss and queue. */
  readonly isSteady: boolean;
  /** Whether the application had nothing to send: then nothing of this is our doing. */
  readonly isAppLimited: boolean;
}

export class FairShare {
  // Of this round.
  #lost = 0;
  #lostPackets = 0;
  #delivered = 0;
  #quietLoss = 0;
  #bound = Number.POSITIVE_INFINITY;
  /** CUBIC's W_max and cwnd_epoch, and when the epoch began. */
  #peak = 0;
  #start = 0;
  #startUs = -1;
  /** Packets whose loss set the bound and that did not come after all, and the bound before. */
  #cutPackets = Number.POSITIVE_INFINITY;
  #boundBefore = Number.POSITIVE_INFINITY;
  #isInCompany = false;
  #hasDrained = false;
  #queuedRounds = 0;
  #longestUs = 0;
  #settling = 0;

  /** Bytes that may be under way; infinite where nothing is in the way. */
  get bound(): number {
    return this.#bound;
  }

  /** Whether somebody else fills the queue: then the bound is the window. */
  get isInCompany(): boolean {
    return this.#isInCompany;
  }

  /** Whether something was lost in this round. */
  get hasLost(): boolean {
    return this.#lost > 0;
  }

  onAcknowledged(packet: SentPacket): void {
    this.#delivered += packet.bytes;
  }

  onLost(packet: SentPacket): void {
    // What was under way when we yielded says nothing new.
    if (packet.sentUs <= this.#startUs) return;
    this.#lost += packet.bytes;
    this.#lostPackets++;
  }

  /** A loss was none: where all were none for which we yielded, we had not needed to. */
  onSpuriousLoss(bytes: number): void {
    this.#lost = Math.max(0, this.#lost - bytes);
    this.#lostPackets = Math.max(0, this.#lostPackets - 1);
    this.#cutPackets--;
    if (this.#cutPackets === 0) this.#bound = Math.max(this.#bound, this.#boundBefore);
  }

  /** No more is under way than the path holds without a queue. */
  onDrained(): void {
    this.#hasDrained = true;
    this.#queuedRounds = 0;
  }

  /** @returns whether the path is congested */
  endRound(round: RoundEnd): boolean {
    const loss = this.#lost / Math.max(1, this.#lost + this.#delivered);
    const lostPackets = this.#lostPackets;
    this.#lost = 0;
    this.#lostPackets = 0;
    this.#delivered = 0;
    if (round.isAppLimited) {
      // Nothing is in the way of a sender that is slower than the path.
      if (lostPackets === 0 && !round.isQueued && this.#bound !== Number.POSITIVE_INFINITY) this.#grow(round);
      return false;
    }
    const isCongested = this.#isCongested(loss, lostPackets, round);
    if (round.isQueued) this.#lookForCompany(round);
    else this.#onQuietRound(loss, round);
    if (isCongested) this.#yield(lostPackets, round);
    else if (this.#bound !== Number.POSITIVE_INFINITY) this.#grow(round);
    return isCongested;
  }

  #isCongested(loss: number, lostPackets: number, round: RoundEnd): boolean {
    const random = QUIET_FACTOR * this.#quietLoss;
    const hasAnotherYielded = this.#hasAnotherYielded(round);
    if (!round.isQueued) return lostPackets >= MUCH_LOST_PACKETS && loss > random + MUCH_LOSS;
    return hasAnotherYielded || loss > random + (this.#isInCompany ? 0 : QUEUED_LOSS);
  }

  #onQuietRound(loss: number, { isSteady }: RoundEnd): void {
    this.#isInCompany = false;
    this.#hasDrained = false;
    if (isSteady) this.#quietLoss += (loss - this.#quietLoss) / QUIET_ROUNDS;
  }

  #lookForCompany({ modelWindow, nowUs }: RoundEnd): void {
    if (!this.#hasDrained || this.#isInCompany || ++this.#queuedRounds <= COMPANY_ROUNDS) return;
    this.#isInCompany = true;
    if (this.#bound < modelWindow) return;
    this.#peak = modelWindow;
    this.#bound = BETA * modelWindow;
    this.#beginEpoch(nowUs);
  }

  #hasAnotherYielded({ isSteady, queueUs }: RoundEnd): boolean {
    if (!this.#isInCompany || !isSteady) this.#settling = SETTLING_ROUNDS;
    if (this.#settling > 0) {
      this.#settling--;
      this.#longestUs = 0;
      return false;
    }
    this.#longestUs = Math.max(this.#longestUs, queueUs);
    return queueUs < this.#longestUs * (1 - SHRUNK);
  }

  #yield(lostPackets: number, { modelWindow, leastWindow, nowUs }: RoundEnd): void {
    const window = this.#isInCompany ? this.#bound : Math.min(this.#bound, modelWindow);
    // Less than the last time: others need room, and get it sooner (RFC 9438 section 4.7).
    this.#peak = window < this.#peak ? (window * (1 + BETA)) / 2 : window;
    this.#boundBefore = this.#bound;
    this.#cutPackets = lostPackets === 0 ? Number.POSITIVE_INFINITY : lostPackets;
    this.#bound = Math.max(leastWindow, BETA * window);
    this.#beginEpoch(nowUs);
  }

  #beginEpoch(nowUs: number): void {
    this.#start = this.#bound;
    this.#startUs = nowUs;
    this.#settling = SETTLING_ROUNDS;
  }

  #grow({ isQueued, modelWindow, nowUs }: RoundEnd): void {
    if (isQueued) {
      const seconds = (nowUs - this.#startUs) / 1e6;
      const plateau = Math.cbrt(Math.max(0, this.#peak - this.#start) / SEGMENT_BYTES / CUBIC);
      const cubic = this.#peak + CUBIC * (seconds - plateau) ** 3 * SEGMENT_BYTES;
      const reno = this.#bound + RENO_SEGMENTS * SEGMENT_BYTES;
      this.#bound = Math.max(reno, Math.min(cubic, MOST_GROWTH * this.#bound));
    } else this.#bound += this.#bound * QUIET_GROWTH;
    if (!this.#isInCompany && this.#bound > modelWindow) this.#bound = Number.POSITIVE_INFINITY;
  }
}
