/** What a capture's conversations did, in a few numbers: what stands above the costs where captures are compared. */
import type { CaptureAnalysis } from './capture-analysis.ts';
import type { Distribution } from './model.ts';

export interface Behaviour {
  readonly durationNs: number;
  /** Of TCP and UDP, with packets of their own. */
  readonly conversations: number;
  /** TCP segments and messages of reliable UDP. */
  readonly sentAgain: number;
  /** Packets of reliable UDP that the receiver has recomputed from repair symbols. */
  readonly recomputed: number;
  /** From a packet of the client to its ACK, of the conversation in which that is known most often: the median. */
  readonly roundTripNs: number | null;
}

export function behaviourOf(analysis: CaptureAnalysis): Behaviour {
  const { totals, columns } = analysis;
  let sentAgain = totals.count('retransmission');
  let recomputed = 0;
  let roundTrips: Distribution | null = null;
  const busiest = mostPackets(columns.tcp.count, conversation => totals.tcp.packetsOf(conversation));
  if (busiest >= 0) roundTrips = analysis.tcp(busiest).sides[0].rtt;
  for (let conversation = 0; conversation < columns.udp.count; conversation++) {
    if (analysis.ownOfUdp(conversation)?.rudp === undefined) continue;
    const { rudp } = analysis.udp(conversation);
    for (const side of rudp?.sides ?? []) {
      sentAgain += side.sentAgain;
      recomputed += side.recomputed;
    }
    const { rtt = null } = rudp?.sides[0] ?? {};
    if ((rtt?.count ?? 0) > (roundTrips?.count ?? 0)) roundTrips = rtt;
  }
  return {
    durationNs: analysis.facts.durationNs,
    conversations: totals.tcp.activeCount() + totals.udp.activeCount(),
    sentAgain,
    recomputed,
    roundTripNs: roundTrips?.p50Ns ?? null,
  };
}

/** −1: there is none. */
function mostPackets(count: number, packetsOf: (conversation: number) => number): number {
  let best = -1;
  for (let conversation = 0; conversation < count; conversation++) {
    if (best < 0 || packetsOf(conversation) > packetsOf(best)) best = conversation;
  }
  return best;
}
