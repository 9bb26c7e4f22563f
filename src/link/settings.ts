/**
 * What an emulated link does to packets: one flat object, checked once.
 */
import { UsageError } from '../errors/errors.ts';

/** Gilbert-Elliott per packet: the link is good or bad, and may change with each packet that crosses it. */
export interface BurstLoss {
  /** Probability that a packet finds a good link turned bad. The mean stay in good is 1 / enterBad packets. */
  readonly enterBad: number;
  /** Probability that a packet finds a bad link turned good. The mean burst is 1 / leaveBad packets. */
  readonly leaveBad: number;
  /** Share lost while good, and while bad. */
  readonly lossGood: number;
  readonly lossBad: number;
}

/** Gilbert-Elliott in time: good and bad periods of exponentially distributed lengths, whatever is sent. */
export interface Outages {
  /** Mean length of a good and of a bad period, at least 1 µs. */
  readonly goodUs: number;
  readonly badUs: number;
  /** Share lost in a bad period. */
  readonly lossBad: number;
}

/** Some packets are held longer than others, so that later ones pass. */
export interface Reordering {
  readonly share: number;
  readonly holdUs: number;
}

/** From when (included) until when (not included) nothing crosses the link, on the clock of `send`. */
export type Blackout = readonly [fromUs: number, untilUs: number];

/**
 * One direction of a link. Shares are 0 to 1; times are whole microseconds; a packet's bytes on the wire are its
 * own and `headerBytes`.
 */
export interface LinkSettings {
  /** What each packet costs on the wire beyond its bytes: 28 is IPv4 and UDP; 0 where packets are whole IP packets. */
  readonly headerBytes: number;
  /** Packets that are longer on the wire never enter the link. */
  readonly mtuBytes: number;
  /** Share lost before the queue, as on a bad first hop. */
  readonly earlyLoss: number;

  /** Bits a second; 0: no limit, and no queue. */
  readonly rateBps: number;
  /** Packets that the link holds until they have left, with the one that is leaving; more are dropped. 0: no limit. */
  readonly queuePackets: number;
  /** The same in bytes on the wire. 0: no limit. */
  readonly queueBytes: number;

  /** Packets lost by their number, counted from 0: all that were given to `send`. */
  readonly dropNumbers: readonly number[];
  readonly blackouts: readonly Blackout[];
  /** Share lost, each packet for itself. */
  readonly loss: number;
  readonly burstLoss: BurstLoss | undefined;
  readonly outages: Outages | undefined;

  /** From leaving the queue to arriving. */
  readonly delayUs: number;
  /** `uniform`: up to so much more or less; `normal`: the standard deviation. No delay is below 0. */
  readonly jitterUs: number;
  readonly jitterShape: 'uniform' | 'normal';
  /** Jitter lets no packet pass an earlier one, as in a real queue. */
  readonly keepsOrder: boolean;
  readonly reordering: Reordering | undefined;

  /** Share of packets in which 1 to 4 bits flip. */
  readonly corruption: number;
  /** Damaged packets arrive only where the UDP checksum (RFC 768) cannot see the damage; otherwise all do. */
  readonly checksum: boolean;
  /** Share that arrives twice, at the same time. */
  readonly duplication: number;
}

/** The defaults: everything arrives at once, in order. */
export const PERFECT_LINK: LinkSettings = {
  headerBytes: 28,
  mtuBytes: 65_535,
  earlyLoss: 0,
  rateBps: 0,
  queuePackets: 0,
  queueBytes: 0,
  dropNumbers: [],
  blackouts: [],
  loss: 0,
  burstLoss: undefined,
  outages: undefined,
  delayUs: 0,
  jitterUs: 0,
  jitterShape: 'uniform',
  keepsOrder: true,
  reordering: undefined,
  corruption: 0,
  checksum: true,
  duplication: 0,
};

/** Slower, and a full queue of the largest packets would end beyond the whole numbers, 2^53 µs. */
export const LEAST_RATE_BPS = 100;
/** A whole packet then takes less than a microsecond, the resolution of time here: the same as no limit. */
export const MOST_RATE_BPS = 1_000_000_000_000;
/** The smallest packet that every link of the Internet carries whole (RFC 791). */
const LEAST_MTU_BYTES = 68;
/** The largest IPv4 packet (RFC 791). */
const MOST_MTU_BYTES = 65_535;
/** A year: longer delays are slips of the keyboard. */
const MOST_US = 365 * 86_400_000_000;

/** Settings that are not what LinkSettings says. @throws UsageError SW_BAD_LINK that names the setting. */
export function checkLinkSettings(settings: LinkSettings): void {
  const { burstLoss, outages, reordering, rateBps } = settings;
  whole('headerBytes', settings.headerBytes, 0, MOST_MTU_BYTES);
  whole('mtuBytes', settings.mtuBytes, LEAST_MTU_BYTES, MOST_MTU_BYTES);
  share('earlyLoss', settings.earlyLoss);
  if (rateBps !== 0) whole('rateBps', rateBps, LEAST_RATE_BPS, MOST_RATE_BPS);
  whole('queuePackets', settings.queuePackets, 0, Number.MAX_SAFE_INTEGER);
  whole('queueBytes', settings.queueBytes, 0, Number.MAX_SAFE_INTEGER);
  for (const number of settings.dropNumbers) whole('dropNumbers', number, 0, Number.MAX_SAFE_INTEGER);
  for (const [fromUs, untilUs] of settings.blackouts) {
    whole('blackouts', fromUs, 0, Number.MAX_SAFE_INTEGER);
    whole('blackouts', untilUs, 0, Number.MAX_SAFE_INTEGER);
    if (untilUs <= fromUs)
      throw new UsageError(
        'SW_BAD_LINK',
        `a blackout from ${fromUs} until ${untilUs} µs: expected an end after its beginning`,
      );
  }
  share('loss', settings.loss);
  if (burstLoss !== undefined) {
    for (const key of ['enterBad', 'leaveBad', 'lossGood', 'lossBad'] as const)
      share(`burstLoss.${key}`, burstLoss[key]);
  }
  if (outages !== undefined) {
    whole('outages.goodUs', outages.goodUs, 1, MOST_US);
    whole('outages.badUs', outages.badUs, 1, MOST_US);
    share('outages.lossBad', outages.lossBad);
  }
  whole('delayUs', settings.delayUs, 0, MOST_US);
  whole('jitterUs', settings.jitterUs, 0, MOST_US);
  if (reordering !== undefined) {
    share('reordering.share', reordering.share);
    whole('reordering.holdUs', reordering.holdUs, 0, MOST_US);
  }
  share('corruption', settings.corruption);
  share('duplication', settings.duplication);
}

function share(name: string, value: number): void {
  if (!(value >= 0 && value <= 1))
    throw new UsageError('SW_BAD_LINK', `${name} is ${value}: expected a share from 0 to 1, such as 0.05`);
}

function whole(name: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw new UsageError(
      'SW_BAD_LINK',
      `${name} is ${value}: expected a whole number from ${least} to ${most}`,
    );
}
