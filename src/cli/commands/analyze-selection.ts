/** Which conversations are explained: those that were named, all, or the most interesting ones. */
import type { CaptureAnalysis, Selection } from '../../analysis/capture-analysis.ts';
import { UsageError } from '../../errors/errors.ts';

/** Screens that somebody may read without having asked for them. */
const MOST_SCREENS = 3;
/** Lines of JSON that nobody has asked for by `--all`: a report has some 5 KB. */
export const MOST_LINES = 10_000;
/** An event is worth as much attention as so many packets, or so many bytes of payload. */
const PACKETS_A_TROUBLE = 50;
const BYTES_A_PACKET = 1_000;

export interface Ranked {
  readonly protocol: 'tcp' | 'udp';
  readonly conversation: number;
  readonly interest: number;
}

export function allConversations({ columns }: CaptureAnalysis): Selection {
  return { tcp: upTo(columns.tcp.count), udp: upTo(columns.udp.count) };
}

/** The first of `rank`, in the order of the capture. */
export function mostInteresting(analysis: CaptureAnalysis, most: number = MOST_SCREENS): Selection {
  const best = rank(analysis, most);
  const of = (wanted: 'tcp' | 'udp'): number[] =>
    best
      .filter(({ protocol }) => protocol === wanted)
      .map(({ conversation }) => conversation)
      .sort((left, right) => left - right);
  return { tcp: of('tcp'), udp: of('udp') };
}

/**
 * Conversations with packets of their own, the most interesting first: troubles, packets, payload. `conversationCount` says how
 * many there are.
 * @param most as many are given; a flood has a conversation for each of its packets, and nobody looks at all of them
 */
export function rank({ totals }: CaptureAnalysis, most: number = MOST_LINES): Ranked[] {
  let best: Ranked[] = [];
  /** No more than this is not among the best. */
  let floor = -1;
  for (const protocol of ['tcp', 'udp'] as const) {
    const all = totals[protocol];
    for (let conversation = 0; conversation < all.count; conversation++) {
      const packets = all.packetsOf(conversation);
      if (packets === 0) continue;
      const troubles = all.troubles[conversation] ?? 0;
      const interest = packets + PACKETS_A_TROUBLE * troubles + all.payloadOf(conversation) / BYTES_A_PACKET;
      if (interest <= floor) continue;
      best.push({ protocol, conversation, interest });
      if (best.length < 2 * most) continue;
      best = best.sort(byInterest).slice(0, most);
      floor = best[most - 1]?.interest ?? floor;
    }
  }
  return best.sort(byInterest).slice(0, most);
}

/** Conversations with packets of their own; those that only ICMP errors quote have none. */
export function conversationCount({ totals }: CaptureAnalysis): number {
  return totals.tcp.activeCount() + totals.udp.activeCount();
}

function byInterest(left: Ranked, right: Ranked): number {
  return right.interest - left.interest;
}

/** @throws UsageError SW_USAGE where there is no such conversation */
export function chosen({ columns }: CaptureAnalysis, names: readonly string[]): Selection {
  const found = names.map(name => {
    const match = /^(?:(tcp|udp):)?([0-9]+)$/.exec(name);
    if (match === null) {
      throw new UsageError('SW_USAGE', `--conversation ${name}: write it like tcp:0 or udp:3`);
    }
    const protocol = (match[1] ?? 'tcp') as 'tcp' | 'udp';
    const conversation = Number(match[2]);
    const { count } = columns[protocol];
    if (conversation >= count) {
      const there =
        count === 0
          ? `the capture has no ${protocol.toUpperCase()}`
          : count === 1
            ? `the capture has only ${protocol}:0`
            : `the capture has ${protocol}:0 to ${protocol}:${count - 1}`;
      throw new UsageError('SW_USAGE', `--conversation ${name}: ${there}`);
    }
    return { protocol, conversation };
  });
  const of = (wanted: 'tcp' | 'udp'): number[] => [
    ...new Set(found.filter(({ protocol }) => protocol === wanted).map(({ conversation }) => conversation)),
  ];
  return { tcp: of('tcp'), udp: of('udp') };
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
