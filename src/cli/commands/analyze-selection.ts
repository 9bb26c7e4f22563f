/** Which conversations are explained: those that were named, all, or the most interesting ones. */
import type { CaptureAnalysis, Selection } from '../../analysis/capture-analysis.ts';
import { UsageError } from '../../errors/errors.ts';

/** Screens that somebody may read without having asked for them. */
const MOST_SCREENS = 3;
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
export function mostInteresting(analysis: CaptureAnalysis): Selection {
  const best = rank(analysis).slice(0, MOST_SCREENS);
  const of = (wanted: 'tcp' | 'udp'): number[] =>
    best
      .filter(({ protocol }) => protocol === wanted)
      .map(({ conversation }) => conversation)
      .sort((left, right) => left - right);
  return { tcp: of('tcp'), udp: of('udp') };
}

/** Conversations with packets of their own, the most interesting first: troubles, packets, payload. */
export function rank({ totals }: CaptureAnalysis): Ranked[] {
  const ranked = (['tcp', 'udp'] as const).flatMap(protocol => {
    const all = totals[protocol];
    return Array.from(all.troubles, (troubles, conversation) => {
      const packets = all.packetsOf(conversation);
      const interest =
        packets === 0
          ? 0
          : packets + PACKETS_A_TROUBLE * troubles + all.payloadOf(conversation) / BYTES_A_PACKET;
      return { protocol, conversation, interest };
    });
  });
  return ranked.filter(({ interest }) => interest > 0).sort((left, right) => right.interest - left.interest);
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
